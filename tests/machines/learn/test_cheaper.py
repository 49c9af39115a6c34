"""Promises of search, distillation, cases without a truth, and pretraining."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.records import Budget
from mindshare.machines.learn.distil import distil
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.learn.pretrain import fit_pretrained, hidden
from mindshare.machines.learn.search import search
from mindshare.machines.learn.semi import accepted, fit_semi, strong, weak
from mindshare.machines.nets.cnn import CNN
from tests.machines.conftest import images, windows


def test_a_search_keeps_its_budget_and_takes_what_did_best() -> None:
    X, y = windows(150, 0)
    CNN().fit(X, y, plan=FitPlan(epochs=1))  # the first fit of a process loads what torch loads late
    over = {"rate": (1e-6, 5e-3), "width": (8, 16)}
    held, limit = windows(60, 1), {"cpu_s": 9.0}
    model, trials = search(
        CNN(), X, y, over, budget=Budget(limit=limit), validation=held, plan=FitPlan(epochs=1_000)
    )
    assert model.report_.total["cpu_s"] + sum(t.budget["cpu_s"] for t in trials) <= 9.0 * 1.02
    assert min(trials, key=lambda t: t.loss).params["rate"] == 5e-3
    assert model.get_params()["width"] in (8, 16)
    assert len(trials) == 4 + 2
    assert model.score(*windows(80, 2)) > 0.8


def test_a_search_over_what_nobody_has_is_refused() -> None:
    X, y = windows(30, 0)
    with pytest.raises(ValueError, match="Neither CNN nor FitPlan has a parameter 'colour'"):
        search(CNN(), X, y, {"colour": (1, 2)}, budget=Budget(limit={"cpu_s": 1.0}), validation=(X, y))
    with pytest.raises(ValueError, match="needs a budget of cpu_s or wall_s"):
        search(CNN(), X, y, {"rate": (1e-3,)}, budget=Budget(limit={}), validation=(X, y))


def test_a_student_learns_what_its_teacher_believes() -> None:
    X, y = images(300, 0)
    rng = np.random.default_rng(0)
    belief = np.stack([1 - y, y], axis=1) * 0.9 + 0.05
    student = distil(CNN(reads="image", width=8), X, y, belief, plan=FitPlan(epochs=25))
    assert student.score(*images(100, 1)) > 0.9
    unsure = distil(CNN(reads="image", width=8), X, y, np.full((300, 2), 0.5), plan=FitPlan(epochs=25))
    assert unsure.predict_proba(X).max(axis=1).mean() < student.predict_proba(X).max(axis=1).mean()
    with pytest.raises(ValueError, match=r"teacher must hold \(300, 2\) probabilities"):
        distil(CNN(reads="image"), X, y, rng.random((300, 3)))


def test_what_a_first_fit_is_sure_of_teaches_a_second_one_and_a_guard_takes_harm_back() -> None:
    X, y = windows(60, 0)
    more, _ = windows(300, 1)
    held, new = windows(150, 2), windows(200, 3)
    plan = FitPlan(epochs=20)
    model, added = fit_semi(CNN(), X, y, more, validation=held, plan=plan)
    assert sum(added.taken.values()) > 50
    assert added.kept == (added.loss_after < added.loss_before)
    assert model.report_.best_loss == min(added.loss_before, added.loss_after)
    assert model.score(*new) > 0.7
    with pytest.raises(ValueError, match="Only series can be disguised"):
        fit_semi(CNN(reads="text"), ["a"], [0], ["b"], validation=(["a"], [0]))


def test_labels_that_are_learnt_less_well_are_taken_at_a_lower_threshold() -> None:
    proba = np.array([[0.99, 0.01]] * 10 + [[0.2, 0.8]] * 3 + [[0.05, 0.95]] + [[0.55, 0.45]])
    at, label = accepted(proba)
    assert set(at.tolist()) == set(range(14))
    assert (label[:10] == 0).all()
    assert 14 not in at, "hardly above chance"


def test_a_disguise_keeps_shape_and_level() -> None:
    rng, (X, _) = np.random.default_rng(0), windows(20, 4)
    for x, w, s in zip(X, weak(X, rng), strong(X, rng), strict=True):
        assert w.shape == s.shape == x.shape
        assert abs(w - x).mean() < 0.1
        assert abs(s.mean(axis=0) - x.mean(axis=0)).max() < 0.5


def test_a_pretrained_trunk_is_kept_only_where_it_helps() -> None:
    X, y = windows(60, 0)
    model, told = fit_pretrained(
        CNN(), X, y, windows(200, 1)[0], validation=windows(100, 2), plan=FitPlan(epochs=8)
    )
    assert told.kept == (told.loss_with < told.loss_without)
    assert model.report_.best_loss == min(told.loss_with, told.loss_without)
    assert model.task == "classify"


def test_what_is_hidden_is_told() -> None:
    X = [np.arange(40.0), np.arange(20.0)]
    masked, told = hidden(X, np.random.default_rng(0))
    assert told.shape == (2, 2)
    for x, m, (mean, _) in zip(X, masked, told, strict=True):
        gone = m[:, 0] != x
        assert gone.sum() >= len(x) // 4 - 1
        assert abs(x[gone].mean() - mean) <= 1.0
