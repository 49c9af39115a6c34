"""What an answer of a net costs before it is given: seconds and memory of B cases of size n, forward and backward apart.

    seconds  t = t0 + s n + p B + a B n + q B n^2          memory  M = M0 + m1 B n + m2 B n^2

All terms are >= 0, so that cost never falls with size but where a block of positions becomes full. The terms change where the
regime does (small cases are mostly overhead; a cache is full; a kernel takes another way): a curve has pieces by size, and the
last one is what longer cases than were ever measured are foreseen by. `upper` bounds hold for a stated share of single
observations (split conformal).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import MindshareError

Floats = NDArray[np.float64]
Terms = tuple[float, ...]
TIME = ("t0", "s", "p", "a", "q")
COVERAGE = 0.95  # of single observations that an upper bound holds for
GRAIN = 16  # positions that a kernel takes at once; what is left over it takes one by one
FOLLOW = 0.2  # of an observation's surprise that the drift takes over
MOST = 4_096  # cases at once, the most that is looked for


def time_terms(size: ArrayLike, batch: ArrayLike) -> Floats:
    """(N, 5): 1, n, B, B n, B n^2."""
    n, b = np.broadcast_arrays(np.asarray(size, np.float64), np.asarray(batch, np.float64))
    return np.stack([np.ones_like(n), n, b, b * n, b * n * n], axis=-1)


def memory_terms(size: ArrayLike, batch: ArrayLike) -> Floats:
    """(N, 3): 1, B n, B n^2."""
    return time_terms(size, batch)[..., [0, 3, 4]]


def left_of_block(size: ArrayLike, position: int) -> Floats:
    """The part of a block of GRAIN positions that is left over when all whole blocks are taken: 0 to 15/16."""
    return np.asarray(np.ceil(np.asarray(size, np.float64) / position) % GRAIN / GRAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One thing that grows with size and batch: pieces of (size it begins at, its terms), smallest size first."""

    pieces: tuple[tuple[float, Terms], ...]
    above: float  # times the expectation: what an upper bound is, within the sizes that were measured
    beyond: float  # the same for longer cases
    longest: float  # size that was measured
    position: int = 1  # steps, tokens or pixels that one position of the net stands for
    ragged: float = 1.0  # times the terms where nearly all of a block of GRAIN positions is left over; in proportion where less is
    alone: float = 1.0  # times the terms, for one case alone: kernels take another way

    def __call__(self, size: ArrayLike, batch: ArrayLike) -> Floats:
        n = np.asarray(size, np.float64)
        terms = memory_terms if len(self.pieces[0][1]) == 3 else time_terms
        grid = terms(n, batch)
        told = grid @ np.asarray(self.pieces[0][1])
        for start, piece in self.pieces[1:]:
            told = np.where(n >= start, grid @ np.asarray(piece), told)
        return told * self.price(n, batch)

    def price(self, size: ArrayLike, batch: ArrayLike) -> Floats:
        """Times the terms, for special shapes."""
        left_over = 1.0 + (self.ragged - 1.0) * left_of_block(size, self.position)
        return left_over * np.where(np.asarray(batch) == 1, self.alone, 1.0)

    def upper(self, size: ArrayLike, batch: ArrayLike) -> Floats:
        """What a single observation stays below, for `COVERAGE` of them."""
        return self(size, batch) * self.margin(size)

    def margin(self, size: ArrayLike) -> Floats:
        """Times the expectation: the upper bound."""
        return np.where(np.asarray(size, np.float64) > self.longest, self.beyond, self.above)

    def terms(self, size: float) -> Terms:
        """The terms that count at this size."""
        return [piece for start, piece in self.pieces if start <= size or start == self.pieces[0][0]][-1]

    @classmethod
    def of_saved(cls, told: Mapping[str, Any]) -> Self:
        pieces = tuple((float(start), tuple(map(float, terms))) for start, terms in told["pieces"])
        return cls(**{**told, "pieces": pieces})


