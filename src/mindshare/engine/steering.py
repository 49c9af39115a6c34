"""Commands of those in charge: stop and resume, limits, who takes part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mindshare.core.errors import Conflict, MindshareError, NotThere, nearest
from mindshare.core.model import Model
from mindshare.engine import events as ev
from mindshare.engine.attending import Attending
from mindshare.engine.cases import CANCELLED, DECIDED, CaseState, Media
from mindshare.engine.machining import Machining
from mindshare.engine.pace import demand_of
from mindshare.engine.seeing import taught_of
from mindshare.engine.taking import Taking
from mindshare.people.written_shifts import read_shifts, written_of

MOST_HOURS = 20_000  # characters
NOT_THERE = Media(0, "", 0, 0.0)  # a file that is erased already


class Steering(Taking, Attending, Machining):
    """Those in charge."""

    def stop(self, by: str, kind: str = "", reason: str = "", since: float | None = None) -> None:
        """No machine-only verdict from now on; those that were not final when it was pressed (`since`) wait for a person.

        What the clock made final meanwhile, before the stop was heard of, stays final.
        """
        since = 0.0 if since is None or since >= self.now else since
        words = self.kept(reason)
        self.writing.emit(ev.Stopped(at=self.now, kind=kind, by=by, since=since, words=words))
        people = self.state.people
        for case in [self.state.cases[c] for c in self.state.graced]:
            alone = not any(h.agent in people and h.counts for h in case.heard) and case.by in (
                "rule",
                "timeout",
            )
            if alone and (since or self.now) < case.until and kind in ("", case.kind) and not case.erased:
                self._reopened(ev.Reopened(at=self.now, case=case.id, reason="stopped", by=by))

    def resume(self, by: str, also: str, kind: str = "") -> None:
        """The stop is over; `also` confirmed it. What waited because of it goes on."""
        if kind not in self.state.stopped:
            raise Conflict(f"{f'Kind {kind!r}' if kind else 'The service'} is not stopped.")
        self.writing.emit(ev.Resumed(at=self.now, kind=kind, by=by, also=also))
        self._go_on_all([self.state.cases[c] for c in self.state.waiting])

    def erase(self, case_id: str, by: str) -> CaseState:
        """The contents of a closed case and the comments on it are deleted once this is stored; its id stays, as a pseudonym.

        Asked again, they are deleted again. What it taught is forgotten when the models are learnt anew.
        """
        case = self.case(case_id)
        if not (case.status == CANCELLED or (case.status == DECIDED and self.now >= case.until)):
            raise Conflict(
                f"Case '{case_id}' is {case.word(self.now)}; cancel it, or wait until it is final."
            )
        mine = 0 if case.erased else 1
        media = [m for m in case.media if self.state.media.get(m.digest, NOT_THERE).uses <= mine]
        keys = [case.body.key, *case.comments, *(m.key for m in media)]
        names = [m.digest for m in media]
        self.writing.emit(ev.Erased(at=self.now, case=case_id, by=by, keys=keys, media=names))
        self.seeing.forget(case_id)
        return case

    def forget(self, person: str, keys: Sequence[int], by: str) -> None:
        """What a person wrote (these bodies) is deleted once this is stored; the id stays, as a pseudonym."""
        self.writing.emit(ev.Erased(at=self.now, by=by, keys=list(keys), person=person))

    def change_limits(self, limit: Mapping[str, float], by: str) -> None:
        """New limits, from the next decision on."""
        self.spending.change({r: self.machines.at_most(r, x) for r, x in limit.items()})
        self.writing.emit(ev.Limited(at=self.now, limit=dict(limit), by=by))

    def change_shifts(self, person: str, shifts: Mapping[str, Any] | None, by: str) -> None:
        """Other hours of a person from now on, as `read_shifts` reads them; None = those of the settings.

        A case in hand stays. MindshareError, one sentence, for hours that are not understood, or too long to be kept.
        """
        if person not in self.state.people:
            raise NotThere(f"There is no person '{person}' here.{nearest(person, self.state.people)}")
        told = None if shifts is None else written_of(read_shifts(shifts))
        if len(msgspec.json.encode(told)) > MOST_HOURS:
            raise MindshareError(
                f"Hours take {MOST_HOURS:,} characters at most. Write fewer shifts, or fewer days off."
            )
        self.writing.emit(ev.ShiftsChanged(at=self.now, person=person, shifts=told, by=by))
        closed = self.presence.closed(person, self.now)
        if closed is not None and not closed.is_break:
            self.give_up_ahead(person)

    def change_rules(
        self, by: str, guidelines: Mapping[str, str], guard: Mapping[str, Any] | None = None, reason: str = ""
    ) -> None:
        """Guidelines of some kinds, and the whole guard where it is given, from the next decision on; MindshareError for what is no guard.

        What waits is decided anew. Verdicts stand, and whoever has a case goes on with it.
        """
        guard = None if guard is None else dict(guard)
        rules = None if guard is None else self.reread(guard)
        words = self.kept(reason)
        self.writing.emit(
            ev.RulesChanged(at=self.now, guidelines=dict(guidelines), guard=guard, by=by, words=words)
        )
        if rules is not None:
            self.guarding.follow(rules)
            self._go_on_all([self.state.cases[c] for c in self.state.waiting])

    def change_model(self, kind: str, model: Model, digest: str, outcomes: int) -> None:
        """Another model of this kind decides from now on. It has learnt from the first `outcomes` outcomes of the log; those that
        came later are taught on top.
        """
        if kind not in self.seeing.judges:
            raise NotThere(f"There is no kind '{kind}' here.{nearest(kind, self.seeing.judges)}")
        self.writing.emit(ev.ModelChanged(at=self.now, kind=kind, digest=digest, outcomes=outcomes))
        self.seeing.change(kind, model)
        models = {k: judge.model for k, judge in self.seeing.judges.items()}
        self.spending.foretell(demand_of(self.settings, models))
        later = [
            c
            for c in map(self.case, self.state.told_since(outcomes))
            if c.kind == kind and self.seeing.content(c)
        ]
        sights, heard = [self.seeing.sight(c) for c in later], [taught_of(c) for c in later]
        self.seeing.teach(kind, sights, heard, [c.outcome for c in later])

    def agent(self, person: str, by: str, *, active: bool) -> None:
        """A person joins, pauses or leaves; the cases of whoever leaves go back at once."""
        self.who.must_be_a_person(person)
        self.writing.emit(ev.AgentChanged(at=self.now, agent=person, person=True, active=active, by=by))
        self.seeing.seat(list(self.state.people))
        if not active:
            self.away(person)
            for token in self.state.people[person].leases:
                lease = self.state.leases[token]
                self.desk.expire(lease)
                if not lease.probe:
                    self.desk.again(self.state.cases[lease.case])
        self.desk.refill()
