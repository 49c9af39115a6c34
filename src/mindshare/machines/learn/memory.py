"""Moved to `mindshare.machines.memory`; what is asked for here still comes, with a warning, until version 0.2."""

from __future__ import annotations

from mindshare.machines import memory, moved

__getattr__ = moved.warning(memory, "mindshare.machines.learn.memory")
