"""Probes of the pages in a real browser: what others wrote runs nowhere, and no other page acts for a person or frames the desk."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mindshare.core.history import Question, Team
from mindshare.core.records import Agent
from mindshare.engine.create import create_service
from mindshare.engine.settings import settings_of
from tests.desk.conftest import LABELS, PASSWORD, Desk
from tests.web.real import Real

SCRIPT = "<script>window.ran=1</script>"
IMAGE = "\"'><img src=x onerror=window.ran=1>"
RUNS = (
    SCRIPT,
    IMAGE,
    "</p></textarea></title><svg/onload=window.ran=1>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<a href='javascript:window.ran=1' autofocus onfocus=window.ran=1>x</a>",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example/x>",
    "<base href=//evil.example/><meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<object data=//evil.example/x></object><embed src=//evil.example/x>",
    "javascript:window.ran=1",
    "${window.ran=1}{{constructor.constructor('window.ran=1')()}}",
    "__proto__",
    "constructor",
)
ALL = " ".join(RUNS)
KIND, GROUP, MACHINE, PERSON = f"kind {IMAGE}", f"group {SCRIPT}", f"machine_{IMAGE}", f"ana {IMAGE}"
OTHERS = (  # what no page of ours makes: an image of ours comes from memory or from beside the page
    "script, iframe, object, embed, link, style, base, meta, [href^='javascript'], [src^='javascript'], "
    "img:not([src^='blob:'], [src^='data:image/'], [src^='/static/'])"
)


@pytest.fixture(scope="session")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a service whose labels, kinds, machines and guidelines are all meant to run."""
    folder = tmp_path_factory.mktemp("bad") / "service"
    how = {"guidelines": ALL, "grace_s": 60, "shown": "always"}
    limits = {"human_answers": {"limit": 10_000, "per_s": None}}
    settings = settings_of(
        {"limits": limits, "kinds": {"default": how, KIND: how}, "cases": 100, "learn": False, "name": IMAGE},
        "bad",
    )
    agents = (Agent(id="machine_*", kind="machine"), Agent(id="*", kind="person"))
    questions = (Question(labels=RUNS, kind=KIND), Question(labels=LABELS, kind="plain"))
    create_service(folder, Team(name=IMAGE, agents=agents, questions=questions), settings)
    return folder


@pytest.fixture
def hostile(bad: Path, tmp_path: Path, browser: Any) -> Iterator[Desk]:
    made = Real(shutil.copytree(bad, tmp_path / "bad"))
    yield Desk(made, browser)
    for context in browser.contexts:
        context.close()
    made.stop()


@pytest.fixture
def evil() -> Iterator[Callable[[str], int]]:
    """Serves a page on a port of its own, and so from another origin; gives the port."""
    ends: list[ThreadingHTTPServer] = []

    def serve(text: str) -> int:
        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        ends.append(server := ThreadingHTTPServer(("127.0.0.1", 0), Page))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return int(server.server_address[1])

    yield serve
    for server in ends:
        server.shutdown()
        server.server_close()


def nothing_ran(page: Any, where: str) -> None:
    """Nothing of what others wrote has become a part of the page."""
    assert page.evaluate("window.ran") is None, where
    assert page.evaluate(f"document.querySelectorAll(`#app :is({OTHERS})`).length") == 0, where
    made = "[...document.querySelectorAll('#app *')].flatMap((e) => [...e.attributes].map((a) => a.name))"
    assert [name for name in page.evaluate(made) if name.startswith("on")] == [], where
    assert page.evaluate("({}).ran") is None and page.evaluate("document.title").endswith("Mindshare"), where


def elsewhere(page: Any, desk: Desk) -> list[str]:
    """From now on the addresses that the page asks for and that are not the service's own."""
    asked: list[str] = []
    page.on("request", lambda r: None if r.url.startswith((desk.url, "data:")) else asked.append(r.url))
    return asked


