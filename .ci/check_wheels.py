"""Fails when torchvision or an nvidia wheel is installed: they drag in gigabytes that nothing here needs."""

from __future__ import annotations

import sys
from importlib.metadata import distributions

ALLOWED = {"nvidia-ml-py"}  # reads the power and memory of a GPU; a few kilobytes


def unwanted() -> list[str]:
    """The installed distributions that must not be here."""
    names = {(d.metadata["Name"] or "").lower().replace("_", "-") for d in distributions()}
    return sorted(n for n in names if n == "torchvision" or (n.startswith("nvidia-") and n not in ALLOWED))


if __name__ == "__main__":
    if found := unwanted():
        sys.exit(f"These must not be installed, even indirectly: {', '.join(found)}.")
    print("No torchvision and no nvidia wheel but nvidia-ml-py.")
