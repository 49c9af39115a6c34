"""A skorch fit within a budget: it ends in time, the best state is left, and what cannot be kept is refused before anything is learnt."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `deep` is not installed")
pytest.importorskip("skorch", reason="the extra `skorch` is not installed")

import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback
from torch import nn

from mindshare import Budget
from mindshare.core.errors import OverBudget
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.skorch_budget import WithinBudget

RATE, ROWS = 1e-2, np.random.default_rng(0)
X = ROWS.normal(0, 1, (300, 8)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
BATCHES = 8  # of 32 cases in an epoch: a fifth of the cases judges


def small_net(limit: dict[str, float], *more: Any, cycle: bool = False, **settings: Any) -> Any:
    """A net with a batch norm, so that more than weights belongs to its state."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
    how = {"max_epochs": 10_000, "batch_size": 32, "lr": RATE, "verbose": 0} | settings
    callbacks = [*more, WithinBudget(Budget(limit=limit), cycle=cycle)]
    return NeuralNetClassifier(
        module, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, callbacks=callbacks, **how
    )


def report_of(net: Any) -> Any:
    return net.callbacks[-1].report_


@pytest.mark.parametrize("resource", ["cpu_s", "wall_s"])
def test_a_fit_ends_in_time_and_uses_what_it_was_given(
    resource: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = itertools.count()

    def now(_: Meter) -> dict[str, float]:
        """A clock on which each look at it takes a millisecond."""
        return {"cpu_s": next(ticks) / 1000, "wall_s": next(ticks) / 1000}

    monkeypatch.setattr(Meter, "_now", now)
    report = report_of(small_net({resource: 1.0}).fit(X, Y))
    assert report.reason == "budget" and report.steps > BATCHES
    assert 0.9 <= report.total[resource] <= 1.0


def test_steps_are_counted_to_the_last_and_the_same_seed_gives_the_same_net() -> None:
    first, again = (small_net({"steps": 21}).fit(X, Y) for _ in range(2))
    assert report_of(first).steps == report_of(again).steps == 21
    assert np.array_equal(first.predict_proba(X), again.predict_proba(X))


def test_a_fit_that_ends_within_an_epoch_is_judged_and_the_best_state_is_left_in_the_net() -> None:
    net = small_net({"steps": 2 * BATCHES + 5}, lr=1.0).fit(X, Y)  # so high a rate makes some states worse
    report, told = report_of(net), net.history[:, "valid_loss"]
    assert len(report.losses) == 3 and np.allclose(report.losses, told)
    assert report.best_loss == min(report.losses)
    _, judged = net.get_split_datasets(X, Y)
    left = [net.validation_step(batch) for batch in net.get_iterator(judged)]
    cases = [len(batch[1]) for batch in net.get_iterator(judged)]
    assert np.average([float(step["loss"]) for step in left], weights=cases) == pytest.approx(
        report.best_loss
    )


def test_the_net_may_end_by_itself() -> None:
    report = report_of(small_net({"steps": 1_000}, max_epochs=2).fit(X, Y))
    assert report.steps == 2 * BATCHES and report.reason == "the net's own end"


def test_without_a_validation_the_last_state_is_left() -> None:
    report = report_of(small_net({"steps": 12}, train_split=None).fit(X, Y))
    assert report.steps == 12 and report.losses == []


def test_a_cycle_follows_the_budget_up_and_down() -> None:
    class Rates(Callback):
        def __init__(self) -> None:
            self.seen_: list[float] = []

        def on_batch_end(self, net: Any, training: bool = False, **_: Any) -> None:
            if training:
                self.seen_.append(net.optimizer_.param_groups[0]["lr"])

    seen = Rates()
    small_net({"steps": 20}, seen, cycle=True).fit(X, Y)
    top = int(np.argmax(seen.seen_))
    assert seen.seen_[top] == pytest.approx(RATE) and top == 5  # a quarter of the steps
    assert np.all(np.diff(seen.seen_[:top]) > 0) and np.all(np.diff(seen.seen_[top:]) < 0)


def test_a_budget_that_is_too_small_is_refused_in_a_sentence() -> None:
    with pytest.raises(OverBudget, match=r"The budget \(cpu_s 1e-06\) is too small for one step"):
        small_net({"cpu_s": 1e-6}).fit(X, Y)
    with pytest.raises(OverBudget, match="mem_mb is limited to 1; a batch of 32 cases does not fit"):
        small_net({"mem_mb": 1.0}).fit(X, Y)
    with pytest.raises(ValueError, match="A cycle follows"):
        small_net({"mem_mb": 1e5}, cycle=True).fit(X, Y)


def test_memory_that_is_enough_changes_nothing() -> None:
    plain, held = (small_net(limit).fit(X, Y) for limit in ({"steps": 9}, {"steps": 9, "mem_mb": 1e5}))
    assert report_of(held).steps == 9
    assert np.allclose(plain.predict_proba(X), held.predict_proba(X), atol=1e-4)


def test_a_copy_learns_within_a_budget_of_its_own() -> None:
    from sklearn.base import clone

    net = small_net({"steps": 9}).fit(X, Y)
    copied = clone(net).fit(X, Y)
    assert report_of(copied).steps == 9 and report_of(copied) is not report_of(net)
