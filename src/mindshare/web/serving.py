"""Serves an open service over HTTP until the process is asked to end, and ends without losing anything."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from mindshare.core.errors import MindshareError
from mindshare.engine.engine import Engine
from mindshare.engine.service import Service
from mindshare.web.app import app_of

PATIENCE = 10  # seconds that requests which are being answered have to end


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there; MindshareError where somebody else does. Port 0: any that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as made:
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
    service: Service, at: socket.socket, tls: tuple[Path, Path] | None, ready: Callable[[], None]
) -> None:
    """Serves on this socket until SIGINT or SIGTERM. `tls`: certificate and key. `ready` is called once requests are taken."""
    config = uvicorn.Config(
        app_of(service),
        http="httptools",
        loop="asyncio",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
        ssl_certfile=None if tls is None else str(tls[0]),
        ssl_keyfile=None if tls is None else str(tls[1]),
    )
    _Server(config, service, ready).run(sockets=[at])


class _Server(uvicorn.Server):
    """Ends as uvicorn does, but first lets go of everybody who waits for a case, and does not raise the signal again."""

    def __init__(self, config: uvicorn.Config, service: Service, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._service, self._ready = service, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.actor.call(_all_away, lambda _: None)
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


def _all_away(engine: Engine) -> None:
    for person in list(engine.state.people.values()):
        if person.free_until:
            engine.away(person.id)
