"""What is asked of an engine, as it comes to its thread (`actor.py`). `done` hears the result, or the error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mindshare.engine.cases import CaseState, Lease
from mindshare.engine.engine import Engine

Done = Callable[[Any], None]


class Case(NamedTuple):
    """A new case; `done` hears what `tell` says of it."""

    raw: bytes
    by: str
    tell: Callable[[CaseState, Engine], Any]
    done: Done


class Call(NamedTuple):
    """Any other command."""

    command: Callable[[Engine], Any]
    done: Done


class Next(NamedTuple):
    """The next case of a person, who waits for one so long."""

    person: str
    wait_s: float
    tell: Callable[[Lease | None, Engine], Any]
    done: Done


Item = Case | Call | Next
