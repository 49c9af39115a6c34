"""Small services: of made-up tickets, or of two labels; what a model learns is learnt once, each test has a folder of its own."""

from __future__ import annotations

import shutil
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from mindshare.core.history import Team
from mindshare.engine.create import create_service, team_of_labels
from mindshare.engine.service import Service
from mindshare.engine.settings import Settings
from mindshare.histories.read import read_history
from mindshare.web.app import app_of
from mindshare.web.front import Front
from mindshare.web.roles import Role
from mindshare.web.serving import listening, server_of
from tests.tickets import LABELS, write_tickets

with warnings.catch_warnings():  # starlette would rather have another client than httpx; ours is httpx
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

HERE = "http://localhost"
SETTINGS = {
    "limits": {"human_answers": {"limit": 50, "per_s": None}},
    "cases": 50,
    "kinds": {"default": {"grace_s": 60, "guidelines": "Read it twice."}},
    "web": {"reach": ["127.0.0.0/8"]},
    "learn": False,
}


@dataclass
class Live:
    """A running service: `as_` gives a client with the token of a role; `ana` is a person of the team."""

    service: Service
    front: Front
    http: TestClient
    tokens: dict[str, str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def ask(self, role: str | None, method: str, path: str, json: Any = None, **more: Any) -> Any:
        headers = {
            **({"Authorization": f"Bearer {self.tokens[role]}"} if role else {}),
            **more.pop("headers", {}),
        }
        return self.http.request(method, path, json=json, headers=headers, **more)

    def case(self, **parts: Any) -> str:
        """Sends a case on which machines disagree; returns its id."""
        name = str(parts.pop("id", f"n{next(self.numbers)}"))
        answers = [
            {"agent": "large_bot", "label": LABELS[0], "confidence": 0.5},
            {"agent": "small_bot", "label": LABELS[1]},
        ]
        told = self.ask(
            "lead",
            "POST",
            "/v1/cases",
            {"id": name, "features": {"by": "chat", "words": 40}, "answers": answers, **parts},
        )
        assert told.status_code == 202, told.text
        return name

    def lease(self, person: str = "person") -> dict[str, Any]:
        told = self.ask(person, "POST", "/v1/next", {})
        assert told.status_code == 200, told.text
        return dict(told.json())

    def answer(self, lease: dict[str, Any], label: str = LABELS[2]) -> Any:
        return self.ask(
            "person", "POST", "/v1/answers", {"case": lease["case"], "token": lease["token"], "label": label}
        )


@pytest.fixture(scope="session")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds `history`, `open` and `both`."""
    place = tmp_path_factory.mktemp("tickets")
    write_tickets(place)
    return place


@pytest.fixture(scope="session")
def learnt(tickets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    history, made = read_history(tickets / "history"), tmp_path_factory.mktemp("learnt") / "service"
    create_service(made, history.take(np.arange(300)), Settings())
    return made


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Makes folders of services that know nothing but two labels and the people ana and ben; the model is learnt once."""
    from dataclasses import replace
    from shutil import copytree

    from mindshare.core.records import Agent

    first = tmp_path_factory.mktemp("plain") / "service"
    made = team_of_labels(["yes", "no"])
    people = tuple(Agent(id=name, kind="person") for name in ("ana", "ben"))
    team: Team = replace(made, agents=(*people, *made.agents))
    create_service(first, team, Settings(learn=False))

    def make(at: Path) -> Path:
        copytree(first, at)
        return at

    return make


@pytest.fixture
def served(plain: Callable[[Path], Path], tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of such a service, and a token of its admin."""
    with listening("127.0.0.1", 0) as socket:
        service = Service(plain(tmp_path / "service"))
        front = Front(service)
        server, token = server_of(service, front), front.accounts.first_token()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        while not server.started:
            time.sleep(0.01)
        try:
            yield url, str(token)
        finally:
            server.should_exit = True
            thread.join()
            service.close()


@pytest.fixture
def folder(learnt: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes the folder of a service, with these settings on top of the usual ones, and these files."""

    def make(files: dict[str, str] | None = None, **settings: Any) -> Path:
        place = tmp_path / "service"
        shutil.copytree(learnt, place)
        for name, text in (files or {}).items():
            (place / name).write_text(text)
        (place / "service.yaml").write_text(yaml.safe_dump({**SETTINGS, **settings}))
        return place

    return make


def tokens_of(front: Front) -> dict[str, str]:
    """A token of each role, and of the console; that of the person is ana's."""
    first = front.accounts.first_token()
    assert first is not None
    made = {"admin": first}
    for role, account in (("reader", "board"), ("person", "ana"), ("lead", "lea")):
        front.accounts.make(account, Role[role], "")
        made[role] = str(front.accounts.token(account, "test", Role[role])["token"])
    return made


@pytest.fixture
def live_at() -> Iterator[Callable[[Path], Live]]:
    """Runs the service in a folder."""
    ends: list[Callable[[], None]] = []

    def make(place: Path) -> Live:
        service = Service(place)
        front = Front(service)
        http = TestClient(app_of(service, front), base_url=HERE, raise_server_exceptions=True)
        http.__enter__()
        ends.append(lambda: (http.__exit__(None, None, None), service.close()))
        tokens = tokens_of(front)
        tokens["console"] = (service.folder / "keys" / "console.token").read_text().strip()
        return Live(service, front, http, tokens)

    yield make
    for end in ends:
        end()


@pytest.fixture
def live_of(folder: Callable[..., Path], live_at: Callable[[Path], Live]) -> Callable[..., Live]:
    """Makes a running service with these settings."""
    return lambda **settings: live_at(folder(**settings))


@pytest.fixture
def live(live_of: Callable[..., Live]) -> Live:
    return live_of()
