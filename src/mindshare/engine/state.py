"""What a service knows: cases, leases, people, stops. Events change it, and nothing else does (`fold.py`).

The pacer, the models and the values of waiting cases are not in here: the pacer stands where the last `Paced` says, the others are
computed again.
"""

from __future__ import annotations

import msgspec

from mindshare.core.pacing.mark import Terms
from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState, GivenHours, Lease, Machine, Media, Person, Run
from mindshare.engine.figures import Figures


class State(msgspec.Struct):
    """All of it."""

    cases: dict[str, CaseState] = {}
    leases: dict[int, Lease] = {}
    people: dict[str, Person] = {}
    stopped: dict[str, str] = {}  # kind ("" = all) -> who stopped it
    paced: ev.Paced | None = None
    limits: dict[str, tuple[float, float | None]] | None = None  # as the settings told them at the last start
    settings: str = ""  # the digest of the last settings that were written down
    terms: Terms | None = None  # of the pacer since the last start
    paced_on: Terms | None = None  # of the pacer that `paced` tells of
    models: dict[str, str] = {}
    changed: dict[str, ev.ModelChanged] = {}  # the last one of each kind
    told: list[str] = []  # cases in the order of their first outcomes, but the first `learnt` of them
    learnt: int = 0  # first outcomes that every model knows for good
    began: float = 0.0  # when the first event was
    now: float = 0.0
    tokens: int = 0  # fencing tokens given out
    keys: int = 0  # bodies kept
    arrived: int = 0
    outcomes: int = 0
    answers: int = 0
    verdicts: int = 0
    waiting: dict[str, None] = {}  # ids, in the order of coming
    free: dict[str, None] = {}  # people who wait for a case, in the order of asking
    graced: dict[str, None] = {}  # ids of provisional verdicts
    grace: list[
        tuple[float, str]
    ] = []  # a heap: until when, and the case; also of verdicts that stand no more
    counts: dict[str, int] = {}  # events of each name
    runs: dict[int, Run] = {}
    machines: dict[str, Machine] = {}  # that run here
    stated: dict[str, float] = {}  # limits that somebody changed
    ruled: dict[str, ev.RulesChanged] = {}  # guard and guidelines that somebody changed (`ruled.py`) -> how
    filed: dict[str, str] = {}  # the same and more -> digest of what the settings told at the last start
    seen: dict[str, float] = {}  # what this computer leaves to machines
    gone: list[int] = []  # bodies that were erased with the people who wrote them, and files
    media: dict[str, Media] = {}  # files that cases may show, by their digests
    hours: dict[str, GivenHours] = {}  # of people, as somebody changed them
    shifts: dict[str, str] | None = None  # as the settings told them at the last start: digests
    figures: Figures = msgspec.field(default_factory=Figures)  # what a board counts

    def case(self, name: str) -> CaseState | None:
        """The case of this id, also one that left memory (`past.py`); None where there is none."""
        try:
            return self.cases[name]
        except KeyError:
            return None

    def told_since(self, outcomes: int) -> list[str]:
        """Cases in the order of their first outcomes, without the first so many; models have learnt from these for good."""
        return self.told[max(outcomes - self.learnt, 0) :]

    def final_by(self, now: float) -> list[str]:
        """Provisional verdicts whose grace is over then, in no order."""
        heap, at, out = self.grace, [0], []
        for i in at:  # below what ends later all ends later
            if i < len(heap) and heap[i][0] <= now:
                until, name = heap[i]
                if name in self.graced and self.cases[name].until == until:
                    out.append(name)
                at += (2 * i + 1, 2 * i + 2)
        return list(dict.fromkeys(out))

    def person(self, name: str) -> Person:
        """The person of this id, known from now on."""
        if name not in self.people:
            self.people[name] = Person(name)
        return self.people[name]

    def machine(self, name: str) -> Machine:
        """The machine of this name, known from now on."""
        if name not in self.machines:
            self.machines[name] = Machine(name)
        return self.machines[name]
