"""The weights of the pool: penalised maximum likelihood of the truth on random subsets of answers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from mindshare.core.kernel import step

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

SPOKE = 12  # weights know "n answers of this kind are in" up to this many
PEOPLE = 3  # and "n people gave this label" up to this many
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

    def start(self) -> F64:
        """Where the search begins and what ridges hold to: evidence weighs 0.3 each way, nothing else counts."""
        theta = np.zeros(sum(int(np.prod(s)) for s in self.sizes()))
        theta[:4] = 0.3
        return theta


class Examples(NamedTuple):
    """What the weights learn from: U cases, their R answers, T subsets of them."""

    indptr: I64  # (U + 1,) answers of each case
    drawn: NDArray[np.bool_]  # (R, T)
    evidence: F32  # (R, 2, L)
    agent: I64  # (R,)
    person: I64  # (R,)
    answer: I64  # (R,)
    own: I64  # (K,) number of the agent's own weights, -1 = none
    design_at: I64  # (U + 1,) columns of the design that hold for each case
    design_of: I64
    text: F64  # (U, L) what the text says, or (0, L)
    truth: I64  # (U,)
    prior: F64  # (L,)


def solve_weights(
    examples: Examples, shape: Shape, ridge: float, warm: F64 | None = None, most: int = ITERATIONS
) -> F64:
    """The weights in one row, by at most `most` steps of L-BFGS; `warm`: weights of a like problem to begin with."""
    penalty, start = ridge * shape.ridge(), shape.start()

    def loss(theta: F64) -> tuple[float, F64]:
        grad = np.zeros_like(theta)
        value = _loss(examples, shape.split(theta), shape.split(grad))
        off = theta - start
        return value + 0.5 * float(penalty @ off**2), grad + penalty * off

    begin = start if warm is None else warm
    found: Any = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": most})
    return np.asarray(found.x)


@step
def base_weight(parts, columns, own, k, g, common, out):  # type: ignore[no-untyped-def]
    """Fill `out` (2,): the weight of agent k of kind g on a case, but for how many speak; `common` (2, 2) by kind."""
    for e in range(2):
        w = parts.kind[g, e] + parts.agent[k, e] + common[g, e]
        if own >= 0:
            for c in columns:
                w += parts.own[own, c, e]
        out[e] = w


@step
def common_weight(parts, columns, out):  # type: ignore[no-untyped-def]
    """Fill `out` (2, 2): what the columns of a case add to the weights of each kind."""
    for g in range(2):
        out[g, 0], out[g, 1] = 0.0, 0.0
        for c in columns:
            out[g, 0] += parts.context[g, c, 0]
            out[g, 1] += parts.context[g, c, 1]


@numba.njit(cache=True, error_model="numpy")
def _loss(x, parts, grad):  # type: ignore[no-untyped-def]
    """Sum of log-losses over the subsets; adds the slope in every weight to `grad`."""
    n_labels, most = len(x.prior), np.diff(x.indptr).max() if len(x.indptr) > 1 else 0
    base, slope_of, common = np.zeros((most, 2)), np.zeros((most, 2)), np.zeros((2, 2))
    first, first_slope = np.zeros(n_labels), np.zeros(n_labels)
    scratch = np.zeros((2, n_labels))
    votes = np.zeros((2, n_labels), np.int64)
    total = 0.0
    for u in range(len(x.indptr) - 1):
        low, n = x.indptr[u], x.indptr[u + 1] - x.indptr[u]
        columns = x.design_of[x.design_at[u] : x.design_at[u + 1]]
        common_weight(parts, columns, common)
        for j in range(n):
            r = low + j
            base_weight(parts, columns, x.own[x.agent[r]], x.agent[r], x.person[r], common, base[j])
        for y in range(n_labels):
            first[y] = x.prior[y]
            for c in columns:
                first[y] += parts.bias[c, y]
            if len(x.text):
                first[y] += parts.text[0] * x.text[u, y]
        slope_of[:n] = 0.0
        first_slope[:] = 0.0
        for t in range(x.drawn.shape[1]):
            total += _one(x, parts, grad, u, t, base, first, slope_of, first_slope, scratch, votes)
        _scatter(x, grad, u, columns, slope_of, first_slope)
    return total


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def _one(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912
    x, parts, grad, u, t, base, first, slope_of, first_slope, scratch, votes
):
    """The log-loss of subset t of case u; its slopes."""
    low, high, n_labels = x.indptr[u], x.indptr[u + 1], len(first)
    s, slope = scratch[0], scratch[1]
    machines, people = 0, 0
    for r in range(low, high):
        if x.drawn[r, t]:
            people += x.person[r]
            machines += 1 - x.person[r]
    machines, people = min(machines, SPOKE), min(people, SPOKE)
    s[:] = first
    votes[:] = 0
    for r in range(low, high):
        if not x.drawn[r, t]:
            continue
        g, own = x.person[r], x.own[x.agent[r]]
        votes[g, x.answer[r]] += 1
        n = people if g == 1 else machines
        for e in range(2):
            w = base[r - low, e] + parts.spoke[g, n, e]
            if own >= 0:
                w += parts.own_spoke[own, n, e]
            for y in range(n_labels):
                s[y] += w * x.evidence[r, e, y]
    for y in range(n_labels):
        s[y] += parts.votes[min(votes[0, y], SPOKE), min(votes[1, y], PEOPLE)]
    top = s.max()
    z = 0.0
    for y in range(n_labels):
        slope[y] = np.exp(s[y] - top)
        z += slope[y]
    for y in range(n_labels):
        slope[y] /= z
    slope[x.truth[u]] -= 1.0
    for y in range(n_labels):
        first_slope[y] += slope[y]
        grad.votes[min(votes[0, y], SPOKE), min(votes[1, y], PEOPLE)] += slope[y]
    for r in range(low, high):
        if not x.drawn[r, t]:
            continue
        g, own = x.person[r], x.own[x.agent[r]]
        n = people if g == 1 else machines
        for e in range(2):
            w = 0.0
            for y in range(n_labels):
                w += slope[y] * x.evidence[r, e, y]
            slope_of[r - low, e] += w
            grad.spoke[g, n, e] += w
            if own >= 0:
                grad.own_spoke[own, n, e] += w
    return np.log(z) + top - s[x.truth[u]]


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def _scatter(x, grad, u, columns, slope_of, first_slope):  # type: ignore[no-untyped-def]
    """Adds the slopes of a case, all subsets together, to the weights that they belong to."""
    low = x.indptr[u]
    for y in range(len(first_slope)):
        for c in columns:
            grad.bias[c, y] += first_slope[y]
        if len(x.text):
            grad.text[0] += first_slope[y] * x.text[u, y]
    both = np.zeros((2, 2))
    for r in range(low, x.indptr[u + 1]):
        g, k, own = x.person[r], x.agent[r], x.own[x.agent[r]]
        for e in range(2):
            w = slope_of[r - low, e]
            grad.agent[k, e] += w
            both[g, e] += w
            if own >= 0:
                for c in columns:
                    grad.own[own, c, e] += w
    for g in range(2):
        for e in range(2):
            grad.kind[g, e] += both[g, e]
            for c in columns:
                grad.context[g, c, e] += both[g, e]
