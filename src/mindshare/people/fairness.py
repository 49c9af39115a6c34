"""Who has had enough for today: caps on cases that weigh on people, and loads above a fair share. Pure functions of counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mindshare.core.guard.when import When

A_HAIR = 1 + 1e-9  # sums and shares round: who carries exactly a fair share is not above it


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureCap:
    """At most so many cases of one sort (distressing, say) are shown to a person in a day; `when` says which they are.

    `per_day` None: any number. `blur`: they are blurred until the person wants to look.
    """

    tag: str
    when: When
    per_day: int | None
    blur: bool = False

    def over(self, shown: Mapping[str, int], people: Iterable[str]) -> dict[str, str]:
        """Person -> why, of those who must not be shown one more; `shown`: how many each was shown today."""
        return {
            person: f"{person} was shown {shown[person]} {self.tag} cases today; {self.per_day} are allowed."
            for person in people
            if self.per_day is not None and shown.get(person, 0) >= self.per_day
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FairLoad:
    """Nobody carries more than `most` times the fair share of what all carry today.

    The fair share is by the minutes that each gives today. `most` >= 1, so that never all are refused; below `least` minutes
    nobody is, since the first case of a day is always more than a share of it.
    """

    most: float = 1.5  # times the fair share
    least: float = 10.0  # minutes

    def __post_init__(self) -> None:
        if not self.most >= 1:
            raise ValueError(f"FairLoad.most must be >= 1. Got {self.most!r} instead.")

    def over(self, load: Mapping[str, float], given: Mapping[str, float]) -> dict[str, str]:
        """Person -> why, of those above; `load`: minutes carried today, `given`: minutes given today by all who may attend.

        At least one of those who may attend is never above.
        """
        carried, whole = sum(load.get(person, 0.0) for person in given), sum(given.values())
        out: dict[str, str] = {}
        for person, minutes in given.items():
            fair, mine = carried * minutes / whole if whole > 0 else carried, load.get(person, 0.0)
            if mine > max(self.most * fair * A_HAIR, self.least):
                out[person] = (
                    f"{person} has carried {mine:.0f} minutes today; a fair share of all is {fair:.0f}, "
                    f"and at most {self.most:g} times that is asked."
                )
        return out
