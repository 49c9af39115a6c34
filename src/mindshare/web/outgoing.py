"""Calls of the service to others, each to an address that the one rule allows (`engine/addresses.py`)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence

import httpx

from mindshare.core.errors import MindshareError
from mindshare.engine.addresses import Target, named, no_address, target_at

PATIENCE = 10.0  # seconds for one call


async def target_of(url: str, reach: Sequence[str] = ()) -> Target:
    """The target of an address; MindshareError where it may not be called. `reach`: private networks that may."""
    name, port = named(url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:
        raise no_address(name) from e
    return target_at(url, found, reach)


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
