"""The one rule for every address that the service calls: http or https, resolved once, and public unless the settings say otherwise.

The connection goes to the address that was looked at, so a name that is resolved differently a moment later leads nowhere else.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import httpx

from mindshare.core.errors import MindshareError

PATIENCE = 10.0  # seconds for one call
PORTS = {"http": 80, "https": 443}
NAT64 = IPv6Network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class Target(NamedTuple):
    """Where a call goes: the address in place of the name, and the name for the header and the certificate."""

    url: str
    host: str
    name: str


async def target_of(url: str, reach: Sequence[str] = ()) -> Target:
    """The target of an address; MindshareError where it may not be called. `reach`: private networks that may."""
    parts = parsed(url)
    name, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:
        raise MindshareError(f"The name '{name}' leads to no address.") from e
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


class Outgoing:
    """Makes the calls: no redirects, no proxy of the environment, and nothing of an answer is read but its status."""

    def __init__(self, reach: Sequence[str] = ()) -> None:
        self._reach = tuple(reach)
        self._http = httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=PATIENCE)

    async def post(self, url: str, data: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer; MindshareError where there is none."""
        target = await target_of(url, self._reach)
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._http.stream(
                    "POST",
                    target.url,
                    content=data,
                    headers={**headers, "Host": target.host},
                    extensions={"sni_hostname": target.name},
                ) as answer,
            ):
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as e:
            raise MindshareError(f"No answer: {type(e).__name__}.") from e

    async def close(self) -> None:
        """Ends all connections."""
        await self._http.aclose()
