"""A backtest of several kinds: each is judged by its own labels, all are cut by one pacer within shared limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mindshare.core.errors import NotLearnable
from mindshare.core.history import History
from mindshare.core.join_kinds import join_kinds
from mindshare.core.records import Cost
from mindshare.histories import backtest as module
from mindshare.histories.backtest import backtest
from mindshare.reports.report import report_html
from mindshare.testing import made_history

SHARES = (0.1, 0.3)
Judged = tuple[History, dict[str, Any]]


def named(history: History, letter: str) -> History:
    """The same cases and machines under names of their own; people are the same persons."""
    return replace(
        history,
        case_id=tuple(f"{letter}{i}" for i in range(len(history))),
        agent_id=tuple(n.replace("bot_", f"bot_{letter}") for n in history.agent_id),
    )


@pytest.fixture(scope="module")
def told() -> Judged:
    """A kind whose machines are poor and one whose machines are good, judged together within minutes of people."""
    cost = {"bot_*": {"cpu_s": Cost(fixed=1.0)}}
    poor = named(made_history(200, machines=2, people=3, asked=1.0, labels=3, seed=50, cost=cost), "a")
    good = named(made_history(120, machines=2, people=3, asked=1.0, labels=2, seed=51, cost=cost), "b")
    both = join_kinds("both", {"poor": poor, "good": good}, {"people.minutes": 3.0, "cpu_s": 500.0})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FOLDS", 2)
        return both, backtest(both, limits=dict(both.team.limits), shares=SHARES, workers=1)


def test_each_case_is_judged_once_by_the_labels_of_its_kind(told: Judged) -> None:
    both, result = told
    kinds = result["kinds"]
    assert {k: (v["cases"], v["labels"]) for k, v in kinds.items()} == {"poor": (200, 3), "good": (120, 2)}
    for name, policy in result["policies"].items():
        for i, point in enumerate(policy["points"]):
            each = [v["policies"][name]["points"][i] for v in kinds.values()]
            weights = [v["cases"] / len(both) for v in kinds.values()]
            assert point["accuracy"] == pytest.approx(
                sum(w * p["accuracy"] for w, p in zip(weights, each, strict=True))
            )
            bought = sum(w * p["human_share"] for w, p in zip(weights, each, strict=True))
            assert point["human_share"] == pytest.approx(bought)
            assert point["human_share"] <= point["share"] + 1e-9


def test_kinds_share_every_limit(told: Judged) -> None:
    both, result = told
    for row in result["limits"]["table"]:
        assert 0 < row["spent"] <= row["limit"] + 1e-9
    asked = sum(v["limits"]["human_share"] * v["cases"] for v in result["kinds"].values())
    assert asked == pytest.approx(result["limits"]["human_share"] * len(both))


def test_the_report_says_how_much_attention_each_kind_gets(told: Judged) -> None:
    page = report_html(told[1])
    assert 'id="kinds"' in page and "How much attention each kind gets" in page


def test_a_kind_without_a_truth_is_left_out_and_named() -> None:
    many, none = named(made_history(80, seed=1), "a"), named(made_history(40, seed=2), "b")
    none = replace(none, truth=np.full(40, -1, np.int32))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FOLDS", 2)
        told = backtest(join_kinds("both", {"many": many, "none": none}), shares=SHARES, workers=1)
    assert told["cases"] == 80 and list(told["kinds"]) == ["many"]
    assert "Of kind 'none' no truth is known: it is left out of all figures." in told["not_learnable"]


def test_a_kind_whose_cases_are_all_in_one_fold_cannot_be_judged() -> None:
    many, one = named(made_history(80, seed=1), "a"), named(made_history(20, seed=2), "b")
    one = replace(one, parent=np.zeros(20, np.int32))
    with pytest.raises(NotLearnable, match="Kind 'one' cannot be judged: all its cases are in one fold"):
        backtest(join_kinds("both", {"many": many, "one": one}), workers=1)


def test_one_kind_under_a_name_is_judged_as_without_one() -> None:
    plain = made_history(120, people=2, seed=52)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FOLDS", 2)
        one = backtest(plain, shares=SHARES, workers=1)
        other = backtest(join_kinds(plain.team.name, {"only": plain}), shares=SHARES, workers=1)
    assert one["policies"] == other["policies"] and other["kinds"] is None
    assert np.isclose(one["belief"]["log_loss"], other["belief"]["log_loss"])


def test_kinds_that_come_one_after_the_other_are_judged_by_two_workers_and_in_time() -> None:
    first, then = (
        named(made_history(110, people=2, seed=3), "a"),
        named(made_history(110, people=2, seed=4), "b"),
    )
    first, then = (
        replace(h, arrived=float(start) + np.arange(len(h))) for h, start in ((first, 0), (then, 60))
    )
    result = backtest(join_kinds("both", {"first": first, "then": then}), shares=SHARES, workers=2)
    assert {k: v["cases"] for k, v in result["kinds"].items()} == {"first": 110, "then": 110}
    in_time = result["time_order"]
    assert in_time is None or in_time["policies"]["all_machines"]["points"][0]["accuracy"] > 0.4
