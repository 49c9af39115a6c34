"""Moved to `mindshare.machines.costs.model`; what is asked for here still comes, with a warning, until version 0.2."""

from __future__ import annotations

from mindshare.machines import moved
from mindshare.machines.costs import model

__getattr__ = moved.warning(model, "mindshare.machines.resources.cost")
