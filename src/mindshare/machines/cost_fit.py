"""From timings to a curve: non-negative least squares on relative errors, a split where the regime changes, bounds that hold.

NNLS: Lawson & Hanson 1974. Bounds: the conformal quantile of observed / foreseen, of sizes left out of the fit (Vovk et al.
2005; leave-one-group-out as in Barber et al. 2021, "Predictive inference with the jackknife+").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from mindshare.machines.cost import COVERAGE, Curve, Terms, memory_terms, time_terms

Floats = NDArray[np.float64]
LEAST_SIZES = 3  # of a piece
FEW = 1.5  # times the largest of fewer observations than a bound of that coverage can be had from
SURE = 2.0  # standard errors by which a split must foresee left-out sizes better, to be believed
HUBER, REWEIGHTED = (
    1.345,
    6,
)  # robust standard deviations up to which an error counts square (Huber 1964); rounds


class Seen(NamedTuple):
    """What was measured: (M,) size and batch, (M, rounds) amounts; NaN where a round was not made."""

    size: Floats
    batch: Floats
    amount: Floats

    @property
    def middle(self) -> Floats:
        """(M,) medians over the rounds."""
        return np.nanmedian(self.amount, axis=1)

    def take(self, at: NDArray[np.bool_]) -> Seen:
        return Seen(self.size[at], self.batch[at], self.amount[at])


def fit_curve(seen: Seen, *, memory: bool = False) -> Curve:
    """The curve of what was seen; with pieces where they foresee sizes left out better."""
    sizes, starts = np.unique(seen.size), [0.0]
    if not memory and len(sizes) >= 2 * LEAST_SIZES:
        plain, best = _left_out(seen, 0.0), 0.0
        for start in sizes[2 : 1 - LEAST_SIZES].tolist():
            gain = plain - _left_out(seen, start)
            sure = float(gain.mean() - SURE * gain.std(ddof=1) / np.sqrt(len(gain)))
            if sure > best:
                starts, best = [0.0, start], sure
    return _curve(seen, starts, memory)


def _curve(seen: Seen, starts: list[float], memory: bool) -> Curve:
    pieces = tuple((start, _terms(seen, start, starts, memory)) for start in starts)
    longest = float(seen.size.max())
    bare = Curve(pieces=pieces, above=1.0, beyond=1.0, longest=longest)
    within, beyond = _ratios(seen, starts, memory)
    if not len(within):
        within = (seen.amount / bare(seen.size, seen.batch)[:, None]).ravel()
    above = _quantile(within)
    longer = _quantile(beyond) if len(beyond) else above
    return Curve(pieces=pieces, above=above, beyond=longer, longest=longest)


def _terms(seen: Seen, start: float, starts: list[float], memory: bool) -> Terms:
    """The terms of the piece that begins at `start`; the lower piece borrows the first size of the next one, to meet it."""
    later = [s for s in starts if s > start]
    at = (seen.size >= start) & (seen.size <= later[0] if later else True)
    return nonnegative(seen.take(at), memory)


def nonnegative(seen: Seen, memory: bool = False) -> Terms:
    """The terms >= 0 that minimise the sum of rho((foreseen - seen) / seen), rho Huber's: square, but linear for hiccups."""
    middle = np.maximum(seen.middle, 1e-12)
    grid = (memory_terms if memory else time_terms)(seen.size, seen.batch) / middle[:, None]
    scale = np.maximum(grid.max(axis=0), 1e-300)  # of very different sizes: solved in units of each
    weight, terms = np.ones(len(middle)), np.zeros(grid.shape[1])
    for _ in range(REWEIGHTED):
        terms, _ = nnls(grid / scale * weight[:, None], weight)
        off = np.abs(grid / scale @ terms - 1.0)
        weight = np.sqrt(
            np.minimum(1.0, HUBER * max(float(np.median(off)) / 0.6745, 1e-6) / np.maximum(off, 1e-12))
        )
    return tuple((terms / scale).tolist())


def _left_out(seen: Seen, start: float) -> Floats:
    """Mean relative error on each size left out of the fit, where a piece begins at `start`."""
    errors = []
    for out in np.unique(seen.size):
        at = seen.size == out
        mine = (seen.size >= start) == (out >= start)
        told = time_terms(seen.size[at], seen.batch[at]) @ np.asarray(nonnegative(seen.take(~at & mine)))
        errors.append(float(np.mean(np.abs(told / seen.middle[at] - 1.0))))
    return np.array(errors)


def _ratios(seen: Seen, starts: list[float], memory: bool) -> tuple[Floats, Floats]:
    """Observed / foreseen of single observations: of each size left out of the fit, and of the longest ones all left out together."""
    sizes, within, beyond = np.unique(seen.size), list[Floats](), list[Floats]()
    for out in sizes[1:-1]:
        within.append(_ratio(seen, seen.size != out, seen.size == out, starts, memory))
    if len(sizes) >= 4:
        shorter = seen.size <= sizes[-1] / 2
        if len(np.unique(seen.size[shorter])) >= 2:
            beyond.append(_ratio(seen, shorter, seen.size == sizes[-1], [0.0], memory))
    return _joined(within), _joined(beyond)


def _ratio(
    seen: Seen, fit: NDArray[np.bool_], judge: NDArray[np.bool_], starts: list[float], memory: bool
) -> Floats:
    kept, new = seen.take(fit), seen.take(judge)
    held = [s for s in starts if s == 0.0 or len(np.unique(kept.size[kept.size >= s])) >= 2]
    pieces = tuple((s, _terms(kept, s, held, memory)) for s in held)
    told = Curve(pieces=pieces, above=1.0, beyond=1.0, longest=0.0)(new.size, new.batch)
    return (new.amount / told[:, None]).ravel()


def _joined(parts: list[Floats]) -> Floats:
    every = np.concatenate(parts) if parts else np.zeros(0)
    return every[np.isfinite(every)]


def _quantile(ratios: Floats) -> float:
    """The conformal quantile: the ceil((m + 1) * coverage)-th smallest; of too few for one, more than the largest."""
    ordered = np.sort(ratios[np.isfinite(ratios)])
    at = int(np.ceil((len(ordered) + 1) * COVERAGE)) - 1
    few = at >= len(ordered)
    return float(max(ordered[-1] * FEW if few else ordered[at], 1.0))
