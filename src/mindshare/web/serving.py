"""Runs the application: which addresses it may listen at, and how it stops."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import uvicorn

from mindshare.core.errors import MindshareError
from mindshare.engine.service import Service
from mindshare.web.app import app_of
from mindshare.web.front import Front

GRACE = 10  # seconds in which requests may end


class Tls(NamedTuple):
    """The files of a certificate and of its key."""

    certificate: Path
    key: Path


def check_address(host: str, tls: Tls | None = None, proxy: str | None = None) -> None:
    """Refuses an address that others can reach, unless what is sent is encrypted: by TLS, or by a proxy that is named.

    `proxy`: the address from which the proxy calls; its word on where a request comes from is believed.
    """
    if tls is not None:
        for file in tls:
            if not file.is_file():
                raise MindshareError(f"{file} is no file; give the files of a certificate and of its key.")
    if not is_loopback(host) and tls is None and not proxy:
        raise MindshareError(
            f"{host} can be reached by others, and passwords would travel in the clear. Give the files of a certificate "
            "and its key, or name the proxy that encrypts, or serve at 127.0.0.1."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach this address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Server(uvicorn.Server):
    """Lets go whoever waits or follows before it stops."""

    def __init__(self, config: uvicorn.Config, front: Front) -> None:
        super().__init__(config)
        self._front = front

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once by uvicorn."""
        self._front.end()
        await super().shutdown(sockets)


def server_of(
    service: Service, front: Front, host: str, port: int, tls: Tls | None = None, proxy: str | None = None
) -> Server:
    """A server for an open service; `run()` returns when it is told to stop."""
    check_address(host, tls, proxy)
    config = uvicorn.Config(
        app_of(service, front),
        host=host,
        port=port,
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30,
        limit_concurrency=2_000,
    )
    return Server(config, front)
