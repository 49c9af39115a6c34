"""`threads` is in `mindshare.machines.threads`; `belief/` still asks for it here."""

from __future__ import annotations

from mindshare.machines.threads import threads

__all__ = ["threads"]
