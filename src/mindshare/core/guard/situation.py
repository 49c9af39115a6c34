"""What the guard is asked about: a case, what was heard of it, and the verdict that is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from mindshare.core.records import Case, Kind

EVERY = "*"  # in `stopped`: every kind


class Heard(NamedTuple):
    """One answer, as far as a rule looks at it. `label` None: attention spent, nothing learnt."""

    agent_id: str
    kind: Kind  # of the agent
    label: str | None
    confidence: float | None = None  # 0..1
    shown: bool = False  # this person saw what others had said before answering


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A case at one moment. `label` None: no verdict is proposed yet."""

    case: Case
    at: float  # seconds, the clock of `case.arrived`
    heard: tuple[Heard, ...] = ()  # in that order
    label: str | None = None  # of the verdict proposed
    belief: float | None = None  # in that label, 0..1
    excluded: frozenset[str] = (
        frozenset()
    )  # agents who must have no say in this case: its author, whoever it is about
    opted_out: bool = False  # this case, or whom it is about, was opted out of automation
    stopped: frozenset[str] = frozenset()  # kinds for which STOP is on; EVERY: all of them

    def people(self) -> tuple[Heard, ...]:
        """The answers of people that count: the last one of each, if it names a label; by when each spoke first."""
        last = {h.agent_id: h for h in self.heard if h.kind == "person" and h.agent_id not in self.excluded}
        return tuple(h for h in last.values() if h.label is not None)

    def labels_of_people(self) -> frozenset[str]:
        """The labels that at least one person gave."""
        return frozenset(h.label for h in self.people() if h.label is not None)
