"""Where the course of a fit can go: TensorBoard, Weights & Biases (offline), MLflow. Extra `track`; each writes into a folder."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from mindshare.core.errors import MindshareError


class TensorBoard:
    """Event files that ``tensorboard --logdir FOLDER`` shows."""

    def __init__(self, folder: str | Path) -> None:
        writer = _of("torch.utils.tensorboard", "tensorboard")
        self._writer = writer.SummaryWriter(str(folder))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


class WeightsAndBiases:
    """A run on disk, nothing is sent; ``wandb sync FOLDER`` uploads it when somebody wants that."""

    def __init__(self, folder: str | Path, project: str = "mindshare") -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        wandb = _of("wandb", "wandb")
        self._run = wandb.init(
            project=project, dir=str(folder), mode="offline", settings=wandb.Settings(silent=True)
        )

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._run.log(dict(values), step=step)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._run.finish()


class MLflow:
    """A run in a local store in the folder; ``mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db`` shows it."""

    def __init__(self, folder: str | Path, experiment: str = "mindshare") -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        client = _of("mlflow.tracking", "mlflow-skinny").MlflowClient(
            f"sqlite:///{Path(folder).resolve()}/mlflow.db"
        )
        known = client.get_experiment_by_name(experiment)
        self._client: Any = client
        at = known.experiment_id if known else client.create_experiment(experiment)
        self._run = client.create_run(at).info.run_id

    def log(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._client.log_metric(self._run, name, value, step=step)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.set_terminated(self._run)


def _of(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError as missing:
        raise MindshareError(
            f"This needs the package {package}: pip install 'mindshare[track]'."
        ) from missing
