"""At how many human answers per case policies are compared: what was asked for, or shares that suit the history."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.history import History

SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
FURTHER = (2, 3, 5, 10, 20, 50)
NEAR = 0.9  # of all there is: a share that is nearer shows nothing of its own


def checked(shares: Sequence[float]) -> tuple[float, ...]:
    """The asked shares with 0 and 1, sorted, each once. Raises MindshareError unless each is finite and >= 0."""
    for share in shares:
        if not 0 <= share < math.inf:
            raise MindshareError(
                f"A share is a number of human answers per case, finite and >= 0. Got {share!r} instead."
            )
    return tuple(sorted({0.0, 1.0, *map(float, shares)}))


def usual(history: History) -> tuple[float, ...]:
    """SHARES; where people gave more than one answer per judged case also FURTHER ones, up to where all answers are bought."""
    judged = history.truth >= 0
    people = history.is_person[history.answers.agent]
    answers = np.bincount(history.answers.case[people], minlength=len(history))[judged].sum()
    every = math.ceil(answers / max(int(judged.sum()), 1))
    if every <= 1:
        return SHARES
    return (*SHARES, *(float(share) for share in FURTHER if share <= NEAR * every), float(every))
