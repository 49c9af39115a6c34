"""A history streamed through a service over HTTP: cases come, people ask for the next one and answer as they did, outcomes follow."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mindshare.core.errors import MindshareError
from mindshare.histories.streamed import Scripted
from mindshare.web.client import AsyncClient
from mindshare.web.said import Lease, LiveCase, Said

OPEN = ("received", "waiting", "leased", "reopened")
LATE = 50  # cases that are decided before an outcome comes late
PARKED_S, ANEW_S = 30.0, 15.0  # a person waits for a case so long, and asks again before that
QUICK_S = 1.0  # a person waits so long for a case where nobody waits for the clock
LEARNING_S = 0.2  # between looks whether the models have learnt
STALLED_S = 15.0  # without news, and what is open then stays open


class Pace(NamedTuple):
    """`speed`: how many times as fast as it was (None: as fast as it goes); `outcomes`: now, late or none."""

    speed: float | None = None
    outcomes: str = "now"
    frozen: bool = False  # everybody waits for a case before each one comes


class Decided(NamedTuple):
    """What became of a case: its verdict (None: none yet), and who was asked, in order."""

    id: str
    verdict: str | None
    truth: str | None
    asked: tuple[str, ...]


class Player:
    """Plays a script; `tell` hears how far it is."""

    def __init__(
        self,
        client: AsyncClient,
        script: Sequence[Scripted],
        pace: Pace,
        tell: Callable[[float, str], None] | None,
    ) -> None:
        self._client, self._pace, self._tell = client, pace, tell
        self._script = {s.sent["id"]: s for s in script}
        self._people = sorted({p for s in script for p in s.people})
        self._stands: dict[str, LiveCase] = {}
        self._asked: dict[str, list[str]] = {name: [] for name in self._script}
        self._open: set[str] = set()
        self._news, self._heard_at = asyncio.Event(), 0.0
        self._to_come: deque[str] = deque()
        self._sent, self._learns_at = 0, 0.0  # outcomes
        self._over = False
        self._waiting_since = time.monotonic()

    async def play(self) -> list[Decided]:
        """All of it; what became of each case, in the order of coming."""
        self._heard_at = time.monotonic()
        if self._pace.frozen:
            await self._one_by_one()
        else:
            await self._stream()
        while self._to_come:
            await self._outcome(self._to_come.popleft())
        return [self._became(name) for name in self._script if name in self._stands]

    def _became(self, name: str) -> Decided:
        verdict = self._stands[name].verdict
        said = verdict.label if verdict is not None and name not in self._open else None
        return Decided(name, said, self._script[name].truth, tuple(self._asked[name]))

    async def _hear(self, stands: LiveCase) -> None:
        """News of a case; once it is decided its outcome may follow."""
        before = self._stands.get(stands.id)
        self._stands[stands.id] = stands
        self._heard_at = time.monotonic()
        if stands.state in OPEN:
            self._open.add(stands.id)
            return
        was_open = stands.id in self._open or before is None
        self._open.discard(stands.id)
        self._news.set()
        if not was_open:
            return
        self._say(f"{len(self._stands) - len(self._open):,} of {len(self._script):,} cases")
        if self._pace.outcomes != "none" and self._script[stands.id].truth is not None:
            self._to_come.append(stands.id)
            keep = LATE if self._pace.outcomes == "late" else 0
            while len(self._to_come) > keep:
                await self._outcome(self._to_come.popleft())

    def _say(self, words: str) -> None:
        if self._tell is not None:
            self._tell((len(self._stands) - len(self._open)) / len(self._script), words)

    async def _outcome(self, name: str) -> None:
        truth = self._script[name].truth
        assert truth is not None
        self._stands[name] = await self._client.outcome(name, truth)
        self._sent += 1

    async def _answer(self, lease: Lease, person: str) -> None:
        if lease.case not in self._script:
            raise MindshareError(
                f"The service gave '{person}' the case '{lease.case}', which is none of this history. Use a service of its own."
            )
        told = self._script[lease.case].people.get(person)
        self._asked[lease.case].append(person)
        if self._pace.speed is not None and told is not None and told.seconds:
            await asyncio.sleep(told.seconds / self._pace.speed)
        said = Said(None) if told is None else Said(told.label, told.confidence, told.seconds)
        await self._hear(await self._client.answer(lease, said, person))

    # --- one by one, everybody waiting --------------------------------------------------------------------------------

    async def _one_by_one(self) -> None:
        waits: dict[asyncio.Task[Lease | None], str] = {}
        try:
            for s in self._script.values():
                await self._all_wait(waits)
                stands = await self._client.submit(s.sent)
                await self._hear(stands)
                while s.sent["id"] in self._open:
                    if not waits:
                        raise MindshareError(f"Case '{s.sent['id']}' waits, and nobody is there to be asked.")
                    done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=PARKED_S)
                    if not done:
                        raise MindshareError(f"Case '{s.sent['id']}' was given to nobody, and not decided.")
                    for task in done:
                        person, lease = waits.pop(task), task.result()
                        if lease is not None:
                            await self._answer(lease, person)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _all_wait(self, waits: dict[asyncio.Task[Lease | None], str]) -> None:
        """Everybody asks for a case, and the service knows."""
        for task in [t for t in waits if t.done()]:  # has waited long enough
            del waits[task]
        there = set(waits.values())
        if time.monotonic() - self._waiting_since > ANEW_S:
            there, self._waiting_since = set(), time.monotonic()
        missing = [p for p in self._people if p not in there]
        for person in missing:
            waits[asyncio.create_task(self._client.next(person, PARKED_S))] = person
        while missing:
            known = {p.id for p in await self._client.people() if p.waits}
            missing = [p for p in self._people if p not in known]

    # --- a stream, as fast as people answer or as it was --------------------------------------------------------------

    async def _stream(self) -> None:
        people = [asyncio.create_task(self._works(p)) for p in self._people]
        coming = asyncio.create_task(self._come())
        try:
            while not coming.done() or (self._open and time.monotonic() - self._heard_at < STALLED_S):
                done, _ = await asyncio.wait(
                    [coming, *people], timeout=0.2, return_when=asyncio.FIRST_EXCEPTION
                )
                for task in done:
                    task.result()
                if done and not self._open:
                    break
                if coming.done() or not self._news.is_set():
                    await self._look_again()
        finally:
            self._over = True
            for task in (coming, *people):
                task.cancel()
            await asyncio.gather(coming, *people, return_exceptions=True)

    async def _come(self) -> None:
        """All cases, as they came; or each as soon as people keep up."""
        most, start, first = 2 * len(self._people) + 8, time.monotonic(), None
        for i, s in enumerate(self._script.values()):
            if self._pace.speed is None:
                while len(self._open) >= most:
                    self._news.clear()
                    await self._news.wait()
            else:
                first = s.at if first is None else first
                due = i if s.at is None or first is None else s.at - first
                await asyncio.sleep(max(start + due / self._pace.speed - time.monotonic(), 0.0))
            await self._hear(await self._client.submit(s.sent))
            if self._pace.speed is None and self._pace.outcomes != "none":
                await self._learns()

    async def _learns(self) -> None:
        """Where nobody waits for the clock the next case waits for models that learn: what comes of it depends on no computer."""
        if self._sent < self._learns_at:
            return
        while (stands := await self._client.learning()).is_due:
            self._say(f"learning from {stands.outcomes:,} outcomes")
            await asyncio.sleep(LEARNING_S)
        self._learns_at = math.inf if stands.next is None else self._sent + stands.next - stands.outcomes

    async def _works(self, person: str) -> None:
        """A person asks for the next case and answers it, again and again."""
        wait_s = QUICK_S if self._pace.speed is None else PARKED_S
        while not self._over:
            lease = await self._client.next(person, wait_s)
            if lease is not None:
                await self._answer(lease, person)

    async def _look_again(self) -> None:
        """What the clock of the service has decided meanwhile."""
        for name in list(self._open):
            stands = await self._client.case(name)
            if stands.state not in OPEN:
                await self._hear(stands)
