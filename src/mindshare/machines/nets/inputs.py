"""Moved to `mindshare.machines.parts.inputs`; what is asked for here still comes, with a warning, until version 0.2."""

from __future__ import annotations

from mindshare.machines import moved
from mindshare.machines.parts import inputs

__getattr__ = moved.warning(inputs, "mindshare.machines.nets.inputs")
