"""Moved to `mindshare.machines.costs.measure`; what is asked for here still comes, with a warning, until version 0.2."""

from __future__ import annotations

from mindshare.machines import moved
from mindshare.machines.costs import measure

__getattr__ = moved.warning(measure, "mindshare.machines.resources.cost_measure")
