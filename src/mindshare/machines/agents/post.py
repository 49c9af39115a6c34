"""One question to an endpoint over HTTP: an answer in bounded time, or one clear error.

An attempt ends at its timeout whatever the endpoint does, also where it sends a byte now and then. What may help is tried again
after a wait drawn from 0 to a bound that doubles ("full jitter": Brooker 2015, "Exponential backoff and jitter"); a `Retry-After`
is kept to. Everything together ends at the deadline. A question may arrive twice, so it must be one that changes nothing there.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple, TypedDict
from urllib.parse import urlsplit

import numpy as np

from mindshare.core.errors import MindshareError

AGAIN = (408, 425, 429, 500, 502, 503, 504)  # what passes by itself
OF_CASE = (400, 406, 409, 411, 413, 414, 415, 422, 431, 451)  # what another question may not meet
Blame = Literal["case", "endpoint", "either"]
HOME = ("localhost", "127.0.0.1", "::1")
CHUNK, MOST_MB = 65_536, 32.0
SHOWN = 200  # letters of what an endpoint says, in an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited and how often is asked."""

    timeout_s: float = 10.0  # one attempt, from connecting to the last byte
    deadline_s: float = 30.0  # all attempts and waits of one case
    retries: int = 3
    wait_s: float = 0.5  # bound of the first wait; doubles with each
    most_wait_s: float = 8.0  # cap of that bound
    per_minute: float | None = None  # questions at most; None: as fast as they are answered

    def __post_init__(self) -> None:
        for name in ("timeout_s", "deadline_s", "wait_s", "most_wait_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"Patience.{name} must be > 0. Got {getattr(self, name)!r} instead.")
        if self.retries < 0 or (self.per_minute is not None and not self.per_minute > 0):
            raise ValueError("Patience.retries must be >= 0, and per_minute > 0 or None.")


class Reply(NamedTuple):
    """What came back, and what all attempts together used: `net_mb`, `cpu_s`."""

    content: Any
    used: Mapping[str, float]


class NoAnswer(MindshareError):
    """A question was given up. `blame`: what it was due to, as far as that can be seen."""

    def __init__(self, message: str, blame: Blame) -> None:
        super().__init__(message)
        self.blame = blame


class _Failed(Exception):
    """An attempt without an answer."""

    def __init__(
        self, why: str, *, again: bool, after_s: float | None = None, blame: Blame = "either"
    ) -> None:
        super().__init__(why)
        self.again, self.after_s, self.blame = again, after_s, blame


class Line:
    """``Line(url).ask(body)``: posts JSON, gives JSON. `key_env`: the variable of the environment that holds the API key.

    The key is read when it is needed, sent as a bearer token, and kept out of every message. Chance and time are handed in.
    """

    def __init__(
        self,
        url: str,
        patience: Patience | None = None,
        *,
        key_env: str | None = None,
        rng: np.random.Generator | None = None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError(
                "An endpoint is http://host/... or https://host/..., without a name or a password in it."
            )
        if key_env and parts.scheme == "http" and parts.hostname not in HOME:
            raise ValueError(f"A key would travel to {parts.hostname} for all to read; use https.")
        self.url, self.patience, self.key_env = url, patience or Patience(), key_env
        self._parts, self._rng = parts, rng or np.random.default_rng(0)
        self._now, self._sleep, self._next = now, sleep, -np.inf
        self._turn = threading.Lock()

    def __repr__(self) -> str:
        return f"Line({self.where!r})"

    @property
    def where(self) -> str:
        return f"{self._parts.scheme}://{self._parts.netloc}{self._parts.path}"  # a query may hold a secret

    def ask(self, body: Mapping[str, Any]) -> Reply:
        """The reply to one question. Raises NoAnswer where none came in time, or none that can be read. Threads may ask at once."""
        start, used = self._now(), {"net_mb": 0.0, "cpu_s": 0.0}
        data, patience = json.dumps(body, allow_nan=False).encode(), self.patience
        for attempt in range(patience.retries + 1):
            self._wait_for_turn(start)
            left = patience.deadline_s - (self._now() - start)
            try:
                return Reply(self._once(data, min(patience.timeout_s, left), used), used)
            except _Failed as failed:
                bound = min(patience.most_wait_s, patience.wait_s * 2**attempt)
                wait = float(self._rng.uniform(0.0, bound)) if failed.after_s is None else failed.after_s
                left = patience.deadline_s - (self._now() - start)
                if not failed.again or attempt == patience.retries or wait >= left:
                    raise self._give_up(failed, attempt + 1, self._now() - start) from None
                self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _give_up(self, failed: _Failed, attempts: int, after_s: float) -> NoAnswer:
        asked = "once" if attempts == 1 else f"{attempts} times"
        wait = "" if failed.after_s is None else f" It wants {failed.after_s:g} s to pass first."
        told = f"{self.where} was asked {asked} in {after_s:.1f} s and did not answer: {failed}.{wait}"
        return NoAnswer(self.hidden(told), failed.blame)

    def _wait_for_turn(self, start: float) -> None:
        """Its own limit: questions are at least a minute / per_minute apart."""
        if self.patience.per_minute is None:
            return
        with self._turn:  # held while waiting: who asks next waits for its own turn from then on
            wait = max(0.0, self._next - self._now())
            if wait > self.patience.deadline_s - (self._now() - start):
                raise NoAnswer(
                    f"{self.where} may be asked {self.patience.per_minute:g} times a minute; the next turn comes"
                    f" in {wait:.1f} s, after the deadline of {self.patience.deadline_s:g} s. Allow more of either.",
                    "endpoint",
                )
            if wait:
                self._sleep(wait)
            self._next = self._now() + 60.0 / self.patience.per_minute

    def _once(self, data: bytes, timeout_s: float, used: dict[str, float]) -> Any:
        """One attempt; a watchman cuts the line when its time is over."""
        parts, began = self._parts, time.thread_time()
        made = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        line, cut = made(parts.hostname or "", parts.port, timeout=timeout_s), threading.Event()
        held = list[
            socket.socket
        ]()  # http.client lets go of a line that will close, while it is still read from
        watch = threading.Timer(timeout_s, _cut, (line, held, cut))
        watch.daemon = True
        watch.start()
        try:
            line.connect()
            held.append(line.sock)
            line.request(
                "POST",
                f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}",
                data,
                self._headers(),
            )
            with line.getresponse() as reply:
                text = _read(reply)
            used["net_mb"] += (
                len(data) + len(text) + len(str(reply.headers)) + len(str(self._headers()))
            ) / 1e6
        except (OSError, http.client.HTTPException, ssl.SSLError) as wrong:
            if cut.is_set() or isinstance(wrong, TimeoutError):
                raise _Failed(f"nothing complete came within {timeout_s:.3g} s", again=True) from None
            gone = isinstance(wrong, ConnectionRefusedError | socket.gaierror | ssl.SSLError)
            blame: Blame = "endpoint" if gone else "either"
            raise _Failed(f"{type(wrong).__name__}: {wrong}", again=True, blame=blame) from None
        finally:
            watch.cancel()
            line.close()
            used["cpu_s"] += time.thread_time() - began
        if cut.is_set():  # a reply without a length ends where the line is cut
            raise _Failed(f"nothing complete came within {timeout_s:.3g} s", again=True)
        return _content(reply, text)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return headers | ({"Authorization": f"Bearer {self._key()}"} if self.key_env else {})

    def _key(self) -> str:
        key = os.environ.get(self.key_env or "", "").strip()
        if not key:
            raise MindshareError(
                f"The environment has no {self.key_env}, which is to hold the key of {self.where}."
            )
        return key

    def hidden(self, message: str) -> str:
        """Without the key, which an endpoint may have repeated."""
        return message.replace(self._key(), "***") if self.key_env else message


class LineSettings(TypedDict, total=False):
    """How an endpoint is reached: as in `Line`, or by a `line` that is there already."""

    patience: Patience | None
    key_env: str | None
    rng: np.random.Generator | None
    line: Line | None


def line_to(url: str, how: LineSettings) -> Line:
    """The line that was given, or a new one to `url`."""
    given = how.get("line")
    if given is not None:
        return given
    return Line(url, how.get("patience"), key_env=how.get("key_env"), rng=how.get("rng"))


def _cut(line: http.client.HTTPConnection, held: list[socket.socket], cut: threading.Event) -> None:
    cut.set()
    sock = held[0] if held else line.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:  # it has ended by itself
            return


def _read(reply: http.client.HTTPResponse) -> bytes:
    parts, size = [], 0
    while part := reply.read(CHUNK):
        parts.append(part)
        size += len(part)
        if size > MOST_MB * 1e6:
            raise _Failed(f"its answer is longer than {MOST_MB:g} MB", again=False)
    return b"".join(parts)


def _content(reply: http.client.HTTPResponse, text: bytes) -> Any:
    said = text[:SHOWN].decode("utf-8", "replace")
    if reply.status != 200:
        after = _after_s(reply.getheader("Retry-After")) if reply.status in (429, 503) else None
        told = f"status {reply.status} {reply.reason}{': ' + said if said.strip() else ''}"
        raise _Failed(told, again=reply.status in AGAIN, after_s=after, blame=_blame(reply.status))
    try:
        return json.loads(text)
    except ValueError:
        raise _Failed(f"what it sent is not JSON: {said!r}", again=False) from None


def _blame(status: int) -> Blame:
    if status in OF_CASE:
        return "case"
    return "either" if status >= 500 else "endpoint"


def _after_s(told: str | None) -> float | None:
    """Seconds of a Retry-After, which may be a number or a date; None where it says nothing that can be read."""
    if told is None:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except ValueError:
        return None
