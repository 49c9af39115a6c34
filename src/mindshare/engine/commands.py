"""What all commands of an engine share: its rooms, its time, and the cases that go on together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from mindshare.core.errors import NotThere
from mindshare.core.guard.ruling import Rule
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.pacing.pacer import Pacer
from mindshare.engine.cases import CaseState
from mindshare.engine.desk import Desk
from mindshare.engine.envelope import Kept
from mindshare.engine.gold import NONE, Gold
from mindshare.engine.guarding import Guarding
from mindshare.engine.machines import Machines
from mindshare.engine.past import IN_MEMORY, Archive, Cases, Past
from mindshare.engine.presence import Presence
from mindshare.engine.seeing import Seeing
from mindshare.engine.settings import Settings
from mindshare.engine.spending import Spending
from mindshare.engine.state import State
from mindshare.engine.who import Who
from mindshare.engine.whom import Whom
from mindshare.engine.writing import Writing


class Parts(NamedTuple):
    """What an engine is made of: `models`: kind -> its model; `contents`: key -> the bytes of a body that is stored."""

    settings: Settings
    team: Team
    models: Mapping[str, Model]
    rules: Sequence[Rule]
    pacer: Pacer
    contents: Callable[[int], bytes | None]
    gold: Gold = NONE
    archive: Archive | None = None  # where cases go that are over; none = they stay in memory
    in_memory: int = IN_MEMORY


class Commands:
    """Where `state` is given, it goes on from there; the pacer stands where that state says."""

    def __init__(self, parts: Parts, state: State | None = None) -> None:
        self.settings, self.team = parts.settings, parts.team
        if state is None:
            state = State(cases=Cases(archive=parts.archive))
        self.writing = Writing(state)
        self.spending = Spending(parts.pacer, parts.team)
        own = parts.team, parts.models, self.spending.resources, parts.contents, parts.settings
        self.seeing = Seeing(self.writing, *own)
        self.who = Who(parts.settings, parts.team, self.seeing, self.state)
        self.past = Past(self.state, parts.archive, parts.in_memory)
        self.machines = Machines(self.writing, parts.settings, self.seeing, self.spending)
        self.probe_ids = parts.gold.ids()
        self.presence = Presence(parts.settings, parts.gold, self.state)
        guarding = Guarding(parts.rules, self.state)
        self.whom = Whom(parts.settings, self.seeing, guarding, self.presence.enough)
        self.desk = Desk(self.writing, self.seeing, self.spending, self.whom, self.presence, self.machines)

    @property
    def state(self) -> State:
        return self.writing.state

    @property
    def now(self) -> float:
        return self.writing.now

    def case(self, case_id: str) -> CaseState:
        """The case of this id."""
        case = self.state.case(case_id)
        if case is None:
            raise NotThere(f"There is no case '{case_id}'.")
        return case

    def kept(self, text: str, case: CaseState | None = None) -> Kept | None:
        """What somebody wrote, beside the chain; none of a case that was erased."""
        if not text or (case is not None and case.erased):
            return None
        return self.writing.bodies.keep(text.encode(), "evidence", self.now)

    def _go_on_all(self, cases: Sequence[CaseState]) -> None:
        """Cases that wait are decided anew, and wait on if they should."""
        for case, look in zip(cases, self.seeing.looks(cases), strict=True):
            self.desk.anew(case, look)
