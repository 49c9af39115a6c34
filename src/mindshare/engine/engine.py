"""What a service decides, as a function of what comes in: commands change the state by events, and nothing else does.

There is no thread, file or clock in here. Every command is given the time (`at`). What happened is closed in frames (`close_frame`):
whoever runs the engine writes them down before anybody hears of it (`actor.py`). The same inputs at the same times bring the same
events, to the bit (`replay.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from mindshare.core.errors import Conflict, MindshareError, NotAllowed, NotThere, Overloaded, nearest
from mindshare.core.guard.ruling import Rule
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.pacing.pacer import Pacer
from mindshare.engine import events as ev
from mindshare.engine.bodies import Bodies
from mindshare.engine.desk import Desk
from mindshare.engine.guarding import Guarding
from mindshare.engine.incoming import NewCase, Sight, checked_answer, read_case, sight_of
from mindshare.engine.judging import Look
from mindshare.engine.seeing import Seeing, answers_of
from mindshare.engine.settings import Settings
from mindshare.engine.spending import Spending
from mindshare.engine.state import CANCELLED, DECIDED, LEASED, CaseState, Lease, State
from mindshare.engine.writing import Writing


class Said(NamedTuple):
    """An answer as a person gives it. `label` None: the person cannot tell."""

    label: str | None
    confidence: float | None = None
    seconds: float | None = None
    reason: str = ""
    comment: str = ""


class Parts(NamedTuple):
    """What an engine is made of: `models`: kind -> its model; `contents`: key -> the bytes of a body that is stored."""

    settings: Settings
    team: Team
    models: Mapping[str, Model]
    rules: Sequence[Rule]
    pacer: Pacer
    contents: Callable[[int], bytes | None]


class Engine:
    """Where `state` is given, it goes on from there; the pacer stands where that state says."""

    def __init__(self, parts: Parts, state: State | None = None) -> None:
        self.settings, self.team = parts.settings, parts.team
        self.writing = Writing(State() if state is None else state)
        self.spending = Spending(parts.pacer, parts.team)
        self.seeing = Seeing(
            self.writing, parts.team, parts.models, self.spending.resources, parts.contents
        )
        guarding = Guarding(parts.rules, self.state)
        self.desk = Desk(self.writing, parts.settings, self.seeing, self.spending, guarding)

    @property
    def state(self) -> State:
        return self.writing.state

    @property
    def now(self) -> float:
        return self.writing.now

    def at(self, now: float) -> None:
        """The time of the next commands; it never falls."""
        self.writing.at(now)

    def close_frame(self) -> tuple[list[ev.Event], Bodies]:
        """The events since the last frame, with the place of the pacer behind them, and their bodies."""
        paced = self.spending.paced(self.now)
        if paced is not None:
            self.writing.emit(paced)
        return self.writing.close()

    def case(self, case_id: str) -> CaseState:
        """The case of this id."""
        case = self.state.cases.get(case_id)
        if case is None:
            raise NotThere(f"There is no case '{case_id}'.")
        return case

    def start(self, build: str, models: dict[str, str]) -> None:
        """The service begins, or begins again: what waits is looked at anew, in the order of coming."""
        named = sorted({a.id for a in self.team.agents if a.kind == "person" and not set("*?[") & set(a.id)})
        met = [a.id for j in self.seeing.judges.values() for a in j.model.met if a.kind == "person"]
        settings = sha256(msgspec.json.encode(self.settings)).hexdigest()
        people = list(dict.fromkeys([*named, *met]))
        self.writing.emit(
            ev.Started(at=self.now, build=build, models=models, people=people, settings=settings)
        )
        self.seeing.seat(list(self.state.people))
        self.desk.refill()

    # --- cases ----------------------------------------------------------------------------------------------------------

    def submit(self, raws: Sequence[bytes], by: str = "") -> list[CaseState | MindshareError]:
        """New cases, each decided, given to somebody or put in the queue. One that came before is told as it stands.

        An error in the place of a case says why it was refused; the others are taken all the same.
        """
        told: dict[int, CaseState | MindshareError] = {}
        fresh: dict[str, list[tuple[int, Sight]]] = {}
        seen: dict[str, int] = {}
        for i, raw in enumerate(raws):
            try:
                new = read_case(raw)
                known = self._known(new, raw)
                if known is not None:
                    told[i] = known
                elif new.id in seen:
                    if read_case(raws[seen[new.id]]) != new:
                        raise Conflict(f"Case '{new.id}' comes twice, with other contents.")  # noqa: TRY301
                else:
                    seen[new.id] = i
                    kind = self.seeing.kind_of(new.kind, new.id)
                    fresh.setdefault(kind, []).append((i, sight_of(new, self.now)))
            except MindshareError as e:
                told[i] = e
        looked: dict[int, tuple[str, Sight, Look]] = {}
        for kind, news in fresh.items():
            looks = self.seeing.first_looks(kind, [sight for _, sight in news])
            for (i, sight), look in zip(news, looks, strict=True):
                if isinstance(look, MindshareError):
                    told[i] = look
                else:
                    looked[i] = kind, sight, look
        for i in sorted(looked):
            told[i] = self._receive(raws[i], *looked[i], by)
        return [told[i] if i in told else told[seen[read_case(raws[i]).id]] for i in range(len(raws))]

    def outcome(self, case_id: str, label: str, by: str = "") -> CaseState:
        """What turned out to be true. The first one teaches at once; a later one corrects what is learnt anew."""
        case = self.case(case_id)
        self.seeing.must_be_label(case, label)
        if case.outcome != label:
            first = not case.outcome
            self.writing.emit(ev.Came(at=self.now, case=case_id, label=label, by=by, first=first))
            if first and self.settings.learn:
                self.seeing.teach(case.kind, [self.seeing.sight(case)], [answers_of(case)], [label])
        return case

    def override(self, case_id: str, label: str, reason: str, by: str, how: str = "override") -> CaseState:
        """Somebody with the right to do so decides, with a reason. `how`: override, reversal or appeal."""
        case = self.case(case_id)
        self.seeing.must_be_label(case, label)
        if not reason.strip():
            raise MindshareError(f"Say why the verdict on case '{case_id}' is overridden.")
        if case.status == CANCELLED:
            raise Conflict(f"Case '{case_id}' is cancelled.")
        self.desk.leave(case)
        self.writing.emit(
            ev.Overridden(at=self.now, case=case_id, label=label, reason=reason, by=by, how=how)
        )
        labels = self.seeing.judges[case.kind].labels
        self.desk.decided(case, label, [float(name == label) for name in labels], how)
        return case

    def reopen(self, case_id: str, reason: str, by: str) -> CaseState:
        """An appeal: the case waits for a person who has not answered it."""
        case = self.case(case_id)
        if case.status != DECIDED:
            raise Conflict(f"Case '{case_id}' is {case.word(self.now)}; only a decided one can be reopened.")
        self.writing.emit(ev.Reopened(at=self.now, case=case_id, reason=reason, by=by))
        self.desk.again(case)
        return case

    def cancel(self, case_id: str, by: str, reason: str = "") -> CaseState:
        """Nobody needs a verdict any more."""
        case = self.case(case_id)
        if case.status == DECIDED and self.now >= case.until:
            raise Conflict(f"Case '{case_id}' is final.")
        if case.status != CANCELLED:
            self.desk.leave(case)
            self.writing.emit(ev.Cancelled(at=self.now, case=case_id, by=by, reason=reason))
        return case

    # --- people ---------------------------------------------------------------------------------------------------------

    def next(self, person: str, until: float) -> Lease | None:
        """The person's next case, or None: then the person waits for one until that time."""
        who = self.state.people.get(person)
        if who is None or person not in self.seeing.person:
            raise NotThere(f"There is no person '{person}' here.{nearest(person, self.seeing.person)}")
        if not who.active:
            raise NotAllowed(f"'{person}' gets no cases at present.")
        for token in who.leases:
            if not self.state.leases[token].held:
                return self.state.leases[token]
        self.writing.emit(ev.Free(at=self.now, person=person, until=until))
        return self.desk.pull(person)

    def away(self, person: str) -> None:
        """The person does not wait any more."""
        if person in self.state.free:
            self.writing.emit(ev.Away(at=self.now, person=person))

    def answer(self, case_id: str, person: str, token: int, said: Said) -> CaseState:
        """An answer. A late one is stored, and counts if the case is open; the same one again changes nothing."""
        case = self.case(case_id)
        self.seeing.must_be_label(case, said.label)
        checked_answer(case_id, person, said.confidence, said.seconds)
        lease = self.state.leases.get(token)
        if lease is not None and (lease.case != case_id or lease.person != person):
            raise Conflict(f"Token {token} is not of case '{case_id}' and '{person}'; ask for the next case.")
        mine = [h for h in case.heard if h.agent == person and not h.undone]
        if lease is None and (mine or not 0 < token <= self.state.tokens):
            if mine and mine[-1].label == said.label:
                return case
            told = f"has answered already: '{mine[-1].label}'" if mine else f"never had token {token}"
            raise Conflict(f"'{person}' {told} (case '{case_id}').")
        self._answered(case, person, said, lease)
        return case

    def skip(self, token: int, person: str, reason: str) -> None:
        """The person gives the case back; somebody else may get it."""
        lease = self.lease(token, person)
        spent = self.spending.settle(lease, self.now - lease.since, answered=False)
        self.writing.emit(
            ev.Skipped(
                at=self.now, case=lease.case, person=person, token=token, reason=reason, spent=spent
            )
        )
        self.desk.again(self.state.cases[lease.case], without=person)

    def beat(self, token: int, person: str, *, held: bool = False) -> Lease:
        """The person is still at it; `held`: the case is put aside, and another one may be asked for."""
        lease = self.lease(token, person)
        until = self.now + self.settings.kind(self.state.cases[lease.case].kind).lease_s
        self.writing.emit(ev.Beat(at=self.now, token=token, until=until, held=held))
        return lease

    def undo(self, case_id: str, person: str) -> Lease:
        """The person takes the last answer back within the grace period, and has the case again."""
        case = self.case(case_id)
        if not any(h.agent == person and not h.undone for h in case.heard):
            raise NotThere(f"'{person}' has not answered case '{case_id}'.")
        too_late = case.status == DECIDED and self.now >= case.until
        if too_late or case.status in (LEASED, CANCELLED):
            raise Conflict(f"It is too late to undo: case '{case_id}' is {case.word(self.now)}.")
        self.desk.leave(case)
        self.writing.emit(ev.Undone(at=self.now, case=case_id, person=person))
        self.desk.lease_to(case, person, 0.0, "undone")
        return self.state.leases[case.token]

    def lease(self, token: int, person: str) -> Lease:
        """The lease of this token, if the person still holds it."""
        lease = self.state.leases.get(token)
        if lease is None or lease.person != person:
            raise Conflict(f"'{person}' holds no lease {token} (any more); ask for the next case.")
        return lease

    # --- those in charge ------------------------------------------------------------------------------------------------

    def stop(self, by: str, kind: str = "", reason: str = "") -> None:
        """No machine-only verdict from now on; those that are not final yet wait for a person."""
        self.writing.emit(ev.Stopped(at=self.now, kind=kind, by=by, reason=reason))
        people = self.state.people
        for case in [self.state.cases[c] for c in self.state.graced]:
            alone = not any(h.agent in people and h.counts for h in case.heard) and case.by in ("rule", "timeout")
            if alone and self.now < case.until and kind in ("", case.kind):
                self.reopen(case.id, "stopped", by)

    def resume(self, by: str, also: str, kind: str = "") -> None:
        """The stop is over; `also` confirmed it. What waited because of it goes on."""
        if kind not in self.state.stopped:
            raise Conflict(f"{f'Kind {kind!r}' if kind else 'The service'} is not stopped.")
        self.writing.emit(ev.Resumed(at=self.now, kind=kind, by=by, also=also))
        self._go_on_all([self.state.cases[c] for c in self.state.waiting])

    def change_limits(self, limit: Mapping[str, float], by: str) -> None:
        """New limits, from the next decision on."""
        self.spending.change(dict(limit))
        self.writing.emit(ev.Limited(at=self.now, limit=dict(limit), by=by))

    def agent(self, person: str, by: str, *, active: bool) -> None:
        """A person joins, pauses or leaves; the cases of whoever leaves go back at once."""
        self.writing.emit(ev.AgentChanged(at=self.now, agent=person, person=True, active=active, by=by))
        if not active:
            self.away(person)
            for token in self.state.people[person].leases:
                lease = self.state.leases[token]
                self.desk.expire(lease)
                self.desk.again(self.state.cases[lease.case])
        self.seeing.seat(list(self.state.people))
        self.desk.refill()

    def tick(self) -> None:
        """Looks at the clock: leases, waits and times to decide that are over."""
        now, s = self.now, self.state
        for case_id in [c for c in s.graced if s.cases[c].until <= now]:
            del s.graced[case_id]
            self.seeing.forget(case_id)
        ended = [lease for lease in s.leases.values() if lease.until <= now]
        gone = [p for p in s.free if s.people[p].free_until <= now]
        over, idle = self.desk.over(), self.desk.idle()
        if not (ended or gone or over or idle):
            return
        self.writing.emit(ev.Ticked(at=now))
        for lease in ended:
            self.desk.expire(lease)
            self.desk.again(s.cases[lease.case])
        for person in gone:
            self.away(person)
        for case_id in over:
            if case_id in s.waiting:
                self.desk.time_is_over(s.cases[case_id])
        self._go_on_all([s.cases[c] for c in idle if c in s.waiting])

    # --- inside ---------------------------------------------------------------------------------------------------------

    def _known(self, new: NewCase, raw: bytes) -> CaseState | None:
        """The case where it came before; Conflict where that had other contents, Overloaded where no more are taken."""
        case = self.state.cases.get(new.id)
        if case is None:
            if len(self.state.waiting) >= self.settings.most_waiting:
                raise Overloaded
            return None
        before = self.seeing.content(case)
        if before is not None and before != raw and read_case(before) != new:
            raise Conflict(
                f"Case '{new.id}' came before with other contents; give this one an id of its own."
            )
        return case

    def _receive(self, raw: bytes, kind: str, sight: Sight, look: Look, by: str) -> CaseState:
        record = sight.case
        self.writing.emit(
            ev.Received(
                at=self.now,
                case=record.id,
                kind=kind,
                body=self.writing.bodies.keep(raw, "evidence", self.now),
                stakes=record.stakes,
                group=record.group,
                deadline=record.deadline,
                by=by,
            )
        )
        self.seeing.keep(record.id, sight)
        self.spending.arrive(kind, self.now)
        case = self.state.cases[record.id]
        self.desk.go_on(case, look)
        return case

    def _answered(self, case: CaseState, person: str, said: Said, lease: Lease | None) -> None:
        seconds, spent, told = said.seconds, dict[str, float](), said.comment
        if lease is not None:
            if seconds is None or not self.settings.trust_seconds:
                seconds = self.now - lease.since
            spent = self.spending.settle(lease, seconds, answered=True)
        is_open = case.status != CANCELLED and not (case.status == DECIDED and self.now >= case.until)
        if is_open and lease is None:
            self.desk.leave(case)
        self.writing.emit(
            ev.Answered(
                at=self.now,
                case=case.id,
                agent=person,
                label=said.label,
                seconds=seconds,
                confidence=said.confidence,
                reason=said.reason,
                body=self.writing.bodies.keep(told.encode(), "evidence", self.now) if told else None,
                token=0 if lease is None else lease.token,
                spent=spent,
                late=lease is None,
                counts=is_open,
            )
        )
        self.desk.again(case)

    def _go_on_all(self, cases: Sequence[CaseState]) -> None:
        """Cases that wait are decided anew, and wait on if they should."""
        for case, look in zip(cases, self.seeing.looks(cases), strict=True):
            self.desk.leave(case)
            self.desk.go_on(case, look)
