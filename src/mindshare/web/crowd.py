"""SIMULATED people at work on a live service, for as long as it is shown: cases come, they answer, outcomes follow later.

They leave the last few cases that wait to whoever else is at a desk, so that a newcomer always has one.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from mindshare.core.errors import Conflict, NotNow
from mindshare.histories.streamed import Scripted
from mindshare.web.client import AsyncClient
from mindshare.web.said import Lease, Said

OPEN = ("received", "waiting", "leased", "reopened")
PART = "~"  # and a number stand behind the id of a case that comes once more


class Pace(NamedTuple):
    """In seconds: between cases, after an answer, between looks, until it turns out what was true. Cases that are left to
    others, and that wait at most.
    """

    case_s: float = 1.5
    breath_s: float = 4.0
    look_s: float = 0.6
    later_s: float = 45.0
    leave: int = 3
    most: int = 15


class Crowd:
    """Plays a script from its beginning to its end, and again, until it is cancelled."""

    def __init__(self, client: AsyncClient, script: Sequence[Scripted], pace: Pace | None = None) -> None:
        self._client, self._script, self._pace = client, script, pace or Pace()
        self._by_id = {s.sent["id"]: s for s in script}
        self.people = sorted({name for s in script for name in s.people})
        self._waiting = 0
        self._true: deque[tuple[float, str, str]] = deque()  # when, case, label

    async def play(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as all_of_them:
            for work in (self._look(), self._come(), self._turns_out(), *map(self._works, self.people)):
                all_of_them.create_task(work)

    async def _look(self) -> None:
        """How many cases wait."""
        while True:
            self._waiting = len((await self._client.cases(state="waiting")).cases)
            await asyncio.sleep(self._pace.look_s)

    async def _come(self) -> None:
        round_ = 0
        while True:
            round_ += 1
            for s in self._script:
                while self._waiting >= self._pace.most:
                    await asyncio.sleep(self._pace.look_s)
                sent: dict[str, Any] = {name: part for name, part in s.sent.items() if name != "askable"}
                if round_ > 1:
                    sent["id"] = f"{sent['id']}{PART}{round_}"
                await self._client.submit(sent)
                if s.truth is not None:
                    self._true.append((time.monotonic() + self._pace.later_s, sent["id"], s.truth))
                few = self._waiting <= self._pace.leave
                await asyncio.sleep(self._pace.case_s / 4 if few else self._pace.case_s)

    async def _works(self, person: str) -> None:
        """Answers as he or she did, in the time that it took, and then breathes."""
        while True:
            lease = await self._next(person) if self._waiting > self._pace.leave else None
            if lease is None:
                await asyncio.sleep(self._pace.look_s)
                continue
            scripted = self._by_id.get(lease.case.partition(PART)[0])
            told = None if scripted is None else scripted.people.get(person)
            if told is None:  # somebody else's case: the simulated know nothing of it
                await self._client.skip(lease, person, "simulated people know the cases of the demo only")
            else:
                await asyncio.sleep(told.seconds or 0.0)
                try:
                    await self._client.answer(lease, Said(told.label, told.confidence), person)
                except Conflict:  # it was cancelled, or decided otherwise, meanwhile
                    continue
            await asyncio.sleep(self._pace.breath_s)

    async def _next(self, person: str) -> Lease | None:
        try:
            return await self._client.next(person)
        except NotNow:
            return None

    async def _turns_out(self) -> None:
        """What was true comes late, and only of cases that are decided."""
        while True:
            await asyncio.sleep(self._pace.look_s)
            if not self._true or self._true[0][0] > time.monotonic():
                continue
            _, case, label = self._true.popleft()
            stands = await self._client.case(case)
            if stands.state in OPEN:
                self._true.append((time.monotonic() + self._pace.later_s, case, label))
            elif stands.state != "cancelled":
                await self._client.outcome(case, label)
