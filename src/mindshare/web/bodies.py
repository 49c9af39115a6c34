"""How large a body may be: looked at while it comes, before all of it is in memory."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from mindshare.core.errors import MindshareError, TooLarge

ONE, BULK = 1 << 20, 16 << 20  # bytes
IN_BULK = frozenset({"/v1/cases", "/v1/outcomes"})  # where a list may come
PATIENCE = 30.0  # seconds in which a body has to be here
WITHOUT = frozenset({"GET", "HEAD", "OPTIONS"})


class Body:
    """Takes the place of `receive` for one request. TooLarge where the request says so of itself."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive, self._bulk = receive, scope["path"] in IN_BULK
        self._most, self._got, self._whole = ONE, 0, scope["method"] in WITHOUT
        self._first = True
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > (BULK if self._bulk else ONE):
                raise _too_large(BULK if self._bulk else ONE)

    async def __call__(self) -> Message:
        """The next part; 413 where it is too much, 400 where it does not come."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(PATIENCE):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408) from MindshareError(
                f"The body was not here within {PATIENCE:g} seconds."
            )
        if message["type"] != "http.request":
            return message
        part: bytes = message.get("body", b"")
        if self._first and part.strip():
            self._first = False
            if self._bulk and part.lstrip()[:1] == b"[":
                self._most = BULK
        self._got += len(part)
        if self._got > self._most:
            raise HTTPException(413) from _too_large(self._most)
        self._whole = not message.get("more_body", False)
        return message


def _too_large(most: int) -> TooLarge:
    what = "Several cases" if most == BULK else "A body"
    return TooLarge(f"{what} may have {most >> 20} MB at most.")
