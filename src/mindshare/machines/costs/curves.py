"""From timings to a curve: non-negative least squares on relative errors, a split where the regime changes, bounds that hold.

NNLS: Lawson & Hanson 1974. Bounds: the conformal quantile of observed / foreseen, of sizes left out of the fit (Vovk et al.
2005; leave-one-group-out as in Barber et al. 2021, "Predictive inference with the jackknife+").
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from mindshare.machines.costs.model import COVERAGE, Curve, Terms, left_of_block, memory_terms, time_terms

Floats = NDArray[np.float64]
LEAST_SIZES = 3  # of a piece
FEW = 1.5  # times the largest of fewer observations than a bound of that coverage can be had from
SURE_TERM, SURE_PIECE = 1.0, 2.0  # standard errors by which left-out sizes must be foreseen better
REACH = 4.0  # an upper piece spans at least this factor of sizes: it is what longer cases are foreseen by
ROUNDS = 4  # of finding the prices of special shapes
POLISHED, SAME = 12, 1e-3  # rounds of median polish at most; a change of the speeds that ends it
HUBER, REWEIGHTED = (
    1.345,
    6,
)  # robust standard deviations up to which an error counts square (Huber 1964); rounds


class Seen(NamedTuple):
    """What was measured: (M,) size and batch, (M, rounds) amounts; NaN where a round was not made."""

    size: Floats
    batch: Floats
    amount: Floats
    speed: Floats | float = 1.0  # (rounds,) times the usual amount that each round took

    @property
    def middle(self) -> Floats:
        """(M,) medians over the rounds, each in units of its own speed."""
        return np.asarray(np.nanmedian(self.amount / self.speed, axis=1))

    def take(self, at: NDArray[np.bool_]) -> Seen:
        return self._replace(size=self.size[at], batch=self.batch[at], amount=self.amount[at])


class Form(NamedTuple):
    """Which terms a curve has."""

    square: bool = True  # q, or m2
    position: int = 1  # steps, tokens or pixels that one position stands for
    ragged: bool = False  # another price for sizes that fill no whole blocks
    alone: bool = False  # another price for one case alone
    start: float = 0.0  # of the upper piece


def fit_curve(
    seen: Seen, *, memory: bool = False, square: bool = True, position: int = 1, search: bool = True
) -> Curve:
    """The curve of what was seen. `square`: whether positions look at each other; a net without that has no term in n^2.
    `position`: steps, tokens or pixels of one. `search`: for pieces and prices, which takes up to half a second.

    A piece, or a price of ragged sizes or of one case alone, is there only where sizes left out of the fit tell that it must be.
    """
    seen = seen._replace(speed=_speed(seen.amount))
    sizes, form = np.unique(seen.size), Form(square=square, position=position)
    if search and not memory and len(sizes) >= 2 * LEAST_SIZES:
        starts = [s for s in sizes[2 : 1 - LEAST_SIZES].tolist() if s * REACH <= sizes[-1]]
        form = _better(seen, form, [form._replace(alone=True)], SURE_TERM)
        form = _better(seen, form, [form._replace(ragged=True)], SURE_TERM)
        form = _better(seen, form, [form._replace(start=start) for start in starts], SURE_PIECE)
    return _curve(seen, form, memory)


def _speed(amount: Floats) -> Floats:
    """(rounds,) of (M, rounds), by median polish (Tukey 1977): what slows a machine for a while slows all shapes of those rounds alike,
    and must not decide which of them look dear.
    """
    speed = np.ones(amount.shape[1])
    for _ in range(POLISHED if len(speed) > 1 else 0):
        usual, before = np.maximum(np.nanmedian(amount / speed, axis=1), 1e-300), speed
        speed = np.maximum(np.nanmedian(amount / usual[:, None], axis=0), 1e-300)
        if np.abs(speed / before - 1.0).max() < SAME:
            break
    return np.asarray(speed / np.nanmedian(np.where(np.isnan(amount), np.nan, speed)))


def _better(seen: Seen, form: Form, others: list[Form], errors: float) -> Form:
    """The one of the others that is better by most, by so many standard errors at least; else `form`."""
    plain, best, found = _left_out(seen, form), 0.0, form
    for other in others:
        gain = plain - _left_out(seen, other)
        sure = float(gain.mean() - errors * gain.std(ddof=1) / np.sqrt(len(gain)))
        if sure > best:
            found, best = other, sure
    return found


def _fitted(seen: Seen, form: Form, memory: bool) -> Curve:
    """The curve of that form, without margins."""
    starts = [0.0] if form.start == 0.0 else [0.0, form.start]
    part = {"ragged": left_of_block(seen.size, form.position), "alone": (seen.batch == 1).astype(np.float64)}
    price = {name: 1.0 for name, x in part.items() if getattr(form, name) and x.any() and not x.all()}
    curve = _pieces(seen, form, starts, price, part, memory)
    for _ in range(ROUNDS if price else 0):
        off = seen.middle / curve(seen.size, seen.batch)
        for name, before in price.items():
            at, x = part[name] > 0, part[name]
            times = off / np.median(off[~at]) * (1.0 + (before - 1.0) * x)
            now = 1.0 + float(np.median((times[at] - 1.0) / x[at]))
            # one case is never dearer than two, and what is left over of a block makes none cheaper
            price[name] = min(now, 1.0) if name == "alone" else max(now, 1.0)
        curve = _pieces(seen, form, starts, price, part, memory)
    return curve


def _pieces(
    seen: Seen,
    form: Form,
    starts: list[float],
    price: dict[str, float],
    part: dict[str, Floats],
    memory: bool,
) -> Curve:
    """The terms of each piece, where the prices of special shapes are known."""
    times = np.prod([1.0 + (x - 1.0) * part[name] for name, x in price.items()], axis=0) if price else 1.0
    level = seen._replace(amount=seen.amount / np.broadcast_to(times, seen.size.shape)[:, None])
    pieces = []
    for start in starts:
        above = form.start if start == 0.0 and form.start else np.inf
        mine = level.take((level.size >= start) & (level.size < above))
        pieces.append((start, nonnegative(mine, memory, square=form.square)))
    return Curve(
        pieces=tuple(pieces),
        above=1.0,
        beyond=1.0,
        longest=float(seen.size.max()),
        position=form.position,
        **price,
    )


def _curve(seen: Seen, form: Form, memory: bool) -> Curve:
    bare = _fitted(seen, form, memory)
    above, beyond = _margins([(seen, form)], [bare], memory)
    return replace(bare, above=above, beyond=beyond)


def margins_of_sum(parts: list[Seen], curves: list[Curve], *, square: bool = True) -> tuple[float, float]:
    """(above, beyond) of what several curves foresee together, each fitted to its part: what is added up errs in its own way."""
    forms = [
        Form(
            square=square,
            position=curve.position,
            ragged=curve.ragged != 1.0,
            alone=curve.alone != 1.0,
            start=curve.pieces[-1][0],
        )
        for curve in curves
    ]
    even = [part._replace(speed=_speed(part.amount)) for part in parts]
    return _margins(list(zip(even, forms, strict=True)), curves, memory=False)


def _margins(parts: list[tuple[Seen, Form]], curves: list[Curve], memory: bool) -> tuple[float, float]:
    within, beyond = _ratios(parts, memory)
    if not len(within):
        seen = parts[0][0]
        foreseen = sum(curve(seen.size, seen.batch) for curve in curves)
        within = _joined([(sum(part.amount for part, _ in parts) / np.asarray(foreseen)[:, None]).ravel()])
    above = _quantile(within)
    return above, _quantile(beyond) if len(beyond) else above


def nonnegative(seen: Seen, memory: bool = False, *, square: bool = True) -> Terms:
    """The terms >= 0 that minimise the sum of rho((foreseen - seen) / seen), rho Huber's: square, but linear for hiccups."""
    middle = np.maximum(seen.middle, 1e-12)
    grid = (memory_terms if memory else time_terms)(seen.size, seen.batch) / middle[:, None]
    grid[:, -1] *= square
    scale = np.maximum(grid.max(axis=0), 1e-300)  # of very different sizes: solved in units of each
    weight, terms = np.ones(len(middle)), np.zeros(grid.shape[1])
    for _ in range(REWEIGHTED):
        terms, _ = nnls(grid / scale * weight[:, None], weight)
        off = np.abs(grid / scale @ terms - 1.0)
        spread = max(float(np.median(off)) / 0.6745, 1e-6)
        weight = np.sqrt(np.minimum(1.0, HUBER * spread / np.maximum(off, 1e-12)))
    return tuple((terms / scale).tolist())


