"""Which simple rungs there are for what a case is: each is to be beaten before anything dear is worth its cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import get_args

from mindshare.machines.simple.images import Pixels
from mindshare.machines.simple.machine import Kind, Simple
from mindshare.machines.simple.series import MiniRocket, Statistics
from mindshare.machines.simple.tables import Boosting, Line, Vectors
from mindshare.machines.simple.texts import WordCounts

_ALL: Mapping[Kind, Mapping[str, Callable[[], Simple]]] = {
    "series": {"MiniRocket": MiniRocket, "Statistics": Statistics},
    "image": {"Pixels, linear": lambda: Pixels("linear"), "Pixels, rbf": Pixels},
    "text": {"WordCounts": WordCounts},
    "table": {"Line": Line, "Boosting": Boosting, "Vectors": Vectors},
}


def simple_rungs(reads: Kind) -> dict[str, Callable[[], Simple]]:
    """Name -> how to make it, the cheapest first. `MiniRocket` is among them where the extra `series` is installed.

    ValueError for a kind of case that is not known.
    """
    if reads not in _ALL:
        raise ValueError(f"What a case is must be one of {', '.join(get_args(Kind))}. Got {reads!r} instead.")
    missing = find_spec("sktime") is None
    return {name: make for name, make in _ALL[reads].items() if not (missing and make is MiniRocket)}
