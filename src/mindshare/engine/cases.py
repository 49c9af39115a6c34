"""What a service knows of one case, one lease, one person: records that events change (`fold.py`)."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import msgspec

from mindshare.engine import events as ev
from mindshare.engine.machine_events import Weight

RECEIVED, WAITING, LEASED, DECIDED, CANCELLED = range(
    5
)  # `provisional` and `final` are DECIDED before and after `until`


class Heard(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An answer that came while or after the case was open; those that came with it are in its body."""

    agent: str
    label: str | None
    at: float
    seconds: float | None = None
    confidence: float | None = None
    proba: dict[str, float] | None = None
    counts: bool = True
    undone: bool = False
    shown: bool = False  # this person saw the machines' answers
    places: int = 0  # key of the body that says where this machine looked; 0: there is none


class Overruled(msgspec.Struct, array_like=True, frozen=True):
    """By whom and when a verdict was set, and where the reason is kept."""

    by: str
    at: float
    words: ev.Kept | None = None


class SentUp(msgspec.Struct, array_like=True, frozen=True):
    """Who sent a case to the lead, when, and where the reason is kept."""

    by: str
    at: float
    words: ev.Kept | None = None


class Media(msgspec.Struct, array_like=True):
    """A file that cases may show; `uses`: cases that do, and are not erased. `size`: bytes."""

    key: int
    type: str
    size: int
    at: float
    uses: int = 0


OVERRULED = ("override", "reversal", "appeal")  # by whom a verdict is that no answer takes the place of


def last_of_each(heard: Sequence[Heard]) -> tuple[int, ...]:
    """Places of the answers that count, the last one of each agent: a late one and one under a new lease may both be there."""
    last = {h.agent: i for i, h in enumerate(heard) if h.counts and not h.undone}
    return tuple(last.values())


class CaseState(msgspec.Struct, array_like=True, gc=False):
    """One case. `number`: of its arrival at the pacer."""

    id: str
    kind: str
    body: ev.Kept
    at: float
    number: int
    status: int = RECEIVED
    stakes: float = 1.0
    group: str = ""
    deadline: float | None = None
    heard: tuple[Heard, ...] = ()
    token: int = 0
    version: int = 0
    label: str = ""
    belief: tuple[float, ...] = ()
    until: float = 0.0  # the verdict is provisional until then
    by: str = ""
    outcome: str = ""
    must: str = ""  # why a person has to answer, whatever that is worth: an appeal, an escalation
    reopened: bool = False
    since: float = 0.0  # when it began to wait, or was reopened
    had: tuple[
        tuple[int, str], ...
    ] = ()  # leases of it, as token and person: only their holders may answer, also late
    comments: tuple[int, ...] = ()  # keys of bodies beside its own
    erased: bool = False  # its contents and comments are deleted, or about to be
    runs: tuple[int, ...] = ()  # of machines, that have not ended
    tried: tuple[
        str, ...
    ] = ()  # machines whose runs began, each as often as it was run; twice where it failed by the fault of the case
    saw: tuple[str, ...] = ()  # people who were shown what machines say of it
    weighed: tuple[Weight, ...] = ()  # what was last said of each machine that runs here
    taught: tuple[int, ...] = ()  # places in `heard` of answers that a model learnt from, with the outcome
    overruled: Overruled | None = None  # the last time
    media: tuple[ev.Kept, ...] = ()  # files that it shows
    sent_up: SentUp | None = None  # it waits for the lead
    compared: tuple[
        int, ...
    ] = ()  # places in `heard` of answers of people that were compared with each other
    rule: str = ""  # of the guard, the first that wanted a person

    def say(self, new: Sequence[Weight]) -> None:
        """What is said of these machines takes the place of what was said before."""
        named = {w.agent for w in new}
        self.weighed = (*(w for w in self.weighed if w.agent not in named), *new)

    def counting(self) -> tuple[int, ...]:
        """Places in `heard` of the answers that count."""
        return last_of_each(self.heard)

    def by_machines(self, people: Container[str]) -> list[Heard]:
        """The answers that count of machines that ran here, and not of these people."""
        return [self.heard[i] for i in self.counting() if self.heard[i].agent not in people]

    def is_open(self, now: float) -> bool:
        """Whether answers count: not once the verdict is final, or somebody with the right to do so has decided, or nobody needs one."""
        if self.status == DECIDED:
            return now < self.until and not self.is_overruled()
        return self.status != CANCELLED

    def is_overruled(self) -> bool:
        """Whether the verdict that stands is that of somebody with the right to it."""
        return self.status == DECIDED and self.by in OVERRULED

    def word(self, now: float) -> str:
        """Its state in one word."""
        if self.status == DECIDED:
            return "provisional" if now < self.until else "final"
        if self.sent_up is not None and self.status in (RECEIVED, WAITING):
            return "escalated"
        if self.reopened and self.status in (RECEIVED, WAITING):
            return "reopened"
        return ("received", "waiting", "leased", "", "cancelled")[self.status]


