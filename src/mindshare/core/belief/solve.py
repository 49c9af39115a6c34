"""The weights of the pool: penalised maximum likelihood of the truth on random subsets of answers.

L-BFGS (Nocedal 1980) whose first guess of the curvature is an estimate of the true one, so that a few steps are enough. The
same estimate foretells what is left to gain: that decides when to stop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.curvature import Curvature, Inverse, curvature
from mindshare.core.belief.likelihood import Examples, loss_and_slope
from mindshare.core.belief.weights import Shape

F64 = NDArray[np.float64]
ENOUGH = 1e-5  # log-loss per subset that may be left to gain
ROUGHLY = 1e-3  # the same before the curvature is estimated for good
STEPS = 10  # of L-BFGS, before the curvature is estimated anew
ROUNDS = 6
SOME, MORE = 400, 1_500  # subsets that a rough and the final curvature are estimated from at least,
SOME_EACH, MORE_EACH = 1, 2  # and for each weight
HEARD = 300.0  # answers of a kind: where fewer were heard, its weights are held tighter than the ridge says
TIGHT = 10.0  # ridge of the first, rough search
SUFFICIENT = 1e-4  # of the foreseen decrease that a step must bring (Armijo)


class Fitted(NamedTuple):
    """Weights in one row, and the curvature near them: where the search begins on a like problem."""

    theta: F64
    curvature: Curvature


def solve_weights(
    x: Examples, shape: Shape, ridge: float, start: Fitted | F64 | None = None, anchor: F64 | None = None
) -> Fitted:
    """The weights of the least penalised log-loss, up to ENOUGH; `start`: what was found on a like problem.

    `anchor`: what ridges hold to, and the answer where there are no examples (None: `shape.start()`).
    """
    anchor = shape.start() if anchor is None else anchor
    theta = anchor
    if not len(x.truth):
        return Fitted(theta, Curvature(np.zeros(0, np.int64), np.zeros((0, 0)), np.zeros(len(theta))))
    some, more = max(SOME, SOME_EACH * len(theta)), max(MORE, MORE_EACH * len(theta))
    if isinstance(start, Fitted):
        return _search(x, shape, ridge, start, anchor, (ENOUGH, more))
    if start is None:
        # tight weights are near where the search begins, and loose ones near them
        begin = Fitted(theta, curvature(x, shape, theta, some))
        theta = _search(x, shape, max(ridge, TIGHT), begin, anchor, (ROUGHLY, some)).theta
    else:
        theta = start
    subsets = more if start is None else some
    return _search(
        x, shape, ridge, Fitted(theta, curvature(x, shape, theta, subsets)), anchor, (ENOUGH, more)
    )


def held(x: Examples, shape: Shape, ridge: float) -> F64:
    """(P,) penalties: those of `shape` times the ridge, or times more for a kind of agents of which little was heard.

    A ridge is chosen by how well all answers together foretell the truth. Where machines answer every case and people a few, that says
    what suits machines, and the weights of people would follow a handful of answers wherever they lead.
    """
    people = np.zeros(shape.agents, bool)
    people[x.agent[x.person == 1]] = True
    heard = np.bincount(x.person, minlength=2)
    times = np.maximum(ridge, HEARD / np.maximum(heard, 1)) / ridge  # (2,) by kind
    out = ridge * shape.ridge()
    parts = shape.split(out)
    parts.kind[:] *= times[:, None]
    parts.context[:] *= times[:, None, None]
    parts.spoke[:] *= times[:, None, None]
    parts.agent[:] *= np.where(people, times[1], times[0])[:, None]
    parts.own[:] *= times[0]
    parts.own_spoke[:] *= times[0]
    parts.votes[:, 0] *= times[0]
    parts.votes[:, 1:] *= times[1]
    return out


def _search(
    x: Examples, shape: Shape, ridge: float, begin: Fitted, anchor: F64, how: tuple[float, int]
) -> Fitted:
    """`how`: what may be left to gain per subset, and how many subsets tell the curvature wherever it is estimated anew."""
    penalty = held(x, shape, ridge)
    (theta, bend), enough = begin, how[0] * x.total

    def loss(theta: F64) -> tuple[float, F64]:
        value, slope = loss_and_slope(x, shape, theta)
        off = theta - anchor
        return value + 0.5 * float(penalty @ off**2), slope + penalty * off

    for _ in range(ROUNDS):
        theta, left = _descend(loss, theta, bend.inverse(x.total, penalty), enough)
        if left <= enough:
            break
        bend = curvature(x, shape, theta, how[1])
    return Fitted(theta, bend)


def _descend(
    loss: Callable[[F64], tuple[float, F64]], theta: F64, inverse: Inverse, enough: float
) -> tuple[F64, float]:
    """At most STEPS steps, until what is left to gain is foreseen to be at most `enough`; what was foreseen last."""
    value, slope = loss(theta)
    pairs: list[tuple[F64, F64]] = []
    foreseen = np.inf
    for _ in range(STEPS):
        step = -_bent(slope, inverse, pairs)
        foreseen = -float(slope @ step)
        if foreseen <= 2 * enough:
            break
        length, found = 1.0, loss(theta + step)
        while found[0] > value - SUFFICIENT * length * foreseen:
            length /= 2
            if length < 1e-6:
                return theta, foreseen / 2
            found = loss(theta + length * step)
        pairs.append((length * step, found[1] - slope))
        theta = theta + length * step
        value, slope = found
    return theta, foreseen / 2


def _bent(slope: F64, inverse: Inverse, pairs: list[tuple[F64, F64]]) -> F64:
    """The slope times the inverse curvature, as the `pairs` of steps and changes of slope correct it (two loops)."""
    out, shares = slope.copy(), []
    for step, change in reversed(pairs):
        shares.append(float(step @ out) / float(step @ change))
        out -= shares[-1] * change
    out = inverse(out)
    for (step, change), share in zip(pairs, reversed(shares), strict=True):
        out += (share - float(change @ out) / float(step @ change)) * step
    return out
