"""Commands of people: the next case, an answer, a skip, a sign of life, an answer taken back."""

from __future__ import annotations

from mindshare.core.errors import Conflict, NotNow, NotThere, nearest
from mindshare.engine import events as ev
from mindshare.engine.cases import LEASED, OVERRULED, CaseState, Lease
from mindshare.engine.evidence import named
from mindshare.engine.incoming import checked_answer
from mindshare.engine.probing import Said
from mindshare.engine.revealing import Revealing


class Attending(Revealing):
    """People."""

    def next(self, person: str, until: float) -> Lease | None:
        """The person's next case, or None: then the person waits for one until that time, also through the end of a break."""
        who = self.known(person)
        mine = [self.state.leases[token] for token in who.leases]
        for lease in mine:
            if not lease.held and not lease.ahead:
                return lease
        if not who.on_shift:
            raise NotNow(f"'{person}' is off shift; come on shift first.")
        closed = self.presence.closed(person, self.now)
        if closed is not None and not closed.over_by(until):
            raise NotNow(closed.why, until=closed.until)
        probe = None if closed is not None else self.probe_for(person)
        why_not = "" if probe is not None else self.presence.no_kind(person, list(self.seeing.judges))
        if why_not:
            raise NotNow(why_not)
        for lease in mine:
            if lease.ahead and closed is None and self.is_shown(lease):
                return lease
        self.writing.emit(ev.Free(at=self.now, person=person, until=until))
        if closed is not None:
            return None
        if probe is not None:
            return self.lease_probe(person, probe)
        return self.desk.pull(person) or self.from_others(person)

    def away(self, person: str) -> None:
        """The person does not wait any more."""
        if person in self.state.free:
            self.writing.emit(ev.Away(at=self.now, person=person))

    def shift(self, person: str, *, on: bool) -> None:
        """A person comes on shift or leaves; whoever leaves does not wait for a case any more."""
        if person not in self.state.people:
            raise NotThere(f"There is no person '{person}' here.{nearest(person, self.state.people)}")
        self.writing.emit(ev.Shift(at=self.now, person=person, on=on))
        if not on:
            self.away(person)
            self.give_up_ahead(person)

    def answer(self, case_id: str, person: str, token: int, said: Said) -> CaseState:
        """An answer. A late one is stored, and counts if the case is open; the same one again changes nothing."""
        if self.is_probe(case_id, person):
            return self.answer_probe(case_id, person, token, said)
        case = self.case(case_id)
        self.seeing.must_be_label(case.kind, said.label)
        checked_answer(case_id, person, said.confidence, said.seconds)
        lease = self.state.leases.get(token)
        if lease is not None and (lease.case != case_id or lease.person != person):
            raise Conflict(f"Token {token} is not of case '{case_id}' and '{person}'; ask for the next case.")
        mine = [h for h in case.heard if h.agent == person and not h.undone]
        if lease is None and (mine or (token, person) not in case.had):
            if mine and mine[-1].label == said.label:
                return case
            told = (
                f"has answered already: '{mine[-1].label}'" if mine else self.no_token(case_id, person, token)
            )
            raise Conflict(f"'{person}' {told} (case '{case_id}').")
        self._answered(case, person, said, token)
        return case

    def skip(self, token: int, person: str, reason: str) -> None:
        """The person gives the case back; somebody else may get it."""
        lease = self.lease(token, person)
        seconds = 0.0 if lease.ahead else self.now - lease.since
        spent = self.spending.settle(lease, seconds, answered=False)
        words = self.kept(reason, self.state.case(lease.case))
        self.writing.emit(
            ev.Skipped(at=self.now, case=lease.case, person=person, token=token, words=words, spent=spent)
        )
        if not lease.probe:
            self.desk.again(self.state.cases[lease.case], without=person)

    def escalate(self, token: int, person: str, reason: str) -> None:
        """The person sends the case to the lead: nobody is asked about it until the lead decides it or gives it back (`reopen`).

        A gold probe goes nowhere, and looks as if it did.
        """
        lease = self.lease(token, person)
        seconds = 0.0 if lease.ahead else self.now - lease.since
        spent = self.spending.settle(lease, seconds, answered=False)
        words = self.kept(reason, self.state.case(lease.case))
        case, token, now = lease.case, lease.token, self.now
        if lease.probe:
            self.writing.emit(
                ev.Skipped(at=now, case=case, person=person, token=token, spent=spent, words=words, to="lead")
            )
            return
        self.writing.emit(ev.SentUp(at=now, case=case, person=person, token=token, spent=spent, words=words))
        self.desk.again(self.state.cases[lease.case])

    def may_see(self, name: str, person: str) -> bool:
        """Whether a case or a probe that the person has shows this file."""
        who = self.state.people.get(person)
        for token in () if who is None else who.leases:
            case, new = self.leased(self.state.leases[token])
            if new is not None and name in named(new, self.settings.kind(case.kind)):
                return True
        return False

    def beat(self, token: int, person: str, *, held: bool = False) -> Lease:
        """The person is still at it; `held`: the case is put aside, and another one may be asked for."""
        lease = self.lease(token, person)
        until = self.now + self.settings.kind(self.kind_of(lease)).lease_s
        self.writing.emit(ev.Beat(at=self.now, person=person, token=token, until=until, held=held))
        if held and not lease.ahead:
            self.give_up_ahead(person)
        return lease

    def undo(self, case_id: str, person: str) -> Lease:
        """The person takes the last answer back within the grace period, and has the case again."""
        if self.is_probe(case_id, person):
            return self.undo_probe(case_id, person)
        case = self.case(case_id)
        if not any(h.agent == person and not h.undone for h in case.heard):
            raise NotThere(f"'{person}' has not answered case '{case_id}'.")
        if case.status == LEASED or case.sent_up is not None or not case.is_open(self.now):
            how = f", by {case.by}" if case.by in OVERRULED else ""
            raise Conflict(f"It is too late to undo: case '{case_id}' is {case.word(self.now)}{how}.")
        self.writing.emit(ev.Undone(at=self.now, case=case_id, person=person))
        self.desk.give_back(case, person)
        return self.state.leases[case.token]

    def _answered(self, case: CaseState, person: str, said: Said, token: int) -> None:
        lease = self.state.leases.get(token)
        seconds, spent = said.seconds, dict[str, float]()
        if lease is not None:
            seconds = self.seconds_of(lease, said)
            spent = self.spending.settle(lease, seconds, answered=True)
        self.writing.emit(
            ev.Answered(
                at=self.now,
                case=case.id,
                agent=person,
                label=said.label,
                seconds=seconds,
                confidence=said.confidence,
                body=self.kept(said.comment, case),
                words=self.kept(said.reason, case),
                token=token,
                spent=spent,
                late=lease is None,
                counts=case.is_open(self.now),
                shown=person in case.saw,
            )
        )
        self.desk.again(case)