class Charged(msgspec.Struct, array_like=True, gc=False):
    """Somebody is at a case, and what that is expected to `use` is charged. `since`, `until`: seconds since 1970; `ends`: when the
    period of each resource ends, -1 = never.
    """

    token: int
    case: str
    since: float
    until: float
    use: dict[str, float]
    charge: int
    ends: tuple[float, ...]


class Lease(Charged, array_like=True):
    """A person has a case."""

    person: str
    held: bool = False
    shown: bool = False  # with the machines' answers
    probe: bool = False  # a gold probe, not a case
    ahead: bool = False  # asked for ahead and not shown yet: no clock runs, and nothing was seen


class Tally(msgspec.Struct, array_like=True):
    """What a person has done on one kind: right and wrong by outcomes and probes; seconds as `people/skill.py` counts them."""

    right: int = 0
    wrong: int = 0
    answers: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    at: float = 0.0


class Probed(msgspec.Struct, array_like=True):
    """A gold probe that a person has or had."""

    kind: str
    token: int
    label: str | None = None
    right: bool | None = None  # None = no answer (yet), or nobody knows
    until: float = -1.0  # the answer can be taken back until then; -1 = there is none
    shown: bool = False  # with the machines' answers
    sent_up: bool = False  # to the lead: no answer is taken any more

    @property
    def answered(self) -> bool:
        return self.until >= 0


class Run(Charged, array_like=True):
    """A machine is at a case."""

    machine: str


class Machine(msgspec.Struct, array_like=True):
    """What is known of a machine that runs here. `row`: failures since its last answer, batches and not runs; `used`: by `runs`
    that were measured.
    """

    id: str
    runs: int = 0
    used: dict[str, float] = {}
    answers: int = 0
    failures: int = 0
    row: int = 0
    asides: int = 0  # how often it was put aside since its last answer
    aside: float = 0.0  # not run until then
    batch: int = 0  # the last one that failed: the token of its first run


class GivenHours(msgspec.Struct, array_like=True):
    """Shifts that somebody (`by`) gave a person while the service ran, as `people/written_shifts.py` writes them."""

    shifts: dict[str, Any]
    by: str
    at: float


class Person(msgspec.Struct, array_like=True):
    """What is known of a person right now."""

    id: str
    active: bool = True
    on_shift: bool = True
    free_until: float = 0.0  # waits for a case until then, while among the free
    leases: tuple[int, ...] = ()
    answers: int = 0
    seconds: float = 0.0
    asked: int = 0  # leases, probes and all
    attended: list[tuple[float, float, float]] = []  # start, end, seconds of attention: of the last two days
    exposed: dict[str, list[float]] = {}  # tag -> when such cases were shown, in the last two days
    tallies: dict[str, Tally] = {}  # of each kind, alone
    probed: dict[str, Probed] = {}  # by the id of the probe
    shown: dict[str, Tally] = {}  # of each kind, shown what machines say
    reveals: dict[
        str, list[float]
    ] = {}  # of each kind, when advice was asked for and given, in the last two days
    lately: dict[int, int] = {}  # answers in each five minutes (of the clock / 300) of the last two days
    compared: int = 0  # answers of others on final cases that this person answered too
    agreed: int = 0  # of these, with the same label
