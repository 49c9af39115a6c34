"""What a service knows: cases, leases, people, stops. Events change it, and nothing else does (`fold.py`).

The pacer, the models and the values of waiting cases are not in here: the pacer stands where the last `Paced` says, the others are
computed again.
"""

from __future__ import annotations

import msgspec

from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState, Lease, Machine, Person, Run


class State(msgspec.Struct):
    """All of it."""

    cases: dict[str, CaseState] = {}
    leases: dict[int, Lease] = {}
    people: dict[str, Person] = {}
    stopped: dict[str, str] = {}  # kind ("" = all) -> who stopped it
    paced: ev.Paced | None = None
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
    final_to: float = (
        0.0  # verdicts whose grace was over by then are final, also for a stop that was pressed before
    )
    counts: dict[str, int] = {}  # events of each name
    runs: dict[int, Run] = {}
    machines: dict[str, Machine] = {}  # that run here
    stated: dict[str, float] = {}  # limits that somebody changed
    seen: dict[str, float] = {}  # what this computer leaves to machines
    gone: list[int] = []  # bodies that were erased with the people who wrote them

    def case(self, name: str) -> CaseState | None:
        """The case of this id, also one that left memory (`past.py`); None where there is none."""
        try:
            return self.cases[name]
        except KeyError:
            return None

    def told_since(self, outcomes: int) -> list[str]:
        """Cases in the order of their first outcomes, without the first so many; models have learnt from these for good."""
        return self.told[max(outcomes - self.learnt, 0) :]

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
