"""Cases that a person's program asks for ahead, while the person is at another: no clock runs until such a case is shown."""

from __future__ import annotations

from mindshare.core.errors import NotAllowed, NotThere, nearest
from mindshare.engine import events as ev
from mindshare.engine.cases import Lease, Person
from mindshare.engine.probing import Probing

MOST_LOOKS = 8  # at cases that are kept for others, when somebody asks and none waits


class Prefetching(Probing):
    """What is asked for ahead is kept for the person, and looked at again when it is shown: much may have happened by then."""

    def ahead(self, person: str) -> Lease | None:
        """The case that the person should have after the one in hand, or None; nobody waits for it, and no more than one is kept."""
        who = self.known(person)
        mine = self._ahead(who)
        if mine:
            return mine[0]
        waits, closed = person in self.state.free, self.presence.closed(person, self.now)
        probe = None if waits or closed else self.probe_for(person)
        if waits or closed or not who.on_shift:
            return None
        if probe is None and self.presence.no_kind(person, list(self.seeing.judges)):
            return None
        self.writing.emit(ev.Ahead(at=self.now, person=person))
        if probe is not None:
            return self.lease_probe(person, probe, ahead=True)
        return self.desk.pull(person, ahead=True)

    def show(self, token: int, person: str) -> Lease | None:
        """The person sees it from now on. None where it went back, or is not worth the person's time any more: then the next one is to be
        asked for.
        """
        if token not in self.state.leases and 0 < token <= self.state.tokens:
            return None
        lease = self.lease(token, person)
        return lease if not lease.ahead or self.is_shown(lease) else None

    def from_others(self, person: str) -> Lease | None:
        """A case that is kept for somebody who is at another one goes to this person, who has time for it now."""
        price = self.spending.price(self.now)
        for lease in [x for x in self.state.leases.values() if x.ahead and not x.probe][:MOST_LOOKS]:
            case = self.state.cases[lease.case]
            if self.presence.may(person, case.kind, 0, self.now) and self.whom.is_worth(
                case, self.seeing.places(person), price, self.now
            ):
                self._back(lease)
                mine = [self.state.leases[token] for token in self.state.people[person].leases]
                if found := next((x for x in mine if not x.held and not x.ahead), None):
                    return found
        return None

    def is_shown(self, lease: Lease) -> bool:
        """Shows a case that was asked for ahead if it should still be; else it goes back, and nothing is charged."""
        case, price = self.state.cases.get(lease.case), self.spending.price(self.now)
        seat = self.seeing.place(lease.person, shown=lease.shown)
        if case is None:
            good = self.presence.closed(lease.person, self.now) is None
        else:
            may = self.presence.may(lease.person, case.kind, 0, self.now)
            good = may and self.whom.is_worth(case, [seat], price, self.now)
        until = self.now + self.settings.kind(self.kind_of(lease)).lease_s
        self.writing.emit(
            ev.Shown(
                at=self.now, case=lease.case, person=lease.person, token=lease.token, until=until, good=good
            )
        )
        if not good:
            self._back(lease)
        return good

    def give_up_ahead(self, person: str) -> None:
        """What was asked for ahead goes back: the person does something else for a while."""
        for lease in self._ahead(self.state.people[person]):
            self._back(lease)

    def known(self, person: str) -> Person:
        """The person of this id, who gets cases; NotThere or NotAllowed where there is none such."""
        who = self.state.people.get(person)
        if who is None or person not in self.seeing.person:
            raise NotThere(f"There is no person '{person}' here.{nearest(person, self.seeing.person)}")
        if not who.active:
            raise NotAllowed(f"'{person}' gets no cases at present.")
        return who

    def _ahead(self, who: Person) -> list[Lease]:
        return [lease for t in who.leases if (lease := self.state.leases[t]).ahead]

    def _back(self, lease: Lease) -> None:
        self.desk.expire(lease)
        if not lease.probe:
            self.desk.again(self.state.cases[lease.case])
