"""The prices at which asking no more than the limits allow is what every case wants: the minimum of the dual bound.

The search sees the cases only through `Evaluate`, so that shards on other machines can serve it: their sums add.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import scipy.linalg
import scipy.optimize

from mindshare.core.allocation.constraints import Arrays
from mindshare.core.allocation.dual import sweep
from mindshare.core.allocation.request import Floats


class Evaluate(Protocol):
    """What the search needs to know about the cases at given prices."""

    def __call__(self, price: Floats, blur: float) -> tuple[float, Floats, Floats]:
        """(bound, use (R,), curvature (R, R)): the bound at these prices, smoothed over near ties within `blur`
        (units of value), minus its gradient against rhs, and its second derivative; `blur` 0 is the plain bound.
        """
        ...


@dataclass(frozen=True, slots=True)
class Slack:
    """Quantities z in [0, top] that are decided along with the cases: `reward . z` more value, `use` of the rows.

    The common share that parity is measured from is one; in the search for a feasible plan the violations are.
    """

    reward: Floats  # (J,)
    use: Floats  # (J, R)
    top: Floats  # (J,)


@dataclass(frozen=True, slots=True)
class LocalCases:
    """`Evaluate` for cases in this process's memory."""

    arrays: Arrays
    rhs: Floats  # (R,)
    slack: Slack
    weight: float = 1.0  # a sample of the cases stands for this many of each
    worth: float = 1.0  # 0 leaves the values out: only what fits matters

    def __call__(self, price: Floats, blur: float) -> tuple[float, Floats, Floats]:
        total, use, curve = sweep(self.arrays, price, blur, self.worth)
        total, use, curve = total * self.weight, use * self.weight, curve * self.weight
        drive, top = self.slack.reward - self.slack.use @ price, self.slack.top
        if blur == 0:
            z = np.where(drive > 0, top, 0.0)
            return float(self.rhs @ price + total + z @ drive), use + z @ self.slack.use, curve
        stiff = blur * max(1.0, self.weight * self.arrays.value.shape[1]) / (top * top)
        z = np.clip(top / 2 + drive / stiff, 0.0, top)
        part = z @ drive + 0.5 * stiff @ (top * top / 4 - (z - top / 2) ** 2)
        inner = (z > 0) & (z < top)
        curve += (self.slack.use[inner].T / stiff[inner]) @ self.slack.use[inner]
        return float(self.rhs @ price + total + part), use + z @ self.slack.use, curve


MET = 1e-2  # of a row: what use may miss it by
WIDER = 100.0  # times the first blur
PATIENT = 1e-7  # of the bound: who wants it so exactly gets all the steps
STEPS = 30  # Newton steps per blur; two or three are usual


class StopRule(NamedTuple):
    """When a search for prices ends. A bound below `floor` proves that no plan is feasible."""

    scale: float  # size of the total value: what rounding is measured by
    floor: float  # the least that a feasible plan is worth
    enough: float = 1e-7  # of the bound: what a narrower blur must change it by for the search to go on
    met_within: float = MET  # of a row: what use may miss it by at the blur that is reported


class Prices(NamedTuple):
    """`price` (R,) >= 0 and the narrowest `blur` at which use meets rhs: the mix to settle by. `sharp`: the least bound."""

    price: Floats
    blur: float
    sharp: Floats


def search(
    evaluate: Evaluate,
    rhs: Floats,
    start: Floats,
    blurs: Iterable[float],
    stop: StopRule,
) -> Prices:
    """Prices near the minimum of the bound, starting from the prices `start` (R,).

    Follows the minimum from wide blurs to narrow ones and stops once a narrower one changes the bound by less than
    `stop.enough` of itself, or the bound falls below `stop.floor`. Deterministic.
    """
    scale, floor, enough, met_within = stop
    price, met, last, left, begun = start, (start, 0.0), np.inf, list(blurs) if len(rhs) else [], False
    widest = WIDER * max(left, default=0.0)
    while left:
        blur = left.pop(0)
        found, bound, off = _descend(evaluate, rhs, price, blur, scale, enough)
        if off > met_within and not begun and bound >= floor and blur < widest:
            # where everything ties the bound is flat between edges as narrow as the blur: from afar none is seen
            left = [5 * blur, blur, *left]
            continue
        if off <= met_within or not begun:
            met = (found, blur)
        price, begun = found, True
        if bound < floor or abs(last - bound) <= enough * abs(bound) + 1e-10 * scale:
            break
        last = bound
    return Prices(*met, price)


