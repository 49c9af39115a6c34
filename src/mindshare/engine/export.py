"""The log of a service as a history that `read_history` takes, with why each agent was asked: what a log cannot judge is named.

cases.csv     a row per case; `truth` where an outcome is known
answers.csv   a row per answer that was not taken back, late ones too; whoever was shown what machines say is `ana+shown`
team.yaml     the team, and whoever answered without being named in it; limits are those of service.yaml, and not in it
why.csv       a row per answer or question: why, what it was thought to be worth, the net and the prices of that moment
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mindshare.core.history import Team
from mindshare.core.records import Agent
from mindshare.core.seat import person_of, shown_seat
from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState
from mindshare.engine.fold import apply
from mindshare.engine.folder import DATABASE
from mindshare.engine.incoming import NewCase, read_case
from mindshare.engine.rebuild import events_of
from mindshare.engine.seeing import answer_of
from mindshare.engine.state import State
from mindshare.histories.answers import PROBA
from mindshare.histories.cases import ROLES
from mindshare.histories.places import write_directory
from mindshare.histories.why import FILE as WHY
from mindshare.histories.why import PRICE, RECORDED, RULE
from mindshare.histories.write import write_history
from mindshare.histories.written import team_tree
from mindshare.store.protocol import Reader
from mindshare.store.sqlite import open_to_read

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 2_000  # bodies that are read in one go
Row = dict[str, Any]
Attends = ev.Leased | ev.Running  # somebody was asked


class Exported(NamedTuple):
    """The tables of a log. `erased`: cases whose contents are gone; what people said of them is there."""

    team: dict[str, Any]
    cases: pl.DataFrame
    answers: pl.DataFrame
    why: pl.DataFrame
    erased: int
    outcomes: int  # that the log knew then
    arrived: int  # cases, those with an outcome and those without
    span: tuple[float, float]  # the first and the last event, in seconds since 1970
    stated: dict[str, float]  # limits that somebody changed


def write_export(store: Reader, team: Team, out: Path) -> Exported:
    """Writes the log as a history to `out`, a new directory, whole or not at all."""
    told = exported(store, team)

    def fill(place: Path) -> None:
        write_history(place, told.team, told.cases, told.answers)
        told.why.write_csv(place / WHY, line_terminator="\n")

    write_directory(out, fill)
    return told


def known_log(folder: Path, team: Team) -> Exported:
    """Of the service in this folder, running or not, what it learns from (`exported`, `known`)."""
    store = open_to_read(folder / DATABASE)
    try:
        return exported(store, team, known=True)
    finally:
        store.close()


def exported(store: Reader, team: Team, *, known: bool = False) -> Exported:
    """The log as tables. `known`: only cases whose outcome is known and whose contents are there."""
    state, asked = folded(events_of(store.frames()))
    cases = [c for c in state.cases.values() if c.outcome or not known]
    rows: list[Row] = []
    answers: list[Row] = []
    why: list[Row] = []
    erased = 0
    for first in range(0, len(cases), AT_ONCE):
        part = cases[first : first + AT_ONCE]
        bodies = store.bodies(c.body.key for c in part)
        for case in part:
            body = bodies.get(case.body.key)
            new = None if body is None else read_case(body.data)
            erased += new is None
            if new is None and known:
                continue
            rows.append(_case(case, new, team))
            answers += _answers(case, new)
            why += _why(case, new, asked.get(case.id, []))
    met = {row["agent"]: row["person"] for row in why}
    tables = (_table(rows, ("case", "truth")), _table(answers, ANSWERS), _table(why, WHYS))
    span = state.began, state.now
    return Exported(
        _team(team, met), *tables, erased, state.outcomes, state.arrived, span, dict(state.stated)
    )


ANSWERS = ("case", "agent", "answer", "seconds", "confidence")
WHYS = ("case", "agent", "why", "at", "value", "net")


def folded(events: Iterable[ev.AnyEvent]) -> tuple[State, dict[str, list[Attends]]]:
    """The state behind these events, and case -> who was asked, in order."""
    state, asked = State(), dict[str, list[Attends]]()
    for event in events:
        apply(state, event)
        if isinstance(event, ev.Leased | ev.Running):
            asked.setdefault(event.case, []).append(event)
    return state, asked


def _case(case: CaseState, new: NewCase | None, team: Team) -> Row:
    row: Row = {"case": case.id, "truth": case.outcome or None, "arrived": case.at, "stakes": case.stakes}
    kind = case.kind if len(team.kinds) > 1 or case.kind else (new.kind if new is not None else "")
    row |= {name: word for name, word in (("group", case.group), ("kind", kind)) if word}
    if case.deadline is not None:
        row["deadline"] = max(case.deadline, case.at)  # a case that came too late was due at once
    if new is not None:
        row |= {"parent": new.parent} if new.parent else {}
        row |= {n: _plain(v) for n, v in new.features.items() if n not in ROLES and v is not None}
    return row


def _plain(value: float | str | bool) -> float | str:
    """A feature as it was seen."""
    return str(value).lower() if isinstance(value, bool) else value


def _answers(case: CaseState, new: NewCase | None) -> list[Row]:
    said: dict[str, Row] = {}
    for a in () if new is None else new.answers:
        said[a.agent] = _answer(case.id, a.agent, (a.label, a.seconds, a.confidence), a.proba)
    for h in case.heard:
        if not h.undone:
            seat = answer_of(case.id, h).agent_id
            said[h.agent] = _answer(case.id, seat, (h.label, h.seconds, h.confidence), h.proba)
    return list(said.values())


def _answer(
    case: str,
    agent: str,
    said: tuple[str | None, float | None, float | None],
    proba: Mapping[str, float] | None,
) -> Row:
    row: Row = {"case": case, "agent": agent, **dict(zip(ANSWERS[2:], said, strict=True))}
    return row | {PROBA + label: chance for label, chance in (proba or {}).items()}


def _why(case: CaseState, new: NewCase | None, asked: list[Attends]) -> list[Row]:
    """Why each agent was asked; machines' answers that came with the case were recorded, whatever they are worth."""
    machines = [] if new is None else [a.agent for a in new.answers]
    rows: list[Row] = [
        {"case": case.id, "agent": name, "why": RECORDED, "at": case.at, "person": False} for name in machines
    ]
    for lease in asked:
        shown = isinstance(lease, ev.Leased) and lease.shown
        told = {
            "case": case.id,
            "agent": shown_seat(lease.agent) if shown else lease.agent,
            "why": (lease.why if isinstance(lease, ev.Leased) else "") or RULE,
            "at": lease.at,
            "person": isinstance(lease, ev.Leased),
        }
        price = {PRICE + name: x for name, x in lease.price.items()}
        rows.append(told | {"value": lease.value, "net": lease.net} | price)
    return rows


