"""What a service decides, as a function of what comes in: commands change the state by events, and nothing else does.

There is no thread, file or clock in here. Every command is given the time; its events stand in `out` afterwards, and the bodies
that lie beside them in `bodies`. Whoever runs the engine writes both down before anybody hears of it (`actor.py`). The same inputs at
the same times bring the same events, to the bit (`replay.py`).
"""

from __future__ import annotations

import math
from hashlib import sha256
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import Conflict, MindshareError, NotAllowed, NotThere, Overloaded, listed, nearest
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.pacing.decision import Arrival
from mindshare.core.pacing.ledger import Charge
from mindshare.core.pacing.mark import mark
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.records import MINUTES, PEOPLE_MINUTES, Answer
from mindshare.engine import events as ev
from mindshare.engine.bodies import Bodies
from mindshare.engine.incoming import NewCase, Sight, checked_answer, read_case, sight_of
from mindshare.engine.judging import Judge, Look
from mindshare.engine.queue import NEVER, Queue
from mindshare.engine.settings import Kind, Settings
from mindshare.engine.state import DECIDED, LEASED, RECEIVED, WAITING, CaseState, Lease, State

F64 = NDArray[np.float64]
MOST_LOOKS = 8  # at cases whose values are of an older model, before one is given out
RESERVED = "human_answers"


class Said(NamedTuple):
    """An answer as a person gives it."""

    label: str | None
    confidence: float | None = None
    seconds: float | None = None
    reason: str = ""
    comment: str = ""


