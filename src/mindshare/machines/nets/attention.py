"""Moved to `mindshare.machines.parts.attention`; what is asked for here still comes, with a warning, until version 0.2."""

from __future__ import annotations

from mindshare.machines import moved
from mindshare.machines.parts import attention

__getattr__ = moved.warning(attention, "mindshare.machines.nets.attention")
