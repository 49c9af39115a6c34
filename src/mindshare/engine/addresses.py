"""The one rule for every address that the service calls: http or https, resolved once, and public unless the settings say otherwise.

The connection goes to the address that was looked at, so a name that is resolved differently a moment later leads nowhere else.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from mindshare.core.errors import MindshareError

PORTS = {"http": 80, "https": 443}
NAT64 = IPv6Network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class Target(NamedTuple):
    """Where a call goes: the address in place of the name, and the name for the header and the certificate."""

    url: str
    host: str
    name: str


def reached(url: str, reach: Sequence[str] = ()) -> Target:
    """The target of an address; MindshareError where it may not be called. `reach`: private networks that may."""
    name, port = named(url)
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:
        raise no_address(name) from e
    return target_at(url, found, reach)


def named(url: str) -> tuple[str, int]:
    """The name and the port of an address; MindshareError for one that has not the right form."""
    parts = parsed(url)
    return str(parts.hostname), parts.port or PORTS[parts.scheme]


def no_address(name: str) -> MindshareError:
    """The error for a name that nobody knows."""
    return MindshareError(f"The name '{name}' leads to no address.")


def target_at(url: str, found: Iterable[Any], reach: Sequence[str] = ()) -> Target:
    """The target of an address that was resolved to `found`, as `getaddrinfo` tells it; all of it must be allowed."""
    parts, (name, port) = parsed(url), named(url)
    addresses = [ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    for address in addresses:
        if not may_reach(address, reach):
            raise MindshareError(
                f"'{name}' leads to a private address, which may not be called; web.reach of service.yaml can allow it."
            )
    first = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    host = f"[{name}]" if ":" in name else name
    if port != PORTS[parts.scheme]:
        host = f"{host}:{port}"
    return Target(f"{parts.scheme}://{first}:{port}{path}", host, name)


def parsed(url: str) -> SplitResult:
    """The parts of an address that has the right form; MindshareError for all others."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise MindshareError(
            "Give an address such as https://example.org/hook, of printable ASCII characters."
        )
    if "@" in parts.netloc or parts.fragment:
        raise MindshareError("An address holds no user, password or fragment.")
    return parts


def may_reach(address: Address, reach: Sequence[str] = ()) -> bool:
    """Whether the service may call this address, also where it wraps another one."""
    networks = [ip_network(network) for network in reach]
    return all(
        (a.is_global and not a.is_multicast) or any(a in n for n in networks) for a in _wrapped(address)
    )


def _wrapped(address: Address) -> list[Address]:
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    if address.teredo is not None:
        return [address, *address.teredo]
    if address in NAT64:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]
