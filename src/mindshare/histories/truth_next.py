"""Which cases' truth to find out next: a sample that narrows the estimated gain of asking most for its size.

The gain of asking is a sum over cases: the utility of the verdict when everybody has been heard, less that of the machines alone.
Of a case whose truth is unknown, it varies with the truth by

    spread  =  stakes . standard deviation, over the belief in the truth, of  U(truth, verdict after) - U(truth, verdict before)

Cases are drawn with a chance in proportion to it. Of all samples of their size that is the one from which the sum is known best
(Neyman 1934; to find out the risk of a classifier: Sawade et al. 2010). Where verdicts agree the spread is 0; so that a
belief that is too sure hides nothing, every case has at least FLOOR of the mean chance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.kinds import parts
from mindshare.core.learn import learn

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
FOLDS = 5  # each case is believed by what the other folds taught
FLOOR = 0.1


class Wanted(NamedTuple):
    """A case whose truth is wanted."""

    case_id: str
    before: str  # verdict of the machines alone; where there are none, of nobody
    after: str  # verdict of everybody
    spread: float  # of the gain, in utility
    weight: float  # cases that this one stands for, 1 / the chance to be drawn


class _Outlook(NamedTuple):
    spread: F64  # (N,)
    before: I32  # (N,)
    after: I32  # (N,)


def truth_next(history: History, count: int, seed: int = 0) -> tuple[Wanted, ...]:
    """`count` cases without a truth (or all of them, if there are fewer), the widest spread first; same seed, same cases.

    The sample is no picture of all cases: those that asking changes come up more often. Sum what each one brought times its
    `weight`, and divide by the number of cases without a truth, for the mean gain without bias (Horvitz and Thompson 1952).
    Raises MindshareError for a count below 1.
    """
    if count < 1:
        raise MindshareError(f"At least 1 case can be named, not {count}.")
    outlook = _outlook(history, seed)
    cases = np.flatnonzero(history.truth < 0)
    rng = np.random.default_rng(seed)
    chance = chances_of(outlook.spread[cases], count)
    drawn = systematic(chance, rng)
    labels = history.team.labels
    return tuple(
        Wanted(
            history.case_id[i],
            labels[outlook.before[i]],
            labels[outlook.after[i]],
            float(outlook.spread[i]),
            1.0 / p,
        )
        for i, p in sorted(
            zip(cases[drawn].tolist(), chance[drawn].tolist(), strict=True),
            key=lambda one: (-outlook.spread[one[0]], one[0]),
        )
    )


def chances_of(spread: F64, count: int) -> F64:
    """(n,) the chance of each case to be drawn: in proportion to its spread, at most 1, `count` in sum (or n, if that is less)."""
    if count >= len(spread):
        return np.ones(len(spread))
    if not spread.any():
        spread = np.ones(len(spread))
    size = spread / spread.max()  # also where all are so small that a part of one is 0
    size = np.maximum(size, FLOOR * size.mean())
    sure = np.zeros(len(size), bool)
    while True:
        chance = np.where(sure, 1.0, size * (count - sure.sum()) / size[~sure].sum())
        over = (chance > 1.0) & ~sure
        if not over.any():
            return np.minimum(chance, 1.0)
        sure |= over


def systematic(chance: F64, rng: np.random.Generator) -> I64:
    """The numbers of the cases drawn with these chances, as many as they sum up to (Madow 1949)."""
    order = rng.permutation(len(chance))
    reached = np.concatenate([[0.0], np.cumsum(chance[order])])
    ticks = rng.random() + np.arange(round(reached[-1]))
    return order[np.minimum(np.searchsorted(reached, ticks, side="right") - 1, len(order) - 1)]


def _outlook(history: History, seed: int) -> _Outlook:
    """How far the gain of each case is open, and both verdicts, out of fold."""
    out = _Outlook(np.zeros(len(history)), *np.zeros((2, len(history)), np.int32))
    for part in parts(history):
        mine = part.history
        for fit, test in split(mine, FOLDS, seed) or [(np.arange(len(mine)),) * 2]:
            model = learn(mine.take(fit), seed=seed, machines_always=True)
            stage = model.open(mine.take(test))
            everybody = np.ones(len(stage.opened.person), bool)
            before, after = (model.verdicts(stage, known) for known in (stage.machines(), everybody))
            score = stage.belief.scores(stage.opened, everybody)
            belief = np.exp(score - np.logaddexp.reduce(score, axis=1)[:, None])
            utility = model.asking.utility
            gain = utility[:, after].T - utility[:, before].T
            mean = (belief * gain).sum(1)
            place = part.cases[test]
            variance = (belief * (gain - mean[:, None]) ** 2).sum(1)
            out.spread[place] = stage.stakes() * np.sqrt(variance)
            out.before[place], out.after[place] = before + part.first, after + part.first
    return out
