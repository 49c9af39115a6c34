"""What all routes share: the engine's line, who is known, what is streamed and sent. One for each application."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from fastapi import Request

from mindshare.engine.events import Event, Stopped
from mindshare.engine.folder import CONSOLE
from mindshare.engine.service import Service
from mindshare.engine.what_if import WhatIfs
from mindshare.web.accounts import Accounts
from mindshare.web.door import Door
from mindshare.web.feed import Feed
from mindshare.web.hooks import Hooks
from mindshare.web.line import Line
from mindshare.web.links import Links
from mindshare.web.meters import Meters
from mindshare.web.outgoing import Outgoing
from mindshare.web.passwords import Passwords
from mindshare.web.tables import Tables

CONFIRM = 600.0  # seconds in which a second account has to confirm the end of a stop


class Front:
    """What is there before the loop runs; `start` makes the rest."""

    def __init__(self, service: Service) -> None:
        self.service, self.settings = service, service.settings.web
        self.tables = Tables(service.folder)
        self.accounts = Accounts(self.tables)
        self.links = Links()
        self.door = Door(self.accounts, self.settings)
        self.meters = Meters()
        self.what_ifs = WhatIfs(service.folder, service.settings.learn_share)
        self.resumes: dict[
            str, tuple[str, float]
        ] = {}  # kind -> who wants to end its stop, and when he or she said so
        service.listen(self._heard)
        self._leave_console_token()

    async def start(self) -> None:
        """What belongs to the loop that runs now."""
        loop = asyncio.get_running_loop()
        self.line = Line(self.service.actor, loop)
        self.passwords = Passwords()
        self.feed = Feed(self.service, loop)
        self.outgoing = Outgoing(self.settings.reach)
        self.hooks = Hooks(self.tables, self.feed, self.outgoing, self.settings.reach)
        self.hooks.start()

    def end(self) -> None:
        """Whoever waits or follows is let go, so that the server can stop."""
        self.line.end()
        self.feed.end()

    async def close(self) -> None:
        """Ends what `start` made."""
        self.end()
        await asyncio.to_thread(self.what_ifs.close)
        await self.hooks.close()
        await self.outgoing.close()
        self.tables.close()

    def confirmed(self, kind: str, by: str) -> str | None:
        """The other account that wanted the same a moment ago; where there is none, this one is kept in mind."""
        other, at = self.resumes.get(kind, ("", 0.0))
        if other and other != by and time.monotonic() - at < CONFIRM:
            del self.resumes[kind]
            return other
        self.resumes[kind] = by, time.monotonic()
        return None

    def _heard(self, number: int, events: Sequence[Event]) -> None:  # noqa: ARG002  in the engine's thread
        for event in events:
            if isinstance(event, Stopped):  # who wanted to go on before has to say so again
                self.resumes.pop(event.kind, None)
        self.meters.stored(len(events))

    def _leave_console_token(self) -> None:
        """For whoever can read the folder of the service: whoever sits at its machine."""
        file = self.service.folder / CONSOLE
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(self.accounts.console_token() + "\n", encoding="ascii")


def front_of(request: Request) -> Front:
    """That of the application."""
    front: Front = request.app.state.front
    return front
