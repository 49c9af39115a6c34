"""Who may be asked about a case, and what each person's answer is worth in time: what the model says, as the guard allows it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.guard.ruling import FREE
from mindshare.engine.cases import CaseState
from mindshare.engine.enough import Enough
from mindshare.engine.guarding import Guarding, Ruled
from mindshare.engine.judging import Look
from mindshare.engine.queue import NEVER
from mindshare.engine.seeing import Seeing
from mindshare.engine.settings import Settings

F64 = NDArray[np.float64]


class Asked(NamedTuple):
    """What the desk knows of a case: (P,) what each person's answer is worth, what the guard says, caps that it falls under (bits)."""

    worth: F64
    ruled: Ruled
    tags: int = 0
    shown: bool = False  # people see the machines' answers


class Whom:
    """Reads the state, changes nothing."""

    def __init__(self, settings: Settings, seeing: Seeing, guarding: Guarding, enough: Enough) -> None:
        self._settings, self._seeing, self._guarding, self._enough = settings, seeing, guarding, enough

    def asked(self, case: CaseState, look: Look, now: float, without: str = "") -> Asked:
        """(P,) what each person's answer is worth in time, NEVER for those who may not attend; and the ruling."""
        sight = self._seeing.sight(case)
        ruled = self._guarding.ruled(case, sight, look, now)
        if case.must and not ruled.why:
            ruled = ruled._replace(label=None, why=case.must)
        worth = look.worth.copy()
        if case.deadline is not None:
            judge, late = self._seeing.judges[case.kind], self._settings.kind(case.kind).late
            for p, name in enumerate(self._seeing.people):
                if now + judge.seconds(name) > case.deadline:
                    worth[p] *= late
        worth[self._seeing.away] = NEVER
        for name in (*(h.agent for h in case.heard if not h.undone), without):
            if name in self._seeing.person:
                worth[self._seeing.person[name]] = NEVER
        ruling = ruled.ruling
        if sight.askable is not None or ruling is not FREE:
            for name, p in self._seeing.person.items():
                told = sight.askable is None or name in sight.askable
                if not told or not ruling.may_attend(name, "person"):
                    worth[p] = NEVER
        if ruled.label is None:
            worth = np.where(worth > NEVER, np.maximum(worth, 0.0), NEVER)
        tags = self._enough.tags(sight, now)
        shown = self._settings.kind(case.kind).shown == "always" and bool(sight.answers) and not ruling.blind
        return Asked(worth, ruled, tags, shown)

    def could(self, asked: Asked) -> list[str]:
        """The people whose answers would count: worth something, or wanted by a rule."""
        least = NEVER if asked.ruled.label is None else 0.0
        return [name for name, worth in zip(self._seeing.people, asked.worth, strict=True) if worth > least]
