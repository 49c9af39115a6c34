"""Gold probes: cases whose truth is known, asked to see whether a person is good enough, first and then now and again.

Whether somebody qualifies is a sequential test, which may be looked at after every probe. The evidence that the accuracy is
above the threshold is the likelihood of the answers, averaged evenly over all accuracies above it, against that at the
threshold. Were the accuracy at the threshold or below, this would be a supermartingale that begins at 1: the chance that it
ever reaches 1 / error is at most `error`, however often one looks (Ville 1939; Robbins 1970). The same holds below. So the
bound that it gives on the accuracy is one at all times, and no approximation is in it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from scipy.special import betainc, betaln

from mindshare.core.guard.draw import digest, is_drawn

Standing = Literal["open", "qualified", "not_qualified"]
TINY = 1e-300


class Probe(NamedTuple):
    """A case whose truth is known."""

    case_id: str
    label: str  # the truth


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRule:
    """Qualified once the accuracy is surely above `threshold`, not qualified once it is surely below.

    `error`: the chance, at most, that somebody no better than `threshold` ever qualifies, or somebody no worse ever fails.

    Before `least` probes nothing is said. After `most` a person who is still open has not qualified; None = there is no end.
    """

    threshold: float  # accuracy, 0..1, not the ends
    error: float = 0.05
    least: int = 5
    most: int | None = None

    def __post_init__(self) -> None:
        for name in ("threshold", "error"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"PassRule.{name} must be > 0 and < 1. Got {getattr(self, name)!r} instead.")

    def standing(self, right: int, probes: int) -> Standing:
        """Where somebody stands who had so many of the probes right. It may be asked after each of them."""
        if probes < self.least:
            return "open"
        enough = -math.log(self.error)
        if log_evidence(right, probes, self.threshold) >= enough:
            return "qualified"
        if log_evidence(probes - right, probes, 1 - self.threshold) >= enough:
            return "not_qualified"
        return "open" if self.most is None or probes < self.most else "not_qualified"


def log_evidence(right: int, probes: int, threshold: float) -> float:
    """Natural log of the evidence that the accuracy is above the threshold: 0 before any probe, and 3 is about 20 to 1."""
    a, b = right + 1.0, probes - right + 1.0
    above = max(float(betainc(b, a, 1 - threshold)), TINY)  # of a Beta(a, b)
    of_them = math.log(above) + float(betaln(a, b)) - math.log(1 - threshold)
    return of_them - right * math.log(threshold) - (probes - right) * math.log(1 - threshold)


def next_probe(probes: Sequence[Probe], seen: Collection[str], person: str, key: bytes) -> Probe | None:
    """The next one for this person, who has seen those cases already; None = all are seen.

    Of the labels seen least often, so that few probes tell of all labels; within them by a keyed hash, so that two people
    get other probes in another order, and nobody foresees which.
    """
    left = [probe for probe in probes if probe.case_id not in seen]
    shown = Counter(probe.label for probe in probes if probe.case_id in seen)
    order = {probe: digest(key, f"probe:{len(person)}:{person}{probe.case_id}") for probe in left}
    return min(left, key=lambda probe: (shown[probe.label], order[probe]), default=None)


def probe_due(person: str, answers: int, share: float, key: bytes) -> bool:
    """Whether the next case of this person is to be a probe; `answers`: how many were given so far, probes and all.

    Each is one with probability `share`, by a keyed hash: the same again when replayed, and not to be foreseen.
    """
    return is_drawn(key, f"due:{answers}:{person}", share)


def wrong_advice(probe: Probe, labels: Sequence[str], person: str, share: float, key: bytes) -> str | None:
    """The wrong label that machines are made to say of this probe to this person; None = they say what they say.

    A `share` of the probes is drawn, by a keyed hash, so that nobody foresees which, and the same one comes again when replayed. Nobody
    sees a probe twice, so nobody sees the same wrong advice twice.
    """
    if not is_drawn(key, f"planted:{len(person)}:{person}{probe.case_id}", share):
        return None
    wrong = [label for label in labels if label != probe.label]
    return min(
        wrong, key=lambda y: digest(key, f"wrong:{len(person)}:{person}{probe.case_id}:{y}"), default=None
    )
