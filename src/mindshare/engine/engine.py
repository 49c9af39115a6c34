"""What a service decides, as a function of what comes in: commands change the state by events, and nothing else does.

There is no thread, file or clock in here. Every command is given the time (`at`). What happened is closed in frames (`close_frame`):
whoever runs the engine writes them down before anybody hears of it (`actor.py`). The same inputs at the same times bring the same
events, to the bit (`replay.py`).
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from mindshare.core.seat import person_of
from mindshare.engine import events as ev
from mindshare.engine.bodies import Bodies
from mindshare.engine.steering import Steering
from mindshare.histories.assumed import is_assumed
from mindshare.histories.written import team_tree


def digest_of(told: object) -> str:
    """Of settings, or of a team as it is written."""
    return sha256(msgspec.json.encode(told)).hexdigest()


class Engine(Steering):
    """All commands: about cases (`taking.py`), of people (`attending.py`), of those in charge (`steering.py`), and of the clock."""

    def at(self, now: float) -> None:
        """The time of the next commands; it never falls."""
        self.writing.at(now)

    def close_frame(self) -> tuple[list[ev.Event], Bodies]:
        """The events since the last frame, with the place of the pacer behind them, and their bodies."""
        paced = self.spending.paced(self.now)
        if paced is not None:
            self.writing.emit(paced)
        return self.writing.close()

    def start(self, build: str, models: dict[str, str]) -> None:
        """The service begins, or begins again: what waits is looked at anew, in the order of coming."""
        named = sorted({a.id for a in self.team.agents if a.kind == "person" and not set("*?[") & set(a.id)})
        met = [
            a.id
            for j in self.seeing.judges.values()
            for a in j.model.met
            if a.kind == "person" and not is_assumed(a.id)
        ]
        settings, digest = msgspec.json.encode(self.settings), digest_of(self.settings)
        if not self.state.began:
            self.spending.begin(self.now)
        is_new, keep = self.state.settings != digest, self.writing.bodies.keep
        self.writing.emit(
            ev.Started(
                at=self.now,
                build=build,
                models=models,
                people=list(dict.fromkeys(map(person_of, [*named, *met]))),
                settings=digest,
                limits={r: (told.limit, told.per_s) for r, told in self.settings.limits.items()},
                body=keep(settings, "settings", self.now) if is_new else None,
                team=digest_of(team_tree(self.team)),
            )
        )
        self.seeing.seat(list(self.state.people))
        self.desk.refill()
        self.broken_off()

    def tick(self) -> None:
        """Looks at the clock: leases, waits and times to decide that are over."""
        now, s = self.now, self.state
        s.final_to = now
        for case_id in [c for c in s.graced if s.cases[c].until <= now]:
            del s.graced[case_id]
            self.past.over(case_id)
            self.seeing.forget(case_id)
        ended = [lease for lease in s.leases.values() if lease.until <= now]
        late = [run.token for run in s.runs.values() if run.until <= now]
        gone = [p for p in s.free if self._waits_no_more(p)]
        over, idle = self.desk.over(), self.desk.idle()
        woken = [p for p in self.desk.woken() if p not in gone]
        if not (ended or gone or over or idle or late or woken):
            return
        self.writing.emit(ev.Ticked(at=now))
        for lease in ended:
            self.desk.expire(lease)
            if not lease.probe:
                self.desk.again(s.cases[lease.case])
        for token in late:
            self.give_up(token)
        for person in gone:
            self.away(person)
        for case_id in over:
            if case_id in s.waiting:
                self.desk.time_is_over(s.cases[case_id])
        self._go_on_all([s.cases[c] for c in idle if c in s.waiting])
        for person in woken:
            if person in s.free:
                self.desk.pull(person)

    def _waits_no_more(self, person: str) -> bool:
        """The time is over, or what keeps the person from cases lasts longer than that."""
        until = self.state.people[person].free_until
        closed = self.presence.closed(person, self.now)
        return until <= self.now or (closed is not None and not closed.over_by(until))
