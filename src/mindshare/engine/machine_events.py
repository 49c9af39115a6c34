"""Events of machines that the service runs itself: what came from outside, then what followed. The closed list is in `events.py`."""

from __future__ import annotations

import msgspec

from mindshare.engine.envelope import Event


class Failed(Event, kw_only=True, tag="failed"):
    """A run of a machine ended without an answer. `own`: by its own fault, not because the service ended or it never began.

    `bad`: by the fault of the case, which is not tried again; others of its batch were answered.
    """

    case: str
    agent: str
    run: int
    why: str
    spent: dict[str, float] = msgspec.field(default_factory=dict)
    own: bool = True
    batch: int = 0  # the token of the first run of the batch that failed; one batch is one failure in a row
    bad: bool = False


class Seen(Event, kw_only=True, tag="seen"):
    """What this computer leaves to machines now: an amount a second, or one that may be held. Limits are at most that."""

    most: dict[str, float]


class Running(Event, kw_only=True, tag="running"):
    """A run of a machine begins; what it is expected to use is charged. It is given up when it has not ended by then."""

    case: str
    agent: str
    token: int
    body: int  # key of the contents of the case
    labels: list[str]
    until: float
    use: dict[str, float]
    charge: int
    ends: list[float]
    price: dict[str, float] = msgspec.field(default_factory=dict)
    value: float = 0.0
    net: float = 0.0
    attempt: int = 1
    why: str = ""  # always, free, trial, tried or worth: as in `Weight`


class Weight(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a machine's answer on a case was worth, what it was to cost at the prices of then, and what is left of that.

    `why` it was run: always (set so), free (it uses nothing that is limited), trial (too few of its answers are known to be
    right or wrong), tried (drawn, so that its worth stays known), worth (the best net); or why not: nothing (worth nothing),
    dear (its price is higher), full (it does not fit into the limits), other (somebody else was worth more).
    """

    agent: str
    why: str
    value: float = 0.0
    cost: float = 0.0
    net: float = 0.0


class Weighed(Event, kw_only=True, tag="weighed"):
    """Machines were weighed against their prices, and against the people who waited for a case."""

    case: str
    machines: list[Weight]
    price: dict[str, float] = msgspec.field(default_factory=dict)


class PutAside(Event, kw_only=True, tag="aside"):
    """A machine failed several times in a row; it is not run until then."""

    agent: str
    until: float
    failures: int
