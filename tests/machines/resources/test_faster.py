"""Promises of answering faster."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.resources.faster import faster
from tests.machines.conftest import windows

pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")


@pytest.mark.filterwarnings("ignore")
def test_a_way_is_kept_only_where_it_is_faster_and_as_right(tmp_path: Path) -> None:
    model = CNN().fit(*windows(200, 0), plan=FitPlan(epochs=15, rate=5e-3))
    X, y = windows(80, 1)
    ways = {way.name: way for way in faster(model, X, y, tmp_path)}
    plain = ways["torch"]
    assert plain.apart == 0.0
    assert ways["onnx"].apart < 1e-4
    assert not plain.kept
    assert sum(way.kept for way in ways.values()) <= 1
    for way in ways.values():
        if way.kept:
            assert way.cpu_s <= 0.9 * plain.cpu_s
            assert way.accuracy >= plain.accuracy - 0.01
            assert way.path is not None
            assert way.path.exists()
    none = faster(
        model, X, ["sound"] * len(X), tmp_path, lose=-1.0
    )  # what must be better by all of it is not
    assert not any(way.kept for way in none)
