"""How likely a look at a request finds something to act on: from requests whose outcome was known when it came, by kind and place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.city.triage.requests import Requests
from mindshare.domains.city.visits import Ints

STANDS_IN = (
    10.0  # looks of the wider group that stand in where a kind, or a kind at a place, has had few; stated
)
HALF = 0.5  # before anything is known


def chance_so_far(requests: Requests) -> FloatArray:
    """(N,) chance that something is found: the share among earlier requests of the kind at the place, filled up with those of the kind,
    and these with all.
    """
    kind = _numbers(requests.kind)
    here = _numbers([f"{a} / {b}" for a, b in zip(requests.kind, requests.place, strict=True)])
    out = np.zeros(len(requests))
    for case, now in enumerate(requests.came):
        chance, known = HALF, requests.told <= now
        for same in (known, known & (kind == kind[case]), known & (here == here[case])):
            chance = (requests.found[same].sum() + STANDS_IN * chance) / (same.sum() + STANDS_IN)
        out[case] = chance
    return out


def usual_minutes(requests: Requests) -> FloatArray:
    """(N,) how long requests of the kind took so far, from coming to closing; of all kinds where none of the kind is closed.

    Most of it is waiting: the file does not say how long anybody worked.
    """
    kind, took = _numbers(requests.kind), requests.told - requests.came
    out = np.zeros(len(requests))
    for case, now in enumerate(requests.came):
        known = requests.told <= now
        same = known & (kind == kind[case])
        out[case] = np.median(took[same if same.any() else known]) if known.any() else 1.0
    return out


# -- parts ---------------------------------------------------------------------------------------------------------
def _numbers(names: Sequence[str]) -> Ints:
    """(N,) the same number for the same name."""
    return np.asarray(np.unique(np.array(names), return_inverse=True)[1], np.int64)
