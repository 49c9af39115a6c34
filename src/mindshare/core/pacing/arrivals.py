"""How many cases are still to come: counted down, or foreseen from the clock.

From the clock: a profile says how many cases usually come in each part of a day (a week, a shift); how many came lately
against it says how much more or less there is today. Counts are Poisson, with a Gamma prior at the profile, and old ones
are forgotten, so that a load that doubles is believed after about `MEMORY` of a pattern's cases.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

PRIOR = 10.0  # cases that the profile counts for
MEMORY, LEAST_MEMORY = 0.02, 50.0  # of a pattern's cases: how many are remembered, and at least
ENDS = 16  # of periods whose cases are remembered
BLEND = 0.3  # what the last pattern counts for in the profile, against all before


class Arrivals(Protocol):
    """Foresees how many cases come. Times are seconds of the caller's clock and never fall."""

    def see(self, now: float | None) -> None:
        """One case has come."""
        ...

    def expected(self, now: float | None, until: float) -> float:
        """Cases expected after `now` and before `until` (infinity: before the end of the stream)."""
        ...

    def state(self) -> dict[str, Any]:
        """All that it knows, as numbers and arrays of numbers."""
        ...


class Counted:
    """`cases` are to come in all, whatever the clock says: a promise of whoever says it."""

    def __init__(self, cases: float) -> None:
        self.left = _positive("cases", cases)

    def see(self, now: float | None) -> None:  # noqa: ARG002
        self.left = max(self.left - 1.0, 0.0)

    def expected(self, now: float | None, until: float) -> float:  # noqa: ARG002
        return self.left

    def state(self) -> dict[str, Any]:
        return {"left": self.left}


