"""How good and how fast a person is on one kind of case, learnt live: an answer at a time, with intervals.

Being right is a Beta posterior: answers right and wrong, by outcomes and gold probes, on top of a prior of the kind that
counts as so many answers. Seconds are log-normal: mean and variance of their logarithm are a normal and an inverse
chi-squared posterior (Gelman et al. 2013, 3.3), each answer held to `REACH` standard deviations of what is known so far
(winsorised, Huber 1964), so that a tab left open overnight moves little. Both may forget: with a half-life, what was seen
that many seconds ago counts half. A new person is the kind's prior, and narrow within tens of answers. Frozen; what is seen
gives a new one.

Beside these stand `core/cost.py` (what all people cost on a history, which prices use) and `histories/skills.py` (what a
finished history shows).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

F64 = NDArray[np.float64]
REACH = 3.0  # standard deviations of log seconds
SD = 0.7  # of log seconds, one person, one kind: where nothing else is known
WEIGHT = 10.0  # answers that a prior of the kind counts as, where the people known do not tell
MOST_WEIGHT = 100.0
MASS = 0.95  # of an interval


class Interval(NamedTuple):
    """Within which it lies with the stated probability."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is expected of a new person on a kind of case."""

    right: float = 0.7  # of the answers, 0..1, not the ends
    weight: float = WEIGHT  # answers that this counts as
    seconds: float = 30.0  # median of an answer
    log_sd: float = SD  # of log seconds
    seconds_weight: float = 1.0  # answers that the median counts as: kinds differ, and people
    log_sd_weight: float = 10.0  # answers that the spread counts as: it is much alike everywhere

    def __post_init__(self) -> None:
        if not 0 < self.right < 1:
            raise ValueError(f"Prior.right must be > 0 and < 1. Got {self.right!r} instead.")
        for name in ("weight", "seconds", "log_sd", "seconds_weight", "log_sd_weight"):
            if not getattr(self, name) > 0:
                raise ValueError(f"Prior.{name} must be > 0. Got {getattr(self, name)!r} instead.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One person on one kind: how often right. `half_life` in seconds; inf = nothing is forgotten."""

    prior: Prior
    half_life: float = math.inf
    right: float = 0.0  # answers, forgotten up to `at`
    wrong: float = 0.0
    at: float = 0.0  # seconds, of what was seen last

    def seen(self, *, right: bool, at: float, weight: float = 1.0) -> Skill:
        """The skill once an answer is known to be right or wrong; `weight` 0..1: how surely that is known.

        What is told late (`at` before the last) is forgotten by as much as it is older.
        """
        now = max(at, self.at)
        keep, count = _kept(now - self.at, self.half_life), weight * _kept(now - at, self.half_life)
        r, w = (count, 0.0) if right else (0.0, count)
        return replace(self, right=self.right * keep + r, wrong=self.wrong * keep + w, at=now)

    @property
    def answers(self) -> float:
        """That count, without the prior."""
        return self.right + self.wrong

    @property
    def accuracy(self) -> float:
        """Probability that the next answer is right: the mean of the posterior."""
        a, b = self._beta
        return a / (a + b)

    def interval(self, mass: float = MASS) -> Interval:
        """Of the accuracy: as much probability below as above (equal tails of the Beta posterior)."""
        a, b = self._beta
        tail = (1 - mass) / 2
        return Interval(float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail)))

    @property
    def _beta(self) -> tuple[float, float]:
        p = self.prior
        return p.weight * p.right + self.right, p.weight * (1 - p.right) + self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One person on one kind: seconds an answer. `half_life` in seconds; inf = nothing is forgotten."""

    prior: Prior
    half_life: float = math.inf
    answers: float = 0.0  # forgotten up to `at`
    total: float = 0.0  # of their log seconds, less those of the prior
    squares: float = 0.0
    at: float = 0.0  # seconds, of what was seen last

    def seen(self, *, seconds: float, at: float) -> Timing:
        """The timing once an answer took so many seconds, > 0."""
        if not (seconds > 0 and math.isfinite(seconds)):
            raise ValueError(f"An answer takes a finite number of seconds > 0. Got {seconds!r} instead.")
        centre, sd = self._centre, self.log_sd
        log = math.log(seconds / self.prior.seconds)
        log = min(max(log, centre - REACH * sd), centre + REACH * sd)
        now = max(at, self.at)
        keep, count = _kept(now - self.at, self.half_life), _kept(now - at, self.half_life)
        return replace(
            self,
            answers=self.answers * keep + count,
            total=self.total * keep + count * log,
            squares=self.squares * keep + count * log * log,
            at=now,
        )

    @property
    def median(self) -> float:
        """Seconds that half of the answers stay below."""
        return self.prior.seconds * math.exp(self._centre)

    @property
    def mean(self) -> float:
        """Seconds an answer is expected to take: of a log-normal, exp(mean of the log + half its variance)."""
        return self.median * math.exp(self.log_sd**2 / 2)

    @property
    def log_sd(self) -> float:
        """Standard deviation of log seconds, of one answer beside another."""
        p = self.prior
        squares = p.log_sd_weight * p.log_sd**2 + self.squares - self._weight * self._centre**2
        return math.sqrt(squares / self._freedom)

    def interval(self, mass: float = MASS) -> Interval:
        """Of the mean seconds: Cox's for log-normals (Zhou and Gao 1997), with Student's t for the few answers."""
        n, freedom, sd = self._weight, self._freedom, self.log_sd
        half = float(stdtrit(freedom, (1 + mass) / 2)) * math.sqrt(sd**2 / n + sd**4 / (2 * (freedom + 1)))
        return Interval(self.mean * math.exp(-half), self.mean * math.exp(half))

    @property
    def _weight(self) -> float:
        return self.answers + self.prior.seconds_weight

    @property
    def _freedom(self) -> float:
        return self.answers + self.prior.log_sd_weight

    @property
    def _centre(self) -> float:
        """Of log seconds, less that of the prior, which counts as answers at 0."""
        return self.total / self._weight


def prior_of(people: Sequence[Skill], otherwise: Prior) -> Prior:
    """The prior of a kind from the people known on it: their mean, and how alike they are (moments of a Beta-binomial).

    `otherwise` where fewer than three have answered, and for what they do not tell. The weight is held between 2 and 100.
    """
    known = [p for p in people if p.answers >= 2]
    if len(known) < 3:
        return otherwise
    n, share = _answers_of(known)
    right = (n @ share + otherwise.right * otherwise.weight) / (n.sum() + otherwise.weight)
    between = float(((share - right) ** 2).sum() / (len(known) - 1))
    return _prior(float(right), between, float((1 / n).mean()), otherwise)


def priors_of_others(people: Sequence[Skill], otherwise: Prior) -> list[Prior]:
    """Of each of these people the prior that all the others are, as `prior_of` has it, in one go."""
    here = np.array([p.answers >= 2 for p in people], bool)
    n, share = _answers_of([p for p in people if p.answers >= 2])
    own = np.zeros(
        (4, len(people))
    )  # what each adds to the sums; nothing where too little is known of him or her
    own[:, here] = n, n * share, share, share**2
    each = np.zeros(len(people))
    each[here] = 1 / n
    count = here.sum() - here
    answers, right, shares, squares = own.sum(axis=1)[:, None] - own
    mean = (right + otherwise.right * otherwise.weight) / (answers + otherwise.weight)
    between = (squares - 2 * mean * shares + count * mean**2) / np.maximum(count - 1, 1)
    noise = (each.sum() - each) / np.maximum(count, 1)
    told = zip(count.tolist(), mean.tolist(), between.tolist(), noise.tolist(), strict=True)
    return [otherwise if c < 3 else _prior(m, b, x, otherwise) for c, m, b, x in told]


def _answers_of(people: Sequence[Skill]) -> tuple[F64, F64]:
    """Of each how many answers, and the right share of them."""
    n = np.array([p.answers for p in people])
    return n, np.array([p.right for p in people]) / n


def _prior(right: float, between: float, each: float, otherwise: Prior) -> Prior:
    """`between`: variance of shares around the mean `right`; `each`: the mean of one by the number of answers."""
    even = right * (1 - right)
    surplus = between - even * each
    weight = MOST_WEIGHT if surplus <= 0 else even / surplus - 1
    return replace(otherwise, right=right, weight=float(min(max(weight, 2.0), MOST_WEIGHT)))


def _kept(age: float, half_life: float) -> float:
    """How much of what was seen so many seconds ago still counts."""
    return 1.0 if math.isinf(half_life) else 0.5 ** (age / half_life)
