"""An engine in memory, with a small model and a made clock, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
import yaml

import mindshare as ms
from mindshare.core.errors import MindshareError
from mindshare.core.guard.read import read_guard
from mindshare.core.history import History
from mindshare.core.model import Model
from mindshare.core.pacing.mark import arrivals_of, mark
from mindshare.engine import events as ev
from mindshare.engine.cases import CaseState
from mindshare.engine.commands import Parts
from mindshare.engine.engine import Engine
from mindshare.engine.gold import NONE, Gold
from mindshare.engine.pace import new_pacer
from mindshare.engine.rebuild import Made
from mindshare.engine.settings import settings_of, settings_text
from mindshare.engine.shelf import Shelf
from mindshare.people.qualification import Probe
from mindshare.store.chain import sealed
from mindshare.store.protocol import EMPTY, Archived, Body, Checkpoint, Frame, Head, Sealed, Snapshot
from tests.tickets import write_tickets

START = 1_800_000_000.0
PEOPLE = ("ana", "ben", "cem")
BOT = {"runs": {"endpoint": "https://example.org"}, "seconds": 10.0, "uses": {"cpu_s": 1.0}}
CHEAP = BOT | {"uses": {"cpu_s": 0.1}}
BOTS = {
    "nothing": {},
    "always": {"new_bot": BOT, "large_bot": BOT},
    "worth": {
        "new_bot": CHEAP | {"when": "worth", "tried": 0.3},
        "large_bot": CHEAP,
        "small_bot": BOT | {"when": "always"},
    },
}


@cache
def tickets() -> tuple[History, Model]:
    """The tickets, and a model of the first 600."""
    with TemporaryDirectory() as place:
        write_tickets(place)
        history = ms.read_history(Path(place) / "history")
    return history, ms.learn(history.take(range(600)))


@cache
def plain() -> tuple[History, Model]:
    """The tickets without what machines say of their confidence, and a model that knows cases on which machines are silent."""
    history, _ = tickets()
    silent = np.full(len(history.answers), np.nan, np.float32)
    history = replace(history, answers=replace(history.answers, confidence=silent))
    return history, ms.learn(history.take(range(600)), machines_always=False)


@cache
def untimed() -> Model:
    """A model of the same tickets, where nobody recorded how long people took."""
    history, _ = tickets()
    none = np.full(len(history.answers), np.nan, np.float32)
    return ms.learn(replace(history, answers=replace(history.answers, seconds=none)).take(range(600)))


def made(model: Model | None = None, **settings: Any) -> Made:
    """A service of tickets: at most 40 human answers, and what `settings` say."""
    told = {
        "limits": {"human_answers": {"limit": 40.0, "per_s": None}},
        "cases": 200.0,
        "kinds": {"default": {"grace_s": 30.0, "wait_s": 300.0, "lease_s": 60.0}},
    } | settings
    history, usual = tickets()
    gold = told.pop("gold", NONE)
    reread = partial(read_guard, audit_key=b"key")
    rules = reread(told.get("guard", {}))
    return Made(settings_of(told, "test"), history.team, {"": model or usual}, rules, no_other, gold, reread)


def no_other(kind: str, digest: str) -> Model:
    """There is one model only."""
    raise AssertionError((kind, digest))


class Memory:
    """Frames in memory, as a reader."""

    def __init__(self) -> None:
        self.kept: list[Frame] = []
        self.snap: Snapshot | None = None
        self.bodies_: dict[int, Body] = {}

    def keep(self, frame: Frame) -> None:
        self.kept.append(frame)
        self.bodies_ |= {body.key: body for body in frame.bodies}

    def frames(self, after: int = 0) -> Iterator[Sealed]:
        return (sealed_ for sealed_ in sealed(self.kept, EMPTY) if sealed_.number > after)

    def archived(self, name: str, upto: int | None = None) -> bytes | None:
        rows = [
            a.data
            for f in self.kept
            if upto is None or f.number <= upto
            for a in f.archived
            if a.name == name
        ]
        return rows[-1] if rows else None

    def archived_of(self, names: Sequence[str]) -> dict[str, bytes]:
        found = {name: self.archived(name) for name in names}
        return {name: data for name, data in found.items() if data is not None}

    def archived_after(self, place: int, most: int) -> list[Archived]:
        last = {a.place: a for f in self.kept for a in f.archived if a.place > place}
        return [last[n] for n in sorted(last)][:most]

    def body(self, key: int) -> Body | None:
        return self.bodies_.get(key)

    def bodies(self, keys: Sequence[int]) -> dict[int, Body]:
        return {key: self.bodies_[key] for key in keys if key in self.bodies_}

    def head(self) -> Head:
        *_, last = sealed(self.kept, EMPTY)
        return Head(last.number, last.hash, last.at)

    def snapshot(self) -> Snapshot | None:
        return self.snap

    def checkpoints(self) -> list[Checkpoint]:
        return []


def mark_of(engine: Engine) -> tuple[object, ...]:
    """Where its pacer stands, and what arrivals it saw."""
    stood = mark(engine.spending.pacer)
    seen = [
        {k: np.asarray(v).tolist() for k, v in told.items()} for told in arrivals_of(engine.spending.pacer)
    ]
    return stood.moved.tobytes(), *stood[1:], seen


class World:
    """An engine and its log. `step` makes one frame of one command."""

    def __init__(self, in_memory: int = 10_000, **settings: Any) -> None:
        self.made, self.log, self.now = made(**settings), Memory(), START
        m = self.made
        pacer = new_pacer(m.settings, m.models, START)
        parts = Parts(
            m.settings,
            m.team,
            m.models,
            m.rules,
            pacer,
            self._contents,
            m.gold,
            self.log,
            in_memory,
            m.reread,
        )
        self.engine = Engine(parts)
        self.step(lambda e: e.start("test", {"": "0"}))

    def _contents(self, key: int) -> bytes | None:
        body = self.log.body(key)
        return None if body is None else body.data

    def step(self, command: Any, later: float = 1.0) -> Any:
        """Time goes on, the command is done, and its frame is kept, also where it is refused."""
        self.now += later
        self.engine.at(self.now)
        try:
            return command(self.engine)
        finally:
            events, bodies = self.engine.close_frame()
            if events:
                number, leaving = len(self.log.kept) + 1, self.engine.past.leaving()
                self.log.keep(Frame(number, self.now, ev.lines(events), bodies.all(), leaving))

    def submit(self, i: int, **more: Any) -> CaseState:
        """The i-th of the tickets that the model has not seen."""
        return self.step(lambda e: one(e.submit([ticket(i, **more)])))

    def free(self, *people: str) -> None:
        """These people wait for a case, for a long time."""
        for person in people:
            self.step(lambda e, p=person: e.next(p, self.now + 1e6))

    def events(self) -> list[ev.AnyEvent]:
        """All that happened."""
        return [event for frame in self.log.kept for event in ev.read_lines(frame.events)]


def one(told: list[CaseState | MindshareError]) -> CaseState:
    """The only case of a request; its error is raised."""
    [case] = told
    if isinstance(case, MindshareError):
        raise case
    return case


def ticket(i: int, **more: Any) -> bytes:
    """The i-th ticket that the model has not seen, as it is sent, with the machines' answers."""
    history, _ = tickets()
    at, a, f = 600 + i % 300, history.answers, history.features
    rows = range(a.indptr[at], a.indptr[at + 1])
    code = f.categorical["by"].code[at]
    return msgspec.json.encode(
        {
            "id": f"n{i}",
            "features": {"words": float(f.numeric["words"][at]), "by": f.categorical["by"].names[code]},
            "answers": [
                {
                    "agent": history.agent_id[a.agent[r]],
                    "label": history.team.labels[a.label[r]],
                    "confidence": round(float(a.confidence[r]), 2),
                }
                for r in rows
                if not history.is_person[a.agent[r]]
            ],
            **more,
        }
    )


def gold(count: int) -> Gold:
    """Tickets whose label is known to be bug."""
    cases = {f"g{i}": ticket(200 + i, id=f"g{i}") for i in range(count)}
    return Gold(b"key", {"": cases}, {"": [Probe(name, "bug") for name in cases]})


def write_service(folder: Path, **settings: Any) -> None:
    """A service of tickets in a folder, with the settings of `made`."""
    history, model = tickets()
    Shelf(folder).keep("", model, first=True)
    (folder / "service.yaml").write_text(settings_text(made(**settings).settings), encoding="utf-8")
    agents = {a.id: {"kind": a.kind} for a in model.met}
    team = {"name": "tickets", "labels": list(history.team.labels), "agents": agents}
    (folder / "team.yaml").write_text(yaml.safe_dump(team, sort_keys=False), encoding="utf-8")
    (folder / "tickets.jsonl").write_bytes(b"\n".join(ticket(i) for i in range(300)))