def test_what_others_wrote_runs_nowhere_on_the_desk(hostile: Desk) -> None:
    page = hostile.page()
    asked = elsewhere(page, hostile)
    page.goto(f"{hostile.url}/desk#code={quote(IMAGE)}")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector(".wrong:not(:empty)")
    nothing_ran(page, "an invitation that is none")
    hostile.wrong.clear()  # the browser tells of the refusal
    code = hostile.lead("POST", "/v1/invitations", {"account": PERSON, "role": "person", "name": ALL[:200]})
    page.goto("about:blank")
    page.goto(f"{hostile.url}/desk#code={code['code']}")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("text=No case needs you now")
    assert PERSON in page.text_content("header")
    nothing_ran(page, "the name of the account")
    show = [
        {"title": ALL, "text": ALL, "highlights": [[0, 9], [4, 2], "x", None, [IMAGE, 9]]},
        {"title": "picture.svg" + IMAGE, "table": {"columns": list(RUNS), "rows": [list(RUNS)]}},
        {
            "file": IMAGE,
            "picture": IMAGE,
            "src": "javascript:window.ran=1",
            "type": "script",
            "props": {"x": ALL},
        },
        ALL,
    ]
    hostile.case(
        f"case {IMAGE}",
        kind=KIND,
        group=GROUP,
        subject=ALL,
        features={**{r[:60]: r for r in RUNS}, "long": ALL},
        show=show,
        answers=[{"agent": MACHINE, "label": SCRIPT}],
    )
    page.wait_for_selector("main.case")
    told = page.text_content("main.case")
    for part in (*RUNS, KIND, MACHINE, f"case {IMAGE}"):
        assert part in told, f"{part} is not shown as it is"
    nothing_ran(page, "a case")
    page.keyboard.press("n")
    page.keyboard.type(IMAGE)
    nothing_ran(page, "a note")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("<")
    page.wait_for_selector("[role=option]")
    nothing_ran(page, "labels that are searched")
    page.keyboard.press("Escape")
    page.click("main.case h1")
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    answered = hostile.events("answered")[-1]
    assert answered["label"] == SCRIPT and answered["agent"].startswith(PERSON)
    nothing_ran(page, "after the answer")
    assert asked == [] and hostile.wrong == []


def test_a_hostile_reason_is_text_where_the_next_person_reads_it(hostile: Desk) -> None:
    page = hostile.signed_in()
    hostile.case("appealed", kind="plain")
    page.wait_for_selector("main.case")
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    other = hostile.signed_in("ben")
    asked = elsewhere(other, hostile)
    hostile.lead("POST", "/v1/cases/appealed/reopen", {"reason": ALL})
    other.wait_for_selector("main.case")
    assert ALL in other.text_content("main.case")
    nothing_ran(other, "the reason of an appeal")
    assert asked == [] and hostile.wrong == []


@pytest.mark.parametrize("name", ["board", "setup"])
def test_what_others_wrote_runs_nowhere_on_the_pages_of_a_lead(hostile: Desk, name: str) -> None:
    person = hostile.signed_in(PERSON)
    hostile.case(f"case {IMAGE}", kind=KIND, group=GROUP, answers=[{"agent": MACHINE, "label": SCRIPT}])
    person.wait_for_selector("main.case")
    person.keyboard.press("2")
    person.wait_for_selector("text=No case needs you now")
    hostile.lead("POST", "/v1/stop", {"kind": KIND, "reason": ALL})
    lead = f"lea {IMAGE}"
    hostile.lead("POST", "/v1/invitations", {"account": f"cem {IMAGE}", "role": "person", "name": ALL[:200]})
    code = hostile.lead("POST", "/v1/invitations", {"account": lead, "role": "lead", "name": IMAGE})["code"]
    page = hostile.page()
    asked = elsewhere(page, hostile)
    page.goto(f"{hostile.url}/{name}#code={code}")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector(f"header :text-is({json.dumps(lead)})")
    page.wait_for_timeout(2_000)  # what it asks for has come, and has been shown
    nothing_ran(page, name)
    assert asked == [] and hostile.wrong == []


def test_a_case_that_no_page_can_show_keeps_nobody_from_answering(hostile: Desk) -> None:
    """What is sent as `show` may be of any form; one that makes no sense is shown as it came."""
    page = hostile.signed_in()
    odd: list[Any] = [
        {"text": "x", "highlights": {"a": 1}},
        {"text": "x", "highlights": 7},
        {"text": "x", "title": {"a": [1]}},
        {"table": {"columns": 7, "rows": [1, None, {"a": 1}, "x"]}},
        {"table": {"columns": {"a": 1}, "rows": []}},
        {
            "type": "img",
            "props": {"src": "x", "onerror": "window.ran=1"},
            "constructor": None,
            "key": 1,
            "ref": 1,
        },
    ]
    deep: Any = "end"
    for _ in range(60):
        deep = [deep]
    for i, show in enumerate([*odd, deep]):
        hostile.case(f"odd {i}", kind="plain", show=show)
        page.wait_for_selector(f"main.case h1:text-is('plain · odd {i}')")
        nothing_ran(page, f"odd {i}")
        page.keyboard.press("1")
        page.wait_for_selector("text=No case needs you now")
    assert hostile.wrong == []


