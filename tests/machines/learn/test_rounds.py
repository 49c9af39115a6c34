"""Promises of the order in which cases are learnt from, and of looks at the validation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.core.records import Budget
from mindshare.machines.learn.looks import Validation
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.learn.rounds import LEAST, Rounds
from mindshare.machines.nets.cnn import CNN
from tests.machines.conftest import windows


@given(st.integers(1, 300), st.integers(1, 40), st.booleans(), st.integers(0, 9))
def test_a_round_is_every_case_once_while_nothing_is_known(
    n: int, batch: int, uneven: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 50, n) if uneven else np.full(n, 7)
    rounds = Rounds(sizes, batch, 2, 0.05, rng)
    taken = [at for _, at in rounds.batches()]
    assert max(map(len, taken)) <= batch
    assert len(taken) == 2 * -(-n // batch) or uneven
    assert sorted(np.concatenate(taken).tolist()) == sorted(2 * list(range(n)))


@given(st.integers(1, 200), st.integers(0, 9))
def test_a_case_known_by_heart_comes_up_in_about_one_round_of_ten_and_others_in_each(
    n: int, seed: int
) -> None:
    rounds = Rounds(np.full(n, 5), 16, 40, 0.05, np.random.default_rng(seed))
    known = np.arange(n) < n // 2
    seen, shares = np.zeros(n), list[float]()
    for done, at in rounds.batches():
        seen[at] += 1
        shares.append(done)
        rounds.learnt(at, np.where(known[at], 0.0, 1.0).astype(np.float32))
    assert np.all(seen[~known] == 40)
    if known.any():
        assert seen[known].sum() <= n // 2 * (1 + 39 * LEAST) + 5 * np.sqrt(40 * n * LEAST)
    assert shares == sorted(shares)
    assert max(shares) < 1.0
    assert rounds.taken == seen.sum()


def test_cases_of_like_size_share_a_batch() -> None:
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 100, 512)
    rounds = Rounds(sizes, 32, 1, 0.05, rng)
    padded = sum(len(at) * sizes[at].max() for _, at in rounds.batches())
    assert padded <= 1.1 * sizes.sum()


def test_with_known_at_zero_every_case_is_learnt_in_every_epoch() -> None:
    X, y = windows(60, 0)
    some, all_ = (
        CNN(dropout=0.0).fit(X, y, plan=FitPlan(epochs=60, batch=20, known=known)).report_
        for known in (0.05, 0.0)
    )
    assert all_.epochs == 60
    assert some.epochs < 45
    with pytest.raises(ValueError, match=r"FitPlan\.known must be a number >= 0\. Got -1 instead\."):
        FitPlan(known=-1)


def test_a_look_that_ends_early_is_compared_part_by_part() -> None:
    X, y = windows(60, 0)
    model = CNN().fit(X, y, plan=FitPlan(epochs=2))
    held = Validation((model._read(X), model.coded(y, 60)), np.random.default_rng(0))
    held.split(10)
    whole = held.look(model.net_)
    left = iter([True, True, False])
    first = held.look(model.net_, lambda: next(left))
    assert (len(whole), len(first)) == (6, 2)
    np.testing.assert_allclose(first, whole[:2], rtol=1e-6)
    assert held.mean(first, whole) == pytest.approx(held.mean(whole))  # the same net is as good
    assert held.mean(first) == pytest.approx(first.sum() / 20)
    assert held.mean(first - 10.0, whole) == pytest.approx(held.mean(whole) - 1.0)


def test_a_slow_validation_leaves_most_of_the_budget_to_learning() -> None:
    report = (
        CNN()
        .fit(
            *windows(100, 0),
            budget=Budget(limit={"cpu_s": 2.0}),
            plan=FitPlan(epochs=10_000),
            validation=windows(4_000, 1),
        )
        .report_
    )
    assert report.spent["train"]["cpu_s"] > report.spent["validate"]["cpu_s"]
    assert report.losses
