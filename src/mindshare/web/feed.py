"""The events of the log for those outside: pages of what was, a stream of what comes. What clients lack is read from the store.

An event is called `12-0`: the first of frame 12. Where the pacer stands (`paced`) and looks at the clock are ours alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from typing import NamedTuple

import msgspec

from mindshare.core.errors import MindshareError
from mindshare.engine.events import AnyEvent, Event, Paced, Ticked, read_lines
from mindshare.engine.service import Service
from mindshare.store.protocol import Sealed

OURS = (Paced, Ticked)
NAMES = frozenset(str(kind.__struct_config__.tag) for kind in AnyEvent.__args__ if kind not in OURS)
MOST_BEHIND = 1_000  # frames that a client may lag behind before it is dropped; it can come again and go on
MOST_CLIENTS = 100
MOST_FRAMES = 2_000  # that are read for one page
BEAT = 15.0  # seconds between signs of life
_encode = msgspec.json.Encoder().encode


class Place(NamedTuple):
    """Behind which event somebody is: of that frame, so many events are known."""

    frame: int = 0
    known: int = 0

    def __str__(self) -> str:
        return f"{self.frame}-{self.known - 1}" if self.known else f"{self.frame}"

    @classmethod
    def of(cls, text: str) -> Place:
        """`12-0`: behind the first event of frame 12; `12`: before all of its events."""
        frame, dash, event = text.partition("-")
        if not (_is_number(frame) and (not dash or _is_number(event))):
            raise MindshareError(
                f"'{text[:40]}' is no place in the events; give an id such as 12-0, or 0 for all."
            )
        return cls(int(frame), int(event) + 1 if dash else 0)


class Told(NamedTuple):
    """An event as it is told: its place, name and JSON."""

    place: Place
    name: str
    data: bytes


def told_of(number: int, events: Sequence[Event]) -> list[Told]:
    """The events of a frame that are for others."""
    out = []
    for i, event in enumerate(events):
        if not isinstance(event, OURS):
            place = Place(number, i + 1)
            name = str(event.__struct_config__.tag)
            out.append(Told(place, name, b'{"id":"%s",' % str(place).encode() + _encode(event)[1:]))
    return out


def named(only: Collection[str]) -> frozenset[str]:
    """The events of these names; all where none are named."""
    unknown = sorted(set(only) - NAMES)
    if unknown:
        raise MindshareError(
            f"There are no events '{unknown[0][:40]}'; there are {', '.join(sorted(NAMES))}."
        )
    return frozenset(only) or NAMES


class Client:
    """One who follows the stream: frames that are stored while it is connected. `lost`: it was too slow."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[tuple[int, list[Told]] | None] = asyncio.Queue(MOST_BEHIND + 1)
        self.lost = False

    def put(self, frame: tuple[int, list[Told]] | None) -> None:
        """A frame, or the end."""
        if self.frames.qsize() >= MOST_BEHIND or frame is None:
            self.lost, frame = True, None
        self.frames.put_nowait(frame)


class Feed:
    """Belongs to one loop. Events are turned into JSON once, and only while somebody follows."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        self._service, self._loop = service, loop
        self._clients: set[Client] = set()
        self._fresh: list[tuple[int, Sequence[Event]]] = []
        self._called, self._ended = False, False
        self._stored = asyncio.Event()
        service.listen(self._heard)

    def _heard(self, number: int, events: Sequence[Event]) -> None:
        self._fresh.append((number, events))  # in the engine's thread
        if not self._called and not self._loop.is_closed():
            self._called = True
            self._loop.call_soon_threadsafe(self._pass_on)

    def _pass_on(self) -> None:
        self._called = False
        fresh, self._fresh = self._fresh, []
        self._stored.set()
        if not self._clients:
            return
        for number, events in fresh:
            frame = number, told_of(number, events)
            for client in list(self._clients):
                client.put(frame)
                if client.lost:
                    self._clients.discard(client)

    async def stored(self, patience: float) -> None:
        """Waits until something new is stored, or so long."""
        self._stored.clear()
        try:
            async with asyncio.timeout(patience):
                await self._stored.wait()
        except TimeoutError:
            return

    async def page(self, after: Place, most: int, only: frozenset[str]) -> tuple[list[Told], Place]:
        """Events behind that place, and behind which place more may be found."""
        return await asyncio.to_thread(self._page, after, most, only)

    def _page(self, after: Place, most: int, only: frozenset[str]) -> tuple[list[Told], Place]:
        out: list[Told] = []
        place = after
        for number, frame in enumerate(self._frames(after)):
            events = [t for t in told_of(frame.number, read_lines(frame.events)) if t.place > after]
            for told in events:
                if told.name in only:
                    out.append(told)
                    place = told.place
                    if len(out) == most:
                        return out, place
            place = Place(frame.number + 1)
            if number + 1 == MOST_FRAMES:
                break
        return out, place

    def _frames(self, after: Place) -> Iterator[Sealed]:
        return self._service.store.frames(max(after.frame - 1, 0))

    async def stream(self, after: Place | None, only: frozenset[str]) -> AsyncIterator[bytes]:
        """Server-sent events behind that place (None: from now on), with a comment as a sign of life."""
        yield b"retry: 2000\n\n"
        place = after if after is not None else Place(self._service.store.head().number + 1)
        while not self._ended:  # what was; until less than a page of it is left
            page, place = await self.page(place, 500, only)
            yield b"".join(map(_sent, page))
            if self._service.store.head().number - place.frame < MOST_BEHIND // 2:
                break
        client = Client()
        if self._ended:
            return
        self._clients.add(client)
        try:
            while True:  # what was stored until the client was there
                page, after_page = await self.page(place, 500, only)
                yield b"".join(map(_sent, page))
                if after_page == place:
                    break
                place = after_page
            async for part in self._live(client, place, only):
                yield part
        finally:
            self._clients.discard(client)

    async def _live(self, client: Client, place: Place, only: frozenset[str]) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(BEAT):
                    frame = await client.frames.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if frame is None:
                return
            sent = [_sent(t) for t in frame[1] if t.place > place and t.name in only]
            if sent:
                yield b"".join(sent)

    @property
    def clients(self) -> int:
        """How many follow."""
        return len(self._clients)

    def must_have_room(self) -> None:
        """Raises where too many follow."""
        if len(self._clients) >= MOST_CLIENTS:
            raise MindshareError(
                f"{MOST_CLIENTS} clients follow the events already; read pages of them instead."
            )

    def end(self) -> None:
        """All streams end."""
        self._ended = True
        for client in self._clients:
            client.put(None)
        self._clients.clear()


def page_told(page: Sequence[Told], after: Place) -> bytes:
    """A page as JSON."""
    return b'{"events":[%s],"next":"%s"}' % (b",".join(t.data for t in page), str(after).encode())


def _sent(told: Told) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (str(told.place).encode(), told.name.encode(), told.data)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
