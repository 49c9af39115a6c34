"""A scikit-learn model in a skops file: types that skops does not trust are loaded only where they are named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mindshare.core.errors import MindshareError, listed
from mindshare.machines.agents.extra import extra


def from_skops(file: Path, trusts: Sequence[str], where: str = "runs.trusts") -> Any:
    """The model in the file. `where`: what names the types that are trusted beside those that skops itself trusts."""
    io = extra("skops.io", "skops")
    asked = io.get_untrusted_types(file=file)
    strange = [name for name in asked if name not in trusts]
    if strange:
        raise MindshareError(
            f"{file.name} holds {listed(strange)}, which skops does not trust; name that in {where} if you know who "
            "made the file."
        )
    return io.load(file, trusted=asked)
