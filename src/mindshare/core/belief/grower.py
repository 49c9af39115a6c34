"""Grows the trees: gradient boosting on histograms (Friedman 2001; Ke et al. 2017), one thread, the same on every machine."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
TREES, RATE = 120, 0.06
LEAVES, LEAST_ROWS, RIDGE = 12, 40, 5.0
BINS = 255
LEAST_BEND = 1e-3  # second derivative that each side of a split must hold


class Grown(NamedTuple):
    """A forest; the arrays of `Trees`."""

    root: I32
    feature: I32
    cut: F64
    left: I32
    right: I32
    value: F64
    start: float


def grow_trees(x: F32, y: NDArray[np.bool_]) -> Grown:
    """The forest whose log-odds of `y` (n,), given the features `x` (n, F), have a small log-loss."""
    share = float(np.clip(y.mean(), 1e-9, 1 - 1e-9))
    start = float(np.log(share) - np.log1p(-share))
    cuts = [_cuts(column.astype(np.float64)) for column in x.T]
    binned = np.empty((x.shape[1], len(x)), np.uint8)
    for f, cut in enumerate(cuts):
        binned[f] = np.searchsorted(cut, x[:, f].astype(np.float64), side="left")
    count = np.array([len(cut) + 1 for cut in cuts])
    root, feature, place, left, right, value = _boost(binned, count, y.astype(np.float64), start)
    cut = np.array([cuts[f][b] if f >= 0 else 0.0 for f, b in zip(feature, place, strict=True)])
    return Grown(root, np.maximum(feature, 0).astype(np.int32), cut, left, right, value, start)


def _cuts(column: F64) -> F64:
    """Where a feature may be cut: between all its values, or, where these are many, at even shares of the rows."""
    values = np.unique(column)
    if len(values) > BINS:
        shares = np.linspace(0, 100, BINS + 1)[1:-1]
        return np.unique(np.percentile(column, shares, method="averaged_inverted_cdf"))
    return np.asarray((values[:-1] + values[1:]) / 2)


@numba.njit(cache=True, error_model="numpy")
def _boost(binned, count, y, start):  # type: ignore[no-untyped-def]  # noqa: C901
    """All trees, node by node: first node of each, feature (-1 = leaf), bin that is the last to go left, children, value."""
    n, most = len(y), 2 * LEAVES - 1
    root = np.zeros(TREES, np.int32)
    feature, place = np.full(TREES * most, -1, np.int32), np.zeros(TREES * most, np.int32)
    left, right = np.full(TREES * most, -1, np.int32), np.full(TREES * most, -1, np.int32)
    value = np.zeros(TREES * most)
    odds, slope, bend = np.full(n, start), np.zeros(n), np.zeros(n)
    row, spare = np.zeros(n, np.int32), np.zeros(n, np.int32)
    begin, end = np.zeros(most, np.int64), np.zeros(most, np.int64)
    sums, gain = np.zeros((most, 2)), np.zeros(most)
    histogram = np.zeros((most, len(count), BINS + 1, 3))
    used = 0
    for t in range(TREES):
        for i in range(n):
            p = 1.0 / (1.0 + np.exp(-odds[i]))
            slope[i], bend[i] = p - y[i], p * (1.0 - p)
            row[i] = i
        root[t] = used
        begin[0], end[0] = 0, n
        _fill(binned, count, row[:n], slope, bend, histogram[0])
        sums[0, 0], sums[0, 1] = slope.sum(), bend.sum()
        gain[0] = _best(count, histogram[0], n, sums[0], used, feature, place)
        nodes, leaves = 1, 1
        while leaves < LEAVES:
            best = -1
            for k in range(nodes):
                if gain[k] > 0 and (best < 0 or gain[k] > gain[best]):
                    best = k
            if best < 0:
                break
            gain[best] = 0.0
            a, b = nodes, nodes + 1
            left[used + best], right[used + best] = used + a, used + b
            middle = _part(
                binned[feature[used + best]], place[used + best], row, begin[best], end[best], spare
            )
            begin[a], end[a], begin[b], end[b] = begin[best], middle, middle, end[best]
            # of the two sides the smaller is counted, the larger is what is left
            small, large = (a, b) if middle - begin[a] <= end[b] - middle else (b, a)
            _fill(binned, count, row[begin[small] : end[small]], slope, bend, histogram[small])
            for f in range(len(count)):
                for j in range(count[f]):
                    for k in range(3):
                        histogram[large, f, j, k] = histogram[best, f, j, k] - histogram[small, f, j, k]
            for k in (a, b):
                sums[k, 0], sums[k, 1] = 0.0, 0.0
                for j in range(count[0]):
                    sums[k, 0] += histogram[k, 0, j, 0]
                    sums[k, 1] += histogram[k, 0, j, 1]
                gain[k] = _best(count, histogram[k], end[k] - begin[k], sums[k], used + k, feature, place)
            nodes += 2
            leaves += 1
        for k in range(nodes):
            if left[used + k] < 0:
                feature[used + k] = -1
                value[used + k] = -RATE * sums[k, 0] / (sums[k, 1] + RIDGE)
                for i in row[begin[k] : end[k]]:
                    odds[i] += value[used + k]
        used += nodes
    return root, feature[:used], place[:used], left[:used], right[:used], value[:used]


@numba.njit(cache=True, error_model="numpy")
def _fill(binned, count, row, slope, bend, out):  # type: ignore[no-untyped-def]
    """Fill `out` (F, bins, 3): slope, curvature and number of these rows in each bin of each feature."""
    n = len(row)
    g, h = slope[row], bend[row]
    whole_g, whole_h = g.sum(), h.sum()
    for f in range(len(count)):
        column, here = binned[f], out[f]
        here[: count[f]] = 0.0
        if count[f] == 2:
            # yes or no, as most features are: two running sums each keep the processor busy
            g0, g1, h0, h1, m = 0.0, 0.0, 0.0, 0.0, 0
            for q in range(0, n - 1, 2):
                a, b = column[row[q]], column[row[q + 1]]
                g0 += a * g[q]
                h0 += a * h[q]
                g1 += b * g[q + 1]
                h1 += b * h[q + 1]
                m += a + b
            if n % 2:
                a = column[row[n - 1]]
                g0, h0, m = g0 + a * g[n - 1], h0 + a * h[n - 1], m + a
            here[1, 0], here[1, 1], here[1, 2] = g0 + g1, h0 + h1, m
            here[0, 0], here[0, 1], here[0, 2] = whole_g - g0 - g1, whole_h - h0 - h1, n - m
            continue
        for q in range(n):
            b = column[row[q]]
            here[b, 0] += g[q]
            here[b, 1] += h[q]
            here[b, 2] += 1.0


@numba.njit(cache=True, error_model="numpy")
def _best(count, histogram, n, sums, node, feature, place):  # type: ignore[no-untyped-def]
    """What the best split of a node gains, 0 = there is none; its feature and bin are written."""
    best = 0.0
    if n < 2 * LEAST_ROWS:
        return best
    whole = sums[0] ** 2 / (sums[1] + RIDGE)
    for f in range(len(count)):
        g, h, m = 0.0, 0.0, 0.0
        for b in range(count[f] - 1):
            g += histogram[f, b, 0]
            h += histogram[f, b, 1]
            m += histogram[f, b, 2]
            if m < LEAST_ROWS or h < LEAST_BEND:
                continue
            if n - m < LEAST_ROWS or sums[1] - h < LEAST_BEND:
                break
            gain = g**2 / (h + RIDGE) + (sums[0] - g) ** 2 / (sums[1] - h + RIDGE) - whole
            if gain > best:
                best = gain
                feature[node], place[node] = f, b
    return best


@numba.njit(cache=True, error_model="numpy")
def _part(column, last, row, begin, end, spare):  # type: ignore[no-untyped-def]
    """Puts the rows whose bin is at most `last` first, both sides in their order; returns where the others begin."""
    at, others = begin, 0
    for q in range(begin, end):
        if column[row[q]] <= last:
            row[at] = row[q]
            at += 1
        else:
            spare[others] = row[q]
            others += 1
    row[at:end] = spare[:others]
    return at