def test_an_answer_of_the_api_that_is_opened_as_a_page_runs_nothing(hostile: Desk) -> None:
    page = hostile.page()
    hidden = quote(ALL, safe="")
    for path in (
        f"/v1/cases/{hidden}",
        f"/static/{hidden}",
        f"/{hidden}",
        f"/v1/cases?{hidden}={hidden}",
        "/openapi.json",
    ):
        reply = page.goto(f"{hostile.url}{path}")
        assert reply.headers["x-content-type-options"] == "nosniff", path
        assert reply.headers["content-type"].startswith("application/json"), path
        assert page.evaluate("window.ran") is None, path


# -- other pages -----------------------------------------------------------------------------------------------------
FORGES = """<!doctype html><title>evil</title><script>
const at = "%(url)s", told = {};
const post = (path, body, more) => fetch(at + path, { method: "POST", body: JSON.stringify(body), ...more });
const seen = (name, call) => call.then((r) => (told[name] = r.type + r.status), (e) => (told[name] = e.name));
(async () => {
  for (const [path, body] of Object.entries(%(bodies)s)) {
    for (const type of ["text/plain", "application/x-www-form-urlencoded"])
      await seen(`blind ${path} ${type}`, post(path, body, { mode: "no-cors", credentials: "include", headers: { "Content-Type": type } }));
    await seen(`json ${path}`, post(path, body, { credentials: "include", headers: { "Content-Type": "application/json" } }));
    await seen(`guessed ${path}`, post(path, body, { headers: { Authorization: "Bearer guessed" } }));
    navigator.sendBeacon(at + path, JSON.stringify(body));
  }
  for (const path of ["/healthz", "/v1/limits", "/desk", "/openapi.json"]) await seen(`read ${path}`, fetch(at + path, { credentials: "include" }));
  window.told = told;
})();
</script><form id=f method=post enctype=text/plain target=gone action="%(url)s/v1/stop"><input name='{"reason":"' value='"}'></form><iframe name=gone></iframe>
"""


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1"]
)  # of another site, and another origin of the same site
def test_a_page_of_another_origin_does_nothing_with_a_persons_rights_and_reads_nothing(
    desk: Desk, evil: Callable[[str], int], host: str
) -> None:
    page = desk.signed_in()
    desk.case("T0")
    page.wait_for_selector("main.case")
    lease = desk.events("leased")[-1]
    bodies = {
        "/v1/answers": {"case": "T0", "token": lease["token"], "label": LABELS[0], "person": "ana"},
        "/v1/cases": {"id": "forged"},
        "/v1/outcomes": {"case": "T0", "label": LABELS[0]},
        "/v1/stop": {"reason": "forged"},
        "/v1/shift": {"on": False, "person": "ana"},
        "/v1/session": {"account": "ana", "password": PASSWORD},
    }
    before = desk.events()
    port = evil(FORGES % {"url": desk.url, "bodies": json.dumps(bodies)})
    other = page.context.new_page()
    other.goto(f"http://{host}:{port}/")
    other.wait_for_function("window.told")
    other.evaluate("document.getElementById('f').submit()")
    other.wait_for_timeout(500)
    told = other.evaluate("told")
    assert {name: how for name, how in told.items() if how not in ("TypeError", "opaque0")} == {}
    assert all(how == "TypeError" for name, how in told.items() if not name.startswith("blind"))
    came = [event for event in desk.events() if event not in before]
    assert {event["is"] for event in came} <= {"ahead"}  # the desk itself asks for its next case
    assert page.context.cookies() == []
    page.keyboard.press("2")  # the person works on
    page.wait_for_selector("text=No case needs you now")
    assert desk.events("answered")[-1]["label"] == LABELS[1]


