"""Machines: they learn and answer within a budget. Names arrive when they are first used: torch is loaded with the first net."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mindshare.machines.learn.plan import FitPlan, FitReport
    from mindshare.machines.nets.capsule import Capsule
    from mindshare.machines.nets.cnn import CNN
    from mindshare.machines.nets.gru import GRU
    from mindshare.machines.nets.transformer import Transformer
    from mindshare.machines.race.race import Race
    from mindshare.machines.saving import load_model, save_model
    from mindshare.machines.task import TaskModel

__all__ = [
    "CNN",
    "GRU",
    "Capsule",
    "FitPlan",
    "FitReport",
    "Race",
    "TaskModel",
    "Transformer",
    "load_model",
    "save_model",
]

_HOME = {
    "learn.plan": ("FitPlan", "FitReport"),
    "nets.capsule": ("Capsule",),
    "nets.cnn": ("CNN",),
    "nets.gru": ("GRU",),
    "nets.transformer": ("Transformer",),
    "race.race": ("Race",),
    "saving": ("load_model", "save_model"),
    "task": ("TaskModel",),
}


def __getattr__(name: str) -> object:
    for module, names in _HOME.items():
        if name in names:
            found: object = getattr(import_module(f"mindshare.machines.{module}"), name)
            globals()[name] = found  # asked for once
            return found
    raise AttributeError(
        f"module 'mindshare.machines' has no attribute '{name}'. It has: {', '.join(__all__)}."
    )