@dataclass(frozen=True, slots=True, kw_only=True)
class CostModel:
    """CPU seconds of answering (`forward`), what learning takes on top (`backward`), MB beyond what is resident (`memory`).

    The margins of `backward` are those of both together. `device` names the machine and the net that it was measured on.
    `drift`: times the curves, learnt from what is observed.
    """

    device: str
    forward: Curve
    backward: Curve | None = None
    memory: Curve | None = None
    drift: float = 1.0

    def answer_s(self, size: ArrayLike, batch: ArrayLike = 1) -> Floats:
        """Expected CPU seconds of answering `batch` cases of `size` at once."""
        return self.drift * self.forward(size, batch)

    def answer_upper_s(self, size: ArrayLike, batch: ArrayLike = 1) -> Floats:
        """An upper bound of the same."""
        return self.drift * self.forward.upper(size, batch)

    def learn_s(self, size: ArrayLike, batch: ArrayLike = 1) -> Floats:
        """Expected CPU seconds of gradients of `batch` cases: forward and backward."""
        return self.drift * (self.forward(size, batch) + self._needed("backward")(size, batch))

    def learn_upper_s(self, size: ArrayLike, batch: ArrayLike = 1) -> Floats:
        """An upper bound of the same."""
        return self.learn_s(size, batch) * self._needed("backward").margin(size)

    def memory_mb(self, size: ArrayLike, batch: ArrayLike = 1) -> Floats:
        """Upper bound of the MB that answering takes on top of what is resident."""
        return self._needed("memory").upper(size, batch)

    def largest_batch(self, size: float, mem_mb: float) -> int:
        """The most cases of `size` at once that stay within `mem_mb` beyond what is resident; 0 where one does not fit."""
        low, high = 0, MOST + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if float(self.memory_mb(size, middle)) <= mem_mb else (low, middle)
        return low

    def best_batch(self, size: float, mem_mb: float = math.inf) -> tuple[int, float]:
        """(batch, cases a CPU second): the batch within `mem_mb` that answers most; the smallest within 2 % of it."""
        most = MOST if math.isinf(mem_mb) else self.largest_batch(size, mem_mb)
        batches = np.array([b for b in (2**i for i in range(13)) if b <= most] or [1])
        rate = batches / self.answer_s(size, batches)
        first = int(np.flatnonzero(rate >= 0.98 * rate.max())[0])
        return int(batches[first]), float(rate[first]) if most else 0.0

    def observed(self, size: float, batch: float, seconds: float) -> CostModel:
        """The same after an answer was timed: a machine that has become slower or faster is followed (log drift, averaged)."""
        if not seconds > 0:
            raise ValueError(f"seconds must be > 0. Got {seconds!r} instead.")
        surprise = math.log(seconds / float(self.answer_s(size, batch)))
        most = math.log(self.forward.above) if self.forward.above > 1 else math.log(2.0)
        surprise = max(-3 * most, min(3 * most, surprise))  # one hiccup does not make a slow machine
        return replace(self, drift=self.drift * math.exp(FOLLOW * surprise))

    def in_the_articles_terms(self, size: float, batch: float = 1) -> dict[str, float]:
        """R = C + A, A = alpha ||x||: seconds a case, C what does not grow with its size; alpha in seconds per unit of size."""
        told: dict[str, float] = {}
        for name, curve in (("forward", self.forward), ("backward", self.backward)):
            if curve is None:
                continue
            price = float(curve.price(size, batch))
            t0, s, p, a, q = (self.drift * price * x for x in curve.terms(size))
            told[f"C_{name}"] = t0 / batch + p
            told[f"A_{name}"] = s * size / batch + a * size + q * size * size
        told["alpha"] = told["A_forward"] / size
        return told

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def of_saved(cls, told: Mapping[str, Any]) -> Self:
        curves = {
            name: None if told[name] is None else Curve.of_saved(told[name])
            for name in ("forward", "backward", "memory")
        }
        return cls(**{**told, **curves})

    def _needed(self, name: str) -> Curve:
        curve: Curve | None = getattr(self, name)
        if curve is None:
            raise MindshareError(
                f"The {name} cost of this model was not measured; `mindshare profile` and `measured_cost` do."
            )
        return curve
