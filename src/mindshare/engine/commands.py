"""What all commands of an engine share: its rooms, its time, and the cases that go on together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mindshare.core.errors import MindshareError, NotThere
from mindshare.core.guard.read import read_guard
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
from mindshare.engine.ruled import GUARD, last_change
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
    reread: Callable[[Mapping[str, Any]], Sequence[Rule]] = read_guard  # a guard that somebody changed


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
        self.probe_ids, self.probe_media = parts.gold.ids(), parts.gold.shows(parts.settings)
        self.presence = Presence(parts.settings, parts.gold, self.state)
        self._first_rules, self.reread = parts.rules, parts.reread
        self.guarding = Guarding(parts.rules, self.state)
        self.follow_rules()
        self.whom = Whom(parts.settings, self.seeing, self.guarding, self.presence.enough)
        self.desk = Desk(self.writing, self.seeing, self.spending, self.whom, self.presence, self.machines)

    @property
    def state(self) -> State:
        return self.writing.state

    @property
    def now(self) -> float:
        return self.writing.now

    def follow_rules(self) -> None:
        """The guard is that of the settings, or what somebody changed it to; MindshareError where that does not fit any more."""
        change = last_change(self.state, self.settings, GUARD)
        if change is None or change.guard is None:
            self.guarding.follow(self._first_rules)
            return
        try:
            self.guarding.follow(self.reread(change.guard))
        except MindshareError as e:
            day = datetime.fromtimestamp(change.at, UTC).date()
            raise MindshareError(
                f"The rules that '{change.by}' set on {day} while the service ran do not fit any more: {e} Write another guard"
                " into service.yaml, and that one holds."
            ) from e

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
