"""A small history of made-up tickets, and services that run in this process on a free port."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from mindshare.core.history import Team
from mindshare.engine.create import create_service, team_of_labels
from mindshare.engine.service import Service
from mindshare.engine.settings import Settings
from mindshare.web.app import app_of
from mindshare.web.serving import listening
from tests.tickets import write_tickets


@pytest.fixture(scope="session")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds `history`, `open` and `both`."""
    place = tmp_path_factory.mktemp("tickets")
    write_tickets(place)
    return place


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
def served(plain: Callable[[Path], Path], tmp_path: Path) -> Iterator[str]:
    """The address of such a service."""
    with listening("127.0.0.1", 0) as socket:
        service = Service(plain(tmp_path / "service"))
        server = uvicorn.Server(uvicorn.Config(app_of(service), http="httptools", log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        while not server.started:
            time.sleep(0.01)
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join()
            service.close()


def get(url: str) -> httpx.Response:
    """A reply, without a client of ours."""
    return httpx.get(url, timeout=10)
