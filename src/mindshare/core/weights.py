"""The weights of the pool: penalised maximum likelihood of the truth on random subsets of answers."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from mindshare.core.opened import PEOPLE, SPOKE

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

ITERATIONS = 60
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
    votes: F64  # (SPOKE + 1, PEOPLE + 1)


class Speaker(NamedTuple):
    """(R,) who says what in each drawn row, and how many of the kind speak in its draw."""

    agent: I64
    answer: I64
    person: I64
    own: I64
    spoke: I64


class Shape(NamedTuple):
    """How many agents, context columns, machines with weights of their own, and labels the weights are for."""

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
        """Penalties, one a weight, on the way from `start`."""
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

    def start(self) -> F64:
        """Where the search begins and what ridges hold to: evidence weighs 0.3 each way, nothing else counts."""
        theta = np.zeros(sum(int(np.prod(s)) for s in self.sizes()))
        theta[:4] = 0.3
        return theta


class Problem(NamedTuple):
    """The penalised log-loss of the weights on the draws."""

    shape: Shape
    evidence: NDArray[np.float32]
    text: F64
    indptr: I64
    agent: I64
    answer: I64
    person: I64
    own: I64
    design: sparse.csr_matrix
    truth: I64
    prior: F64
    ridge: float

    def solve(self, warm: F64 | None) -> F64:
        """The weights in one row, by L-BFGS; `warm`: weights of a like problem to begin with."""
        ridge, start = self.ridge * self.shape.ridge(), self.shape.start()
        spoke = _spoke(self.indptr, self.person)

        def loss(theta: F64) -> tuple[float, F64]:
            grad = np.zeros_like(theta)
            value = _loss(
                self.prior,
                self.indptr,
                self.evidence,
                self.text,
                Speaker(self.agent, self.answer, self.person, self.own, spoke),
                self.design.indptr,
                self.design.indices,
                self.truth,
                self.shape.split(theta),
                self.shape.split(grad),
            )
            off = theta - start
            return value + 0.5 * float((ridge * off * off).sum()), grad + ridge * off

        most = ITERATIONS if warm is None else ITERATIONS // 3
        begin = start if warm is None else warm
        found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": most})
        return np.asarray(found.x)


@numba.njit(cache=True)
def _spoke(indptr, person):  # type: ignore[no-untyped-def]
    """(R,) how many of the row's kind speak in its draw."""
    out = np.zeros(len(person), np.int64)
    for d in range(len(indptr) - 1):
        count = np.zeros(2, np.int64)
        for r in range(indptr[d], indptr[d + 1]):
            count[person[r]] += 1
        for r in range(indptr[d], indptr[d + 1]):
            out[r] = min(count[person[r]], SPOKE)
    return out


@numba.njit(cache=True, fastmath=True)
def _loss(prior, indptr, evidence, text, speaker, design_at, design_of, truth, parts, grad):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912
    """Sum of log-losses over the draws; adds the slope in every weight to `grad`."""
    n_labels = len(prior)
    total = 0.0
    s, slope, votes = np.zeros(n_labels), np.zeros(n_labels), np.zeros((2, n_labels), np.int64)
    for d in range(len(indptr) - 1):
        columns = design_of[design_at[d] : design_at[d + 1]]
        s[:] = prior
        for c in columns:
            for y in range(n_labels):
                s[y] += parts.bias[c, y]
        if len(text):
            for y in range(n_labels):
                s[y] += parts.text[0] * text[d, y]
        votes[:] = 0
        for r in range(indptr[d], indptr[d + 1]):
            g, k, own, n = speaker.person[r], speaker.agent[r], speaker.own[r], speaker.spoke[r]
            votes[g, speaker.answer[r]] += 1
            for e in range(2):
                w = parts.kind[g, e] + parts.agent[k, e] + parts.spoke[g, n, e]
                if own >= 0:
                    w += parts.own_spoke[own, n, e]
                for c in columns:
                    w += parts.context[g, c, e]
                    if own >= 0:
                        w += parts.own[own, c, e]
                for y in range(n_labels):
                    s[y] += w * evidence[r, e, y]
        for y in range(n_labels):
            s[y] += parts.votes[min(votes[0, y], SPOKE), min(votes[1, y], PEOPLE)]
        top = s.max()
        z = 0.0
        for y in range(n_labels):
            slope[y] = np.exp(s[y] - top)
            z += slope[y]
        total += np.log(z) + top - s[truth[d]]
        for y in range(n_labels):
            slope[y] /= z
        slope[truth[d]] -= 1.0
        for y in range(n_labels):
            grad.votes[min(votes[0, y], SPOKE), min(votes[1, y], PEOPLE)] += slope[y]
        for c in columns:
            for y in range(n_labels):
                grad.bias[c, y] += slope[y]
        if len(text):
            for y in range(n_labels):
                grad.text[0] += slope[y] * text[d, y]
        for r in range(indptr[d], indptr[d + 1]):
            g, k, own, n = speaker.person[r], speaker.agent[r], speaker.own[r], speaker.spoke[r]
            for e in range(2):
                w = 0.0
                for y in range(n_labels):
                    w += slope[y] * evidence[r, e, y]
                grad.kind[g, e] += w
                grad.agent[k, e] += w
                grad.spoke[g, n, e] += w
                if own >= 0:
                    grad.own_spoke[own, n, e] += w
                for c in columns:
                    grad.context[g, c, e] += w
                    if own >= 0:
                        grad.own[own, c, e] += w
    return total
