"""The backtest: the same for the same seed, within every limit, on any history, and nothing leaks into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mindshare.core.errors import MindshareError, NotLearnable
from mindshare.core.history import Codes, Features, History
from mindshare.core.records import Cost
from mindshare.histories import backtest as module
from mindshare.histories.backtest import backtest
from mindshare.histories.judge import judge
from mindshare.histories.shares import SHARES as UP_TO_ONE
from mindshare.histories.shares import usual
from mindshare.histories.side import Task
from mindshare.histories.tally import tally
from mindshare.testing import made_history, with_answers

Run = Callable[..., dict[str, Any]]
POLICIES = {
    "mindshare",
    "posthoc",
    "threshold",
    "threshold_fused",
    "posthoc_skill",
    "best_machine",
    "all_machines",
    "one_person",
    "everybody",
    "random",
    "majority_of_3",
    "first_come",
    "oracle",
}
SHARES = (0.05, 0.2)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A backtest of two folds in this process: enough for what is promised of any number."""
    monkeypatch.setattr(module, "FOLDS", 2)

    def run(history: History, **given: Any) -> dict[str, Any]:
        return backtest(history, **{"workers": 1, "shares": SHARES, **given})

    return run


def as_bytes(result: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in result.items() if k != "run"}, sort_keys=True, allow_nan=False)


def check_result(result: dict[str, Any], cases: int) -> None:
    """What every result holds."""
    as_bytes(result)
    assert result["schema"] == "mindshare.backtest/1"
    assert result["cases"] == cases
    assert set(result["policies"]) == POLICIES
    for name, policy in result["policies"].items():
        points = policy["points"]
        assert len(points) == 4, name
        for share, point in zip((0.0, 0.05, 0.2, 1.0), points, strict=True):
            assert point["human_share"] <= share + 1e-12, name
            assert 0 <= point["accuracy_ci95"][0] <= point["accuracy_ci95"][1] <= 1
            assert 0 <= point["accuracy"] <= 1
        mine = result["policies"]["mindshare"]["points"]
        for point, ours in zip(points, mine, strict=True):
            assert point["minus_mindshare"]["value"] == pytest.approx(point["accuracy"] - ours["accuracy"])
            worth = point["utility"] - ours["utility"]
            assert point["utility_minus_mindshare"]["value"] == pytest.approx(worth, abs=1e-12)
            assert point["utility_ci95"][0] <= point["utility_ci95"][1]
    assert sum(b["cases"] for b in result["gain_bins"]) >= 0
    assert result["belief"]["log_loss"] >= 0
    assert 0 <= result["belief"]["ece"] <= 1


def test_the_same_seed_gives_the_same_bytes_on_one_worker_and_on_two(run: Run) -> None:
    history = made_history(160, seed=41)
    limits = {"people.minutes": 3.0}
    once, again, other = (run(history, limits=limits, workers=w, seed=s) for w, s in ((1, 7), (2, 7), (1, 8)))
    assert as_bytes(once) == as_bytes(again)
    assert as_bytes(once) != as_bytes(other)


SITUATIONS: dict[str, Callable[[], History]] = {
    "machines and people": lambda: made_history(160, seed=42),
    "people only": lambda: made_history(160, machines=0, people=3, seed=42),
    "machines only": lambda: made_history(160, people=0, seed=42),
    "two labels, one machine": lambda: made_history(160, machines=1, labels=2, seed=42),
    "thirty labels": lambda: made_history(200, labels=30, people=1, seed=42),
    "empty answers, people here and there": lambda: made_history(160, empty=0.3, asked=0.4, seed=42),
    "probabilities": lambda: made_history(160, proba=True, seed=42),
    "many people of few answers": lambda: made_history(160, people=60, asked=0.03, seed=42),
    "no answer at all on some cases": lambda: without_answers(made_history(160, machines=1, seed=42)),
}


def without_answers(history: History) -> History:
    """A third of the cases has none."""
    a = history.answers
    kept = a.case % 3 != 0
    columns = {
        c: getattr(a, c)[kept] for c in ("case", "agent", "label", "seconds", "confidence", "proba_row")
    }
    indptr = np.concatenate([[0], np.cumsum(np.bincount(a.case[kept], minlength=len(history)))])
    return with_answers(history, indptr=indptr, **columns)


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_any_history_gets_a_whole_result(run: Run, situation: str) -> None:
    history = SITUATIONS[situation]()
    check_result(run(history), len(history))


