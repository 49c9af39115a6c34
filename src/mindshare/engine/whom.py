"""Who may be asked about a case, and what each person's answer is worth in time: what the model says, as the guard allows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.guard.draw import is_drawn
from mindshare.core.guard.ruling import FREE
from mindshare.core.seat import person_of
from mindshare.engine.cases import CaseState
from mindshare.engine.enough import Enough
from mindshare.engine.guarding import Guarding, Ruled
from mindshare.engine.judging import Look
from mindshare.engine.queue import NEVER
from mindshare.engine.seating import ON_REVEAL, manners
from mindshare.engine.seeing import Seeing
from mindshare.engine.settings import Settings

F64 = NDArray[np.float64]
LITTLE = 1e-4  # of what is at stake
ENOUGH, SELDOM = 300, 0.2  # answers of people from which on lessons are so much rarer


class Asked(NamedTuple):
    """What the desk knows of a case: (S,) what an answer from each seat is worth, what the guard says, caps that it falls under (bits).

    `runs`: (M,) what machines would bring that are weighed on it.
    """

    worth: F64
    ruled: Ruled
    tags: int = 0
    runs: F64 = np.zeros(0)
    ahead: bool = False  # for somebody who has another case in hand


class Whom:
    """Reads the state, changes nothing."""

    def __init__(self, settings: Settings, seeing: Seeing, guarding: Guarding, enough: Enough) -> None:
        self._settings, self._seeing, self._guarding, self._enough = settings, seeing, guarding, enough

    def asked(self, case: CaseState, look: Look, now: float, without: str = "") -> Asked:
        """(S,) what an answer from each seat is worth in time, NEVER for those who may not attend; and the ruling."""
        sight = self._seeing.sight(case)
        ruled = self._guarding.ruled(case, sight, look, now)
        if case.must and not ruled.why:
            ruled = ruled._replace(label=None, why=case.must)
        if case.sent_up is not None:
            why = f"{case.sent_up.by} sent it to the lead"
            return Asked(np.full(len(look.worth), NEVER), ruled._replace(label=None, why=why))
        worth = look.worth.copy()
        if case.deadline is not None:
            judge, late = self._seeing.judges[case.kind], self._settings.kind(case.kind).late
            for p, name in enumerate(self._seeing.seats):
                if now + judge.seconds(name) > case.deadline:
                    worth[p] *= late
        worth[self._seeing.away] = NEVER
        for name in (*(h.agent for h in case.heard if not h.undone), without):
            worth[self._seeing.places(name)] = NEVER
        ruling = ruled.ruling
        if sight.askable is not None or ruling is not FREE:
            for name in self._seeing.people:
                told = sight.askable is None or name in sight.askable
                if not told or not ruling.may_attend(name, "person"):
                    worth[self._seeing.places(name)] = NEVER
        if len(worth) > len(self._seeing.people):
            self._seat(
                worth,
                case,
                can_show=not ruling.blind
                and (bool(sight.answers) or bool(case.by_machines(self._seeing.person))),
            )
        if ruled.label is None:
            worth = np.where(worth > NEVER, np.maximum(worth, 0.0), NEVER)
        return Asked(worth, ruled, self._enough.tags(sight, now))

    def with_lesson(self, case: CaseState, asked: Asked) -> Asked:
        """On a drawn share of the cases, before any person was heard: an answer is worth a little at least, for what it teaches.

        That is far below any price that moves, so it is asked for where attention would be left over. Without it a service whose first
        few answers happened to be wrong asks nobody any more, and never finds out.
        """
        people = self._seeing.person
        if (
            not self._settings.learn
            or asked.ruled.label is None
            or any(h.agent in people for h in case.heard)
        ):
            return asked
        judge, share = self._seeing.judges[case.kind], self._settings.kind(case.kind).lessons
        if judge.answers_of_people >= ENOUGH:
            share *= SELDOM
        if not is_drawn(f"{self._settings.seed}".encode(), f"lesson:{case.id}", share):
            return asked
        least = LITTLE * judge.model.asking.unit * case.stakes
        return asked._replace(worth=np.where(asked.worth > NEVER, np.maximum(asked.worth, least), NEVER))

    def _seat(self, worth: F64, case: CaseState, *, can_show: bool) -> None:
        """NEVER in the seats from which nobody may be asked; who was shown this case once is not asked as if alone."""
        how, people = self._settings.kind(case.kind), len(self._seeing.people)
        alone, shown = manners(how, case.id, self._settings.seed, can_show=can_show)
        worth[:people] = worth[:people] if alone else NEVER
        saw = [self._seeing.person[name] for name in case.saw if name in self._seeing.person]
        kept = [people + p for p in saw] if can_show and how.shown in ON_REVEAL else []
        before = worth[kept]
        worth[people:] = worth[people:] if shown else NEVER
        worth[saw], worth[kept] = NEVER, before

    def is_worth(self, case: CaseState, seats: Sequence[int], price: F64, now: float) -> bool:
        """Whether an answer from one of a person's seats is worth the price (R,), with the values of today's model."""
        [look] = self._seeing.looks([case])
        asked, at = self.with_lesson(case, self.asked(case, look, now)), list(seats)
        person = person_of(self._seeing.seats[at[0]])
        if asked.tags & self._enough.barred(person, now):
            return False
        cost = self._seeing.use(case)[at] @ price
        return bool((asked.worth[at] > (cost if asked.ruled.label is not None else NEVER)).any())

    def could(self, asked: Asked) -> list[str]:
        """The people whose answers would count: worth something, or wanted by a rule."""
        return [p for p in self._seeing.people if self.able(asked, [p])]

    def able(self, asked: Asked, people: Sequence[str]) -> list[int]:
        """The seats of these people from which an answer would count."""
        least = NEVER if asked.ruled.label is None else 0.0
        return [s for p in people for s in self._seeing.places(p) if asked.worth[s] > least]
