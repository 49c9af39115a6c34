"""What events change of a person: leases, stretches of attention, what was right and how long it took (`fold.py` calls these)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState, Heard, Lease, Person, Probed, Tally
from mindshare.people.skill import Prior, Timing

KEPT = 2 * 86_400.0  # seconds: a day of work may begin on the evening before
PAUSE = 60.0  # seconds: less between two cases is no break
USUAL = Prior()
LATELY = 300.0  # seconds: answers of so long are counted together
STRETCH = 600.0  # seconds: attention that goes on is cut into stretches of about this length


class Holds(Protocol):
    """What a state holds of leases."""

    now: float
    tokens: int
    cases: dict[str, CaseState]
    leases: dict[int, Lease]
    people: dict[str, Person]
    free: dict[str, None]

    def person(self, name: str) -> Person:
        """The person of this id, known from now on."""


def freed(s: Holds, e: ev.Free) -> None:
    """The person waits for a case, behind all who wait already."""
    person = s.person(e.person)
    person.free_until = e.until
    s.free.pop(e.person, None)
    s.free[e.person] = None


def left(s: Holds, e: ev.Away) -> None:
    """The person waits no more."""
    s.free.pop(e.person, None)


def shifted(s: Holds, e: ev.Shift) -> None:
    """The person said whether he or she is on shift."""
    s.person(e.person).on_shift = e.on


def given(s: Holds, person: Person, lease: Lease, tags: Sequence[str]) -> None:
    """The person has a case or a probe."""
    s.tokens = max(s.tokens, lease.token)
    s.leases[lease.token] = lease
    person.leases = (*person.leases, lease.token)
    person.asked += 1
    for tag in tags:
        before = person.exposed.get(tag, [])
        person.exposed[tag] = [*(at for at in before if at > lease.since - KEPT), lease.since]
    s.free.pop(person.id, None)


def taken(s: Holds, lease: Lease, seconds: float | None) -> None:
    """The person has it no more, after so many seconds of attention; None = all the while."""
    person = s.people[lease.person]
    person.leases = tuple(t for t in person.leases if t != lease.token)
    if lease.ahead and not seconds:  # it was never seen
        for times in person.exposed.values():
            if lease.since in times:
                times.remove(lease.since)
        return
    if seconds is None:
        seconds = s.now - lease.since
    attend(person.attended, lease.since, lease.since + seconds)
    while person.attended and person.attended[0][1] < s.now - KEPT:
        person.attended.pop(0)


def revealed(s: Holds, e: ev.Revealed) -> None:
    """Whoever has it sees what machines say of it, and cannot unsee it."""
    lease, person = s.leases[e.token], s.people[e.person]
    lease.shown = True
    if lease.probe:
        person.probed[e.case].shown = True
    else:
        case = s.cases[e.case]
        case.saw = (*case.saw, *({e.person} - set(case.saw)))
    times = person.reveals.get(e.kind, [])
    person.reveals[e.kind] = [*(at for at in times if at > e.at - KEPT), e.at]


def attend(stretches: list[tuple[float, float, float]], start: float, end: float) -> None:
    """One more stretch; one that goes on is made longer."""
    if stretches:
        first, last, seconds = stretches[-1]
        if first <= start < last + PAUSE and start - first < STRETCH:
            stretches[-1] = first, max(last, end), seconds + end - start
            return
    stretches.append((start, end, end - start))


def judged(person: Person, kind: str, heard: Heard, truth: str, count: int = 1) -> None:
    """An answer is known to be right or wrong (-1: no more); nothing where it says nothing, or nobody knows."""
    if heard.label is not None and truth:
        _count(_tally(person, kind, heard.shown), count, right=heard.label == truth)


def did_answer(person: Person, seconds: float | None, at: float) -> None:
    """One more answer of this person, now."""
    person.answers += 1
    person.seconds += seconds or 0.0
    place = int(at // LATELY)
    person.lately[place] = person.lately.get(place, 0) + 1
    for old in [p for p in person.lately if p < place - KEPT / LATELY]:
        del person.lately[old]


def timed(person: Person, kind: str, seconds: float | None, at: float, *, shown: bool) -> None:
    """An answer took so long."""
    if seconds is None or not seconds > 0:
        return
    tally = _tally(person, kind, shown)
    now = timing_of(tally, USUAL).seen(seconds=seconds, at=at)
    tally.answers, tally.total, tally.squares, tally.at = now.answers, now.total, now.squares, now.at


def timing_of(tally: Tally, prior: Prior) -> Timing:
    """The timing that a tally holds."""
    return Timing(prior=prior, answers=tally.answers, total=tally.total, squares=tally.squares, at=tally.at)


def probed(s: Holds, person: Person, e: ev.Probed) -> None:
    """The person has a probe."""
    lease = Lease(e.token, e.probe, e.at, e.until, e.use, e.charge, tuple(e.ends), e.person)
    lease.shown, lease.probe, lease.ahead = e.shown, True, e.ahead
    given(s, person, lease, e.tags)
    person.probed[e.probe] = Probed(e.kind, e.token, shown=e.shown)


def probe_answered(person: Person, e: ev.ProbeAnswered) -> None:
    """The person has answered it."""
    shown = person.probed[e.probe].shown
    person.probed[e.probe] = Probed(e.kind, e.token, e.label, e.right, e.until, shown)
    did_answer(person, e.seconds, e.at)
    _count(_tally(person, e.kind, shown), 1, right=e.right)
    timed(person, e.kind, e.seconds, e.at, shown=shown)


def probe_undone(person: Person, e: ev.ProbeUndone) -> None:
    """The person has taken the answer back."""
    before = person.probed[e.probe]
    if before.right is not None:
        _count(_tally(person, before.kind, before.shown), -1, right=before.right)
    person.probed[e.probe] = Probed(before.kind, before.token, shown=before.shown)


def _count(tally: Tally, count: int, *, right: bool) -> None:
    if right:
        tally.right += count
    else:
        tally.wrong += count


def _tally(person: Person, kind: str, shown: bool) -> Tally:
    """Of this person in this manner."""
    tallies = person.shown if shown else person.tallies
    if kind not in tallies:
        tallies[kind] = Tally()
    return tallies[kind]