def test_cases_without_a_truth_are_left_out_and_said_so(run: Run) -> None:
    made = made_history(200, seed=43)
    history = replace(made, truth=np.where(np.arange(200) % 4 == 0, -1, made.truth).astype(np.int32))
    result = run(history)
    check_result(result, 150)
    assert result["covered"]["share"] == 0.75
    assert result["covered"]["cases"] == 150


def test_a_matrix_and_stakes_count_in_the_utility(run: Run) -> None:
    utility = np.array([[1.0, 0.0, -5.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    stakes = np.random.default_rng(44).choice([1.0, 10.0], 200)
    result = run(replace(made_history(200, seed=44, utility=utility), stakes=stakes))
    check_result(result, 200)
    assert result["history"]["utility"] == "matrix"
    assert result["history"]["stakes"] is True
    for policy in result["policies"].values():
        assert all(point["utility"] != pytest.approx(point["accuracy"]) for point in policy["points"])


def test_in_the_order_of_time_only_the_past_is_learnt_from(run: Run) -> None:
    made = made_history(300, seed=45)
    arrived = np.random.default_rng(45).permutation(300).astype(float)
    history = replace(made, arrived=arrived, deadline=arrived + 2.0)
    result = run(history)
    check_result(result, 300)
    assert result["time_order"]["cases"] == 240
    assert set(result["time_order"]["policies"]) == POLICIES
    for past, now in module._in_time(history):
        assert arrived[past].max() < arrived[now].min()
    on_time = [p["on_time"] for p in result["policies"]["everybody"]["points"]]
    assert all(0 <= share <= 1 for share in on_time)
    assert on_time[0] > on_time[-1], "asking takes time"


def test_a_case_seen_before_does_not_come_back_in_the_order_of_time() -> None:
    made = made_history(300, seed=46)
    history = replace(made, arrived=np.arange(300.0), parent=(np.arange(300) % 200).astype(np.int32))
    for past, now in module._in_time(history):
        assert not set(history.parent[past]) & set(history.parent[now])


@pytest.mark.parametrize(
    "limits",
    [
        {"people.minutes": 1.0},
        {"people.minutes": 4.0, "person_1.minutes": 0.3, "cpu_s": 20.0},
        {"cpu_s": 0.0, "human_answers": 11.0},
        {"net_mb": 30.0, "cpu_s": 1e6, "people.minutes": 0.0},
    ],
    ids=str,
)
def test_limits_are_respected_exactly_several_at_once(run: Run, limits: dict[str, float]) -> None:
    cost = {"bot_*": {"cpu_s": Cost(fixed=0.25), "net_mb": Cost(per=0.5, of="size")}}
    result = run(made_history(160, seed=47, cost=cost), limits=limits)
    table = {row["resource"]: row for row in result["limits"]["table"]}
    assert set(table) == set(limits) == set(result["prices"])
    for name, amount in limits.items():
        assert table[name]["spent"] <= amount * (1 + 1e-9)
        assert result["prices"][name] >= 0
        assert table[name]["words"]
    without = result["limits"]["without"]
    assert without["what"] == "all machines on every case, without limits and without people"
    assert without["accuracy"] == result["policies"]["all_machines"]["points"][0]["accuracy"]
    if limits.get("people.minutes") == 0.0:
        assert result["limits"]["human_share"] == 0
    assert result["limits"]["human_share"] * 160 <= limits.get("human_answers", 1e9) + 1e-9


def test_a_limit_that_is_not_used_up_has_no_price_and_no_words_about_one(run: Run) -> None:
    limits = {"people.minutes": 1e4, "human_answers": 8.0}
    result = run(made_history(160, seed=47), limits=limits)
    loose, tight = result["limits"]["table"]
    assert loose["spent"] < loose["limit"] and loose["price"] == result["prices"]["people.minutes"] == 0
    assert loose["words"] == "not all of it is used: more than 99 % is left"
    assert tight["spent"] == 8 and tight["price"] > 0
    assert "one more answer of the people brings" in tight["words"]


def test_one_fold_with_answers_to_spare_leaves_the_whole_limit_unused() -> None:
    history = made_history(200, seed=47)
    halves = (np.arange(100), np.arange(100, 200)), (np.arange(100, 200), np.arange(100))
    folds = [judge(Task(history, fit, test, (0.0, 1.0), {"human_answers": 20.0}, 0)) for fit, test in halves]
    both = tally(history, folds, (0.0, 1.0), {"human_answers": 20.0}, 0)["limits"]["table"][0]
    assert both["price"] > 0 and "brings" in both["words"]
    loose = [folds[0], folds[1]._replace(prices={"human_answers": 0.0})]
    left = tally(history, loose, (0.0, 1.0), {"human_answers": 20.5}, 0)["limits"]["table"][0]
    assert left["price"] == 0 and left["words"] == "not all of it is used: 2 % is left"


def test_shares_above_one_buy_further_answers(run: Run) -> None:
    result = run(made_history(200, people=4, seed=58), shares=(3, 0.2))
    everybody = result["policies"]["everybody"]["points"]
    assert [p["share"] for p in everybody] == [0, 0.2, 1, 3]
    assert all(0.95 * p["share"] <= p["human_share"] <= p["share"] for p in everybody)
    ours = [p["human_share"] for p in result["policies"]["mindshare"]["points"]]
    assert ours == sorted(ours), "more may be spent, so no less is"


@pytest.mark.parametrize("share", [-0.1, float("inf"), float("nan")])
def test_a_share_that_is_none_is_refused_before_anything_is_judged(share: float) -> None:
    with pytest.raises(MindshareError, match=r"finite and >= 0\. Got .* instead\."):
        backtest(made_history(80, seed=53), shares=(0.1, share))


@pytest.mark.parametrize(
    ("people", "asked", "further"),
    [(0, 1.0, []), (1, 1.0, []), (2, 0.4, []), (2, 1.0, [2]), (4, 1.0, [2, 3, 4]), (6, 1.0, [2, 3, 5, 6]),
     (13, 1.0, [2, 3, 5, 10, 13]), (51, 1.0, [2, 3, 5, 10, 20, 51])],
)  # fmt: skip
def test_the_usual_shares_go_on_as_far_as_people_answered(
    people: int, asked: float, further: list[float]
) -> None:
    assert list(usual(made_history(60, people=people, asked=asked, seed=59))) == [*UP_TO_ONE, *further]


def test_every_point_is_compared_with_all_machines_too(run: Run) -> None:
    policies = run(made_history(160, seed=60))["policies"]
    for policy in policies.values():
        for point, machines in zip(policy["points"], policies["all_machines"]["points"], strict=True):
            for key, minus in (("accuracy", "minus_all_machines"), ("utility", "utility_minus_all_machines")):
                assert point[minus]["value"] == pytest.approx(point[key] - machines[key], abs=1e-12)
                assert point[minus]["ci95"][0] <= point[minus]["ci95"][1]


def test_a_column_that_tells_the_truth_of_each_case_is_of_no_use(run: Run) -> None:
    # as an id column, unique a case: what it says of one case says nothing of another
    history = made_history(160, seed=48)
    names = tuple(f"{i}-{t}" for i, t in enumerate(history.truth))
    leak = Codes(code=np.arange(160, dtype=np.int32), names=names)
    features = replace(history.features, categorical={**history.features.categorical, "file": leak})
    plain, leaked = run(history), run(replace(history, features=features))
    for name in ("all_machines", "mindshare"):
        for one, two in zip(*(r["policies"][name]["points"] for r in (plain, leaked)), strict=True):
            assert two["accuracy"] <= one["accuracy"] + 0.02


def test_an_answer_that_is_not_bought_is_not_used() -> None:
    # the one person always tells the truth, later than anybody asks: verdicts before asking must not know it
    made = made_history(200, machines=2, people=1, seed=49)
    a, fit, test = made.answers, np.arange(120), np.arange(120, 200)
    asked_later = made.is_person[a.agent] & (a.case >= 120)
    told = with_answers(made, label=np.where(asked_later, made.truth[a.case], a.label).astype(np.int32))
    lied = with_answers(
        made, label=np.where(asked_later, (made.truth[a.case] + 1) % 3, a.label).astype(np.int32)
    )
    results = [judge(Task(h, fit, test, (0.0, 1.0), {}, 0)) for h in (told, lied)]
    for name in POLICIES:
        one, two = (r.points[name][0] for r in results)
        np.testing.assert_array_equal(one.verdict, two.verdict, name)
        assert one.bought == 0
    bought = [r.points["mindshare"][1] for r in results]
    assert (bought[0].verdict != bought[1].verdict).any()


def test_the_truth_of_the_judged_cases_is_not_used() -> None:
    made = made_history(200, seed=50)
    fit, test = np.arange(120), np.arange(120, 200)
    other = replace(
        made, truth=np.where(np.arange(200) >= 120, (made.truth + 1) % 3, made.truth).astype(np.int32)
    )
    results = [judge(Task(h, fit, test, (0.0, 0.2, 1.0), {"people.minutes": 1.0}, 0)) for h in (made, other)]
    for name in POLICIES - {"oracle"}:
        for one, two in zip(*(r.points[name] for r in results), strict=True):
            np.testing.assert_array_equal(one.verdict, two.verdict, name)
    assert results[0].limited is not None
    assert results[1].limited is not None
    np.testing.assert_array_equal(results[0].limited.verdict, results[1].limited.verdict)
    assert results[0].prices == results[1].prices


def test_people_whose_answers_are_shuffled_do_no_harm(run: Run) -> None:
    history = made_history(500, seed=51, shuffled_people=True)
    result = run(history)
    ours, machines = (result["policies"][n]["points"] for n in ("mindshare", "all_machines"))
    assert ours[-1]["human_share"] <= 0.05
    for mine, theirs in zip(ours, machines, strict=True):
        low, high = theirs["minus_mindshare"]["ci95"]
        assert theirs["minus_mindshare"]["value"] <= max(0.002, (high - low) / 2)
        assert mine["accuracy"] >= theirs["accuracy"] - 0.02


def test_cases_with_one_parent_are_never_on_both_sides(run: Run) -> None:
    # twins: the second of each pair is the first again, and its machine knows the first's answer by heart
    parent = (np.arange(160) // 2).astype(np.int32)
    check_result(run(replace(made_history(160, seed=52), parent=parent)), 160)


def with_few_truths(known: int) -> History:
    history = made_history(200, people=3, seed=53)
    return replace(history, truth=np.where(np.arange(200) < known, history.truth, -1).astype(np.int32))


@pytest.mark.parametrize("known", [1, 5, 30])
def test_few_truths_are_judged_with_wide_intervals(run: Run, known: int) -> None:
    result = run(with_few_truths(known), limits={"human_answers": 20.0})
    check_result(result, known)
    for policy in result["policies"].values():
        for point in policy["points"]:
            low, high = point["accuracy_ci95"]
            assert 0 <= low <= point["accuracy"] <= high <= 1 and high - low > 0.12
    sure, other = (
        result["policies"][name]["points"][0]["minus_mindshare"] for name in ("mindshare", "oracle")
    )
    assert sure["ci95"] == [0.0, 0.0] and other["ci95"][0] < -0.05 < 0.05 < other["ci95"][1]
    assert any("fewer than 50 cases" in sentence for sentence in result["not_learnable"])


def test_without_a_truth_nothing_is_judged_and_a_sentence_says_what_to_do() -> None:
    with pytest.raises(
        NotLearnable, match=r"can judge nothing\. `mindshare backtest HISTORY --truth-next 30`"
    ):
        backtest(with_few_truths(0))


def test_people_whom_a_limit_on_minutes_cannot_hold_are_named(run: Run) -> None:
    made = made_history(80, people=3, seed=56)
    a, seconds = made.answers, made.answers.seconds.copy()
    seconds[(a.agent == 4) | ((a.agent == 3) & (a.case < 10))] = (
        np.nan
    )  # person_2 never, person_1 not at first
    history = replace(with_answers(made, seconds=seconds), not_learnable=("As it was read.",))
    assert run(history, limits={"human_answers": 9.0})["not_learnable"] == ["As it was read."]
    assert run(history, limits={"people.minutes": 1.0})["not_learnable"] == [
        "As it was read.",
        "Nobody recorded how long person_2 took: their answers use no minutes, so the limit on people.minutes does not hold"
        " them. Limit human_answers too, or state their cost in team.yaml.",
        "10 of 160 answers whose minutes are limited have no recorded seconds: each counts as the median of that person, so"
        " the limit holds them only as far as that is right.",
    ]


def test_a_mistyped_limit_is_refused_before_anything_is_judged() -> None:
    with pytest.raises(
        MindshareError, match=r"Nobody uses 'people\.minute', .* Did you mean 'people\.minutes'\?"
    ):
        backtest(made_history(80, seed=53), limits={"people.minute": 10.0})


def test_a_history_without_features_has_a_backtest(run: Run) -> None:
    check_result(run(replace(made_history(120, seed=54), features=Features())), 120)


def test_progress_ends_at_one_and_never_falls(run: Run) -> None:
    seen: list[float] = []
    run(made_history(80, seed=55), progress=lambda share, _: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
