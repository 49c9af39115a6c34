"""Moved to `mindshare.machines.costs.model`; what is asked for here still comes, with a warning, until version 0.2."""

from __future__ import annotations

from mindshare.machines.costs import model as _home
from mindshare.machines.moved import warning as _warning

__getattr__ = _warning(_home, "mindshare.machines.resources.cost")
