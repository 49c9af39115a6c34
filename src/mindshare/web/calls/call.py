"""A request to a service, and how its reply is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

Result = TypeVar("Result")
SOLVING_S, READING_S = 60.0, 600.0  # for what is solved anew, and for what reads all contents

encode = msgspec.json.Encoder().encode
plain = msgspec.json.decode


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """`again`: made twice it does what it does once. `timeout`: seconds; None = the usual one. `type`: of a body that is no JSON."""

    method: str
    path: str
    body: bytes | None
    read: Callable[[bytes], Result]
    again: bool = True
    timeout: float | None = None
    type: str = ""

    def asked(self) -> dict[str, Any]:
        """As httpx takes it."""
        asked: dict[str, Any] = {"method": self.method, "url": self.path, "content": self.body}
        asked |= {"headers": {"Content-Type": self.type}} if self.type else {}
        return asked if self.timeout is None else asked | {"timeout": self.timeout}


def get(path: str, read: Callable[[bytes], Result], timeout: float | None = None) -> Call[Result]:
    """What is looked at."""
    return Call("GET", path, None, read, timeout=timeout)


def post(
    path: str,
    body: Mapping[str, Any],
    read: Callable[[bytes], Result],
    *,
    again: bool = True,
    timeout: float | None = None,
) -> Call[Result]:
    """What is done."""
    return Call("POST", path, encode(body), read, again, timeout)


def at(what: str, name: str, more: str = "") -> str:
    """The address of one of `what`, and of something of it."""
    return f"/v1/{what}/{quote(name, safe='')}" + (f"/{more}" if more else "")


def query(path: str, **words: Any) -> str:
    """An address with those words that say something."""
    said = urlencode({name: value for name, value in words.items() if value not in ("", None)})
    return f"{path}?{said}" if said else path


def nothing(_: bytes) -> None:
    """It was done, and there is nothing to tell."""
