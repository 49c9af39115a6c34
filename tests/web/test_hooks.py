"""Webhooks: signed, in order, at least once, also where the target was down."""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.web.conftest import Live


class Target:
    """Hears deliveries; answers with the statuses given, then with 204."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                target.heard.append((dict(self.headers), body))
                self.send_response(target.answers.pop(0) if target.answers else 204)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?a=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.heard for event in json.loads(body)["events"]]


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.server.shutdown()
    made.server.server_close()


def until(true: Callable[[], Any], patience: float = 15.0) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def added(live: Live, url: str, *events: str) -> dict[str, Any]:
    told = live.ask("lead", "POST", "/v1/webhooks", {"url": url, "events": list(events)})
    assert told.status_code == 201, told.text
    return dict(told.json())


def test_deliveries_are_signed_and_in_order(live: Live, target: Target) -> None:
    live.case(id="before")
    hook = added(live, target.url, "received", "outcome")
    for i in range(5):
        live.case(id=f"c{i}")
    live.ask("lead", "POST", "/v1/outcomes", {"case": "c0", "label": "bug"})
    until(lambda: len(target.events()) == 6)
    assert [e["case"] for e in target.events()] == ["c0", "c1", "c2", "c3", "c4", "c0"]
    assert {e["is"] for e in target.events()} == {"received", "outcome"}
    for headers, body in target.heard:
        at = headers["Mindshare-Time"]
        expected = hmac.new(hook["secret"].encode(), f"{at}.".encode() + body, "sha256").hexdigest()
        assert (
            hmac.compare_digest(headers["Mindshare-Signature"], expected) and abs(time.time() - int(at)) < 60
        )
    until(lambda: live.ask("lead", "GET", "/v1/webhooks").json()["webhooks"][0]["after"] > hook["after"])
    assert "secret" not in live.ask("lead", "GET", "/v1/webhooks").json()["webhooks"][0]


def test_what_did_not_arrive_is_sent_again_before_anything_else(live: Live, target: Target) -> None:
    live.front.hooks.wait = 0.01
    target.answers = [500, 302, 404]
    hook = added(live, target.url, "received")
    live.case(id="a")
    until(lambda: len(target.heard) == 4)
    assert len({body for _, body in target.heard}) == 1  # the same bytes each time
    live.case(id="b")
    until(lambda: len(target.heard) == 5)
    assert [e["case"] for e in target.events()][-2:] == ["a", "b"]
    until(
        lambda: (
            len(live.ask("lead", "GET", f"/v1/webhooks/{hook['id']}/deliveries").json()["deliveries"]) == 5
        )
    )
    log = live.ask("lead", "GET", f"/v1/webhooks/{hook['id']}/deliveries").json()["deliveries"]
    assert [d["status"] for d in reversed(log)] == [500, 302, 404, 204, 204]
    assert live.ask("lead", "DELETE", f"/v1/webhooks/{hook['id']}").status_code == 200
    live.case(id="c")
    time.sleep(0.3)
    assert len(target.heard) == 5 and live.ask("lead", "GET", "/v1/webhooks").json() == {"webhooks": []}


def test_while_a_target_is_down_the_service_works_on_and_says_so(live: Live) -> None:
    live.front.hooks.wait = 0.01
    hook = added(live, "http://127.0.0.1:1/nobody", "received")
    live.case(id="a")
    until(lambda: live.ask("lead", "GET", "/v1/webhooks").json()["webhooks"][0]["failing"] >= 3)
    last = live.ask("lead", "GET", f"/v1/webhooks/{hook['id']}/deliveries").json()["deliveries"][0]
    assert last["status"] is None and last["problem"].startswith("No answer")
    assert live.case(id="b") == "b"


def test_private_addresses_are_refused_unless_the_settings_allow_them(live_of: Callable[..., Live]) -> None:
    live = live_of(web={})
    for url in (
        "http://127.0.0.1/",
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
    ):
        told = live.ask("lead", "POST", "/v1/webhooks", {"url": url})
        assert told.status_code == 400 and "address" in told.json()["error"]["message"], url
    assert (
        live.ask(
            "lead", "POST", "/v1/webhooks", {"url": "http://10.0.0.1/", "events": ["nonsense"]}
        ).status_code
        == 400
    )
