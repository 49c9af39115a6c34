"""A real server on this computer, which does what a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Reply = Callable[["Asked"], None]


class Asked:
    """One question at the server: what came, and ways to answer."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.handler, self.path, self.headers = handler, handler.path, handler.headers
        self.body = json.loads(body)

    def say(self, content: Any, status: int = 200, **headers: str) -> None:
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Content-Length", str(len(text)))
        self.handler.end_headers()
        self.handler.wfile.write(text)


class Server:
    """`url`, `asked` (all questions so far, with their time), and `reply`, which a test sets."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, Asked]] = []
        self.reply: Reply = lambda asked: asked.say({"label": "sound"})
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = Asked(self, self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((time.monotonic(), asked))
                try:
                    outer.reply(asked)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                return

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/answer"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def hang(self, asked: Asked) -> None:
        self.over.wait(30)

    def trickle(self, asked: Asked) -> None:
        """A byte now and then, for ever."""
        asked.handler.send_response(200)
        asked.handler.end_headers()
        while not self.over.wait(0.05):
            asked.handler.wfile.write(b" ")
            asked.handler.wfile.flush()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.over.set()
    made.http.shutdown()
    made.http.server_close()
