"""How far people rely on advice, read from a log (`people/reliance.py`): what each was shown before an answer, and what turned out.

The whole log is read, outside the engine's thread. What a person was shown by a reveal stands in the log; what came with the case from
its first moment is read from its contents, and is not known once they are erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from mindshare.engine import events as ev
from mindshare.engine.gold import Gold
from mindshare.engine.incoming import read_again
from mindshare.engine.rebuild import events_of
from mindshare.engine.settings import Settings
from mindshare.people.reliance import RATES, Given, Rate, Reliance, advice_of, reliance
from mindshare.people.simulated import PREFIX
from mindshare.store.protocol import Reader

AT_ONCE = 2_000  # bodies that are read in one go
Key = tuple[str, str]  # case or probe, person


class _Shown(NamedTuple):
    """What somebody was shown of a case. `said` None: what came with it, and what machines said that ran here."""

    said: dict[str, str | None] | None = None
    own: bool = False
    first: str | None = None
    planted: bool = False


class _Log:
    """What is gathered while a log is read."""

    def __init__(self) -> None:
        self.kind: dict[str, str] = {}
        self.body: dict[str, int] = {}
        self.truth: dict[str, str] = {}
        self.ran: dict[str, dict[str, str | None]] = {}  # case -> machine that ran here -> its label
        self.shown: dict[Key, _Shown] = {}
        self.given: dict[Key, Given] = {}  # the last answer of each that was not taken back

    def read(self, events: Iterable[ev.AnyEvent]) -> None:
        """All events, in order."""
        how: dict[type, Any] = {
            ev.Received: self._received,
            ev.Leased: self._leased,
            ev.Probed: self._probed,
            ev.Revealed: self._revealed,
            ev.Answered: self._answered,
            ev.ProbeAnswered: self._probe_answered,
            ev.Undone: lambda e: self.given.pop((e.case, e.person), None),
            ev.ProbeUndone: lambda e: self.given.pop((e.probe, e.person), None),
            ev.Came: lambda e: self.truth.update({e.case: e.label}),
        }
        for event in events:
            found = how.get(type(event))
            if found is not None:
                found(event)

    def _received(self, e: ev.Received) -> None:
        self.kind[e.case], self.body[e.case] = e.kind, e.body.key

    def _leased(self, e: ev.Leased) -> None:
        if e.shown:
            self.shown.setdefault((e.case, e.agent), _Shown())

    def _probed(self, e: ev.Probed) -> None:
        if e.shown:
            told = _Shown({"planted": e.planted}, planted=True) if e.planted else _Shown()
            self.shown.setdefault((e.probe, e.person), told)

    def _revealed(self, e: ev.Revealed) -> None:
        self.shown[e.case, e.person] = _Shown(e.said, e.own, e.first, e.planted)

    def _answered(self, e: ev.Answered) -> None:
        if e.run:
            self.ran.setdefault(e.case, {})[e.agent] = e.label
            return
        given = Given(e.agent, self.kind.get(e.case, ""), e.label, shown=e.shown, seconds=e.seconds)
        self.given[e.case, e.agent] = given

    def _probe_answered(self, e: ev.ProbeAnswered) -> None:
        shown = (e.probe, e.person) in self.shown
        given = Given(e.person, e.kind, e.label, shown=shown, seconds=e.seconds or None, probe=True)
        self.given[e.probe, e.person] = given


def answers_of_people(store: Reader, gold: Gold) -> list[Given]:
    """Every answer of a person in the log that was not taken back, with what was shown before it and what turned out."""
    log = _Log()
    log.read(events_of(store.frames()))
    labels = {p.case_id: p.label for probes in gold.probes.values() for p in probes}
    came = _came(store, log)
    out = []
    for (name, person), given in log.given.items():
        shown = log.shown.get((name, person), _Shown()) if given.shown else _Shown({})
        said = shown.said
        if said is None:
            said = (
                _probe_said(gold, given.kind, name)
                if given.probe
                else came.get(name, {}) | log.ran.get(name, {})
            )
        advice = advice_of(said.values())
        truth = labels.get(name, "") if given.probe else log.truth.get(name, "")
        out.append(
            given._replace(
                truth=truth, advice=advice, own=shown.own, first=shown.first, planted=shown.planted
            )
        )
    return out


def reliance_told(store: Reader, settings: Settings, gold: Gold) -> dict[str, Any]:
    """What the log shows of each person, as JSON: shares with `yes`, `of`, `mean` and an interval of 95 %."""
    given = answers_of_people(store, gold)
    kinds = {g.kind for g in given}
    told = reliance(given, {kind: settings.kind(kind).floor_s for kind in kinds})
    return {
        "people": [_person_told(r) for r in told],
        "answers": len(given),
        "with_advice": sum(g.shown and g.advice is not None for g in given),
        "planted": sum(g.planted for g in given),
    }


def _person_told(r: Reliance) -> dict[str, Any]:
    rates: dict[str, Any] = {name: _rate_told(getattr(r, name)) for name in RATES}
    about = {"id": r.person, "looks_like": r.looks_like, "simulated": r.person.startswith(PREFIX)}
    return about | {"answers": r.answers, "planted": r.planted} | rates


def _rate_told(rate: Rate) -> dict[str, Any]:
    return {"yes": rate.yes, "of": rate.of, "mean": rate.mean, "mean_95": list(rate.interval())}


def _came(store: Reader, log: _Log) -> Mapping[str, dict[str, str | None]]:
    """What machines said that came with the cases of which somebody was shown that; read from their contents."""
    wanted = [case for (case, _), shown in log.shown.items() if shown.said is None and case in log.body]
    out: dict[str, dict[str, str | None]] = {}
    for first in range(0, len(wanted), AT_ONCE):
        part = {case: log.body[case] for case in wanted[first : first + AT_ONCE]}
        bodies = store.bodies(part.values())
        for case, key in part.items():
            if key in bodies:
                out[case] = {a.agent: a.label for a in read_again(bodies[key].data).answers}
    return out


def _probe_said(gold: Gold, kind: str, probe: str) -> dict[str, str | None]:
    data = gold.cases.get(kind, {}).get(probe)
    return {} if data is None else {a.agent: a.label for a in read_again(data).answers}
