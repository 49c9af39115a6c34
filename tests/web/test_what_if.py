"""Other limits are judged on the service's own log, beside it and one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mindshare.cli.start import run
from tests.tickets import LABELS
from tests.web.conftest import Live


def until_over(live: Live, patience_s: float = 240.0) -> dict[str, Any]:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        told = dict(live.ask("reader", "GET", "/v1/what-if").json())
        if told["state"] != "running":
            return told
        time.sleep(0.2)
    raise AssertionError("it is not over")


def test_before_there_are_enough_outcomes_it_says_so(live: Live) -> None:
    assert live.ask("reader", "GET", "/v1/what-if").json()["state"] == "none"
    live.case()
    assert live.ask("lead", "POST", "/v1/what-if", {"limits": {"human_answers": 3}}).status_code == 202
    told = until_over(live)
    assert told["state"] == "failed" and "0 cases with an outcome" in told["problem"]


def test_one_at_a_time_and_it_can_be_cancelled(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    from mindshare.engine import what_if

    monkeypatch.setattr(what_if, "within_share", lambda command, share, end: not end.wait(60))
    assert live.ask("lead", "POST", "/v1/what-if", {}).status_code == 202
    assert live.ask("lead", "POST", "/v1/what-if", {}).status_code == 409
    assert live.ask("lead", "DELETE", "/v1/what-if").json()["state"] == "cancelled"
    assert live.ask("reader", "POST", "/v1/what-if", {}).status_code == 403
    assert live.ask("lead", "POST", "/v1/what-if", {"limits": {"human_answers": -1}}).status_code == 422


def test_other_limits_are_judged_on_the_log(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of the cases are answered by a person, each by machines that are right two times of three."""
    for i in range(90):
        truth = LABELS[i % 3]
        wrong = LABELS[(i + 1) % 3]
        answers = [
            {"agent": "large_bot", "label": truth if i % 4 else wrong},
            {"agent": "small_bot", "label": truth if i % 3 else wrong},
        ]
        live.case(answers=answers)
        lease = live.ask("person", "POST", "/v1/next", {})
        if lease.status_code == 200:
            assert live.answer(lease.json(), truth).status_code == 200
        live.ask("lead", "POST", "/v1/outcomes", {"case": f"n{i + 1}", "label": truth})
    asked = {"limits": {"human_answers": 5}, "prices": {"human_answers": 0.2}}
    assert live.ask("lead", "POST", "/v1/what-if", asked).status_code == 202
    told = until_over(live)
    assert told["state"] == "done", told
    assert told["asked"]["limits"] == {"human_answers": 5}
    result = told["result"]
    now, then, limit, price = result["says"]
    assert now.startswith("As it is (human_answers 50 in all), replayed: right on ") and "of 90 cases" in now
    assert then.startswith("With human_answers 5 in all it would have been: right on ")
    assert limit.startswith("At that limit of human_answers one more answer of the people brings ")
    assert price.startswith("At a price of 0.2 right verdicts for one answer of the people, ")
    assert result["prices"]["human_answers"]["spent"] <= result["points"][-1]["human_share"]
    assert result["now"]["accuracy"] >= result["limits"]["accuracy"]
    assert "only the answers that were given" in result["not_learnable"][0]
    folder = str(live.service.folder)
    words = ["--limit", "human_answers=5", "--price", "human_answers=0.2"]
    assert run(["what-if", folder, *words]) == 0  # while the service runs
    assert capsys.readouterr().out.split("\n")[:4] == result["says"]
    assert run(["what-if", folder, "--price", "answers_of_humans=1"]) == 2
    assert "cannot be given a price" in capsys.readouterr().err
    assert told["result"]["cases"] == 90 and told["result"]["points"] and told["result"]["limits"]
    assert live.case() and not live.service.actor.halted


def test_one_more_person_at_some_hours_is_judged_on_the_cases_that_came_then(
    live_of: Callable[..., Live],
) -> None:
    live = live_of(limits={"people.minutes": {"limit": 4, "per_s": None}})
    for i in range(60):
        truth, wrong = LABELS[i % 3], LABELS[(i + 1) % 3]
        live.case(answers=[{"agent": "large_bot", "label": truth if i % 4 else wrong}])
        lease = live.ask("person", "POST", "/v1/next", {})
        if lease.status_code == 200:
            told = {
                "case": lease.json()["case"],
                "token": lease.json()["token"],
                "label": truth,
                "seconds": 20,
            }
            assert live.ask("person", "POST", "/v1/answers", told).status_code == 200
        live.ask("lead", "POST", "/v1/outcomes", {"case": f"n{i + 1}", "label": truth})
    now = datetime.now(UTC)
    around = {"from": f"{now - timedelta(hours=2):%H:%M}", "to": f"{now + timedelta(hours=2):%H:%M}"}
    assert live.ask("lead", "POST", "/v1/what-if", {"more": around}).status_code == 202
    told = until_over(live)
    assert told["state"] == "done", told
    assert told["asked"]["more"] == around | {"people": 1.0, "tz": "UTC"}
    now_says, then_says, who_says = told["result"]["says"][:3]
    assert now_says.startswith("As it is (people.minutes 4 in all), replayed: ")
    hours = f"from {around['from']} to {around['to']} (UTC) each day"
    assert then_says.startswith(
        f"With people.minutes 4 in all and 1 more person {hours} it would have been: "
    )
    assert who_says.startswith("60 cases of those that are judged came between ")
    assert told["result"]["more"]["cases"] == 60 and told["result"]["more"]["amount"] > 0
    for more in ({"from": "2 pm", "to": "16:00"}, around | {"tz": "Berlin"}):
        live.ask("lead", "POST", "/v1/what-if", {"more": more})
        told = until_over(live)
        assert told["state"] == "failed" and "Got '" in told["problem"]
