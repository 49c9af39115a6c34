"""Serves an open service over HTTP until the process is asked to end, and ends without losing anything."""

from __future__ import annotations

import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from mindshare.core.errors import MindshareError
from mindshare.engine.service import Service
from mindshare.web.address import Tls
from mindshare.web.app import app_of
from mindshare.web.front import Front
from mindshare.web.logs import log_as_json

PATIENCE = 10  # seconds that requests which are being answered have to end


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there; MindshareError where somebody else does. Port 0: any that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol is named: else asyncio does not send small answers at once, and each waits 40 ms for the line
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((host, port))
            made.listen(2048)
        except OSError as e:
            raise MindshareError(
                f"{host}:{port} cannot be listened to: {e.strerror}. Give another --port (0: any that is free)."
            ) from e
        yield made


def serve(
    service: Service, front: Front, at: socket.socket, tls: Tls | None, ready: Callable[[], None]
) -> None:
    """Serves on this socket until SIGINT or SIGTERM. `ready` is called once requests are taken."""
    log_as_json()
    gc.collect()
    gc.freeze()  # the model and the libraries stay: looking through them held everybody up for a quarter of a second
    server_of(service, front, tls, ready).run(sockets=[at])


def server_of(
    service: Service, front: Front, tls: Tls | None = None, ready: Callable[[], None] = lambda: None
) -> Server:
    """A server for an open service. What a proxy on this machine says of where a request comes from is believed."""
    config = uvicorn.Config(
        app_of(service, front),
        http="httptools",
        loop="asyncio",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
        timeout_keep_alive=30,
        limit_concurrency=2_000,
        ssl_certfile=None if tls is None else str(tls.certificate),
        ssl_keyfile=None if tls is None else str(tls.key),
    )
    return Server(config, front, ready)


class Server(uvicorn.Server):
    """Ends as uvicorn does, but first lets go whoever waits or follows, and does not raise the signal again."""

    def __init__(self, config: uvicorn.Config, front: Front, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._front, self._ready = front, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once by uvicorn."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once by uvicorn."""
        self._front.end()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self._end) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def _end(self, sig: int, frame: FrameType | None) -> None:
        self.handle_exit(sig, frame)
