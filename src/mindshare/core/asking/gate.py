"""The gain gate: what a promised gain is worth. Evidence is weighed against a prior; nothing has to be proved.

A value is a promise of the belief about itself. Two questions are put to held-out cases, and both begin at what other
histories have shown (`Prior`), so that a history of a hundred cases is not deaf and one of ten thousand speaks for itself:

    Do people tell anything?   By how much does one person's answer lift the log-score of the truth? Chance that it is more
                               than nothing: a spike at zero against a slab (Mitchell and Beauchamp 1988). Every answer
                               counts here, not only the few that turn a verdict, so that little data is enough.
    How much is kept?          Share of the promise that was realised, by how many people had spoken: a normal posterior for each
                               round, whose prior is that of the round before. A monotone curve (Barlow et al. 1972) of bins that
                               are held to this share.

A question is worth asking where its worth is above a floor relative to the stakes, or where the data show that it is above
zero. A promise is the price an answer is worth, and an index that looks ahead counts on the answers after it. So what it
realised is the gain of the whole stretch that it opens (it and the questions after it that promise as much) per
answer of that stretch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr
from sklearn.isotonic import IsotonicRegression

from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROUNDS = 6  # told apart: 0, 1, 2, 3 to 6, 7 to 14 people had spoken, more
APART = 3  # so many of them hold one number of people each
BOUND = 1.0  # standard errors below the mean that are above zero: then the data show a gain, however small
BINS, LEAST_IN_BIN = 20, 30
EVENT = 1.0  # a share is never surer than if one verdict more had turned


class Prior(NamedTuple):
    """What other histories have shown (docs/belief.md has the table that these numbers come from)."""

    informed: float = 0.8  # chance that people tell anything
    nats: float = 0.15  # log-score that one answer then brings, half-normal
    kept: float = 0.85  # share of a promised gain that is realised
    spread: float = 0.3  # its standard deviation between histories
    drift: float = 0.2  # how far the share of a round strays from that of the round before
    stray: float = 0.25  # how far a bin strays from the share of its round, as a part of it
    # worth of an answer, of what is at stake, below which nobody is asked unless the data show a gain:
    floor: float = 0.02  # where answers tell next to nothing
    telling: float = 0.0025  # nats of one answer that halve it; twice as many leave a third of it
    least: float = 0.0005  # it is never lower
    caution: float = 0.01  # so much more where it is sure that promises are not kept


PRIOR = Prior()


class Gate(NamedTuple):
    """A curve for each of ROUNDS: the gain to expect of a promise, by how many people had spoken; 0 = do not ask.

    `promised` and `gained` (ROUNDS, B) are its knots, `knots` (ROUNDS,) how many; below the first one it is 0.
    """

    promised: F64
    gained: F64
    knots: I64

    @staticmethod
    def of(curves: list[tuple[F64, F64]]) -> Gate:
        """From (promised, gained) knots of each round."""
        most = max(len(x) for x, _ in curves)
        x, y = np.full((2, len(curves), most), np.inf)
        for n, (promised, gained) in enumerate(curves):
            x[n, : len(promised)], y[n, : len(promised)] = promised, gained
        return Gate(x, y, np.array([len(p) for p, _ in curves], np.int64))


class Asked(NamedTuple):
    """What asking promised and brought on held-out cases, in parts of what is at stake."""

    promised: F64  # (Q,) of an answer
    realised: F64  # (Q,) by the stretch that it opens
    spoke: I64  # (Q,) people who had answered before
    answers: I64  # (Q,) of the stretch
    nats: F64  # (n,) by how much one person's answer lifts the log-score of a case's truth


def open_gate() -> Gate:
    """A gate that lets every promise through."""
    return Gate.of([(np.array([0.0, 1.0]), np.array([0.0, 1.0]))] * ROUNDS)


def learn_gate(asked: Asked, prior: Prior = PRIOR) -> Gate:
    """What a promise is worth after these answers; without any, what the prior says."""
    chance = informed(asked.nats, prior)
    floor = max(prior.floor / (1 + lift(asked.nats, prior) / prior.telling), prior.least)
    # the share is 0 if people tell nothing: mean and spread of the mixture
    kept = chance * prior.kept
    share = _Share(kept, float(np.sqrt(max(chance * (prior.spread**2 + prior.kept**2) - kept**2, 1e-8))))
    curves: list[tuple[F64, F64]] = []
    rounds = round_of(asked.spoke)
    for n in range(ROUNDS):
        mine = rounds == n
        seen = asked.promised[mine], asked.realised[mine], asked.answers[mine].astype(float)
        share = share.after(*seen)
        sure = chance * float(ndtr(share.mean / share.sd))
        curves.append(_curve(share, *seen, prior, floor + prior.caution * (1 - sure)))
        share = _Share(share.mean, float(np.hypot(share.sd, prior.drift * chance)))
    return Gate.of(curves)


def informed(nats: F64, prior: Prior = PRIOR) -> float:
    """The chance that people tell anything, from what an answer added to the log-score of the truth (n,) on held-out cases."""
    if not len(nats):
        return prior.informed
    mean, se = _mean(nats)
    wide = float(np.hypot(prior.nats, se))
    # log density of the mean under the slab less that under the spike
    slab = np.log(2 / wide) - 0.5 * (mean / wide) ** 2 + log_ndtr(mean * prior.nats / (se * wide))
    spike = -np.log(se) - 0.5 * (mean / se) ** 2
    odds = np.log(prior.informed / (1 - prior.informed)) + slab - spike
    return float(1 / (1 + np.exp(-np.clip(odds, -50, 50))))


def lift(nats: F64, prior: Prior = PRIOR) -> float:
    """How many nats an answer is expected to add, at least 0, from what answers (n,) added on held-out cases."""
    if not len(nats):
        return prior.informed * prior.nats * float(np.sqrt(2 / np.pi))  # the mean of a half-normal
    mean, se = _mean(nats)
    return max(mean * prior.nats**2 / (prior.nats**2 + se**2), 0.0)


def _mean(nats: F64) -> tuple[float, float]:
    """The mean and its standard error, which is never 0."""
    n = len(nats)
    return float(nats.mean()), float(np.sqrt(nats.var() / n + 0.02 / n**2))


def round_of(spoke: I64) -> I64:
    """(Q,) the round of a question before which so many people had spoken."""
    return np.array([_round(n) for n in range(int(spoke.max(initial=0)) + 1)], np.int64)[spoke]


@kernel
def _round(spoke):  # type: ignore[no-untyped-def]
    n, most = min(spoke, APART), 2 * APART
    while spoke > most and n < ROUNDS - 1:
        n += 1
        most = 2 * most + 2
    return n


@kernel(allocates=True)
def passed(gate, promised, spoke):  # type: ignore[no-untyped-def]
    """(Q,) the gain to expect of each promise."""
    out = np.empty(len(promised))
    for q in range(len(promised)):
        out[q] = passes(gate, promised[q], spoke[q])
    return out


@kernel
def passes(gate, promised, spoke):  # type: ignore[no-untyped-def]
    """The gain to expect of a promise."""
    n = _round(spoke)
    x, y, last = gate.promised, gate.gained, gate.knots[n] - 1
    if not promised >= x[n, 0]:
        return 0.0
    if promised >= x[n, last]:
        return y[n, last]
    b = 1
    while x[n, b] <= promised:
        b += 1
    return y[n, b - 1] + (y[n, b] - y[n, b - 1]) / (x[n, b] - x[n, b - 1]) * (promised - x[n, b - 1])


class _Share(NamedTuple):
    """How much of a promise is kept: a normal belief."""

    mean: float
    sd: float

    def after(self, promised: F64, realised: F64, answers: F64) -> _Share:
        """The posterior after these answers."""
        hoped = promised * answers
        total = float(hoped.sum())
        if total <= 0:
            return self
        seen = float(realised.sum()) / total
        variance = (float(((realised - seen * hoped) ** 2).sum()) + EVENT) / total**2
        weight = self.sd**2 / (self.sd**2 + variance)
        return _Share(weight * seen + (1 - weight) * self.mean, float(np.sqrt(weight * variance)))


def _curve(
    share: _Share, promised: F64, realised: F64, answers: F64, prior: Prior, floor: float
) -> tuple[F64, F64]:
    """Knots of a monotone piecewise-linear curve: bins of realised gain, held to the share of the round."""
    kept = max(share.mean, 0.0)
    centre, level, sd = np.zeros(0), np.zeros(0), np.zeros(0)
    count: I64 = np.zeros(0, np.int64)
    if len(promised) >= LEAST_IN_BIN:
        centre, mean, spread, count = _bins(promised, realised, answers)
        held, held_sd = kept * centre, np.hypot(prior.stray * kept, share.sd) * centre
        weight = held_sd**2 / (held_sd**2 + spread**2)
        sd = np.sqrt(weight) * spread
        level = weight * mean + (1 - weight) * held
        # means of equal promises differ by a rounding: they stay in order, and none lies outside of the others
        centre = np.maximum.accumulate(centre)
        rising = IsotonicRegression(y_min=0.0, out_of_bounds="clip")
        level = np.asarray(rising.fit_transform(centre, level, sample_weight=count))
        level = level + 1e-6 * centre  # a trace of the promise keeps the order of equals
    # from nothing to everything; beyond the last bin the promise goes on at that bin's rate
    end = max(1.0, 2 * centre[-1]) if len(centre) else 1.0
    rate = level[-1] / centre[-1] if len(centre) else kept
    x, y = np.concatenate([[0.0], centre, [end]]), np.concatenate([[0.0], level, [rate * end]])
    # a bin that promises less than half a verdict on all held-out cases together is worth nobody's time
    shown = (level - BOUND * sd > 0) & (level * count > 0.5)
    start = min(_reaches(x, y, floor), _first_shown(centre, shown))
    if not np.isfinite(start):
        return np.array([np.inf, np.inf]), np.array([0.0, 0.0])
    above = x > start
    return np.concatenate([[start], x[above]]), np.concatenate([[np.interp(start, x, y)], y[above]])


def _reaches(x: F64, y: F64, floor: float) -> float:
    """Where the rising line through the knots reaches the floor, infinity = nowhere."""
    if y[-1] < floor:
        return float(np.inf)
    j = max(int(np.argmax(y >= floor)), 1)
    return float(x[j - 1] + (floor - y[j - 1]) / max(y[j] - y[j - 1], 1e-12) * (x[j] - x[j - 1]))


def _first_shown(centre: F64, shown: NDArray[np.bool_]) -> float:
    """The middle of the gap below the first bin that is shown to be worth something, infinity = there is none."""
    if not shown.any():
        return float(np.inf)
    first = int(np.argmax(shown))
    return float(0.5 * (centre[first] + (centre[first - 1] if first else 0.0)))


def _bins(promised: F64, realised: F64, answers: F64) -> tuple[F64, F64, F64, I64]:
    """Centre, realised gain an answer, its standard error and the count of bins of about equal summed root promise."""
    order = np.argsort(promised, kind="stable")
    x, g, n = promised[order], realised[order], answers[order]
    mass = np.cumsum(np.sqrt(np.maximum(x, 0)) + 1e-9)
    at = np.searchsorted(mass, np.linspace(0, mass[-1], BINS + 1)[1:-1])
    among = (np.array([0.3, 0.5, 0.7, 0.8, 0.9, 0.95]) * len(x)).astype(np.int64)
    least = max(LEAST_IN_BIN, len(x) // 1000)
    edges = _merge_small(np.unique(np.concatenate([[0], at, among, [len(x)]])), least)
    count = np.diff(edges)
    total = np.add.reduceat(n, edges[:-1])
    mean = np.add.reduceat(g, edges[:-1]) / total
    centre = np.add.reduceat(x, edges[:-1]) / count
    # a bin in which nothing happened still has the spread of one event
    spread = np.sqrt(np.add.reduceat(g * g, edges[:-1]) + EVENT) / total
    return centre, mean, spread, count


def _merge_small(edges: I64, least: int) -> I64:
    kept = [int(edges[0])]
    for edge in edges[1:-1]:
        if edge - kept[-1] >= least and edges[-1] - edge >= least:
            kept.append(int(edge))
    return np.array([*kept, int(edges[-1])], np.int64)