def _team(team: Team, met: Mapping[str, bool]) -> dict[str, Any]:
    whose = {
        person_of(a): person for a, person in met.items()
    }  # both seats of a person are one agent of the team
    new = [
        Agent(id=a, kind="person" if person else "machine")
        for a, person in sorted(whose.items())
        if team.agent(a) is None
    ]
    tree = team_tree(team)
    tree.pop("limits", None)
    tree["agents"] = {a.id: {"kind": a.kind} for a in new} | tree["agents"]
    return tree


def _table(rows: list[Row], first: tuple[str, ...]) -> pl.DataFrame:
    """The rows, with all columns that any of them has; numbers and words in one column are words."""
    import polars as pl

    names = list(dict.fromkeys([*first, *(name for row in rows for name in row)]))
    return pl.DataFrame(
        [_column(name, [row.get(name) for row in rows]) for name in names if name != "person"]
    )


def _column(name: str, values: list[Any]) -> pl.Series:
    import polars as pl

    if all(v is None or (isinstance(v, float | int) and not isinstance(v, bool)) for v in values):
        number = pl.Float64 if any(v is not None for v in values) else pl.String
        return pl.Series(name, values, dtype=number, strict=False)
    words = [
        v if v is None or isinstance(v, str) else f"{v:g}" if float(f"{v:g}") == v else repr(v)
        for v in values
    ]
    return pl.Series(name, words, dtype=pl.String)
