"""How the log-loss bends with the weights, estimated on some subsets: what makes the search for the weights short."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from mindshare.core.belief.likelihood import Examples, doubts
from mindshare.core.belief.weights import PEOPLE, SPOKE, Shape, base_weight, common_weight
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
TOGETHER = 1_500  # weights whose curvature is held as one matrix at most; the others each bend alone
EVEN = 0.1  # of the mean doubt: what each subset has at least as its chance to be looked at


class Curvature(NamedTuple):
    """Second derivatives of the log-loss, per subset; P weights, of which W bend together and all others each alone."""

    which: I64  # (W,)
    together: F64  # (W, W)
    alone: F64  # (P,)

    def inverse(self, subsets: int, penalty: F64) -> Inverse:
        """Of the log-loss over so many subsets and the penalties (P,) on the weights."""
        matrix = subsets * self.together
        matrix[np.diag_indices(len(matrix))] += penalty[self.which]
        factor = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
        return Inverse(self.which, factor, subsets * self.alone + penalty)


class Inverse(NamedTuple):
    """What turns a slope into the step to where a function that bends so is least."""

    which: I64
    factor: Any
    alone: F64

    def __call__(self, slope: F64) -> F64:
        out = slope / self.alone
        out[self.which] = cho_solve(self.factor, slope[self.which], check_finite=False)
        return out


def curvature(x: Examples, shape: Shape, theta: F64, subsets: int) -> Curvature:
    """The curvature at `theta`, from about so many `subsets`: most from where the truth is open, there it comes from."""
    count, parts = len(theta), shape.split(theta)
    at = np.cumsum([0, *(int(np.prod(size)) for size in shape.sizes())])
    weight = _looks(x, doubts(x, shape, theta), subsets)
    alone, none, room = np.zeros(count), np.zeros((0, 0)), _room(len(x.prior), count)
    which = np.arange(count)
    if count > TOGETHER:
        _bend(x, parts, at, np.full(count, -1), weight, alone, none, room)
        which = np.sort(np.argsort(-alone / shape.ridge(), kind="stable")[:TOGETHER])
    place = np.full(count, -1)
    place[which] = np.arange(len(which))
    together = np.zeros((len(which), len(which)))
    alone[:] = 0.0
    _bend(x, parts, at, place, weight, alone, together, room)
    together += together.T
    together[np.diag_indices(len(which))] = alone[which]
    return Curvature(which, together / max(x.total, 1), alone / max(x.total, 1))


def _looks(x: Examples, doubt: F64, subsets: int) -> F64:
    """(U, T) what each subset counts for, 0 = it is not looked at: a systematic sample in proportion to the doubt."""
    if (x.times > 0).sum() <= subsets:
        return x.times
    chance = (doubt + EVEN * doubt.sum() / x.total * x.times).ravel()
    rise = np.concatenate([[0.0], np.cumsum(chance)])
    hits = np.diff(np.floor(rise / rise[-1] * subsets + 0.5))
    share = np.divide(hits, chance * subsets / rise[-1], out=np.zeros_like(chance), where=hits > 0)
    return share.reshape(x.times.shape) * x.times


class _Room(NamedTuple):
    """Scratch of one subset; P weights, of which some are held."""

    number: I64  # (P,) which weights are held
    slot: I64  # (P,) where a weight is held, -1 = not
    line: F64  # (P,)
    mean: F64  # (P,) feature
    features: F64  # (L, P)
    scaled: F64  # (L, P)
    score: F64  # (L,)
    votes: I64  # (2, L)
    spoke: I64  # (2,)
    base: F64  # (2,)
    common: F64  # (2, 2)


def _room(n_labels: int, most: int) -> _Room:
    line, wide = np.zeros((2, most)), np.zeros((2, n_labels, most))
    return _Room(
        number=np.zeros(most, np.int64),
        slot=np.full(most, -1),
        line=line[0],
        mean=line[1],
        features=wide[0],
        scaled=wide[1],
        score=np.zeros(n_labels),
        votes=np.zeros((2, n_labels), np.int64),
        spoke=np.zeros(2, np.int64),
        base=np.zeros(2),
        common=np.zeros((2, 2)),
    )


@kernel
def _bend(x, parts, at, place, weight, alone, together, room):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912
    """Adds up second derivatives over the subsets that have a `weight` (U, T).

    Of two different weights with a `place`, one of their two entries in `together` is filled.
    """
    n_labels, turns = len(x.prior), x.drawn.shape[1]
    number, slot, line, mean, features, scaled, s = room[:7]
    for q in range(len(x.truth) * turns):
        u, t = q // turns, q % turns
        if weight[u, t] == 0:
            continue
        held = _look(x, parts, at, u, t, room)
        top, z = -np.inf, 0.0
        for y in range(n_labels):
            top = max(top, s[y])
        for y in range(n_labels):
            s[y] = np.exp(s[y] - top)
            z += s[y]
        for i in range(held):
            mean[i] = 0.0
        for y in range(n_labels):
            for i in range(held):
                mean[i] += s[y] / z * features[y, i]
        for y in range(n_labels):
            for i in range(held):
                scaled[y, i] = weight[u, t] * s[y] / z * (features[y, i] - mean[i])
        for i in range(held):
            slot[number[i]] = -1
            bend = 0.0
            for y in range(n_labels):
                bend += scaled[y, i] * features[y, i]
            alone[number[i]] += bend
        kept = 0
        for i in range(held):
            if place[number[i]] < 0:
                continue
            number[kept] = place[number[i]]
            for y in range(n_labels):
                features[y, kept], scaled[y, kept] = features[y, i], scaled[y, i]
            kept += 1
        for i in range(kept):
            for j in range(i):
                line[j] = 0.0
            for y in range(n_labels):
                for j in range(i):
                    line[j] += scaled[y, i] * features[y, j]
            for j in range(i):
                together[number[i], number[j]] += line[j]


@kernel(inline=True)
def _feature(weight, number, slot, features, held):  # type: ignore[no-untyped-def]
    """The place of this weight among those that a subset depends on: a new one has features 0; returns it and how many there are."""
    if slot[weight] >= 0:
        return slot[weight], held
    slot[weight], number[held] = held, weight
    for y in range(len(features)):
        features[y, held] = 0.0
    return held, held + 1


@kernel
def _look(x, parts, at, u, t, room):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912
    """Fill the score of subset t of case u and the features (L, held) of the weights `number` (held,); returns held."""
    number, slot, features, s = room.number, room.slot, room.features, room.score
    votes, spoke, base, common = room.votes, room.spoke, room.base, room.common
    n_labels, width, held = len(s), parts.context.shape[1], 0
    columns = x.design_of[x.design_at[u] : x.design_at[u + 1]]
    for g in range(2):
        spoke[g] = 0
        for y in range(n_labels):
            votes[g, y] = 0
    for r in range(x.indptr[u], x.indptr[u + 1]):
        if x.drawn[r, t]:
            spoke[x.person[r]] += 1
            votes[x.person[r], x.answer[r]] += 1
    common_weight(parts, columns, common)
    for y in range(n_labels):
        s[y] = x.prior[y] + parts.votes[min(votes[0, y], SPOKE), min(votes[1, y], PEOPLE)]
        vote = min(votes[0, y], SPOKE) * (PEOPLE + 1) + min(votes[1, y], PEOPLE)
        i, held = _feature(at[8] + vote, number, slot, features, held)
        features[y, i] += 1.0
        for c in columns:
            s[y] += parts.bias[c, y]
            i, held = _feature(at[6] + c * n_labels + y, number, slot, features, held)
            features[y, i] += 1.0
        if len(x.text):
            s[y] += parts.text[0] * x.text[u, y]
            i, held = _feature(at[7], number, slot, features, held)
            features[y, i] += x.text[u, y]
    for r in range(x.indptr[u], x.indptr[u + 1]):
        if not x.drawn[r, t]:
            continue
        g, k, own = x.person[r], x.agent[r], x.own[x.agent[r]]
        n = min(spoke[g], SPOKE)
        base_weight(parts, columns, own, k, g, common, base)
        for e in range(2):
            w = base[e] + parts.spoke[g, n, e]
            if own >= 0:
                w += parts.own_spoke[own, n, e]
            for y in range(n_labels):
                s[y] += w * x.evidence[r, e, y]
            for part in range(4 + 2 * len(columns)):
                if own < 0 and (part == 3 or part >= 4 + len(columns)):
                    continue
                if part == 0:
                    weight = at[0] + 2 * g + e
                elif part == 1:
                    weight = at[1] + 2 * k + e
                elif part == 2:
                    weight = at[4] + 2 * (g * (SPOKE + 1) + n) + e
                elif part == 3:
                    weight = at[5] + 2 * (own * (SPOKE + 1) + n) + e
                elif part < 4 + len(columns):
                    weight = at[2] + 2 * (g * width + columns[part - 4]) + e
                else:
                    weight = at[3] + 2 * (own * width + columns[part - 4 - len(columns)]) + e
                i, held = _feature(weight, number, slot, features, held)
                for y in range(n_labels):
                    features[y, i] += x.evidence[r, e, y]
    return held