FRAMES = """<!doctype html><title>evil</title>%s"""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_no_other_page_can_frame_a_page_of_the_service(
    desk: Desk, evil: Callable[[str], int], host: str
) -> None:
    kinds = ('<iframe src="{0}"></iframe>', '<object data="{0}"></object>', '<embed src="{0}">')
    inside = "".join(
        kind.format(f"{desk.url}/{name}") for name in ("desk", "board", "setup") for kind in kinds
    )
    page = desk.page()
    page.goto(f"http://{host}:{evil(FRAMES % inside)}/", wait_until="load")
    page.wait_for_timeout(500)
    framed = [frame for frame in page.frames if frame is not page.main_frame]
    assert len(framed) >= 3 and not any(frame.url.startswith(desk.url) for frame in framed)
    assert all(frame.query_selector("#app") is None for frame in framed)


def test_a_page_that_opens_the_desk_in_a_window_has_no_hold_on_it(
    desk: Desk, evil: Callable[[str], int]
) -> None:
    port = evil(FRAMES % f"<button onclick=\"window.held = window.open('{desk.url}/desk')\">x</button>")
    page = desk.page()
    page.goto(f"http://localhost:{port}/")
    with page.expect_popup() as opened:
        page.click("button")
    opened.value.wait_for_selector("input[name=account]")
    assert opened.value.evaluate("window.opener") is None and page.evaluate("window.held.closed") is True


def test_a_name_that_was_turned_to_this_machine_reaches_nothing(desk: Desk, browser: Any) -> None:
    """DNS rebinding: the browser takes the service for a page of somebody else's name."""
    port, kind = desk.real.port, browser.browser_type
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    turned = ["--no-sandbox", f"--host-resolver-rules=MAP evil.example 127.0.0.1:{port}"]
    other = kind.launch(executable_path=found, args=turned)
    try:
        page = other.new_page()
        for path in ("/desk", "/healthz", "/v1/limits", "/static/desk.js"):
            reply = page.goto(f"http://evil.example{path}")
            assert reply.status == 400 and "web.hosts" in reply.text(), path
    finally:
        other.close()


def test_the_browser_forgets_a_person_who_signs_out_and_keeps_no_password(desk: Desk) -> None:
    page = desk.signed_in()
    desk.case("secret", features={"words": "a secret of the case"})
    page.wait_for_selector("main.case")
    kept = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }])"
    assert PASSWORD not in page.evaluate(kept) and "a secret" not in page.evaluate(kept)
    token = json.loads(page.evaluate("sessionStorage.getItem('session')"))["token"]
    page.click("text=Sign out")
    page.wait_for_selector("input[name=account]")
    assert token not in page.evaluate(kept) and "a secret" not in page.content()
    reply = page.request.post(
        f"{desk.url}/v1/next", headers={"Authorization": f"Bearer {token}"}, data={"wait_s": 0}
    )
    assert reply.status == 401


def test_the_policy_of_pages_allows_no_script_but_ours_and_no_text_as_markup(desk: Desk) -> None:
    page = desk.page()
    page.goto(f"{desk.url}/desk")
    page.wait_for_selector("input[name=account]")
    tries = (
        "document.body.innerHTML = '<img src=x onerror=window.ran=1>'",
        "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
        "document.write('<script>window.ran=1</script>')",
        "Object.assign(document.createElement('script'), { text: 'window.ran=1' })",
        "Object.assign(document.createElement('script'), { src: 'https://evil.example/x.js' })",
        "trustedTypes.createPolicy('ours', { createHTML: (x) => x })",
        "eval('window.ran=1')",
        "new Function('window.ran=1')()",
    )
    # `setTimeout` runs them as the page does: what a tool of this browser evaluates itself is let through
    ask = "(text) => new Promise((done) => setTimeout(() => { try { text(); done('it went through'); } catch (e) { done(e.name); } }))"
    for what in tries:
        told = page.evaluate(f"({ask})(() => {{ {what} }})")
        assert told in ("TypeError", "EvalError"), f"{what}: {told}"
    assert page.evaluate("window.ran") is None
    inline = "const s = document.createElement('div'); s.setAttribute('onclick', 'window.ran=1'); document.body.append(s); s.click()"
    page.evaluate(f"() => {{ try {{ {inline} }} catch {{}} }}")
    assert page.evaluate("window.ran") is None
