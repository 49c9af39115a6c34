"""What people and cases contain stands in no log and in no error that somebody else hears, whatever fails."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine import refit
from mindshare.engine.engine import Engine
from mindshare.engine.refit import Refits
from mindshare.web.logs import JsonLines
from tests.tickets import LABELS
from tests.web.conftest import Live

MARK = "marked-content"
CASE: dict[str, Any] = {
    "features": {"by": MARK, "words": 40, MARK: MARK},
    "show": {"text": MARK},
    "group": MARK,
}


def lines(caplog: pytest.LogCaptureFixture) -> str:
    ours = [r for r in caplog.records if r.name.split(".")[0] in ("mindshare", "uvicorn", "asyncio")]
    return "\n".join(JsonLines().format(record) for record in ours)


def test_nothing_of_a_case_stands_in_a_log_or_in_an_error(
    live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        case = live.case(id=MARK, **CASE)
        lease = live.lease()
        said = {"case": case, "token": lease["token"], "label": LABELS[0], "comment": MARK, "reason": MARK}
        errors = [
            live.ask("lead", "POST", "/v1/cases", {"id": "a", **CASE, "stakes": -1}),
            live.ask("lead", "POST", "/v1/cases", {"id": "a", **CASE, "answers": [{"agent": 1}]}),
            live.ask("lead", "POST", "/v1/cases", {"id": "a", **CASE, "deadline": MARK}),
            live.ask("person", "POST", "/v1/answers", said | {"confidence": 7}),
            live.ask("person", "POST", "/v1/answers", said | {"seconds": MARK}),
            live.ask("person", "POST", "/v1/skip", {"token": MARK, "reason": MARK}),
            live.ask("lead", "POST", "/v1/limits", {"limit": MARK}),
        ]
        assert live.ask("person", "POST", "/v1/answers", said).status_code == 200
        live.ask("lead", "POST", f"/v1/cases/{case}/override", {"label": LABELS[1], "reason": MARK})
        assert all(e.status_code >= 400 for e in errors)
    told = "\n".join(e.text.replace(f"Case '{case}'", "").replace(f"case '{case}'", "") for e in errors)
    assert MARK not in told and MARK not in lines(caplog)
    assert MARK not in live.ask("reader", "GET", "/metrics").text


def test_the_words_of_an_exception_are_told_to_nobody(
    live: Live, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ValueError(MARK)

    def fails(*_: object) -> None:
        raise MindshareError(MARK)

    with caplog.at_level(logging.DEBUG), monkeypatch.context() as patch:
        patch.setattr(Engine, "submit", breaks)
        told = live.ask("lead", "POST", "/v1/cases", {"id": "a", **CASE})
        patch.setattr(refit, "next_at", lambda _: 0)
        patch.setattr(Refits, "learn_anew", fails)
        patch.setattr(refit, "LOOK_S", 0.01)
        refits = Refits(live.service.folder, live.service.settings, live.service.shelf, live.service.actor, 0)
        while "learnt anew" not in lines(caplog):
            pass
        refits.close()
    assert told.status_code == 500 and MARK not in told.text
    assert MARK not in lines(caplog) and "ValueError" in lines(caplog)