def _left_out(seen: Seen, form: Form) -> Floats:
    """Mean relative error on each size left out of the fit."""
    errors = []
    for out in np.unique(seen.size):
        at = seen.size == out
        told = _fitted(seen.take(~at), form, memory=False)(seen.size[at], seen.batch[at])
        errors.append(float(np.mean(np.abs(told / seen.middle[at] - 1.0))))
    return np.array(errors)


def _ratios(parts: list[tuple[Seen, Form]], memory: bool) -> tuple[Floats, Floats]:
    """Observed / foreseen of single observations: of each size left out of the fit, and of the longest ones all left out together."""
    size = parts[0][0].size
    sizes, within, beyond = np.unique(size), list[Floats](), list[Floats]()
    for out in sizes[1:-1]:
        within.append(_ratio(parts, size != out, size == out, memory))
    if len(sizes) >= 2 * LEAST_SIZES:
        plain = [(seen, form._replace(start=0.0)) for seen, form in parts]
        beyond.append(_ratio(plain, size <= sizes[-1] / 2, size == sizes[-1], memory))
    return _joined(within), _joined(beyond)


def _ratio(
    parts: list[tuple[Seen, Form]], fit: NDArray[np.bool_], judge: NDArray[np.bool_], memory: bool
) -> Floats:
    new = [seen.take(judge) for seen, _ in parts]
    foreseen = [
        _fitted(seen.take(fit), form, memory)(it.size, it.batch)
        for (seen, form), it in zip(parts, new, strict=True)
    ]
    return np.asarray(sum(it.amount for it in new) / np.sum(foreseen, axis=0)[:, None]).ravel()


def _joined(parts: list[Floats]) -> Floats:
    every = np.concatenate(parts) if parts else np.zeros(0)
    return every[np.isfinite(every)]


def _quantile(ratios: Floats) -> float:
    """The conformal quantile: the ceil((m + 1) * coverage)-th smallest; of too few for one, more than the largest."""
    ordered = np.sort(ratios[np.isfinite(ratios)])
    at = int(np.ceil((len(ordered) + 1) * COVERAGE)) - 1
    few = at >= len(ordered)
    return float(max(ordered[-1] * FEW if few else ordered[at], 1.0))