def step(evaluate: Evaluate, rhs: Floats, price: Floats, blur: float, scale: float) -> Floats:
    """One Newton step that is not looked at again: enough where prices are nearly right and a look is dear."""
    _, use, curve = evaluate(price, blur)
    return _model_minimum(price, rhs - use, curve, 1e-6, scale)


def _descend(
    evaluate: Evaluate, rhs: Floats, price: Floats, blur: float, scale: float, enough: float
) -> tuple[Floats, float, float]:
    """Levenberg-Marquardt on the smoothed bound, each step the exact minimum of its model over prices >= 0.

    Returns prices, bound, and by how much of itself some row's use misses its rhs (at price 0: passes it).
    """
    bound, use, curve = evaluate(price, blur)
    damping = 1e-3
    patient = enough <= PATIENT
    for _ in range(STEPS if patient else STEPS // 2):
        slope = rhs - use
        target = _model_minimum(price, slope, curve, damping, scale)
        step = target - price
        promised = -(slope @ step + 0.5 * step @ curve @ step)
        if promised <= 0.1 * enough * abs(bound) + 1e-11 * scale:
            break
        new, kept = _along(evaluate, rhs, price, step, blur, (bound, float(slope @ step)))
        if new is None:
            damping *= 100.0
            if damping > (1e9 if patient else 1e3):
                break
            continue
        damping = damping / 10 if kept >= 1 else damping * 2
        damping = max(damping, 1e-9)
        price, bound, use, curve = np.maximum(price + kept * step, 0.0), *new
    slope = rhs - use
    off = np.where(price > 0, abs(slope), -slope)
    return price, bound, float(off.max(initial=0.0))


def _along(
    evaluate: Evaluate, rhs: Floats, price: Floats, step: Floats, blur: float, here: tuple[float, float]
) -> tuple[tuple[float, Floats, Floats] | None, float]:
    """The full step, or where the bound's slope along it changes sign (regula falsi); None when nothing falls."""
    bound, low = here
    left, right, part = 0.0, 1.0, 1.0
    for _ in range(6):
        trial = evaluate(np.maximum(price + part * step, 0.0), blur)
        if trial[0] <= bound + 0.01 * part * here[1]:
            return trial, part
        high = float((rhs - trial[1]) @ step)
        if high <= 0:
            return (trial, part) if trial[0] < bound else (None, 0.0)
        right = part
        part = left + (right - left) * min(max(-low / (high - low), 0.1), 0.9)
    return None, 0.0


def _model_minimum(price: Floats, slope: Floats, curve: Floats, damping: float, scale: float) -> Floats:
    """Minimum over prices >= 0 of slope . d + d' (curve + damping) d / 2."""
    size = np.diag(curve)
    extra = damping * size + max(damping, 1e-4) / scale
    unit = 1.0 / np.sqrt(size + extra)
    model = curve * unit[:, None] * unit + np.diag(extra * unit * unit)
    aim = model @ (price / unit) - slope * unit
    try:
        found = _pivot(model, aim)
        if found is None:
            root = scipy.linalg.cholesky(model, lower=True)
            found, _ = scipy.optimize.nnls(root.T, scipy.linalg.solve_triangular(root, aim, lower=True))
    except (np.linalg.LinAlgError, RuntimeError):  # singular to rounding, or too many exchanges: a plain step
        return np.maximum(price - slope / (size + extra), 0.0)
    return np.asarray(found * unit)


def _pivot(model: Floats, aim: Floats) -> Floats | None:
    """The x >= 0 with model x - aim >= 0, one of both 0 everywhere: block principal pivoting (Portugal et al. 1994).

    None where whole blocks keep being exchanged; that is rare, and slower methods are there for it.
    """
    free, fewest, patience = np.ones(len(aim), np.bool_), len(aim) + 1, 3
    while patience > 0:
        x = np.zeros(len(aim))
        x[free] = np.linalg.solve(model[np.ix_(free, free)], aim[free])
        wrong = np.where(free, x < 0, model @ x - aim < -1e-12 * (1 + abs(aim)))
        count = int(wrong.sum())
        if count == 0:
            return x
        fewest, patience = (count, 3) if count < fewest else (fewest, patience - 1)
        free ^= wrong
    return None
