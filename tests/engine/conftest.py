"""Services in a folder, made once and copied for each test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

import mindshare as ms
from mindshare.engine.create import create_service
from mindshare.engine.service import Service
from mindshare.engine.settings import Settings, settings_of
from mindshare.histories.streamed import Scripted, parted, script_of
from tests.engine.world import write_service
from tests.tickets import write_tickets


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> ms.History:
    """900 made-up tickets."""
    place = tmp_path_factory.mktemp("engine")
    write_tickets(place)
    return ms.read_history(place / "history")


@pytest.fixture(scope="session")
def settings() -> Settings:
    tree = {
        "limits": {"human_answers": {"limit": 500, "per_s": None}},
        "cases": 500,
        "kinds": {"default": {"grace_s": 0}},
    }
    return settings_of(tree | {"trust_seconds": True, "learn": False}, "test")


@pytest.fixture(scope="session")
def first(history: ms.History, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a service that knows a tenth of the tickets."""
    folder = tmp_path_factory.mktemp("service") / "first"
    create_service(folder, parted(history, 0.1)[0], settings)
    return folder


@pytest.fixture
def folder(first: Path, tmp_path: Path) -> Path:
    return copytree(first, tmp_path / "service")


@pytest.fixture(scope="session")
def script(history: ms.History) -> list[Scripted]:
    """What the service does not know."""
    rest = parted(history, 0.1)[1]
    return script_of(rest, range(len(rest)))


def play(service: Service, script: list[Scripted], told: Callable[[Scripted], bool] = lambda _: True) -> None:
    """Cases come, whoever is asked answers as recorded, and where `told` says so the outcome follows."""
    ask = service.actor.ask
    for s in script:
        [case] = ask(lambda e, s=s: e.submit([json.dumps(s.sent).encode()]))
        while not isinstance(case, Exception) and case.status in (0, 1, 2):
            person = next((p for p in sorted(s.people) if p not in {h.agent for h in case.heard}), None)
            lease = None if person is None else ask(lambda e, p=person: e.next(p, e.now + 60))
            if lease is None:
                break
            said = ms_said(s, lease.person)
            ask(lambda e, x=lease, said=said: e.answer(x.case, x.person, x.token, said))
        if told(s):
            ask(lambda e, s=s: e.outcome(s.sent["id"], s.truth))


def ms_said(s: Scripted, person: str) -> object:
    """What this person said of the case, as a program of theirs would send it."""
    from mindshare.engine.attending import Said

    told = s.people[person]
    return Said(told.label, told.confidence, told.seconds)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """An open service that does not learn."""
    write_service(tmp_path, learn=False)
    made = Service(tmp_path)
    yield made
    made.close()
