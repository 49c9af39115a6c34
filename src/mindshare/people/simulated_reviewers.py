"""SIMULATED reviewers: what they do with advice is stated, so that it can be tried whether it is found again. Never evidence of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mindshare.people.reliance import Given
from mindshare.people.simulated import PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Chances: of being right alone; of taking over advice against the own first answer, where it is right and where it is wrong."""

    right: float
    takes_right: float
    takes_wrong: float
    seconds: float = 20.0  # median of an answer
    log_sd: float = 0.5  # of log seconds


REVIEWERS: Mapping[str, Reviewer] = MappingProxyType(
    {
        "careful": Reviewer(right=0.8, takes_right=0.8, takes_wrong=0.1),
        "follower": Reviewer(right=0.8, takes_right=0.95, takes_wrong=0.95),
        "ignorer": Reviewer(right=0.8, takes_right=0.02, takes_wrong=0.02),
        "fast": Reviewer(right=0.35, takes_right=0.5, takes_wrong=0.5, seconds=0.8, log_sd=0.4),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """One reviewer with a chance of his or her own."""

    reviewer: Reviewer
    rng: np.random.Generator

    def first(self, truth: str, labels: Sequence[str]) -> str:
        """The own answer."""
        others = [label for label in labels if label != truth]
        return truth if self.rng.random() < self.reviewer.right else str(self.rng.choice(others))

    def final(self, first: str, advice: str | None, truth: str) -> str:
        """The answer after the advice."""
        if advice is None or advice == first:
            return first
        takes = self.reviewer.takes_right if advice == truth else self.reviewer.takes_wrong
        return advice if self.rng.random() < takes else first

    def seconds(self) -> float:
        """That the answer takes."""
        return float(self.reviewer.seconds * np.exp(self.reviewer.log_sd * self.rng.standard_normal()))


def answers(
    kind: str,
    probes: int,
    rng: np.random.Generator,
    *,
    planted: float = 0.5,
    advice_right: float = 0.85,
    labels: Sequence[str] = ("a", "b", "c"),
) -> list[Given]:
    """What a SIMULATED reviewer of this kind answers to so many gold probes: an own answer, advice, an answer after it.

    `planted`: of the probes, on which the advice is wrong on purpose; on the others it is right with the chance `advice_right`.
    """
    habit, out = Habit(reviewer=REVIEWERS[kind], rng=rng), []
    for _ in range(probes):
        truth = str(rng.choice(labels))
        wrong = str(rng.choice([label for label in labels if label != truth]))
        is_planted = bool(rng.random() < planted)
        advice = truth if not is_planted and rng.random() < advice_right else wrong
        first = habit.first(truth, labels)
        final, seconds = habit.final(first, advice, truth), habit.seconds()
        given = Given(f"{PREFIX}{kind}", "", final, truth, shown=True, advice=advice, own=True, first=first)
        out.append(given._replace(seconds=seconds, probe=True, planted=is_planted))
    return out
