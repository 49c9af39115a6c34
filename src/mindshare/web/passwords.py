"""Passwords: argon2id, hashed in threads, two at once at most; wrong ones make the next try wait."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mindshare.core.errors import MindshareError, NotSignedIn, Overloaded
from mindshare.web.buckets import Waits

AT_ONCE, MOST_QUEUED = 2, 20
LEAST, MOST = 12, 200  # characters
T = TypeVar("T")


class Passwords:
    """Belongs to one loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._room, self._queued = asyncio.Semaphore(AT_ONCE), 0
        self._nobody = ""
        self._from_here = Waits(free=3)  # failures of one account from one address
        self._anywhere = Waits(free=30)  # of one account from anywhere

    async def hashed(self, account: str, password: str) -> str:
        """The hash of a new password; MindshareError where it is too simple."""
        if not LEAST <= len(password) <= MOST or password == account:
            raise MindshareError(f"A password has {LEAST} to {MOST} characters, and is not the account's id.")
        return await self._off_the_loop(self._hasher.hash, password)

    async def check(self, account: str, password: str, kept: str | None, address: str) -> None:
        """Raises NotSignedIn where this is not the password; an account without one takes as long."""
        self._from_here.check((account, address))
        self._anywhere.check(account)
        if not self._nobody:
            self._nobody = await self._off_the_loop(self._hasher.hash, secrets.token_hex())
        good = await self._off_the_loop(self._is, kept or self._nobody, password[:MOST])
        if kept is None or not good or len(password) > MOST:
            self._from_here.failed((account, address))
            self._anywhere.failed(account)
            raise NotSignedIn("The account or the password is not right.")
        self._from_here.passed((account, address))
        self._anywhere.passed(account)

    def _is(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _off_the_loop(self, work: Callable[..., T], *values: str) -> T:
        if self._queued >= MOST_QUEUED:
            raise Overloaded("Too many people sign in at once; try again in a moment.")
        self._queued += 1
        try:
            async with self._room:
                return await asyncio.to_thread(work, *values)
        finally:
            self._queued -= 1
