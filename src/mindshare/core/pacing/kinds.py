"""The kinds of cases that share limits: their numbers, and what a case of each usually uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.pacing.ledger import Floats, Ledger, checked


def kind_of(kinds: Mapping[str, int], kind: str) -> int:
    """The number of a kind; MindshareError where no cases of it are expected."""
    if kind not in kinds:
        raise MindshareError(
            f"No cases of kind '{kind}' are expected; kinds are {listed(kinds)}.{nearest(kind, kinds)}"
        )
    return kinds[kind]


def usual_of(kinds: Mapping[str, int], ledger: Ledger, usual: Mapping[str, Mapping[str, float]]) -> Floats:
    """(J, R) what a case of each kind usually uses, NaN where that is not known."""
    known = np.full((len(kinds), len(ledger.resources)), np.nan)
    for kind, uses in usual.items():
        known[kind_of(kinds, kind)] = 0.0
        for name, amount in uses.items():
            checked(name, amount)
            known[kind_of(kinds, kind), ledger.at(name)] = amount
    return known


def part_of(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The entries of a flat state under a name."""
    return {key[len(name) + 1 :]: value for key, value in state.items() if key.startswith(name + ".")}
