"""How large a body may be: looked at while it comes, before all of it is in memory."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from mindshare.core.errors import MindshareError, TooLarge
from mindshare.engine.media import MOST as FILE

ONE, BULK = 1 << 20, 16 << 20  # bytes
IN_BULK = frozenset({"/v1/cases", "/v1/outcomes"})  # where a list may come
MEDIA = "/v1/media"  # where the bytes of a file come, and no JSON
FILES = frozenset({"/v1/read-cases"})  # where what is in a file comes
PATIENCE = 30.0  # seconds in which a body has to be here
WITHOUT = frozenset({"GET", "HEAD", "OPTIONS"})


class Body:
    """Takes the place of `receive` for one request. TooLarge where the request says so of itself."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        path = scope["path"]
        self._receive, self._bulk = receive, path in FILES or path in IN_BULK
        self._most = BULK if path in FILES else FILE if path == MEDIA else ONE
        self._got, self._whole, self._first = 0, scope["method"] in WITHOUT, True
        most = BULK if self._bulk else self._most
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > most:
                raise _too_large(most)

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
    what = {BULK: "Several cases", FILE: "A file"}.get(most, "A body")
    return TooLarge(f"{what} may have {most >> 20} MB at most.")
