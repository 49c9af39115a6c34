"""Promises of where the course of a fit goes; each with the real package, where it is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from mindshare.core.errors import MindshareError
from mindshare.machines.learn import sinks
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.cnn import CNN
from tests.machines.conftest import windows


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("kind", "package"),
    [("TensorBoard", "tensorboard"), ("WeightsAndBiases", "wandb"), ("MLflow", "mlflow")],
)
def test_the_course_of_a_fit_is_written_into_a_folder(kind: str, package: str, tmp_path: Path) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed (extra `track`)")
    X, y = windows(40, 0)
    with getattr(sinks, kind)(tmp_path) as sink:
        CNN().fit(X, y, plan=FitPlan(epochs=2), sinks=[sink])
    assert any(path.stat().st_size > 0 for path in tmp_path.rglob("*") if path.is_file())


def test_a_package_that_is_missing_is_named(monkeypatch: Any, tmp_path: Path) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(sinks, "import_module", missing)
    with pytest.raises(MindshareError, match=r"needs the package wandb: pip install 'mindshare\[track\]'"):
        sinks.WeightsAndBiases(tmp_path)
