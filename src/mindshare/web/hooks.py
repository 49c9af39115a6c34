"""Webhooks: events are posted to addresses that were registered, signed, at least once and in order for each.

There is no queue beside the log: a webhook is a place in it. What is not delivered yet is read from there, a batch at a time, so nothing
grows while a target is down, and nothing is lost when the service ends.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import random
import secrets
import time
from typing import Any, NamedTuple

from mindshare.core.errors import Conflict, MindshareError, NotThere
from mindshare.web.feed import NAMES, Feed, Place, Told, named
from mindshare.web.outgoing import Outgoing, target_of
from mindshare.web.tables import Tables

log = logging.getLogger("mindshare.web.hooks")
MOST_HOOKS, MOST_EVENTS, MOST_LOGGED = 20, 100, 200  # webhooks; events of one delivery; attempts kept of each
LONGEST = 3_600.0  # seconds between two attempts
IDLE, LINGER = 5.0, 0.05  # seconds between looks at the log: at most, at least
TIME, SIGNATURE = "Mindshare-Time", "Mindshare-Signature"


def signature(secret: str, at: int, body: bytes) -> str:
    """HMAC-SHA256 over `<seconds>.<body>`: who has the secret can check it, and refuse what is old."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()


class _Hook(NamedTuple):
    id: int
    url: str
    events: str
    secret: str
    by: str
    made: float
    frame: int
    place: int


class Hooks:
    """Belongs to one loop; each webhook has a task of its own."""

    def __init__(self, tables: Tables, feed: Feed, outgoing: Outgoing, reach: tuple[str, ...]) -> None:
        self._tables, self._feed, self._outgoing, self._reach = tables, feed, outgoing, reach
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._failing: dict[int, int] = {}
        self.wait = 1.0  # seconds before the second attempt; each further one waits twice as long

    def start(self) -> None:
        """Goes on with all that are registered."""
        for hook in self._all():
            self._follow(hook)

    async def add(self, url: str, events: list[str], by: str, after: Place) -> dict[str, Any]:
        """Registers an address for what comes behind that place; its secret is told here and never again."""
        named(events)
        await target_of(url, self._reach)
        if len(self._all()) >= MOST_HOOKS:
            raise Conflict(f"There are {MOST_HOOKS} webhooks already; remove one first.")
        secret = secrets.token_urlsafe(32)
        values = url, json.dumps(sorted(set(events))), secret, by, time.time(), *after
        with self._tables.change() as db:
            row = db.execute(
                "INSERT INTO hooks (url, events, secret, by, made, frame, place) VALUES (?, ?, ?, ?, ?, ?, ?)",
                values,
            )
        hook = self._one(int(row.lastrowid or 0))
        self._follow(hook)
        return {**self.told(hook), "secret": secret}

    async def remove(self, number: int) -> None:
        """Nothing more is sent there."""
        self._one(number)
        task = self._tasks.pop(number, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        with self._tables.change() as db:
            db.execute("DELETE FROM hooks WHERE id = ?", (number,))
            db.execute("DELETE FROM deliveries WHERE hook = ?", (number,))

    def all_told(self) -> list[dict[str, Any]]:
        """What is known of all; never their secrets."""
        return [self.told(hook) for hook in self._all()]

    def told(self, hook: _Hook) -> dict[str, Any]:
        """What is known of one."""
        names = ("id", "url", "by", "made")
        place = str(Place(hook.frame, hook.place))
        more = {"events": json.loads(hook.events), "after": place, "failing": self._failing.get(hook.id, 0)}
        return {**{name: getattr(hook, name) for name in names}, **more}

    def deliveries(self, number: int) -> list[dict[str, Any]]:
        """The last attempts, newest first."""
        self._one(number)
        names = ("first", "last", "at", "attempt", "status", "problem", "seconds")
        rows = self._tables.read(
            f"SELECT {', '.join(names)} FROM deliveries WHERE hook = ? ORDER BY id DESC", number
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    async def close(self) -> None:
        """Ends all tasks; what was not delivered is delivered after the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._tasks.clear()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _all(self) -> list[_Hook]:
        return [_Hook(*row) for row in self._tables.read("SELECT * FROM hooks ORDER BY id")]

    def _one(self, number: int) -> _Hook:
        found = [_Hook(*row) for row in self._tables.read("SELECT * FROM hooks WHERE id = ?", number)]
        if not found:
            raise NotThere(f"There is no webhook {number}.")
        return found[0]

    def _follow(self, hook: _Hook) -> None:
        self._tasks[hook.id] = asyncio.create_task(self._run(hook), name=f"webhook {hook.id}")

    async def _run(self, hook: _Hook) -> None:
        place, kept = Place(hook.frame, hook.place), 0.0
        only = frozenset(json.loads(hook.events)) or NAMES
        while True:
            try:
                page, place = await self._feed.page(place, MOST_EVENTS, only)
                if page:
                    await self._deliver(hook, page)
                if page or time.monotonic() - kept > IDLE:
                    await asyncio.to_thread(self._keep, hook, place)
                    kept = time.monotonic()
                if not page:
                    await self._feed.stored(IDLE)
                    await asyncio.sleep(LINGER)
            except MindshareError as e:  # the store or the file cannot be read or written just now
                log.warning("a webhook waits: %s", type(e).__name__, extra={"hook": hook.id})
                await asyncio.sleep(IDLE)

    async def _deliver(self, hook: _Hook, page: list[Told]) -> None:
        """Sends a batch until it has arrived."""
        body = b'{"webhook":%d,"events":[%s]}' % (hook.id, b",".join(t.data for t in page))
        attempt = 0
        while True:
            attempt += 1
            began, at = time.perf_counter(), int(time.time())
            status, problem = None, ""
            headers = {
                "Content-Type": "application/json",
                TIME: str(at),
                SIGNATURE: signature(hook.secret, at, body),
            }
            try:
                status = await self._outgoing.post(hook.url, body, headers)
            except MindshareError as e:
                problem = str(e)
            arrived = status is not None and 200 <= status < 300
            self._failing[hook.id] = 0 if arrived else attempt
            row = (hook.id, str(page[0].place), str(page[-1].place), at, attempt, status, problem)
            await asyncio.to_thread(self._log, (*row, round(time.perf_counter() - began, 4)))
            if arrived:
                return
            wait = min(self.wait * 2.0 ** min(attempt - 1, 30), LONGEST)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # so that targets do not hear all at once

    def _keep(self, hook: _Hook, place: Place) -> None:
        with self._tables.change() as db:
            db.execute("UPDATE hooks SET frame = ?, place = ? WHERE id = ?", (*place, hook.id))

    def _log(self, row: tuple[Any, ...]) -> None:
        with self._tables.change() as db:
            db.execute(
                "INSERT INTO deliveries (hook, first, last, at, attempt, status, problem, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            db.execute(
                "DELETE FROM deliveries WHERE hook = ? AND id NOT IN (SELECT id FROM deliveries WHERE hook = ? ORDER BY id DESC LIMIT ?)",
                (row[0], row[0], MOST_LOGGED),
            )
