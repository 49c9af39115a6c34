"""How far a person relies on advice: from answers after advice, live ones with an outcome and gold probes, on some of which it is planted.

Whom advice makes better takes it where it is right and leaves it where it is wrong. Each share is a Beta posterior on Jeffreys' prior with
an interval of 95 % (equal tails), which holds for few answers too (Brown, Cai and DasGupta 2001): wherever the share is in 87 % at least
of ten answers, in 89 % of thirty, and in 95 % on the average.

- `follows_wrong`, `follows_right`: the answer is what machines said, where that is wrong and where it is right. Somebody who never looks
  at advice "follows" what is right as often as he or she is right alone, so the two need an own first answer to be told apart:
- `put_right`: of own first answers that were wrong while the advice was right, those that became right (relative AI reliance);
- `kept_right`: of own first answers that were right while the advice was wrong, those that stayed right (relative self-reliance; both
  Schemmer et al. 2023, doi 10.1145/3581641.3584066);
- `changes`: of own first answers that the advice contradicted, those that became the advice, whatever was true (the switch fraction:
  Yin, Wortman Vaughan and Wallach 2019).

An answer that comes faster than the case can be read tells of no judgement. `too_fast` counts those below the floor of the kind: what is
stated for it, else a fifth of the seconds that the middle person takes, as the normative thresholds of rapid guessing in tests are shares
of the mean time (Wise and Ma 2012). `hasty` counts those more than two standard deviations below the person's own (log-normal) seconds: of
somebody whose pace is even, one in 44.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import betainc, betaincinv

JEFFREYS = 0.5
MASS = 0.95  # of an interval
SURE = 0.9  # what is said of a person holds with this probability at least
FOLLOWS = 0.5  # of contradicting advice that is wrong: whoever takes over more follows
IGNORES = 0.1  # of contradicting advice: whoever takes over less ignores it
MENDS = 0.25  # of own mistakes that advice could put right: whoever mends more listens
FAST = 0.25  # of the answers: whoever gives more of them below the floor does not read
FLOOR = 0.2  # of the seconds of the middle person on the kind
FEW = 10  # answers below which nothing is said of a person's own pace
HASTY = 2.0  # standard deviations of log seconds
Kind = Literal["fast", "follower", "ignorer", "careful", "open"]


class Given(NamedTuple):
    """An answer of a person. `advice`: the label that machines were shown to say, None where none was shown or they were split.

    `own`: there was an own answer before the advice, `first`. A label None: cannot tell. `truth` "": nobody knows (yet).
    """

    person: str
    kind: str
    final: str | None
    truth: str = ""
    shown: bool = False
    advice: str | None = None
    own: bool = False
    first: str | None = None
    seconds: float | None = None
    probe: bool = False
    planted: bool = False


class Rate(NamedTuple):
    """So often yes, of so many."""

    yes: int = 0
    of: int = 0

    @property
    def mean(self) -> float:
        """Of the posterior; a half where nothing was seen."""
        return (self.yes + JEFFREYS) / (self.of + 2 * JEFFREYS)

    def interval(self, mass: float = MASS) -> tuple[float, float]:
        """Within which the share lies with this probability; 0 and 1 belong to it where none or all were counted."""
        a, b = self._beta
        low, high = (float(betaincinv(a, b, tail)) for tail in ((1 - mass) / 2, (1 + mass) / 2))
        return (0.0 if self.yes == 0 else low), (1.0 if self.yes == self.of else high)

    def above(self, share: float) -> float:
        """Probability that the share is above this one."""
        return 1.0 - float(betainc(*self._beta, share))

    @property
    def _beta(self) -> tuple[float, float]:
        return self.yes + JEFFREYS, self.of - self.yes + JEFFREYS


class Reliance(NamedTuple):
    """What is known of one person. `looks_like`: said with a probability of SURE at least, else open."""

    person: str
    looks_like: Kind
    answers: int
    planted: int
    follows_wrong: Rate
    follows_right: Rate
    put_right: Rate
    kept_right: Rate
    changes: Rate
    misled: Rate  # the same of advice that was wrong
    right_alone: Rate
    right_shown: Rate
    too_fast: Rate
    hasty: Rate


RATES = Reliance._fields[4:]  # the names of all shares


def advice_of(said: Iterable[str | None]) -> str | None:
    """The one label that machines say: that of most of them; None where they are split, or say nothing."""
    most = Counter(label for label in said if label is not None).most_common(2)
    if not most or (len(most) == 2 and most[0][1] == most[1][1]):
        return None
    return most[0][0]


def floors(given: Sequence[Given], stated: Mapping[str, float | None] | None = None) -> dict[str, float]:
    """Kind -> seconds below which nobody has read a case: as stated, else FLOOR of the seconds of the middle person."""
    times: dict[str, dict[str, list[float]]] = {}
    for g in given:
        if g.seconds is not None and g.seconds > 0:
            times.setdefault(g.kind, {}).setdefault(g.person, []).append(g.seconds)
    middle = {kind: float(np.median([np.median(s) for s in of.values()])) for kind, of in times.items()}
    told = {kind: s for kind, s in (stated or {}).items() if s is not None}
    return {kind: FLOOR * seconds for kind, seconds in middle.items()} | told


def reliance(given: Sequence[Given], stated: Mapping[str, float | None] | None = None) -> list[Reliance]:
    """What the answers show of each person, in the order of names; `stated`: floors of kinds, in seconds."""
    floor = floors(given, stated)
    people: dict[str, list[Given]] = {}
    for g in given:
        people.setdefault(g.person, []).append(g)
    return [_of(name, people[name], floor) for name in sorted(people)]


def _of(person: str, mine: Sequence[Given], floor: Mapping[str, float]) -> Reliance:
    known = [g for g in mine if g.truth]
    after = [g for g in known if g.shown and g.advice is not None]
    wrong, right = ([g for g in after if (g.advice == g.truth) is is_right] for is_right in (False, True))
    against = [g for g in mine if g.own and g.advice is not None and g.first != g.advice]
    timed = [g for g in mine if g.seconds is not None and g.seconds > 0]
    told = Reliance(
        person=person,
        looks_like="open",
        answers=len(mine),
        planted=sum(g.planted for g in mine),
        follows_wrong=_rate(g.final == g.advice for g in wrong),
        follows_right=_rate(g.final == g.advice for g in right),
        put_right=_rate(g.final == g.truth for g in right if g.own and g.first != g.truth),
        kept_right=_rate(g.final == g.truth for g in wrong if g.own and g.first == g.truth),
        changes=_rate(g.final == g.advice for g in against),
        misled=_rate(g.final == g.advice for g in against if g.truth and g.advice != g.truth),
        right_alone=_rate(g.final == g.truth for g in known if not g.shown),
        right_shown=_rate(g.final == g.truth for g in known if g.shown),
        too_fast=_rate(g.seconds < floor.get(g.kind, 0.0) for g in timed if g.seconds is not None),
        hasty=_hasty(timed),
    )
    return told._replace(looks_like=_looks_like(told))


def _looks_like(told: Reliance) -> Kind:
    """What may be said of a person with a probability of SURE at least; without own first answers only that he or she follows."""
    follows = told.misled if told.misled.of else told.follows_wrong
    if told.too_fast.above(FAST) >= SURE:
        return "fast"
    if follows.above(FOLLOWS) >= SURE:
        return "follower"
    if not told.changes.of:
        return "open"
    if told.changes.above(IGNORES) <= 1 - SURE:
        return "ignorer"
    listens = told.changes.above(IGNORES) >= SURE or told.put_right.above(MENDS) >= SURE
    return "careful" if listens and follows.above(FOLLOWS) <= 1 - SURE else "open"


def _rate(found: Iterable[bool]) -> Rate:
    every = list(found)
    return Rate(sum(every), len(every))


def _hasty(timed: Sequence[Given]) -> Rate:
    """Answers far below the person's own pace; spread by the median absolute deviation, which those few do not widen."""
    logs = np.array([math.log(g.seconds) for g in timed if g.seconds is not None])
    if len(logs) < FEW:
        return Rate()
    middle = float(np.median(logs))
    sd = 1.4826 * float(np.median(np.abs(logs - middle)))
    return _rate(bool(x < middle - HASTY * sd) for x in logs)
