"""A case that is erased leaves nothing but its pseudonym, in no file, and the chain stays whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mindshare.engine.events import read_lines
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from mindshare.store.chain import verify
from tests.tickets import LABELS
from tests.web.conftest import Live

MARK = "marked-content"


def closed(live: Live) -> str:
    """A marked case with a marked comment, and a label above its verdict; cancelled."""
    case = live.case(features={"by": "chat", "words": 40, "what": MARK}, show={"text": MARK})
    lease = live.lease()
    assert lease["case"] == case
    assert (
        live.ask("person", "POST", "/v1/skip", {"token": lease["token"], "reason": MARK}).status_code == 200
    )
    assert (
        live.ask(
            "lead", "POST", f"/v1/cases/{case}/override", {"label": LABELS[1], "reason": MARK}
        ).status_code
        == 200
    )
    assert live.ask("lead", "POST", f"/v1/cases/{case}/reopen", {"reason": MARK}).status_code == 200
    lease = live.lease()
    said: dict[str, Any] = {"case": case, "token": lease["token"], "label": LABELS[2]}
    said |= {"comment": MARK, "reason": MARK}
    assert live.ask("person", "POST", "/v1/answers", said).status_code == 200
    assert live.ask("lead", "POST", f"/v1/cases/{case}/cancel", {"reason": MARK}).status_code == 200
    return case


def files_with(folder: Path, mark: str) -> list[str]:
    return [f.name for f in folder.rglob("*") if f.is_file() and mark.encode() in f.read_bytes()]


def test_what_is_erased_stands_in_no_file_and_the_chain_is_whole(live: Live) -> None:
    case = closed(live)
    assert files_with(live.service.folder, MARK)
    told = live.ask("lead", "POST", f"/v1/cases/{case}/erase")
    assert told.status_code == 200 and told.json()["id"] == case, told.text
    assert files_with(live.service.folder, MARK) == []
    store = live.service.store
    assert verify(store).number is None
    events = live.ask("reader", "GET", "/v1/events", params={"limit": 1000}).json()["events"]
    [erased] = [e for e in events if e["is"] == "erased"]
    assert erased["case"] == case and erased["by"]
    assert live.ask("lead", "POST", f"/v1/cases/{case}/erase").status_code == 200
    engine = rebuilt(live.service.made, store, 0.0)
    assert engine.state.cases[case].erased


def test_of_an_erased_case_what_needs_its_contents_is_refused_and_the_rest_goes_on(live: Live) -> None:
    case = closed(live)
    assert live.ask("lead", "POST", f"/v1/cases/{case}/erase").status_code == 200
    assert live.ask("reader", "GET", f"/v1/cases/{case}").status_code == 200
    assert live.ask("reader", "GET", f"/v1/cases/{case}/why").status_code == 404
    story = live.ask("reader", "GET", f"/v1/cases/{case}/story").json()["steps"]
    assert story and all(step["now"] is None for step in story)
    assert live.ask("lead", "POST", "/v1/cases", {"id": case}).status_code == 409
    assert live.ask("lead", "POST", "/v1/outcomes", {"case": case, "label": LABELS[0]}).status_code == 200
    assert not live.service.actor.halted


def test_an_open_case_is_not_erased_and_a_reader_erases_nothing(live: Live) -> None:
    case = live.case()
    assert live.ask("reader", "POST", f"/v1/cases/{case}/erase").status_code == 403
    told = live.ask("lead", "POST", f"/v1/cases/{case}/erase")
    assert told.status_code == 409 and "cancel it" in told.json()["error"]["message"]


def test_what_was_to_be_erased_when_the_service_ended_is_erased_at_its_start(live: Live) -> None:
    case = closed(live)
    store = live.service.store
    erase, store.erase = store.erase, lambda keys: 0  # type: ignore[method-assign,assignment]
    told = live.ask("lead", "POST", f"/v1/cases/{case}/erase")
    assert told.status_code == 503 and files_with(live.service.folder, MARK)
    store.erase = erase  # type: ignore[method-assign]
    live.service._start(rebuilt(live.service.made, store, live.service.clock()))
    assert files_with(live.service.folder, MARK) == []


def test_reasons_are_read_in_the_story_until_they_are_erased_and_the_log_can_be_replayed(live: Live) -> None:
    case = closed(live)

    def reasons() -> list[str | None]:
        steps = live.ask("reader", "GET", f"/v1/cases/{case}/story").json()["steps"]
        return [
            s["what"]["reason"]
            for s in steps
            if s["is"] in ("skipped", "overridden", "reopened", "answered", "cancelled")
        ]

    assert reasons() == [MARK] * 5
    assert replayed(live.service.made, live.service.store).differences == ()
    assert live.ask("lead", "POST", f"/v1/cases/{case}/erase").status_code == 200
    assert reasons() == [None] * 5


def test_an_older_log_which_has_reasons_in_it_is_read() -> None:
    line = b'{"is":"reopened","at":1.0,"case":"a","reason":"seen again","by":"lea"}'
    [event] = read_lines(line)
    assert event.reason == "seen again" and event.words is None


def test_all_cases_about_a_subject_are_erased_in_one_call_and_open_ones_are_named(live: Live) -> None:
    mine = [
        live.case(subject="customer-7", features={"by": "chat", "words": 40, "what": MARK}) for _ in range(3)
    ]
    other = live.case(subject="customer-70")
    for case in (mine[0], mine[2], other):
        live.ask("lead", "POST", f"/v1/cases/{case}/cancel", {})
    assert live.ask("reader", "POST", "/v1/erase", {"subject": "customer-7"}).status_code == 403
    told = live.ask("lead", "POST", "/v1/erase", {"subject": "customer-7"}).json()
    assert told == {"erased": [mine[0], mine[2]], "open": [mine[1]]}
    live.ask("lead", "POST", f"/v1/cases/{mine[1]}/cancel", {})
    assert live.ask("lead", "POST", "/v1/erase", {"subject": "customer-7"}).json() == {
        "erased": [mine[1]],
        "open": [],
    }
    assert files_with(live.service.folder, MARK) == []
    assert files_with(live.service.folder, '"customer-7"') == []
    assert live.ask("reader", "GET", f"/v1/cases/{other}/why").status_code == 200


def wrote(live: Live) -> str:
    """A case on which ana has said something, and a lead too."""
    case = live.case()
    lease = live.lease()
    said = {"case": case, "token": lease["token"], "label": LABELS[2], "comment": MARK, "reason": MARK}
    assert live.ask("person", "POST", "/v1/answers", said).status_code == 200
    live.ask("lead", "POST", f"/v1/cases/{case}/override", {"label": LABELS[1], "reason": "by the lead"})
    live.ask("lead", "POST", f"/v1/cases/{case}/reopen", {"reason": "by the lead"})
    return case


def test_what_a_person_wrote_is_erased_in_one_call_and_the_person_is_a_pseudonym(live: Live) -> None:
    case = wrote(live)
    live.case()
    lease = live.lease()
    live.ask("person", "POST", "/v1/skip", {"token": lease["token"], "reason": MARK})
    store = live.service.store
    assert live.ask("reader", "POST", "/v1/accounts/ana/erase").status_code == 403
    told = live.ask("lead", "POST", "/v1/accounts/ana/erase")
    assert told.json() == {"erased": 3}, told.text
    assert files_with(live.service.folder, MARK) == []
    assert verify(store).number is None and replayed(live.service.made, store).differences == ()
    assert live.ask("person", "POST", "/v1/next", {}).status_code == 401
    assert not live.ask("reader", "GET", "/v1/agents/ana").json()["active"]
    assert "ana" not in [a["id"] for a in live.ask("lead", "GET", "/v1/accounts").json()["accounts"]]
    steps = live.ask("reader", "GET", f"/v1/cases/{case}/story").json()["steps"]
    reasons = {s["is"]: s["what"].get("reason") for s in steps}
    assert reasons["answered"] is None and reasons["overridden"] == "by the lead"
    assert {"agent": "ana", "label": LABELS[2]} in steps[-1]["known"]  # the answer counts as before
    assert live.ask("lead", "POST", "/v1/accounts/ana/erase").json() == {"erased": 0}
    assert live.ask("lead", "POST", "/v1/accounts/nobody/erase").status_code == 404
    assert live.ask("lead", "POST", "/v1/accounts/lea/erase").status_code == 403


def test_what_a_person_wrote_is_erased_at_the_next_start_where_the_service_ended_before(live: Live) -> None:
    wrote(live)
    store = live.service.store
    erase, store.erase = store.erase, lambda keys: 0  # type: ignore[method-assign,assignment]
    assert live.ask("lead", "POST", "/v1/accounts/ana/erase").status_code == 503
    store.erase = erase  # type: ignore[method-assign]
    live.service._start(rebuilt(live.service.made, store, live.service.clock()))
    assert files_with(live.service.folder, MARK) == []
    assert live.ask("lead", "POST", "/v1/accounts/ana/erase").json() == {"erased": 0}


def test_the_reason_of_a_stop_lies_beside_the_chain_and_goes_with_whoever_gave_it(live: Live) -> None:
    live.ask("lead", "POST", "/v1/stop", {"reason": MARK})
    live.ask("lead", "POST", "/v1/resume", {})
    live.ask("admin", "POST", "/v1/resume", {})
    store = live.service.store
    chain = b"".join(frame.events for frame in store.frames())
    assert b'"stopped"' in chain and MARK.encode() not in chain
    assert replayed(live.service.made, store).differences == ()
    assert live.ask("admin", "POST", "/v1/accounts/lea/erase").json() == {"erased": 1}
    assert files_with(live.service.folder, MARK) == []
    assert replayed(live.service.made, store).differences == ()
