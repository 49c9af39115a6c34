"""What is due when the clock is looked at: leases, runs and waits that are over, cases that prices have moved.

Each case, lease, run or person that is due is a part of the tick. One at which the engine raised is left out next time (`actor.py`,
`poison.py`), so that all others are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from mindshare.engine import events as ev
from mindshare.engine.steering import Steering


class Part(NamedTuple):
    """What of a tick is being done; `name`: of the case, lease, run or person, "" = finding those that are due."""

    what: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.name}".rstrip()


class Due(NamedTuple):
    """One sort of things that may be due: how their names are found, which changes nothing, and what is done with them."""

    what: str
    find: Callable[[], Sequence[str]]
    do: Callable[[Sequence[str]], None]


class Ticking(Steering):
    """The clock. `part`: what of a tick is being done."""

    part: Part | None = None

    def tick(self, without: Collection[str] = ()) -> None:
        """Looks at the clock: leases, waits and times to decide that are over. Parts of these names are left out."""
        now, s = self.now, self.state
        leases, runs, overdue = s.leases.values(), s.runs.values(), self.desk.overdue
        sorts = (
            Due("final", lambda: s.final_by(now), self._each(self._final)),
            Due("lease", lambda: [str(x.token) for x in leases if x.until <= now], self._each(self._expired)),
            Due("run", lambda: [str(x.token) for x in runs if x.until <= now], self._each(self._too_long)),
            Due("away", lambda: [p for p in s.free if self._waits_no_more(p)], self._each(self.away)),
            Due("over", overdue.over, self._each(self._over)),
            Due("moved", overdue.moved, self._moved),
            Due("woken", overdue.woken, self._each(self._woken)),
        )
        found = [(due, self._found(due, without)) for due in sorts]
        if any(names for _, names in found):
            self.writing.emit(ev.Ticked(at=now, without=sorted(without)))
            for due, names in found:
                self.part = Part(due.what)
                due.do(names)
        self.part = None

    def _found(self, due: Due, without: Collection[str]) -> list[str]:
        self.part = Part(due.what)
        if str(self.part) in without:
            return []
        return [name for name in due.find() if str(Part(due.what, name)) not in without]

    def _each(self, do: Callable[[str], object]) -> Callable[[Sequence[str]], None]:
        """Does this with one after the other, each a part of its own."""

        def all_of(names: Sequence[str]) -> None:
            for name in names:
                self.part = None if self.part is None else Part(self.part.what, name)
                do(name)

        return all_of

    def _final(self, case_id: str) -> None:
        self.past.over(case_id)
        self.seeing.forget(case_id)

    def _expired(self, token: str) -> None:
        lease = self.state.leases[int(token)]
        self.desk.expire(lease)
        if not lease.probe:
            self.desk.again(self.state.cases[lease.case])

    def _too_long(self, token: str) -> None:
        self.give_up(int(token))

    def _over(self, case_id: str) -> None:
        if case_id in self.state.waiting:
            self.desk.time_is_over(self.state.cases[case_id])

    def _moved(self, names: Sequence[str]) -> None:
        """These are looked at together, which costs a fraction of what each costs alone; where that raises, it is found out which it is."""
        cases = {c: self.state.cases[c] for c in names if c in self.state.waiting}
        try:
            looks = self.seeing.looks(list(cases.values()))
        except Exception:
            self._each(lambda c: self.seeing.looks([cases[c]]))(list(cases))
            self.part = Part("moved")
            raise
        told = dict(zip(cases, looks, strict=True))
        self._each(lambda c: self.desk.anew(cases[c], told[c]))(list(cases))

    def _woken(self, person: str) -> None:
        if person in self.state.free:
            self.desk.pull(person)

    def _waits_no_more(self, person: str) -> bool:
        """The time is over, or what keeps the person from cases lasts longer than that."""
        until = self.state.people[person].free_until
        closed = self.presence.closed(person, self.now)
        return until <= self.now or (closed is not None and not closed.over_by(until))