class Clocked:
    """`profile` (B,): cases in each B-th of `pattern_s` seconds, from `start` on; the pattern repeats until `end`.

    `end` None: one pattern. Whole patterns that were seen are blended into the profile.
    """

    def __init__(
        self, profile: ArrayLike, pattern_s: float, start: float = 0.0, end: float | None = None
    ) -> None:
        self.profile = np.array(profile, np.float64)
        if self.profile.ndim != 1 or not len(self.profile) or not (self.profile >= 0).all():
            raise ValueError("profile must be a list of numbers >= 0: cases in each part of the pattern.")
        if not np.isfinite(self.profile).all() or self.profile.sum() == 0:
            raise ValueError("profile must be finite, with some part in which cases come.")
        self.pattern_s, self.start = _positive("pattern_s", pattern_s), float(start)
        self.end = self.start + self.pattern_s if end is None else float(end)
        if not self.end > self.start:
            raise ValueError(f"end must lie after start = {self.start:g}. Got {self.end!r} instead.")
        self._known, self._ends = 0.0, dict[float, float]()
        self._seen = self._usual = 0.0  # lately: cases that came, and that the profile knew of
        self._counts, self._round, self._last = np.zeros(len(self.profile)), 0, self.start
        self._redraw()

    @classmethod
    def learn(
        cls,
        times: ArrayLike,
        pattern_s: float,
        parts: int = 96,
        start: float = 0.0,
        end: float | None = None,
    ) -> Clocked:
        """From arrival times of old cases, which cover whole patterns; `start` and `end` are those of the new stream."""
        at = np.asarray(times, np.float64)
        if not at.size or not np.isfinite(at).all():
            raise ValueError("times must hold the arrival of at least one old case, in seconds.")
        rounds = np.floor(at / _positive("pattern_s", pattern_s))
        part = np.minimum((at / pattern_s - rounds) * parts, parts - 1).astype(np.int64)
        days = rounds.max() - rounds.min() + 1
        # a part with few cases is held to the mean of all
        profile = (np.bincount(part, minlength=parts) + at.size / parts / 10) / days / 1.1
        return cls(profile, pattern_s, start, end)

    @property
    def load(self) -> float:
        """How many times the usual number of cases comes lately."""
        return (PRIOR + self._seen) / (PRIOR + self._usual)

    def begin(self, at: float) -> None:
        """Nobody looked before `at`: that no case was seen until then says nothing of the load, nor of those parts of the pattern."""
        self._last, self._known = at, self._until(at)
        rounds, part = divmod((at - self.start) / self.pattern_s, 1.0)
        x = part * len(self.profile)
        missed = np.clip(x - np.arange(len(self.profile)), 0.0, 1.0)
        self._counts[:], self._round = missed * self.profile, int(rounds)

    def see(self, now: float | None) -> None:
        at = _clock(now)
        known = self._until(at)
        usual = known - self._known
        fade = math.exp(-usual / max(MEMORY * self._all, LEAST_MEMORY))
        self._seen, self._usual = self._seen * fade + 1.0, self._usual * fade + usual
        self._last, self._known = at, known
        rounds, part = divmod((at - self.start) / self.pattern_s, 1.0)
        if int(rounds) > self._round:
            if (
                int(rounds) == self._round + 1
            ):  # of a pattern without a case nothing is learnt: nobody was there
                self.profile += BLEND * (self._counts - self.profile)
                self._redraw()
            self._counts[:], self._round = 0.0, int(rounds)
        self._counts[min(int(part * len(self._counts)), len(self._counts) - 1)] += 1.0

    def expected(self, now: float | None, until: float) -> float:
        at = self._known if now == self._last else self._until(_clock(now))
        if until not in self._ends:  # asked with every case
            if len(self._ends) >= ENDS:
                self._ends.clear()
            self._ends[until] = self._until(min(until, self.end))
        return self.load * max(self._ends[until] - at, 0.0)

    def state(self) -> dict[str, Any]:
        arrays = {"profile": self.profile.copy(), "counts": self._counts.copy()}
        span = {"pattern_s": self.pattern_s, "start": self.start, "end": self.end}
        lately = {"seen": self._seen, "usual": self._usual, "round": self._round, "last": self._last}
        return {**arrays, **span, **lately, "known": self._known}

    def _until(self, at: float) -> float:
        """Cases that the profile knows from start to `at`."""
        if not math.isfinite(min(at, self.end)):
            return math.inf
        rounds, part = divmod((min(at, self.end) - self.start) / self.pattern_s, 1.0)
        x = part * len(self.profile)
        b = min(int(x), len(self.profile) - 1)
        return rounds * self._all + float(self._sum[b]) + (x - b) * float(self.profile[b])

    def _redraw(self) -> None:
        self._all, self._sum = float(self.profile.sum()), np.cumsum(self.profile) - self.profile
        self._known, self._ends = self._until(self._last), dict[float, float]()


def foreseen(cases: float | Arrivals) -> Arrivals:
    """A number counts down; whatever foresees stays as it is."""
    return Counted(cases) if isinstance(cases, int | float) else cases


def restored(state: Mapping[str, Any]) -> Arrivals:
    """The `Counted` or `Clocked` whose state this is."""
    if "profile" not in state:
        counted = Counted(1.0)
        counted.left = float(state["left"])
        return counted
    clocked = Clocked(state["profile"], *(float(state[name]) for name in ("pattern_s", "start", "end")))
    clocked._counts[:] = state["counts"]
    clocked._seen, clocked._usual = float(state["seen"]), float(state["usual"])
    clocked._round, clocked._last = int(state["round"]), float(state["last"])
    clocked._known = float(state["known"])
    return clocked


def _clock(now: float | None) -> float:
    if now is None or not math.isfinite(now):
        raise ValueError(
            f"now must be the time in seconds, as arrivals follow the clock. Got {now!r} instead."
        )
    return now


def _positive(name: str, amount: float) -> float:
    if not (math.isfinite(amount) and amount > 0):
        raise ValueError(f"{name} must be a finite number > 0. Got {amount!r} instead.")
    return float(amount)
