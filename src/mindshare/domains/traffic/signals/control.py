"""Who chooses the next phase of a crossing: a rule, a rollout everywhere, or a rollout where it is worth its CPU seconds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.core.pacing.pacer import Pacer
from mindshare.domains.traffic.signals import rollouts, rules
from mindshare.domains.traffic.signals.crossings import Table
from mindshare.domains.traffic.signals.seen import Seen
from mindshare.domains.traffic.signals.worth import Worth, learnt
from mindshare.domains.traffic.speeds import Ints

CPU = "cpu_s"
SLOTS = 3  # steps of a plan: beyond that too little is known of who will come


@dataclass(slots=True)
class Spent:
    """CPU seconds of decisions, and how many there were."""

    decisions: int = 0
    rollouts: int = 0
    rule_s: float = 0.0
    choice_s: float = 0.0
    rollout_s: float = 0.0

    @property
    def share(self) -> float:
        """Of the decisions, how many had a rollout."""
        return self.rollouts / max(self.decisions, 1)

    @property
    def each_us(self) -> float:
        """CPU microseconds of a decision, all that it takes."""
        return 1e6 * (self.rule_s + self.choice_s + self.rollout_s) / max(self.decisions, 1)


class Control(Protocol):
    """Chooses phases. It sees who comes to each crossing, never the future."""

    spent: Spent

    def next(self, seen: Seen, known: Table, before: Ints) -> Ints:
        """(C,) the phases of the next step; `before` (C,): those that are on."""
        ...


@dataclass(slots=True)
class Pressure:
    """The phase that lets most vehicles go who are at the line within `within` seconds."""

    within: float = float(rollouts.STEP_S)
    spent: Spent = field(default_factory=Spent)

    def next(self, seen: Seen, known: Table, before: Ints) -> Ints:
        began = time.process_time()
        vehicles = (seen.arrive, seen.link, seen.head, seen.tail)
        chosen: Ints = rules.fullest(*vehicles, known.first, known.shows, known.phases, before, self.within)
        self.spent.rule_s += time.process_time() - began
        self.spent.decisions += len(before)
        return chosen


@dataclass(slots=True)
class Rollouts:
    """The phase under which vehicles wait least, by a short run of queues, at every decision."""

    slots: int = SLOTS
    spent: Spent = field(default_factory=Spent)

    def next(self, seen: Seen, known: Table, before: Ints) -> Ints:
        self.spent.decisions += len(before)
        every = range(len(before))
        return np.array([each.argmin() for each in self.waits(seen, known, before, every)], np.int64)

    def waits(self, seen: Seen, known: Table, before: Ints, at: Iterable[int]) -> list[FloatArray]:
        """Of each crossing `at`: (P,) seconds of waiting when each of its phases is next."""
        began, told = time.process_time(), []
        for c in at:
            lanes = slice(known.first[c], known.first[c + 1])
            vehicles = (seen.arrive, seen.link, seen.head[lanes], seen.tail[lanes])
            shows = known.shows[c, : known.phases[c]]
            least, _ = rollouts.rolled_out(*vehicles, shows, known.foes[c], before[c], self.slots)
            told.append(least)
        self.spent.rollout_s += time.process_time() - began
        self.spent.rollouts += len(told)
        return told


@dataclass(slots=True)
class Picked:
    """A rollout where it is expected to save more seconds than its CPU seconds are worth; elsewhere the rule.

    A step is a case of the `Pacer`, and how many crossings get a rollout are its options, the most worth first: it says what a CPU
    second is worth, and never passes its limit. `rollout_s`: CPU seconds that a rollout is charged.
    """

    worth: Worth
    pacer: Pacer
    rollout_s: float
    rule: Pressure = field(default_factory=Pressure)
    ahead: Rollouts = field(default_factory=Rollouts)
    rolled: Counter[int] = field(default_factory=Counter)  # crossing -> rollouts
    spent: Spent = field(init=False)

    def __post_init__(self) -> None:
        self.spent = self.rule.spent = self.ahead.spent = Spent()

    def next(self, seen: Seen, known: Table, before: Ints) -> Ints:
        chosen = self.rule.next(seen, known, before)
        began = time.process_time()
        gain = self.worth(described(seen, known, before, chosen))
        first = np.argsort(-gain, kind="stable")
        counts = np.arange(len(gain) + 1.0)
        self.pacer.arrive()
        asked = self.pacer.decide(np.append(0.0, gain[first].cumsum()), self.rollout_s * counts[:, None])
        self.spent.choice_s += time.process_time() - began
        at = first[: asked.option]
        self.rolled.update(at.tolist())
        for c, least in zip(at, self.ahead.waits(seen, known, before, at), strict=True):
            chosen[c] = least.argmin()
        return chosen


@dataclass(slots=True)
class Studied:
    """Rolls out everywhere and notes what that saves; it takes the phase of the rollout or of the rule at random, so that both are met."""

    follows: float = 0.3  # share of the phases that are of the rollout
    seed: int = 0
    rule: Pressure = field(default_factory=Pressure)
    ahead: Rollouts = field(default_factory=Rollouts)
    features: list[FloatArray] = field(default_factory=list)
    saved: list[float] = field(default_factory=list)
    spent: Spent = field(init=False)
    _rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.spent = self.rule.spent = self.ahead.spent = Spent()
        self._rng = np.random.default_rng(self.seed)

    def next(self, seen: Seen, known: Table, before: Ints) -> Ints:
        chosen = self.rule.next(seen, known, before)
        least = self.ahead.waits(seen, known, before, range(len(before)))
        self.features.extend(described(seen, known, before, chosen))
        self.saved.extend(float(each[c] - each.min()) for c, each in zip(chosen, least, strict=True))
        follow = self._rng.random(len(before)) < self.follows
        return np.where(follow, [each.argmin() for each in least], chosen)


def described(seen: Seen, known: Table, before: Ints, chosen: Ints) -> FloatArray:
    """(C, FEATURES) what the rule knows before a rollout."""
    vehicles = (seen.arrive, seen.link, seen.head, seen.tail)
    told: FloatArray = rules.described(*vehicles, known.first, known.shows, known.phases, before, chosen)
    return told


def learnt_from(studied: Iterable[Studied]) -> tuple[Worth, FloatArray, float]:
    """What a rollout is worth, what it was foretold to save at each decision (N,), and the CPU seconds of one: the median run's."""
    runs = list(studied)
    features = np.concatenate([each.features for each in runs])
    worth = learnt(features, np.concatenate([each.saved for each in runs]))
    return (
        worth,
        worth(features),
        float(np.median([each.spent.rollout_s / each.spent.rollouts for each in runs])),
    )


def picked(
    worth: Worth, foretold: FloatArray, rollout_s: float, *, share: float, steps: int, crossings: int
) -> Picked:
    """Rolls out for at most `share` of the decisions. The price begins at what would have bought that share of old ones (`foretold`)."""
    price = float(np.quantile(foretold, 1.0 - share)) / rollout_s
    limit = share * steps * crossings * rollout_s
    return Picked(worth, Pacer({CPU: limit}, steps, {CPU: max(price, 1e-9)}), rollout_s)
