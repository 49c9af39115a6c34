"""A case, or whoever it is about, that is opted out of automation: a person decides, and it can be read why."""

from __future__ import annotations

from tests.tickets import LABELS
from tests.web.conftest import Live


def test_a_case_that_is_opted_out_is_decided_by_a_person_and_says_why(live: Live) -> None:
    sure = [{"agent": name, "label": LABELS[0], "confidence": 0.999} for name in ("large_bot", "small_bot")]
    case = live.case(opted_out=True, answers=sure, askable=["ana"])
    told = live.ask("reader", "GET", f"/v1/cases/{case}").json()
    assert told["state"] == "waiting" and told["verdict"] is None
    assert "opt_out" in live.ask("reader", "GET", f"/v1/cases/{case}/why").json()["why"]
    lease = live.lease()
    assert lease["case"] == case and "answers" not in lease
    assert live.answer(lease, LABELS[1]).status_code == 200
    verdict = live.ask("reader", "GET", f"/v1/cases/{case}").json()["verdict"]
    assert verdict["label"] == LABELS[1]
