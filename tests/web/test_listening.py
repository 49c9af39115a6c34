"""Small answers leave at once."""

from __future__ import annotations

import asyncio
import socket

import pytest

from mindshare.web.serving import listening


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_no_answer_waits_for_the_line_to_confirm_the_one_before(host: str) -> None:
    """Without TCP_NODELAY head and body of an answer lie 40 ms apart."""
    told: list[int] = []

    class Seen(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            told.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    async def connect(at: socket.socket) -> None:
        server = await asyncio.get_running_loop().create_server(Seen, sock=at)
        async with server:
            _, line = await asyncio.open_connection(*at.getsockname()[:2])
            while not told:
                await asyncio.sleep(0)
            line.close()

    if host == "::1" and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with listening(host, 0) as at:
        asyncio.run(connect(at))
    assert told and all(told)
