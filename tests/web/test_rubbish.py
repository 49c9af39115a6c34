"""What a program of an agent sends may make no sense at all: it is refused in one sentence, and the service works on as before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.tickets import LABELS
from tests.web.conftest import Live

DEEP = b'{"id": "x", "show": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
ANSWER: dict[str, Any] = {"agent": "large_bot", "label": LABELS[0]}
RUBBISH: list[dict[str, Any]] = [
    {"answers": [ANSWER | {"label": "no label"}]},
    {"answers": [ANSWER | {"label": 7}]},
    {"answers": [ANSWER | {"confidence": 1.5}]},
    {"answers": [ANSWER | {"confidence": "sure"}]},
    {"answers": [ANSWER | {"seconds": -1}]},
    {"answers": [ANSWER | {"proba": {LABELS[0]: 2.0, LABELS[1]: 2.0}}]},
    {"answers": [ANSWER | {"proba": {LABELS[0]: -1.0, LABELS[1]: 2.0}}]},
    {"answers": [ANSWER | {"proba": {"no label": 1.0}}]},
    {"answers": [ANSWER | {"proba": {}}]},
    {"answers": [ANSWER, ANSWER]},
    {"answers": [{"label": LABELS[0]}]},
    {"answers": "bug"},
    {"features": {"words": [1, 2]}},
    {"features": {"words": {"a": 1}}},
    {"stakes": 0},
    {"stakes": -1e308},
    {"deadline": "soon"},
    {"what": 1},
]
NO_JSON = [b"", b"\x00\xff", b"{", b"[1, 2", b"null", b"7", b'"case"', b'{"id": "x", "stakes": NaN}',
           b'{"id": "x", "answers": [{"agent": "large_bot", "confidence": Infinity}]}', DEEP,
           b'{"id": "x\\ud800"}']  # fmt: skip


@pytest.mark.parametrize("rubbish", RUBBISH, ids=json.dumps)
def test_an_answer_that_makes_no_sense_is_refused_and_nothing_else_happens(
    live: Live, rubbish: dict[str, Any]
) -> None:
    told = live.ask("lead", "POST", "/v1/cases", {"id": "rubbish", **rubbish})
    assert told.status_code in (400, 422), told.text
    assert told.json()["error"]["message"].endswith((".", "?"))
    assert live.ask("reader", "GET", "/v1/cases/rubbish").status_code == 404
    assert not live.service.actor.halted
    assert live.ask("lead", "POST", "/v1/cases", {"id": "good", "answers": [ANSWER]}).status_code == 202


@pytest.mark.parametrize("body", NO_JSON, ids=lambda b: repr(b[:20]))
def test_bytes_that_are_no_case_are_refused_and_the_engine_never_fails(live: Live, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {live.tokens['lead']}"}
    told = live.http.post("/v1/cases", content=body, headers=headers)
    assert told.status_code in (207, 400, 422), told.text
    assert not live.service.actor.halted
    assert live.ask(None, "GET", "/healthz").status_code == 200
    assert live.case(id="good") == "good"


def test_a_person_whose_program_sends_rubbish_keeps_the_case_until_the_lease_is_over(live: Live) -> None:
    live.case()
    lease = live.ask("ana", "POST", "/v1/next", {}) if "ana" in live.tokens else None
    lease = lease or live.ask("lead", "POST", "/v1/next", {"person": "ana"})
    assert lease.status_code == 200
    asked = {"case": lease.json()["case"], "token": lease.json()["token"], "person": "ana"}
    for wrong in (
        {"label": "no label"},
        {"label": LABELS[0], "confidence": 7},
        {"label": 1},
        {"label": LABELS[0], "token": 99},
    ):
        assert live.ask("lead", "POST", "/v1/answers", asked | wrong).status_code in (400, 409)
    assert live.ask("lead", "POST", "/v1/answers", asked | {"label": LABELS[0]}).status_code == 200
