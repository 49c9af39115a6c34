"""Who gets which case: run or given to somebody who waits, put in the queue, or decided; and which case a person should take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mindshare.core.pacing.ledger import Charge
from mindshare.core.seat import is_shown, person_of
from mindshare.engine import events as ev
from mindshare.engine.cases import RECEIVED, WAITING, CaseState, Lease
from mindshare.engine.guarding import Ruled
from mindshare.engine.judging import Look
from mindshare.engine.machines import NOBODY, RUNS, Machines, Options
from mindshare.engine.overdue import Overdue
from mindshare.engine.picking import Picking
from mindshare.engine.presence import Presence
from mindshare.engine.queue import NEVER, Queue, Row
from mindshare.engine.seeing import Seeing
from mindshare.engine.spending import Spending
from mindshare.engine.whom import Asked, Whom
from mindshare.engine.writing import Writing

F64 = NDArray[np.float64]
MOST_LOOKS = 8  # at cases whose values are of an older model, before one is given out


class Desk:
    """Changes the state by events only."""

    def __init__(
        self,
        writing: Writing,
        seeing: Seeing,
        spending: Spending,
        whom: Whom,
        presence: Presence,
        machines: Machines,
    ) -> None:
        self._w, self._seeing, self._spending = writing, seeing, spending
        self._machines = machines
        self._whom, self._presence, self._settings = whom, presence, presence.settings
        self._picking = Picking(writing, seeing, spending, presence)
        self._queues: dict[str, Queue] = {}
        self.overdue = Overdue(writing, seeing, spending, machines, self._picking, self._queues)
        self.refill()

    def refill(self) -> None:
        """What waits is looked at anew, in the order of coming: people or models have changed."""
        many = len(self._seeing.seats), len(self._settings.machines)
        self._queues.update({kind: Queue(*many) for kind in self._seeing.judges})
        waiting = [self._w.state.cases[c] for c in self._w.state.waiting]
        for case, look in zip(waiting, self._seeing.looks(waiting), strict=True):
            self._queue(case, self._asked(case, look))

    @property
    def queues(self) -> Mapping[str, Queue]:
        """What waits, of each kind."""
        return self._queues

    # --- a case ---------------------------------------------------------------------------------------------------------

    def again(self, case: CaseState, without: str = "") -> None:
        """A case that is open and with nobody goes on as it stands."""
        if case.status == RECEIVED and not case.runs:
            [look] = self._seeing.looks([case])
            self.go_on(case, look, without=without)

    def anew(self, case: CaseState, look: Look) -> None:
        """A case that waits is decided anew, and waits on if it should."""
        self.leave(case)
        self.go_on(case, look)

    def go_on(self, case: CaseState, look: Look, without: str = "") -> None:
        """After a case came, or an answer was heard: it is given to somebody who waits, queued, or decided."""
        asked = self._asked(case, look, without)
        worth, ruled = asked.worth, asked.ruled
        now = self._whom.with_lesson(case, asked) if self._w.state.free else asked
        here = self._here(case, now) if self._w.state.free else []
        machines = self._machines.options(case, look, ruled.ruling) if ruled.label is not None else NOBODY
        if (here or machines.names) and self._give(case, now, here, machines):
            return
        who, net = self._best_later(case, worth, here)
        if ruled.label is not None and who < 0:
            self.decide(case, look, ruled.label, "rule")
        elif ruled.label is not None or not self._safe_end(case, look, ruled):
            self._wait(case, asked, who, net)

    def _best_later(self, case: CaseState, worth: F64, here: list[int]) -> tuple[int, float]:
        """Who is worth most of those who are not `here`, and their net; -1 = nobody is worth the price."""
        if not (worth > 0).any():
            return -1, 0.0
        use, price = self._seeing.use(case), self._spending.price(self._w.now)
        net = np.where(worth > 0, worth - use @ price, NEVER)
        net[here] = NEVER  # they were free and not asked
        fits = self._spending.fits(use)
        best = int(np.argmax(np.where(fits, net, NEVER)))
        if fits[best] and net[best] > 0:
            return best, float(net[best])
        if not here and net.max() > 0:  # somebody is worth the price and does not fit: prices hear of it
            at = np.flatnonzero(worth > 0)
            told = self._spending.decide(case, worth[at], use[at], self._w.now)
            assert told.option == 0
        return -1, 0.0

    def decide(self, case: CaseState, look: Look, label: str, by: str) -> None:
        """The verdict, with the belief behind it."""
        verdict = look.verdict
        self.decided(case, label, list(verdict.belief.values()), by, verdict.asked)

    def decided(
        self, case: CaseState, label: str, belief: list[float], by: str, asked: Sequence[str] = ()
    ) -> None:
        """A new version of the verdict; provisional for the grace period of its kind."""
        self._drop(case)
        self._w.emit(
            ev.Decided(
                at=self._w.now,
                case=case.id,
                version=case.version + 1,
                label=label,
                belief=belief,
                until=self._w.now + self._settings.kind(case.kind).grace_s,
                by=by,
                asked=[p for p in map(person_of, asked) if p in self._seeing.person],
                price=self._spending.told_price(),
            )
        )

    def leave(self, case: CaseState) -> None:
        """The case is in no queue and under no lease any more."""
        self._drop(case)
        if case.token in self._w.state.leases:
            self.expire(self._w.state.leases[case.token])

    def _drop(self, case: CaseState) -> None:
        if case.id in self._queues[case.kind]:
            self._queues[case.kind].remove(case.id)

    def expire(self, lease: Lease) -> None:
        """A lease is over without an answer; the time that the case was shown is charged."""
        seconds = 0.0 if lease.ahead else self._w.now - lease.since
        spent = self._spending.settle(lease, seconds, answered=False)
        self._w.emit(
            ev.Expired(at=self._w.now, case=lease.case, agent=lease.person, token=lease.token, spent=spent)
        )

    def give_back(self, case: CaseState, person: str) -> None:
        """A person who took the answer back has the case again; that it was shown is counted already."""
        [look] = self._seeing.looks([case])
        seat = self._seeing.place(person, shown=person in case.saw)
        self._lease_to(case, seat, 0.0, self._asked(case, look)._replace(tags=0), "undone")

    def _lease_to(self, case: CaseState, seat: int, value: float, asked: Asked, why: str) -> None:
        """Gives a case to a person whom no price chose; what it is expected to use is charged all the same."""
        charge = self._spending.charge(self._seeing.use(case)[seat])
        self._leased(case, seat, charge, (value, value), asked, why)

    # --- a person -------------------------------------------------------------------------------------------------------

    def pull(self, person: str, *, ahead: bool = False) -> Lease | None:
        """Gives the person the case that is worth most, with the values of today's model; None where there is none.

        `ahead`: to be shown after the one that the person has.
        """
        mine = self._seeing.places(person)
        for _ in range(MOST_LOOKS):
            best = self._picking.best(self._queues, person, self._spending.price(self._w.now))
            if best is None:
                return None
            case = self._w.state.cases[best]
            queue = self._queues[case.kind]
            [look] = self._seeing.looks([case], [self._seeing.seats[s] for s in mine])
            asked, row, tags = self._asked(case, look), queue.row(best), queue.tags_of(best)
            same = np.array_equal(asked.worth[mine], row[mine]) and asked.tags == tags
            if not look.machines:  # what others are worth is looked at when they ask
                row[mine] = asked.worth[mine]
                asked = asked._replace(worth=row)
            if queue.judge_of(best) != self._seeing.number[case.kind] or not same:
                self._queue(case, asked)
                if not same:
                    continue
            return (
                self._w.state.leases[case.token]
                if self._give(case, asked._replace(ahead=ahead), self._whom.able(asked, [person]))
                else None
            )
        return None

    # --- the clock ------------------------------------------------------------------------------------------------------

    def time_is_over(self, case: CaseState) -> None:
        """Nobody came in time: what the kind says is done, unless a rule wants a person all the same."""
        action = self._settings.kind(case.kind).timeout
        [look] = self._seeing.looks([case])
        asked = self._asked(case, look)
        if action == "escalate" or asked.ruled.label is None:
            self._w.emit(ev.Escalated(at=self._w.now, case=case.id, why="nobody came in time"))
            self._queue(case, self._asked(case, look))
            return
        self.leave(case)
        self.decide(case, look, asked.ruled.label if action == "decide" else action, "timeout")

    # --- inside ---------------------------------------------------------------------------------------------------------

    def _asked(self, case: CaseState, look: Look, without: str = "") -> Asked:
        asked = self._whom.asked(case, look, self._w.now, without)
        if not look.machines or asked.ruled.label is None:
            return asked
        return asked._replace(runs=self._machines.runs(case, look, asked.ruled.ruling))

    def _here(self, case: CaseState, asked: Asked) -> list[int]:
        """Seats of people who wait for a case now, and may have this one; who carries more than a fair share leaves it to the others."""
        state, presence = self._w.state, self._presence
        names = [
            p
            for p in state.free
            if state.people[p].active
            and self._whom.able(asked, [p])
            and presence.may(p, case.kind, asked.tags, self._w.now)
        ]
        over = presence.over(self._w.now)
        return sorted(self._whom.able(asked, [p for p in names if p not in over] or names))

    def _give(self, case: CaseState, asked: Asked, seats: list[int], machines: Options = NOBODY) -> bool:
        """Decides over these seats and machines; whether a machine runs, or whoever sits in one of the seats has the case now."""
        use, worth = self._seeing.use(case)[seats], asked.worth[seats]
        if asked.ruled.label is None:
            best = int(np.argmax(worth - use @ self._spending.price(self._w.now)))
            self._lease_to(case, seats[best], float(worth[best]), asked, asked.ruled.why)
            return True
        told, place = self._machines.decide(case, machines, worth, use)
        if told is None or place < 0:
            return place == RUNS
        charge = Charge(told.number, told.use, told.until)
        self._leased(case, seats[place], charge, (told.value, told.net), asked, "")
        return True

    def _leased(
        self,
        case: CaseState,
        seat: int,
        charge: Charge,
        worth: tuple[float, float],
        asked: Asked,
        why: str,
    ) -> None:
        self.leave(case)
        resources, how = self._spending.resources, self._settings.kind(case.kind)
        self._w.emit(
            ev.Leased(
                at=self._w.now,
                case=case.id,
                agent=person_of(self._seeing.seats[seat]),
                token=self._w.state.tokens + 1,
                until=self._w.now + how.lease_s,
                value=worth[0],
                net=worth[1],
                use=dict(zip(resources, charge.use.tolist(), strict=True)),
                price=self._spending.told_price(),
                charge=charge.number,
                ends=[-1.0 if math.isinf(t) else t for t in charge.until.tolist()],
                why=why,
                tags=self._presence.enough.words(asked.tags),
                shown=is_shown(self._seeing.seats[seat]),
                ahead=asked.ahead,
            )
        )

    def _wait(self, case: CaseState, asked: Asked, who: int, net: float) -> None:
        """The case waits: its first allocation, of which nothing is charged yet."""
        if case.status != WAITING:
            seat, value = (self._seeing.seats[who], float(asked.worth[who])) if who >= 0 else ("", 0.0)
            name, why = person_of(seat), asked.ruled.why
            self._w.emit(ev.Waiting(at=self._w.now, case=case.id, agent=name, value=value, net=net, why=why))
        self._queue(case, asked)

    def _queue(self, case: CaseState, asked: Asked) -> None:
        """A row in the queue; a case that a rule wants a person for waits as long as it takes."""
        how, must = self._settings.kind(case.kind), asked.ruled.label is None
        due = case.since + how.wait_s
        if case.deadline is not None:
            due = min(due, max(case.deadline, case.since))
        due = math.inf if must else due
        judge = self._seeing.number[case.kind]
        row = Row(asked.worth, due, float(case.number), judge, must, asked.tags, asked.runs)
        self._queues[case.kind].add(case.id, row)

    def _safe_end(self, case: CaseState, look: Look, ruled: Ruled) -> bool:
        """While STOP is on, a case may end without a person: denied, or with the label that is declared safe."""
        safe = ruled.ruling.safe
        if case.sent_up is not None or safe is None or safe.action not in ("deny", "label"):
            return False
        self.leave(case)
        self.decide(case, look, safe.label, "stop")
        return True
