"""Promises of learning in several processes: real ones, that talk to each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.machines.learn.parallel import Steps, fit_parallel
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.saved import load_model, save_model
from mindshare.machines.nets.transformer import Transformer
from tests.machines.conftest import windows

STEPS = Steps(count=6, batch=16, rate=0.05)


@pytest.mark.parametrize("way", ["ddp", "fsdp", "pipeline"])
def test_two_processes_learn_what_one_learns(way: str) -> None:
    X, y = windows(64, 0)
    small = {"width": 16, "depth": 2, "heads": 2}
    alone, losses = fit_parallel(Transformer(**small), X, y, "one", steps=STEPS)
    both, there = fit_parallel(Transformer(**small), X, y, way, steps=STEPS)  # type: ignore[arg-type]
    np.testing.assert_allclose(there, losses, atol=2e-5)
    assert losses[0] != losses[-1]
    np.testing.assert_allclose(both.predict_proba(X), alone.predict_proba(X), atol=1e-4)


def test_what_several_processes_learnt_can_be_saved_like_any_model(tmp_path: Path) -> None:
    X, y = windows(32, 0)
    model, losses = fit_parallel(
        Transformer(width=16, depth=1, heads=2), X, y, "one", steps=Steps(count=2, batch=16)
    )
    assert (model.report_.steps, model.report_.best_loss) == (2, losses[-1])
    saved = load_model(save_model(model, tmp_path / "model.npz"))
    np.testing.assert_allclose(saved.predict_proba(X), model.predict_proba(X), atol=1e-6)


def test_what_cannot_be_split_is_refused_and_what_fails_is_told() -> None:
    X, y = windows(20, 0)
    with pytest.raises(ValueError, match="splits the layers of a Transformer"):
        fit_parallel(CNN(), X, y, "pipeline")
    with pytest.raises(ValueError, match="for labels so far"):
        fit_parallel(CNN(task="regress"), X, np.zeros(20), "ddp")
    with pytest.raises(
        MindshareError, match=r"Process \d of 2 failed: ValueError: width must be a multiple of heads"
    ):
        fit_parallel(Transformer(width=10, heads=4), X, y, "ddp", steps=Steps(count=1))
