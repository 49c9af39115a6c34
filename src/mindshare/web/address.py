"""Which addresses a service may listen at."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from mindshare.core.errors import MindshareError


class Tls(NamedTuple):
    """The files of a certificate and of its key."""

    certificate: Path
    key: Path


def check_address(host: str, tls: Tls | None = None, *, proxy: bool = False) -> None:
    """Refuses an address that others can reach, unless what is sent is encrypted: by TLS, or by a `proxy` in front."""
    for file in tls or ():
        if not file.is_file():
            raise MindshareError(f"There is no file {file}.")
    if not is_loopback(host) and tls is None and not proxy:
        raise MindshareError(
            f"{host} can be reached from elsewhere. Give --certificate and --key for TLS, or --behind-proxy where a"
            " proxy in front of it speaks TLS."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach this address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
