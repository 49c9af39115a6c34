"""What weights are fitted to: the log-loss of the truth under random subsets of the answers of each case."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.weights import PEOPLE, SPOKE, Shape, base_weight, common_weight
from mindshare.core.kernel import kernel

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Examples(NamedTuple):
    """What the weights learn from: U cases, their R answers, T subsets of them; the machines of a case come before the people."""

    indptr: I64  # (U + 1,) answers of each case
    drawn: Mask  # (R, T)
    times: F64  # (U, T) how often the subset was drawn; 0 where it is one of those before
    alike: Mask  # (U, T) whether it has the same machines as the last one before whose `times` are not 0
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

    @property
    def total(self) -> int:
        """Subsets of all cases together."""
        return self.times.size


@kernel(allocates=True)
def told_apart(indptr, drawn, person):  # type: ignore[no-untyped-def]
    """(U, T) `times` and `alike` of `Examples`: what is drawn twice is counted, not computed, twice."""
    shape = (len(indptr) - 1, drawn.shape[1])
    times, alike = np.zeros(shape), np.zeros(shape, np.bool_)
    for u in range(shape[0]):
        last = -1
        for t in range(shape[1]):
            first = t
            for other in range(t):
                if times[u, other] > 0 and _same(indptr, drawn, person, u, t, other, 2):
                    first = other
                    break
            times[u, first] += 1.0
            if first == t:
                alike[u, t] = last >= 0 and _same(indptr, drawn, person, u, t, last, 1)
                last = t
    return times, alike


@kernel(inline=True)
def _same(indptr, drawn, person, u, t, other, kinds):  # type: ignore[no-untyped-def]
    """Whether two subsets of a case have the same rows of the first `kinds` kinds."""
    differ = 0
    for r in range(indptr[u], indptr[u + 1]):
        differ += person[r] < kinds and drawn[r, t] != drawn[r, other]
    return differ == 0


def loss_and_slope(x: Examples, shape: Shape, theta: F64) -> tuple[float, F64]:
    """The sum of log-losses over all subsets, and its slope in every weight."""
    grad = np.zeros_like(theta)
    return _loss(x, shape.split(theta), shape.split(grad), np.zeros((0, 0)), _room(x)), grad


def doubts(x: Examples, shape: Shape, theta: F64) -> F64:
    """(U, T) how open each subset leaves the truth: the chance that two draws from the belief differ, times `times`."""
    out = np.zeros(x.times.shape)
    _loss(x, shape.split(theta), shape.split(np.zeros_like(theta)), out, _room(x))
    return out


class _Room(NamedTuple):
    """Scratch of one case."""

    base: F64  # (most rows of a case, 2) weights but for how many speak
    slope_of: F64  # the same shape: slopes in them
    common: F64  # (2, 2) weights that a kind shares
    scores: F64  # (6, L) before any answer, after the machines, after the people, slope; sums of slopes: same machines, the case
    votes: I64  # (2, L)
    kinds: F64  # (2, 2) slopes by kind


def _room(x: Examples) -> _Room:
    most, n_labels = int(np.diff(x.indptr).max(initial=0)), len(x.prior)
    rows, two = np.zeros((2, most, 2)), np.zeros((2, 2, 2))
    return _Room(rows[0], rows[1], two[0], np.zeros((6, n_labels)), np.zeros((2, n_labels), np.int64), two[1])


@kernel
def _loss(x, parts, grad, doubt, room):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912
    """Sum of log-losses over the subsets; adds the slope in every weight to `grad`, and fills `doubt` (U, T) unless (0, 0).

    The machines of a case are summed up once for all subsets that have the same machines.
    """
    n_labels = len(x.prior)
    base, slope_of, common, s, votes, kinds = room
    total = 0.0
    for u in range(len(x.truth)):
        low, high = x.indptr[u], x.indptr[u + 1]
        columns = x.design_of[x.design_at[u] : x.design_at[u + 1]]
        common_weight(parts, columns, common)
        people_from = high
        for r in range(low, high):
            base_weight(parts, columns, x.own[x.agent[r]], x.agent[r], x.person[r], common, base[r - low])
            slope_of[r - low, 0], slope_of[r - low, 1] = 0.0, 0.0
            if x.person[r] == 1 and people_from == high:
                people_from = r
        for y in range(n_labels):
            first = x.prior[y]
            for c in columns:
                first += parts.bias[c, y]
            if len(x.text):
                first += parts.text[0] * x.text[u, y]
            s[0, y], s[4, y], s[5, y] = first, 0.0, 0.0
        last = -1
        for t in range(x.drawn.shape[1]):
            if x.times[u, t] == 0:
                continue
            if not x.alike[u, t]:
                if last >= 0:
                    _slopes(x, grad, last, low, people_from, 0, s[4], slope_of, low)
                    for y in range(n_labels):
                        s[5, y] += s[4, y]
                        s[4, y] = 0.0
                last = t
                for y in range(n_labels):
                    s[1, y], votes[0, y] = s[0, y], 0
                _add(x, parts, t, low, people_from, 0, base, s[1], votes[0], low)
            for y in range(n_labels):
                s[2, y], votes[1, y] = s[1, y], 0
            _add(x, parts, t, people_from, high, 1, base, s[2], votes[1], low)
            total += x.times[u, t] * _softmax(x, parts, grad, u, t, votes, s, doubt)
            _slopes(x, grad, t, people_from, high, 1, s[3], slope_of, low)
        if last >= 0:
            _slopes(x, grad, last, low, people_from, 0, s[4], slope_of, low)
        for y in range(n_labels):
            s[5, y] += s[4, y]
        _scatter(x, grad, u, columns, slope_of, s[5], kinds)
    return total


@kernel(inline=True)
def _spoke(x, t, low, high):  # type: ignore[no-untyped-def]
    """How many of the rows `low` to `high` are in subset t, counted up to SPOKE."""
    n = 0
    for r in range(low, high):
        if x.drawn[r, t]:
            n += 1
    return min(n, SPOKE)


@kernel(inline=True)
def _add(x, parts, t, low, high, g, base, s, votes, first):  # type: ignore[no-untyped-def]
    """Adds the answers of subset t among rows `low` to `high`, all of kind g, to the score `s` and the `votes`."""
    n = _spoke(x, t, low, high)
    for r in range(low, high):
        if not x.drawn[r, t]:
            continue
        votes[x.answer[r]] += 1
        w0, w1 = base[r - first, 0] + parts.spoke[g, n, 0], base[r - first, 1] + parts.spoke[g, n, 1]
        own = x.own[x.agent[r]]
        if own >= 0:
            w0 += parts.own_spoke[own, n, 0]
            w1 += parts.own_spoke[own, n, 1]
        for y in range(len(s)):
            s[y] += w0 * x.evidence[r, 0, y] + w1 * x.evidence[r, 1, y]


@kernel(inline=True)
def _slopes(x, grad, t, low, high, g, slope, slope_of, first):  # type: ignore[no-untyped-def]
    """Adds the slopes in the weights of those answers, given the `slope` in the score."""
    n = _spoke(x, t, low, high)
    for r in range(low, high):
        if not x.drawn[r, t]:
            continue
        w0, w1 = 0.0, 0.0
        for y in range(len(slope)):
            w0 += slope[y] * x.evidence[r, 0, y]
            w1 += slope[y] * x.evidence[r, 1, y]
        slope_of[r - first, 0] += w0
        slope_of[r - first, 1] += w1
        grad.spoke[g, n, 0] += w0
        grad.spoke[g, n, 1] += w1
        own = x.own[x.agent[r]]
        if own >= 0:
            grad.own_spoke[own, n, 0] += w0
            grad.own_spoke[own, n, 1] += w1


@kernel(inline=True)
def _softmax(x, parts, grad, u, t, votes, s, doubt):  # type: ignore[no-untyped-def]
    """The log-loss of subset t of case u, whose score but for the votes is `s[2]`; its slope in `s[3]`, added to `s[4]`."""
    n_labels, top = s.shape[1], -np.inf
    for y in range(n_labels):
        s[2, y] += parts.votes[min(votes[0, y], SPOKE), min(votes[1, y], PEOPLE)]
        top = max(top, s[2, y])
    z = 0.0
    for y in range(n_labels):
        s[3, y] = np.exp(s[2, y] - top)
        z += s[3, y]
    if len(doubt):
        doubt[u, t] = x.times[u, t]
        for y in range(n_labels):
            doubt[u, t] -= x.times[u, t] * (s[3, y] / z) ** 2
    share = x.times[u, t] / z
    for y in range(n_labels):
        s[3, y] *= share
    s[3, x.truth[u]] -= x.times[u, t]
    for y in range(n_labels):
        s[4, y] += s[3, y]
        grad.votes[min(votes[0, y], SPOKE), min(votes[1, y], PEOPLE)] += s[3, y]
    return np.log(z) + top - s[2, x.truth[u]]


@kernel(inline=True)
def _scatter(x, grad, u, columns, slope_of, first_slope, both):  # type: ignore[no-untyped-def]
    """Adds the slopes of a case, all subsets together, to the weights that they belong to."""
    low = x.indptr[u]
    for y in range(len(first_slope)):
        for c in columns:
            grad.bias[c, y] += first_slope[y]
        if len(x.text):
            grad.text[0] += first_slope[y] * x.text[u, y]
    for g in range(2):
        for e in range(2):
            both[g, e] = 0.0
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
