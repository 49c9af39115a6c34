"""What a machine tells of the cases that it learnt from: the names of columns, and how bright pixels were; kept in its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mindshare.core.errors import listed

HIGHEST = "highest_"  # the largest pixel
NAMES = "feature_names_in_"  # as scikit-learn calls them


def names_of(X: Any) -> list[str]:
    """The names of the columns of a table, where all are words; none of anything else."""
    columns = list(getattr(X, "columns", ()))
    return columns if all(isinstance(name, str) for name in columns) else []


def learn_told(machine: Any, X: Any, pixels: Any = None) -> None:
    """What `machine` will tell: the columns of `X` as `feature_names_in_`, and of images `pixels` the largest one as `highest_`."""
    told: dict[str, Any] = {"columns": names_of(X)}
    if pixels is not None:
        told["highest"] = float(np.max(pixels))
    take_told(machine, told)


def told_by(machine: Any) -> dict[str, Any]:
    """The same as plain values."""
    told: dict[str, Any] = {"columns": [str(name) for name in getattr(machine, NAMES, ())]}
    return told | ({"highest": machine.highest_} if hasattr(machine, HIGHEST) else {})


def take_told(machine: Any, told: Mapping[str, Any]) -> None:
    """Gives a machine what it told, in place of what it has told before."""
    for name in (NAMES, HIGHEST):
        vars(machine).pop(name, None)
    if told.get("columns"):
        machine.feature_names_in_ = np.array(told["columns"], object)
    if "highest" in told:
        machine.highest_ = told["highest"]


def must_be_named_so(machine: Any, X: Any) -> None:
    """Raises ValueError for a table with other columns than the one that taught, or in another order. Without names it may be any."""
    known, given = [str(name) for name in getattr(machine, NAMES, ())], names_of(X)
    if known and given and known != given:
        raise ValueError(
            f"The columns are {listed(given, 20)}; it learnt from {listed(known, 20)}, in this order."
        )
