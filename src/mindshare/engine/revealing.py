"""Advice: a person who has a case is shown what machines say of it, on request or after an own answer, and that is written down.

Where advice is held back, the sentence says why. It is held back on cases that are to be answered alone, by a rule of the guard or by
the draw that keeps what it brings known; beyond the number that a day has; and where, by what has been learnt of this person in either
seat, an answer with it is worth no more on this case than one without.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from mindshare.core.errors import Conflict, counted
from mindshare.core.seat import shown_seat
from mindshare.engine import events as ev
from mindshare.engine.cases import Lease
from mindshare.engine.judging import Look
from mindshare.engine.looked import read_where
from mindshare.engine.prefetching import Prefetching
from mindshare.engine.seating import ON_REVEAL, drawn_manner
from mindshare.engine.weighing import counted_of

ENOUGH = 30  # answers with advice that a model has counted, before which it is held back from nobody
ALONE = "This case is answered alone: some are, by a rule or by a draw, so that it stays known what advice brings."


class First(NamedTuple):
    """The answer that a person gave before any advice. None: cannot tell."""

    label: str | None


class Advice(NamedTuple):
    """What one machine says, and `where` it looked."""

    agent: str
    label: str | None
    confidence: float | None
    where: Mapping[str, Any] = MappingProxyType({})


class Revealing(Prefetching):
    """Advice."""

    def reveal(self, token: int, person: str, first: First | None = None) -> Lease | None:
        """From now on the person is shown what machines say; asked again, nothing changes. Conflict where it is held back, and why.

        None where it was asked for ahead and is not worth the person's time any more, as `show` tells.
        """
        lease = self.lease(token, person)
        kind = self.kind_of(lease)
        if first is not None:
            self.seeing.must_be_label(kind, first.label)
        if lease.shown:
            return self.show(token, person)
        if self.settings.kind(kind).shown == "after" and first is None:
            raise Conflict(f"Advice on case '{lease.case}' comes after your own answer: give it first.")
        why_not = self.no_advice(lease)
        if why_not:
            raise Conflict(why_not)
        if self.show(token, person) is None:
            return None
        planted = lease.probe and self.planted(person, kind, lease.case) is not None
        self.writing.emit(
            ev.Revealed(
                at=self.now,
                case=lease.case,
                person=person,
                token=token,
                kind=kind,
                own=first is not None,
                first=None if first is None else first.label,
                said={a.agent: a.label for a in self.advice(lease)},
                planted=planted,
            )
        )
        return lease

    def no_advice(self, lease: Lease) -> str:
        """Why whoever has this is shown nothing of what machines say, in one sentence; nothing where it is there for the asking."""
        kind = self.kind_of(lease)
        how = self.settings.kind(kind)
        if how.shown not in ON_REVEAL:
            return f"On cases of this kind advice is not for the asking (shown: {how.shown})."
        if not self.advice(lease):
            return f"No machine has said anything of case '{lease.case}'."
        name = f"{lease.person}:{lease.case}" if lease.probe else lease.case
        drawn = drawn_manner(how, name, self.settings.seed)
        if lease.probe and self.planted(lease.person, kind, lease.case) is not None:
            drawn = True
        case = None if lease.probe else self.state.cases[lease.case]
        look = None if case is None else self.seeing.looks([case])[0]
        if drawn is False:
            return ALONE
        if case is not None and look is not None and self.whom.asked(case, look, self.now).ruled.ruling.blind:
            return ALONE
        since = self.presence.hours.began(lease.person, self.now)
        times = self.state.people[lease.person].reveals.get(kind, ())
        if how.reveals is not None and sum(at >= since for at in times) >= how.reveals:
            return f"{lease.person} has seen the advice on {counted(how.reveals, 'case')} of this kind today, which is all."
        if drawn is None and look is not None and self._brings_nothing(kind, look, lease.person):
            return (
                f"Advice is held back: by what has been learnt, {lease.person}'s answer on this case is worth no more with it than"
                " alone."
            )
        return ""

    def advice(self, lease: Lease) -> list[Advice]:
        """What machines say, as whoever has this is or would be shown it: those that came with the case, and those that ran here."""
        case, new = self.leased(lease)
        wrong = self.planted(lease.person, case.kind, lease.case) if lease.probe else None
        came = () if new is None else new.answers
        told = [Advice(a.agent, a.label, a.confidence, a.where) for a in came]
        told += [
            Advice(a.agent, a.label, a.confidence, self._places(a.places))
            for a in case.by_machines(self.state.people)
        ]
        return told if wrong is None else [a._replace(label=wrong) for a in told]

    def _places(self, key: int) -> Mapping[str, Any]:
        """Where a machine that ran here looked."""
        data = (self.writing.bodies.get(key) or self.seeing.stored(key)) if key else None
        return {} if data is None else read_where(data)

    def _brings_nothing(self, kind: str, look: Look, person: str) -> bool:
        """Whether, by what has been learnt of both seats, an answer with advice is worth no more on this case than one alone."""
        if counted_of(self.seeing.judges[kind].model, shown_seat(person))[0] < ENOUGH:
            return False
        alone, shown = (look.worth[self.seeing.place(person, shown=s)] for s in (False, True))
        return bool(shown <= alone)
