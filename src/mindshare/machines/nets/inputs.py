"""Moved to `mindshare.machines.parts.inputs`; what is asked for here still comes, with a warning, until version 0.2."""

from __future__ import annotations

from mindshare.machines.moved import warning as _warning
from mindshare.machines.parts import inputs as _home

__getattr__ = _warning(_home, "mindshare.machines.nets.inputs")
