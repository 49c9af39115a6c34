"""Promises of a ladder: cheap rungs first, and the next one only while it is worth its price."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from mindshare.core.errors import MindshareError
from mindshare.core.pacing.pacer import Pacer
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.agents.function import Function
from mindshare.machines.ladder.batching import batch_within
from mindshare.machines.ladder.ladder import Ladder
from mindshare.machines.ladder.worth import falling, going_on, pool_weights, pooled, reached
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.exits import ExitsCNN
from mindshare.machines.nets.saved import load_model, save_model
from mindshare.testing import check_machine
from tests.machines.conftest import windows

LABELS = ["easy", "hard"]


def points(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """8 numbers; the first tells the label of most cases, all together that of nearly all."""
    rng = np.random.default_rng(seed)
    y, X = rng.integers(0, 2, n), rng.normal(0, 1, (n, 8))
    X += np.where(y == 1, 1.0, -1.0)[:, None] * np.array([1.2, *[0.7] * 7])
    return X, np.array(LABELS)[y]


class Slow:
    """Another estimator that burns processor time on each case."""

    def __init__(self, inner: Any, burn_s: float) -> None:
        self.inner, self.burn_s = inner, burn_s

    def fit(self, X: Any, y: Any) -> Slow:
        self.inner.fit(X, y)
        self.classes_ = self.inner.classes_
        return self

    def predict_proba(self, X: Any) -> Any:
        end = time.process_time() + self.burn_s * len(X)
        while time.process_time() < end:
            pass
        return self.inner.predict_proba(X)

    def cost(self, X: Any) -> Any:
        return {"cpu_s": np.full(len(X), self.burn_s), "net_mb": np.full(len(X), 1e-3)}

    def explain(self, X: Any) -> Any:
        return []


def rule(X: Any) -> Any:
    """How far the first number is from 0."""
    p = 1 / (1 + np.exp(-2 * np.asarray(X)[:, 0]))
    return np.stack([1 - p, p], axis=1)


RUNGS: dict[str, Any] = {
    "rule": lambda: Function(rule, LABELS, "probabilities"),
    "linear": lambda: Slow(Estimator(LogisticRegression()), 1e-4),
}


@pytest.fixture(scope="module")
def ladder() -> Ladder:
    return Ladder(RUNGS, at_once=100).fit(*points(400, 0))


def test_a_ladder_is_a_machine() -> None:
    X, y = points(300, 0)

    class Priced(Ladder):
        def __init__(self) -> None:
            super().__init__(
                {"rule": RUNGS["rule"], "linear": lambda: Estimator(LogisticRegression())},
                price={"cpu_s": 0.0},  # dearer, and measured times would break ties
            )

    check_machine(Priced, X, y, points(20, 1)[0])


def test_the_dearer_rungs_become_rarer_when_the_price_rises(ladder: Ladder) -> None:
    X, y = points(300, 1)
    use, right = [], []
    for price in (0.0, 100.0, 1e3, 1e4):
        told = ladder.answer(X, {"cpu_s": price})
        use.append(told.use["cpu_s"].mean())
        right.append((ladder.classes_[told.proba.argmax(axis=1)] == y).mean())
        assert ladder.course({"cpu_s": price}).accuracy == pytest.approx(right[-1], abs=0.06), "as foreseen"
    assert use == sorted(use, reverse=True)
    assert use[0] > 10 * use[-1]
    assert right[0] > right[-1] + 0.05


def test_a_price_is_found_that_keeps_what_a_case_may_use(ladder: Ladder) -> None:
    X = points(300, 2)[0]
    for amount in (6e-5, 3e-5, 1e-5):
        price = ladder.price_within("cpu_s", amount)
        assert ladder.course(price).use["cpu_s"] <= amount
        assert ladder.answer(X, price).use["cpu_s"].mean() <= 1.3 * amount, "on other cases, about"
    assert ladder.price_within("cpu_s", 1.0) == {"cpu_s": 0.0}
    with pytest.raises(
        MindshareError, match=r"The first rung alone uses .* cpu_s a case; 1e-12 cannot be kept"
    ):
        ladder.price_within("cpu_s", 1e-12)


def test_a_price_of_any_resource_that_a_rung_uses_steers(ladder: Ladder) -> None:
    X = points(200, 3)[0]
    free, dear = ladder.answer(X, {}), ladder.answer(X, {"net_mb": 1e3})
    assert free.use["net_mb"].sum() > 0
    assert dear.use["net_mb"].sum() == 0


def test_a_rung_that_is_not_worth_its_place_is_left_out() -> None:
    always = {"guess": lambda: Slow(Function(lambda X: ["easy"] * len(X), LABELS), 2e-5), **RUNGS}  # type: ignore[arg-type]
    ladder = Ladder(always, at_once=100).fit(*points(300, 4))
    assert 0 not in ladder.course({"cpu_s": 1.0}).rungs


def test_a_gain_that_one_experiment_made_is_no_reason_to_go_on_when_experiments_are_told() -> None:
    rng = np.random.default_rng(0)
    y, group = rng.integers(0, 2, 400), np.arange(400) // 40
    first = np.where(rng.uniform(size=400) < 0.8, 2 * y - 1, 1 - 2 * y)
    X = np.stack(
        [0.5 * first, np.where(group == 0, 3.0 * (2 * y - 1), 0.0)], axis=1
    )  # the second number: group 0 only

    def second(X: Any) -> Any:
        return rule(np.asarray(X)[:, ::-1])

    def used(groups: Any) -> tuple[int, ...]:
        rungs: dict[str, Any] = {
            "first": RUNGS["rule"],
            "second": lambda: Slow(Function(second, LABELS, "probabilities"), 2e-5),
        }
        return Ladder(rungs, at_once=100).fit(X, np.array(LABELS)[y], groups).course({"cpu_s": 1.0}).rungs

    assert used(None) == (0, 1)
    assert used(group) == (0,)


def test_under_load_a_pacer_makes_cheaper_rungs_answer_and_its_limit_is_kept(ladder: Ladder) -> None:
    X = points(300, 5)[0]
    dear = ladder.cost_[1].each(1.0)["cpu_s"]
    share = {}
    for word, limit in (("quiet", 300 * dear), ("busy", 30 * dear)):
        pacer = Pacer({"cpu_s": limit}, len(X), {"cpu_s": 10.0})
        told = ladder.paced(X, pacer)
        share[word] = (told.rung > 0).mean()
        assert pacer.left["cpu_s"] >= 0
        assert 300 * dear * share[word] <= limit * 1.001
    assert share["busy"] < 0.5 * share["quiet"]


# -- exits -----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def exits() -> ExitsCNN:
    X, y = windows(200, 0)
    return ExitsCNN(width=8, depth=3, dropout=0.0).fit(X, y, plan=FitPlan(epochs=20, batch=16, rate=1e-2))


def test_an_exit_goes_on_from_what_an_earlier_one_computed_and_gives_the_same(exits: ExitsCNN) -> None:
    X = windows(30, 1)[0]
    _, kept = exits.resume(X, 0, None)
    step_by_step, kept = exits.resume(X, 1, kept)
    np.testing.assert_allclose(step_by_step, exits.resume(X, 1, None)[0], atol=1e-6)
    last, _ = exits.resume(X, 2, kept)
    np.testing.assert_allclose(last, exits.predict_proba(X), atol=1e-5)
    some = np.array([3, 4, 20])
    alone, _ = exits.resume([X[i] for i in some], 2, kept.take(some))
    np.testing.assert_allclose(alone, last[some], atol=1e-5)


def test_every_exit_learns_and_says_where_it_looked(exits: ExitsCNN) -> None:
    X, y = windows(100, 2)
    for at in range(3):
        told = exits.classes_[exits.resume(X, at, None)[0].argmax(axis=1)]
        assert (told == y).mean() > 0.8, f"exit {at}"
        maps = exits.explain_exit(X[:3], at)
        assert [len(where) for where in maps] == [len(x) for x in X[:3]]
        assert all(abs(where.sum() - 1) < 1e-6 for where in maps)


@pytest.mark.parametrize("reads", ["series", "image", "text"])
def test_a_net_with_exits_keeps_the_promises_of_a_machine(reads: str, tmp_path: Any) -> None:
    from tests.machines.conftest import images, texts

    problem: Any = {"series": windows, "image": images, "text": texts}[reads]

    class Quick:
        def fit(self, X: Any, y: Any) -> ExitsCNN:
            return ExitsCNN(reads=reads, width=8).fit(X, y, plan=FitPlan(epochs=1))

    X, y = problem(40, 0)
    check_machine(Quick, X, y, problem(12, 1)[0])  # type: ignore[arg-type]
    model = Quick().fit(X, y)
    again = load_model(save_model(model, tmp_path / "exits.npz"))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_exits_are_rungs_of_a_ladder_that_shows_where_they_looked() -> None:
    X, y = windows(120, 3)

    class Quick(ExitsCNN):
        def fit(self, X: Any, y: Any) -> Any:  # type: ignore[override]
            return super().fit(X, y, plan=FitPlan(epochs=6, rate=1e-2))

    ladder = Ladder({"net": lambda: Quick(width=8, depth=2)}, at_once=50, folds=2).fit(
        X, y, groups=np.arange(120) // 4
    )
    assert ladder.rungs_ == ("net exit 1", "net exit 2")
    told = ladder.answer(X)
    assert told.proba.shape == (120, 2)
    assert [len(where) for where in ladder.explain(X[:5])] == [len(x) for x in X[:5]]


# -- value -----------------------------------------------------------------------------------------------------------
@given(st.integers(0, 1_000), st.floats(0, 0.3))
def test_the_value_of_going_on_never_rises_with_confidence_and_never_goes_on_for_nothing(
    seed: int, price: float
) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.5, 1, (200, 3))
    right = (rng.uniform(size=(200, 3)) < confidence).astype(float)
    curves = going_on(confidence, right, np.full(3, price))
    for curve in curves:
        assert (np.diff(curve.y) <= 1e-12).all()
    stop = reached(confidence, curves)
    at_end = right[np.arange(200), stop] - price * stop
    assert at_end.mean() >= right[:, 0].mean() - 1e-9, "on the cases it was made from it cannot lose"


def test_a_pool_weighs_what_tells_and_leaves_what_does_not() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 2_000)
    score = rng.normal(0, 1, (2, 2_000)) + np.array([[2.0], [0.0]]) * (2 * truth - 1)
    logs = np.log(np.stack([1 / (1 + np.exp(score)), 1 / (1 + np.exp(-score))], axis=2))
    weights = pool_weights(logs, truth)
    assert weights[0] > 2.0, "twice the log odds of what it says"
    assert weights[1] < 0.2
    belief = pooled(logs, weights)
    sure = belief.max(axis=1)
    for low, high in ((0.5, 0.8), (0.8, 0.95), (0.95, 1.0)):
        mine = (sure >= low) & (sure < high)
        assert (belief[mine].argmax(axis=1) == truth[mine]).mean() == pytest.approx(
            sure[mine].mean(), abs=0.1
        )


def test_a_gain_falls_to_what_is_seen_of_the_sure() -> None:
    curve = falling(np.array([0.5, 0.6, 0.9, 1.0]), np.array([0.2, 0.4, 0.0, 0.0]))
    np.testing.assert_allclose(curve(np.array([0.5, 0.6, 1.0])), [0.3, 0.3, 0.0])


# -- batches ---------------------------------------------------------------------------------------------------------
@given(st.floats(0, 0.01), st.floats(1e-6, 1e-3), st.floats(0.02, 1), st.floats(1, 500))
def test_the_largest_batch_within_a_latency_is_found(
    fixed: float, per: float, latency: float, rate: float
) -> None:
    def batch_s(cases: float) -> float:
        return fixed + per * cases

    try:
        found = batch_within(batch_s, latency, rate)
    except MindshareError:
        largest = max(b for b in range(1, 4_097) if (b - 1) / rate + batch_s(b) <= latency)
        assert batch_s(largest) * rate > largest
        return
    assert (found - 1) / rate + batch_s(found) <= latency
    assert found == 4_096 or found / rate + batch_s(found + 1) > latency
    assert batch_s(found) * rate <= found


def test_a_latency_that_cannot_be_kept_or_a_load_that_cannot_be_served_gets_one_sentence(
    ladder: Ladder,
) -> None:
    with pytest.raises(MindshareError, match=r"One case alone takes 0\.5 s, more than the latency of 0\.1 s"):
        batch_within(lambda cases: 0.5 * cases, 0.1, 10)
    with pytest.raises(
        MindshareError, match=r"1000 cases a second come faster than batches of 1 are answered"
    ):
        batch_within(lambda cases: 0.01 * cases, 0.0105, 1_000)
    with pytest.raises(ValueError, match="must be > 0"):
        batch_within(lambda cases: 0.01, 0.1, 0)
    few, many = (ladder.batch_within(0.05, rate, {"cpu_s": 1e4}) for rate in (100.0, 1_000.0))
    assert 1 <= few < many


def test_what_makes_no_sense_gets_one_sentence(ladder: Ladder) -> None:
    X, y = points(20, 0)
    with pytest.raises(
        MindshareError, match="No rung uses 'cpu', so its price would steer nothing; they use cpu_s, net_mb"
    ):
        ladder.answer(X, {"cpu": 1.0})
    with pytest.raises(ValueError, match="The price of 'cpu_s' must be a number >= 0"):
        ladder.answer(X, {"cpu_s": -1.0})
    with pytest.raises(MindshareError, match="has not learnt yet"):
        Ladder(RUNGS).answer(X)
    with pytest.raises(ValueError, match="at least one rung"):
        Ladder({})
    with pytest.raises(ValueError, match="There are 20 cases and 19 truths"):
        Ladder(RUNGS).fit(X, y[:-1])
    with pytest.raises(ValueError, match=r"The price of 'cpu_s' must be a number >= 0\. Got inf"):
        ladder.answer(X, {"cpu_s": float("inf")})
    with pytest.raises(ValueError, match="There is no case"):
        ladder.answer(X[:0])
    with pytest.raises(ValueError, match="3 folds need at least 3 groups; there are 2"):
        Ladder(RUNGS).fit(X, y, np.arange(20) % 2)
    with pytest.raises(ValueError, match="folds must be at least 2"):
        Ladder(RUNGS, folds=1)
    with pytest.raises(ValueError, match=f"there is only the label '{LABELS[0]}' to learn from"):
        Ladder(RUNGS).fit(X, np.array([LABELS[0]] * 14 + [LABELS[1]] * 6), np.arange(20) // 7)
