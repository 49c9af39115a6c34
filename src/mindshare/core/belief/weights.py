"""The weights of the pool by meaning, and what they make of a case."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]

SPOKE = 12  # weights know "n answers of this kind are in" up to this many
PEOPLE = 3  # and "n people gave this label" up to this many
WEIGHT = 0.3  # of each reading before anything is learnt: evidence is not independent
AGREED = 0.5  # the same where truths were guessed from agreement: there every answer counted whole
AGENT_RIDGE, CONTEXT_RIDGE, SPOKE_RIDGE, BIAS_RIDGE, VOTES_RIDGE = 30.0, 1000.0, 3.0, 100.0, 10.0


class Parts(NamedTuple):
    """The weights by meaning."""

    kind: F64  # (2, 2)
    agent: F64  # (K, 2)
    context: F64  # (2, D, 2)
    own: F64  # (own, D, 2)
    spoke: F64  # (2, SPOKE + 1, 2)
    own_spoke: F64  # (own, SPOKE + 1, 2)
    bias: F64  # (D, L)
    text: F64  # (1,)
    votes: F64  # (SPOKE + 1, PEOPLE + 1) what a label gains by how many machines and people gave it


class Shape(NamedTuple):
    """How many agents, columns of the design, machines with weights of their own, and labels the weights are for."""

    agents: int
    width: int
    own: int
    labels: int

    def sizes(self) -> list[tuple[int, ...]]:
        """Shapes of `Parts`, in their order."""
        return [
            (2, 2),
            (self.agents, 2),
            (2, self.width, 2),
            (self.own, self.width, 2),
            (2, SPOKE + 1, 2),
            (self.own, SPOKE + 1, 2),
            (self.width, self.labels),
            (1,),
            (SPOKE + 1, PEOPLE + 1),
        ]

    def split(self, theta: F64) -> Parts:
        """All weights in one row, as views by meaning."""
        out, at = [], 0
        for size in self.sizes():
            n = int(np.prod(size))
            out.append(theta[at : at + n].reshape(size))
            at += n
        return Parts(*out)

    def ridge(self) -> F64:
        """Penalties, one per weight, on the way from `start`."""
        strength = (
            0.5,
            AGENT_RIDGE,
            CONTEXT_RIDGE / 2,
            CONTEXT_RIDGE,
            SPOKE_RIDGE,
            SPOKE_RIDGE,
            BIAS_RIDGE,
            1.0,
            VOTES_RIDGE,
        )
        parts = zip(self.sizes(), strength, strict=True)
        return np.concatenate([np.full(int(np.prod(size)), r) for size, r in parts])

    def start(self, weight: float = WEIGHT) -> F64:
        """Where the search begins and what ridges hold to: each reading has this weight, nothing else counts."""
        theta = np.zeros(sum(int(np.prod(s)) for s in self.sizes()))
        theta[:4] = weight
        return theta


@kernel
def base_weight(parts, columns, own, k, g, common, out):  # type: ignore[no-untyped-def]
    """Fill `out` (2,): the weight of agent k of kind g on a case, but for how many speak; `common` (2, 2) by kind."""
    for e in range(2):
        w = parts.kind[g, e] + parts.agent[k, e] + common[g, e]
        if own >= 0:
            for c in columns:
                w += parts.own[own, c, e]
        out[e] = w


@kernel
def common_weight(parts, columns, out):  # type: ignore[no-untyped-def]
    """Fill `out` (2, 2): what the columns of a case add to the weights of each kind."""
    for g in range(2):
        out[g, 0], out[g, 1] = 0.0, 0.0
        for c in columns:
            out[g, 0] += parts.context[g, c, 0]
            out[g, 1] += parts.context[g, c, 1]
