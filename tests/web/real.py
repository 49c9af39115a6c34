"""A service behind a real server."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import httpx

from mindshare.engine.service import Service
from mindshare.web.front import Front
from mindshare.web.serving import Server, server_of
from tests.tickets import LABELS
from tests.web.conftest import tokens_of


class Real:
    """A server in a thread, at a free port; `tokens`: those of before, where it was there before."""

    def __init__(self, folder: Path, tokens: dict[str, str] | None = None) -> None:
        self.service = Service(folder)
        self.front = Front(self.service)
        self.tokens = tokens or tokens_of(self.front)
        self._at = socket.create_server(("127.0.0.1", 0))
        self.port = self._at.getsockname()[1]
        self.server: Server = server_of(self.service, self.front)
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self._at]})
        self._thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def client(self, role: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=90)

    def case(self, name: str) -> None:
        answers = [{"agent": "large_bot", "label": LABELS[0]}, {"agent": "small_bot", "label": LABELS[1]}]
        with self.client("lead") as http:
            told = http.post(
                "/v1/cases", json={"id": name, "features": {"by": "chat", "words": 40}, "answers": answers}
            )
        assert told.status_code == 202, told.text

    def stop(self) -> float:
        began = time.monotonic()
        self.server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()
        self._at.close()
        self.service.close()
        return time.monotonic() - began
