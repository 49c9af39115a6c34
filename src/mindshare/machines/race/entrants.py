"""Who may race for what a case is: the simple rungs, the cheapest first, and nets."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from mindshare.machines.simple.machine import Kind

FAMILIES: dict[Kind, tuple[str, ...]] = {"series": ("CNN",), "text": ("CNN",), "image": ("CNN",), "table": ()}


def nets_for(reads: Kind) -> dict[str, Callable[[int], Any]]:
    """Name -> how to make the net with a seed. None without the extra `deep`, and none for tables."""
    if find_spec("torch") is None:
        return {}
    from mindshare.machines.nets.saved import families

    return {family: _maker(families()[family], reads) for family in FAMILIES[reads]}


def _maker(family: Any, reads: Kind) -> Callable[[int], Any]:
    return lambda seed: family(reads=reads, seed=seed)
