"""Promises of teaching a net by a few numbers."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.machines.learn.lora import adapt
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.saved import load_model, save_model
from mindshare.machines.nets.transformer import Transformer
from tests.machines.conftest import windows

pytest.importorskip("peft", reason="the extra `text` is not installed")


def test_a_net_learns_a_rig_near_its_own_by_a_tenth_of_its_numbers(tmp_path: object) -> None:
    X, y = windows(300, 0)
    model = Transformer(seed=1).fit(X, y, plan=FitPlan(epochs=20, rate=5e-3))
    near, truth = windows(300, 1)
    near = [2.0 - 0.5 * x for x in near]  # the same faults, seen by other sensors
    before = {name: p.clone() for name, p in model.net_.state_dict().items()}
    adapted, count = adapt(model, near[:200], truth[:200], rank=4, plan=FitPlan(epochs=25, rate=1e-2))
    assert count.taught < 0.4 * count.all
    assert adapted.score(near[200:], truth[200:]) > model.score(near[200:], truth[200:]) + 0.1
    for name, p in model.net_.state_dict().items():
        np.testing.assert_array_equal(p, before[name], "the model that was adapted changed")
    assert set(adapted.net_.state_dict()) == set(before), "the scaffold is still there"
    again = load_model(save_model(adapted, f"{tmp_path}/adapted.npz"))
    np.testing.assert_array_equal(again.predict_proba(near[:9]), adapted.predict_proba(near[:9]))


def test_a_model_that_has_not_learnt_cannot_be_adapted() -> None:
    with pytest.raises(MindshareError, match="Only a model that has learnt"):
        adapt(Transformer(), *windows(20, 0))