class Engine:
    """`models`: kind -> its model ("" where there are no kinds); `contents`: key -> the bytes of a body that is kept."""

    def __init__(
        self,
        settings: Settings,
        team: Team,
        models: Mapping[str, Model],
        pacer: Pacer,
        contents: Callable[[int], bytes | None],
        state: State | None = None,
    ) -> None:
        self.settings, self.team, self.pacer, self._contents = settings, team, pacer, contents
        self.state = State() if state is None else state
        self.out: list[ev.Event] = []
        self.bodies = Bodies(self.state)
        self.sights: dict[str, Sight] = {}
        people = list(self.state.people)
        self.judges = {k: Judge(m, team, people, pacer.resources) for k, m in models.items()}
        self._judge_number = dict.fromkeys(models, 0)
        self.queues = {k: Queue(len(people)) for k in models}
        self._person = {name: p for p, name in enumerate(people)}
        self._moved = False
        self.now = self.state.now

    # --- commands: each at a time, each with what it tells back -------------------------------------------------------

    def at(self, now: float) -> None:
        """The time of the next commands; it never falls."""
        self.now = max(now, self.state.now)

    def start(self, build: str, models: dict[str, str]) -> None:
        """The service begins, or begins again: what waited is looked at anew, in the order of coming."""
        people = sorted({a.id for a in self.team.agents if a.kind == "person" and not set("*?[") & set(a.id)})
        met = [a.id for j in self.judges.values() for a in j.model.met if a.kind == "person"]
        self._emit(ev.Started(at=self.now, build=build, models=models, people=list(dict.fromkeys([*people, *met])), settings=sha256(msgspec.json.encode(self.settings)).hexdigest()))
        self._seat_people()

    def submit(self, raws: Sequence[bytes], by: str = "") -> list[CaseState | MindshareError]:
        """New cases, each decided or put in the queue; who was here before is told as it stands. An error says why one was refused."""
        told: list[CaseState | MindshareError | None] = [None] * len(raws)
        fresh: dict[str, list[tuple[int, NewCase, Sight]]] = {}
        seen: set[str] = set()
        for i, raw in enumerate(raws):
            try:
                new = read_case(raw)
                known = self._known(new, raw)
                if known is not None:
                    told[i] = known
                elif new.id in seen:
                    raise Conflict(f"Case '{new.id}' comes twice in one request.")
                else:
                    seen.add(new.id)
                    fresh.setdefault(self._kind(new), []).append((i, new, sight_of(new, self.now)))
            except MindshareError as e:
                told[i] = e
        looked: dict[int, tuple[Sight, Look]] = {}
        for kind, news in fresh.items():
            for (i, _, sight), look in zip(news, self._first_looks(kind, [s for _, _, s in news]), strict=True):
                if isinstance(look, MindshareError):
                    told[i] = look
                else:
                    looked[i] = sight, look
        for i in sorted(looked):
            told[i] = self._receive(raws[i], *looked[i], by)
        return [t for t in told if t is not None]

    def next(self, person: str, until: float) -> Lease | None:
        """The person's next case, or None: then the person waits for one until that time."""
        who = self._active(person)
        for token in who.leases:
            if not self.state.leases[token].held:
                return self.state.leases[token]
        self._emit(ev.Free(at=self.now, person=person, until=until))
        return self._pull(person)

    def away(self, person: str) -> None:
        """The person does not wait any more."""
        if self.state.person(person).free_until:
            self._emit(ev.Away(at=self.now, person=person))

    def answer(self, case_id: str, person: str, token: int, said: Said) -> CaseState:
        """An answer. A late one is stored, and counts if the case is open; the same one again changes nothing."""
        case = self.case(case_id)
        self._label(case, said.label)
        checked_answer(case_id, person, said.confidence, said.seconds)
        lease = self.state.leases.get(token)
        if lease is not None and (lease.case != case_id or lease.person != person):
            raise Conflict(f"Token {token} is not of case '{case_id}' and '{person}'; ask for the next case.")
        mine = [h for h in case.heard if h.agent == person and not h.undone]
        if lease is None and mine:
            if mine[-1].label == said.label:
                return case
            raise Conflict(f"'{person}' has answered case '{case_id}' already: '{mine[-1].label}'.")
        seconds = self._shown(lease, said.seconds)
        spent = self._settle(lease, seconds, answered=True)
        is_open = case.status in (RECEIVED, WAITING, LEASED) or (case.status == DECIDED and self.now < case.until)
        body = self.bodies.keep(said.comment.encode(), "evidence", self.now) if said.comment else None
        self._answered(case, person, said, seconds if seconds is not None else said.seconds, spent, lease, is_open, body)
        return case

    def skip(self, token: int, person: str, reason: str) -> None:
        """The person gives the case back; another one may get it."""
        lease = self._lease(token, person)
        spent = self._settle(lease, self._shown(lease, None), answered=False)
        self._emit(ev.Skipped(at=self.now, case=lease.case, person=person, token=token, reason=reason, spent=spent))
        self._again(self.state.cases[lease.case], without=person)

    def beat(self, token: int, person: str, *, held: bool = False) -> Lease:
        """The person is still at it; `held`: it is put aside, and another case may be asked for."""
        lease = self._lease(token, person)
        until = self.now + self.settings.kind(self.state.cases[lease.case].kind).lease_s
        self._emit(ev.Beat(at=self.now, token=token, until=until, held=held))
        return lease

    def undo(self, case_id: str, person: str) -> Lease | None:
        """The person takes the last answer back within the grace period, and has the case again."""
        case = self.case(case_id)
        mine = [h for h in case.heard if h.agent == person and not h.undone]
        if not mine:
            raise NotThere(f"'{person}' has not answered case '{case_id}'.")
        if case.status == LEASED or (case.status == DECIDED and self.now >= case.until):
            raise Conflict(f"It is too late to undo the answer to case '{case_id}': it is {case.word(self.now)}.")
        self._leave(case)
        self._emit(ev.Undone(at=self.now, case=case_id, person=person))
        [look] = self.looks([case])
        self._lease_to(case, person, look, why="undone")
        return self.state.leases.get(case.token)

    def outcome(self, case_id: str, label: str, by: str = "") -> CaseState:
        """What turned out to be true. The first one teaches at once; a later one corrects what will be learnt anew."""
        case = self.case(case_id)
        self._label(case, label)
        if case.outcome == label:
            return case
        first = not case.outcome
        self._emit(ev.Came(at=self.now, case=case_id, label=label, by=by, first=first))
        if first and self.settings.learn:
            self.teach(case.kind, [self.sight(case)], [answers_of(case)], [label])
        return case

    def teach(self, kind: str, sights: Sequence[Sight], heard: Sequence[Sequence[Answer]], labels: Sequence[str]) -> None:
        """The model of a kind hears outcomes; whoever waits is looked at anew before being given out."""
        if sights:
            self.judges[kind] = self.judges[kind].learnt(sights, heard, labels)
            self._judge_number[kind] += 1

    def override(self, case_id: str, label: str, reason: str, by: str, how: str = "override") -> CaseState:
        """Somebody with the right to do so decides, with a reason."""
        case = self.case(case_id)
        self._label(case, label)
        if not reason.strip():
            raise MindshareError(f"Say why the verdict on case '{case_id}' is overridden.")
        if case.status not in (DECIDED, WAITING, RECEIVED, LEASED):
            raise Conflict(f"Case '{case_id}' is {case.word(self.now)}.")
        self._leave(case)
        self._emit(ev.Overridden(at=self.now, case=case_id, label=label, reason=reason, by=by, how=how))
        labels = self.judges[case.kind].labels
        self._decide(case, label, [1.0 if name == label else 0.0 for name in labels], by=how)
        return case

    def reopen(self, case_id: str, reason: str, by: str) -> CaseState:
        """An appeal: the case waits for a person who has not answered it."""
        case = self.case(case_id)
        if case.status != DECIDED:
            raise Conflict(f"Case '{case_id}' is {case.word(self.now)}; only a decided one can be reopened.")
        self._emit(ev.Reopened(at=self.now, case=case_id, reason=reason, by=by))
        [look] = self.looks([case])
        self._go_on(case, look, must=f"appeal: {reason}")
        return case

    def cancel(self, case_id: str, by: str, reason: str = "") -> CaseState:
        """Nobody needs a verdict any more."""
        case = self.case(case_id)
        if case.status == DECIDED and self.now >= case.until:
            raise Conflict(f"Case '{case_id}' is final.")
        self._leave(case)
        self._emit(ev.Cancelled(at=self.now, case=case_id, by=by, reason=reason))
        return case

    def stop(self, by: str, kind: str = "", reason: str = "") -> None:
        """No machine-only verdict from now on."""
        self._emit(ev.Stopped(at=self.now, kind=kind, by=by, reason=reason))

    def resume(self, by: str, also: str, kind: str = "") -> None:
        """The stop is over; what waited because of it is decided."""
        if kind not in self.state.stopped:
            raise Conflict(f"{'Kind ' + repr(kind) if kind else 'The service'} is not stopped.")
        self._emit(ev.Resumed(at=self.now, kind=kind, by=by, also=also))
        waiting = [self.state.cases[c] for c in list(self.state.waiting)]
        for case, look in zip(waiting, self.looks(waiting), strict=True):
            self._leave(case)
            self._go_on(case, look)

    def change_limits(self, limit: Mapping[str, float], by: str) -> None:
        """New limits, from the next decision on."""
        self.pacer.change(limit)
        self._moved = True
        self._emit(ev.Limited(at=self.now, limit=dict(limit), by=by))

    def agent(self, person: str, by: str, *, active: bool) -> None:
        """A person joins, pauses or leaves; the cases of whoever leaves go back at once."""
        self._emit(ev.AgentChanged(at=self.now, agent=person, person=True, active=active, by=by))
        if not active:
            self.away(person)
            for token in self.state.people[person].leases:
                lease = self.state.leases[token]
                spent = self._settle(lease, self._shown(lease, None), answered=False)
                self._emit(ev.Expired(at=self.now, case=lease.case, agent=person, token=token, spent=spent))
                self._again(self.state.cases[lease.case])
        self._seat_people()

    def shift(self, person: str, *, on: bool) -> None:
        """A person comes on shift or leaves; whoever waits for a case and leaves does not wait any more."""
        if person not in self.state.people:
            raise NotThere(f"There is no person '{person}' here.{nearest(person, self.state.people)}")
        self._emit(ev.Shift(at=self.now, person=person, on=on))
        if not on:
            self.away(person)

    def tick(self) -> None:
        """Looks at the clock: leases, waits and times to decide that are over."""
        now, s = self.now, self.state
        ended = [t for t, lease in s.leases.items() if lease.until <= now]
        gone = [p.id for p in s.people.values() if 0 < p.free_until <= now]
        over = [(k, c) for k, q in self.queues.items() for c in q.over(now)]
        price = np.array(list(self.pacer.price.values()))
        idle = [(k, c) for k, q in self.queues.items() for c in q.worthless(self._paid(k, price))]
        for case in [c for c in s.graced if s.cases[c].until <= now]:
            del s.graced[case]
            self.sights.pop(case, None)
        if not (ended or gone or over or idle):
            return
        self._emit(ev.Ticked(at=now))
        for token in ended:
            lease = s.leases[token]
            spent = self._settle(lease, self._shown(lease, None), answered=False)
            self._emit(ev.Expired(at=now, case=lease.case, agent=lease.person, token=token, spent=spent))
            self._again(s.cases[lease.case])
        for person in gone:
            self.away(person)
        for _, case in over:
            if case in s.waiting:
                self._time_is_over(s.cases[case])
        left = [s.cases[c] for _, c in idle if c in s.waiting]
        for case, look in zip(left, self.looks(left), strict=True):
            self._leave(case)
            self._go_on(case, look)

    def close_frame(self) -> tuple[list[ev.Event], Bodies]:
        """The events since the last frame, with the place of the pacer behind them, and the bodies."""
        if self._moved:
            stood = mark(self.pacer)
            self._emit(
                ev.Paced(at=self.now, moved=stood.moved.tobytes(), case=stood.case, kind=stood.kind, fresh=stood.fresh, charges=stood.charges)
            )
            self._moved = False
        out, bodies = self.out, self.bodies
        self.out, self.bodies = [], Bodies(self.state)
        return out, bodies

    # --- what is asked of it ------------------------------------------------------------------------------------------

    def case(self, case_id: str) -> CaseState:
        """The case of this id."""
        case = self.state.cases.get(case_id)
        if case is None:
            raise NotThere(f"There is no case '{case_id}'.")
        return case

    def sight(self, case: CaseState) -> Sight:
        """What is known of a case beside its state; MindshareError where its contents were erased."""
        sight = self.sights.get(case.id)
        if sight is None:
            data = self.content(case)
            if data is None:
                raise NotThere(f"The contents of case '{case.id}' were erased.")
            sight = self.sights[case.id] = sight_of(read_case(data), case.at)
        return sight

    def content(self, case: CaseState) -> bytes | None:
        """The case as it was sent; None where it was erased."""
        return self.bodies.get(case.body.key) or self._contents(case.body.key)

    def looks(self, cases: Sequence[CaseState]) -> list[Look]:
        """A look at each of these cases as they stand."""
        by_kind: dict[str, list[int]] = {}
        for i, case in enumerate(cases):
            by_kind.setdefault(case.kind, []).append(i)
        out: dict[int, Look] = {}
        for kind, at in by_kind.items():
            looks = self.judges[kind].look([self.sight(cases[i]) for i in at], [answers_of(cases[i]) for i in at])
            out.update(zip(at, looks, strict=True))
        return [out[i] for i in range(len(cases))]

    # --- inside -------------------------------------------------------------------------------------------------------

    def _seat_people(self) -> None:
        """Everybody who is known now gets a place in all values, and what waits is looked at anew, in the order of coming."""
        people = list(self.state.people)
        self._person = {name: p for p, name in enumerate(people)}
        self.judges = {k: Judge(j.model, self.team, people, self.pacer.resources) for k, j in self.judges.items()}
        self.queues = {k: Queue(len(people)) for k in self.judges}
        waiting = [self.state.cases[c] for c in self.state.waiting]
        for case, look in zip(waiting, self.looks(waiting), strict=True):
            self._wait(case, look)

    def _emit(self, event: ev.Event) -> None:
        self.out.append(event)
        self.state.apply(event)

    def _known(self, new: NewCase, raw: bytes) -> CaseState | None:
        """The case where it came before; Conflict where it came with other contents."""
        case = self.state.cases.get(new.id)
        if case is None:
            if len(self.state.waiting) >= self.settings.most_waiting:
                raise Overloaded
            return None
        before = self.content(case)
        if before is not None and before != raw and read_case(before) != new:
            raise Conflict(f"Case '{new.id}' came before with other contents; give this one an id of its own.")
        return case

    def _kind(self, new: NewCase) -> str:
        if new.kind in self.judges:
            return new.kind
        if "" in self.judges:
            return ""
        raise MindshareError(
            f"Case '{new.id}': there is no kind '{new.kind}'; kinds are {listed(self.judges)}.{nearest(new.kind, self.judges)}"
        )

    def _first_looks(self, kind: str, sights: list[Sight]) -> list[Look | MindshareError]:
        """Looks at new cases; one that makes no sense is an error, and the others are looked at all the same."""
        judge = self.judges[kind]
        try:
            return list(judge.look(sights, [()] * len(sights)))
        except MindshareError as e:
            if len(sights) == 1:
                return [e]
        return [look for sight in sights for look in self._first_looks(kind, [sight])]

    def _receive(self, raw: bytes, sight: Sight, look: Look, by: str) -> CaseState:
        record = sight.case
        kind = record.kind if record.kind in self.judges else ""
        body = self.bodies.keep(raw, "evidence", self.now)
        self._emit(
            ev.Received(
                at=self.now, case=record.id, kind=kind, body=body, stakes=record.stakes, group=record.group, deadline=record.deadline, by=by
            )
        )
        self.sights[record.id] = sight
        case = self.state.cases[record.id]
        case.number = self.pacer.arrive(kind, now=self.now).number
        self._moved = True
        self._go_on(case, look)
        return case

    def _go_on(self, case: CaseState, look: Look, must: str = "", without: str = "") -> None:
        """After a case came or an answer was heard: it is given to somebody who waits, queued, or decided."""
        must = must or self._stopped(case)
        worth = self._worth(case, look, must=bool(must), without=without)
        free = sorted((p for p in self.state.people.values() if p.free_until > self.now and p.active), key=lambda p: (p.free_since, p.id))
        here = sorted(p for p in (self._person[f.id] for f in free) if worth[p] > 0 or (must and worth[p] > NEVER))
        if here and self._allocate(case, worth, here, must):
            return
        self._moved = True
        price = self.pacer.reprice(self.now)
        use = self.judges[case.kind].use(self.sight(case))
        net = np.where(worth > 0, worth - use @ price, NEVER)
        fits = (use <= np.array(list(self.pacer.left.values()))).all(axis=1)
        away = np.ones(len(net), bool)
        away[here] = False
        best = int(np.argmax(np.where(fits & away, net, NEVER))) if len(net) else -1
        if must or (best >= 0 and away[best] and fits[best] and net[best] > 0):
            self._wait(case, look, must, (best, float(net[best]) if best >= 0 else 0.0), without)
            return
        if not here and (worth > 0).any():
            self._refused(case, worth, use)
        self._verdict(case, look, by="rule")

    def _worth(self, case: CaseState, look: Look, *, must: bool, without: str) -> F64:
        """(P,) what each person's answer is worth in time; NEVER for those who may not attend."""
        worth, askable = look.worth.copy(), self.sight(case).askable
        said = {h.agent for h in case.heard if h.counts} | {without}
        if case.deadline is not None:
            judge, late = self.judges[case.kind], self.settings.kind(case.kind).late
            for p, name in enumerate(self._person):
                if self.now + judge.seconds(name) > case.deadline:
                    worth[p] *= late
        for name, p in self._person.items():
            if name in said or not self.state.people[name].active or (askable is not None and name not in askable):
                worth[p] = NEVER
            elif must:
                worth[p] = max(worth[p], 0.0)
        return worth

    def _allocate(self, case: CaseState, worth: F64, people: list[int], must: str) -> bool:
        """Decides over these people; whether one of them got the case."""
        use = self.judges[case.kind].use(self.sight(case))[people]
        if must:
            price = self.pacer.reprice(self.now)
            p = people[int(np.argmax(worth[people] - use @ price))]
            self._lease_to(case, self._name(p), None, why=must, value=float(worth[p]))
            return True
        options = np.concatenate([np.zeros((1, use.shape[1])), use])
        told = self.pacer.decide(np.concatenate([[0.0], worth[people]]), options, Arrival(case.number, case.kind), now=self.now)
        self._moved = True
        if told.option == 0:
            return False
        p = people[told.option - 1]
        self._leased(case, self._name(p), Charge(told.number, told.use, told.until), told.value, told.net, "")
        return True

    def _refused(self, case: CaseState, worth: F64, use: F64) -> None:
        """Nobody fits into what is left, or is worth the price: prices hear of it."""
        at = np.flatnonzero(worth > 0)
        options = np.concatenate([np.zeros((1, use.shape[1])), use[at]])
        told = self.pacer.decide(np.concatenate([[0.0], worth[at]]), options, Arrival(case.number, case.kind), now=self.now)
        if told.option:  # cannot be: whoever fits at today's price waits
            self.pacer.settle(told, dict.fromkeys(self.pacer.resources, 0.0))

    def _lease_to(self, case: CaseState, person: str, look: Look | None, *, why: str, value: float = 0.0) -> None:
        """Gives a case to a person whom no price chose; what it uses is charged all the same."""
        p = self._person[person]
        if look is not None:
            value = float(max(look.worth[p], 0.0))
        use = self.judges[case.kind].use(self.sight(case))[p]
        charge = self.pacer.charge(dict(zip(self.pacer.resources, use.tolist(), strict=True)))
        self._moved = True
        self._leased(case, person, charge, value, value, why)

    def _leased(self, case: CaseState, person: str, charge: Charge, value: float, net: float, why: str) -> None:
        self._leave(case)
        resources = self.pacer.resources
        self._emit(
            ev.Leased(
                at=self.now,
                case=case.id,
                agent=person,
                token=self.state.tokens + 1,
                until=self.now + self.settings.kind(case.kind).lease_s,
                value=value,
                net=net,
                use=dict(zip(resources, charge.use.tolist(), strict=True)),
                price=self.pacer.price,
                charge=charge.number,
                ends=[-1.0 if math.isinf(t) else t for t in charge.until.tolist()],
                why=why,
            )
        )

    def _wait(self, case: CaseState, look: Look, must: str = "", best: tuple[int, float] = (-1, 0.0), without: str = "") -> None:
        """Puts a case into the queue."""
        worth = self._worth(case, look, must=bool(must or case.why), without=without)
        how = self.settings.kind(case.kind)
        due = case.since + how.wait_s if case.deadline is None else min(case.since + how.wait_s, max(case.deadline, self.now))
        if case.status != WAITING:
            who, net = best
            self._emit(
                ev.Waiting(
                    at=self.now,
                    case=case.id,
                    agent=self._name(who) if who >= 0 else "",
                    value=float(max(worth[who], 0.0)) if who >= 0 else 0.0,
                    net=max(net, 0.0),
                    why=must,
                )
            )
        judge = self._judge_number[case.kind]
        self.queues[case.kind].add(case.id, worth, math.inf if must else due, float(case.number), judge, must=bool(must or case.why))

    def _leave(self, case: CaseState) -> None:
        """The case is in no queue and under no lease any more."""
        if case.id in self.queues[case.kind]:
            self.queues[case.kind].remove(case.id)
        if case.token and case.token in self.state.leases:
            lease = self.state.leases[case.token]
            spent = self._settle(lease, self._shown(lease, None), answered=False)
            self._emit(ev.Expired(at=self.now, case=case.id, agent=lease.person, token=lease.token, spent=spent))

    def _pull(self, person: str) -> Lease | None:
        """Gives the person the case that is worth most, with values of today's model."""
        p = self._person[person]
        for _ in range(MOST_LOOKS):
            best = self._best_for(p)
            if best is None:
                return None
            case = self.state.cases[best]
            queue = self.queues[case.kind]
            if queue.judge_of(best) != self._judge_number[case.kind]:
                [look] = self.looks([case])
                before = queue.row(best)[p]
                self._wait(case, look)
                if queue.row(best)[p] != before:
                    continue
            must = case.why if queue.must[queue.id.index(best)] else ""
            if self._allocate(case, queue.row(best), [p], must):
                return self.state.leases[case.token]
            return None
        return None

    def _best_for(self, p: int) -> str | None:
        """The case in all queues that this person should take."""
        self._moved = True
        price, left = self.pacer.reprice(self.now), np.array(list(self.pacer.left.values()))
        found: list[tuple[bool, float, str]] = []
        for kind, queue in self.queues.items():
            if not len(queue):
                continue
            judge = self.judges[kind]
            use = judge.use(self.sight(self.state.cases[queue.id[0]]))[p]
            best = queue.best(p, float(use @ price), self.now + 3 * judge.seconds(self._name(p)))
            if best is not None and (best[2] or (use <= left).all()):
                found.append((best[2], best[1], best[0]))
        return max(found)[2] if found else None

    def _again(self, case: CaseState, without: str = "") -> None:
        """A case that came back from somebody."""
        if case.status != RECEIVED:
            return
        [look] = self.looks([case])
        self._go_on(case, look, without=without)

    def _answered(
        self,
        case: CaseState,
        person: str,
        said: Said,
        seconds: float | None,
        spent: dict[str, float],
        lease: Lease | None,
        is_open: bool,
        body: ev.Kept | None,
    ) -> None:
        if case.id in self.queues[case.kind] and is_open:
            self.queues[case.kind].remove(case.id)
        self._emit(
            ev.Answered(
                at=self.now,
                case=case.id,
                agent=person,
                label=said.label,
                seconds=seconds,
                confidence=said.confidence,
                reason=said.reason,
                body=body,
                token=0 if lease is None else lease.token,
                spent=spent,
                late=lease is None,
                counts=is_open,
            )
        )
        if is_open and case.status == RECEIVED:
            [look] = self.looks([case])
            self._go_on(case, look)

    def _verdict(self, case: CaseState, look: Look, by: str) -> None:
        self._decide(case, look.verdict.label, list(look.verdict.belief.values()), by, look.verdict.asked)

    def _decide(self, case: CaseState, label: str, belief: list[float], by: str, asked: Sequence[str] = ()) -> None:
        people = [a for a in asked if a in self._person]
        self._emit(
            ev.Decided(
                at=self.now,
                case=case.id,
                version=case.version + 1,
                label=label,
                belief=belief,
                until=self.now + self.settings.kind(case.kind).grace_s,
                by=by,
                asked=people,
                price=self.pacer.price,
            )
        )

    def _time_is_over(self, case: CaseState) -> None:
        """Nobody came in time: what the kind says is done."""
        action = self.settings.kind(case.kind).timeout
        [look] = self.looks([case])
        self._leave(case)
        if action == "escalate":
            self._wait(case, look, must="nobody came in time")
            return
        if action == "decide":
            self._verdict(case, look, by="timeout")
            return
        self._decide(case, action, list(look.verdict.belief.values()), "timeout", look.verdict.asked)

    def _stopped(self, case: CaseState) -> str:
        """Why no machine may decide this case alone now."""
        stopped = "" in self.state.stopped or case.kind in self.state.stopped
        heard = any(h.agent in self._person and h.counts for h in case.heard)
        return "stopped" if stopped and not heard else ""

    def _settle(self, lease: Lease | None, seconds: float | None, *, answered: bool) -> dict[str, float]:
        """What attending has used takes the place of what was expected; returns it."""
        if lease is None:
            return {}
        spent: dict[str, float] = {}
        stated = self.team.agent(lease.person)
        if stated is None or not stated.cost:
            minutes = (seconds or 0.0) / 60.0
            timed = lease.use.get(PEOPLE_MINUTES, 0.0) > 0 or lease.use.get(lease.person + MINUTES, 0.0) > 0
            spent = {PEOPLE_MINUTES: minutes, lease.person + MINUTES: minutes} if timed else {}
            if lease.use.get("answers"):
                spent["answers"] = float(answered)
        spent[RESERVED] = float(answered)
        spent = {r: x for r, x in spent.items() if r in self.pacer.resources}
        use = np.array([lease.use[r] for r in self.pacer.resources])
        until = np.array([math.inf if t < 0 else t for t in lease.ends])
        self.pacer.settle(Charge(lease.charge, use, until), spent)
        self._moved = True
        return spent

    def _shown(self, lease: Lease | None, told: float | None) -> float | None:
        """Seconds that the case was shown, or what the person's program tells where that is trusted."""
        if lease is None:
            return None
        if self.settings.trust_seconds and told is not None:
            return told
        return self.now - lease.since

    def _lease(self, token: int, person: str) -> Lease:
        lease = self.state.leases.get(token)
        if lease is None or lease.person != person:
            raise Conflict(f"'{person}' holds no lease {token} (any more); ask for the next case.")
        return lease

    def _active(self, person: str) -> NDArray | object:
        who = self.state.people.get(person)
        if who is None or person not in self._person:
            raise NotThere(f"There is no person '{person}' here.{nearest(person, self._person)}")
        if not who.active:
            raise NotAllowed(f"'{person}' gets no cases at present.")
        if not who.on_shift:
            raise Conflict(f"'{person}' is off shift; come on shift first.")
        return who

    def _label(self, case: CaseState, label: str | None) -> None:
        labels = self.judges[case.kind].labels
        if label is not None and label not in labels:
            raise MindshareError(f"'{label}' is not one of the labels {listed(labels)}.{nearest(label, labels)}")

    def _name(self, p: int) -> str:
        return list(self._person)[p]

    def _paid(self, kind: str, price: F64) -> F64:
        """(P,) what an answer of each person costs at these prices."""
        queue = self.queues[kind]
        if not len(queue):
            return np.zeros(len(self._person))
        return self.judges[kind].use(self.sight(self.state.cases[queue.id[0]])) @ price


def answers_of(case: CaseState) -> list[Answer]:
    """The answers that came after those that came with the case, and count."""
    return [
        Answer(case_id=case.id, agent_id=h.agent, label=h.label, confidence=h.confidence, seconds=h.seconds, proba=h.proba)
        for h in case.heard
        if h.counts and not h.undone
    ]
