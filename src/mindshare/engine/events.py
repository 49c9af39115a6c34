"""What a service writes down, a closed list: the first half is what came from outside, the second what followed from it.

Each event is one line of JSON in a frame of the log. `at` is the engine's clock: seconds since 1970 that never fall. Contents of
cases, comments, reasons and names are no part of an event: they lie beside the chain as bodies (`Kept`), so that they can be erased.
`words` is the body of a reason; `reason` was its place in older logs, and is that of reasons of our own.
"""

from __future__ import annotations

from typing import get_args

import msgspec

from mindshare.engine.advice_events import Revealed
from mindshare.engine.envelope import Event, Kept
from mindshare.engine.evidence_events import Brought, SentUp
from mindshare.engine.machine_events import Failed, PutAside, Running, Seen, Weighed
from mindshare.engine.people_events import Ahead, Away, Beat, Free, ShiftsChanged, Shown, Skipped, Undone
from mindshare.engine.probe_events import ProbeAnswered, Probed, ProbeUndone
from mindshare.engine.service_events import Paced, RulesChanged, Started

__all__ = [  # of other files, and as much a part of the list
    "Ahead", "Away", "Beat", "Brought", "Event", "Failed", "Free", "Kept", "Paced", "ProbeAnswered", "ProbeUndone", "Probed",
    "PutAside", "Revealed", "RulesChanged", "Running", "Seen", "SentUp", "ShiftsChanged", "Shown", "Skipped", "Started", "Undone",
    "Weighed",
]  # fmt: skip

# --- what came from outside -------------------------------------------------------------------------------------------


class Received(Event, kw_only=True, tag="received"):
    """A case came; its contents and the machines' answers that came with it are in the body."""

    case: str
    kind: str = ""
    body: Kept
    stakes: float = 1.0
    group: str = ""
    deadline: float | None = None
    by: str = ""  # the token that sent it
    media: list[str] = msgspec.field(default_factory=list)  # digests of files that it shows


class Answered(Event, kw_only=True, tag="answered"):
    """An answer, of a person under the lease of this token or of a machine. `late`: the lease was over; `counts`: the case was open."""

    case: str
    agent: str
    label: str | None
    seconds: float | None = None
    confidence: float | None = None
    proba: dict[str, float] | None = None
    reason: str = ""
    body: Kept | None = None  # a comment
    words: Kept | None = None  # the reason
    places: Kept | None = None  # where a machine that runs here looked
    token: int = 0
    spent: dict[str, float] = msgspec.field(default_factory=dict)
    late: bool = False
    counts: bool = True
    run: int = 0  # of a machine that runs here: the token of its run
    shown: bool = False  # the person saw the machines' answers


class Came(Event, kw_only=True, tag="outcome"):
    """What turned out to be true; a later one corrects an earlier one."""

    case: str
    label: str
    by: str = ""
    first: bool = True


class Overridden(Event, kw_only=True, tag="overridden"):
    """A person with the right to do so decided otherwise, with a reason; `how`: override, reversal or appeal."""

    case: str
    label: str
    reason: str = ""
    by: str
    how: str = "override"
    words: Kept | None = None


class Reopened(Event, kw_only=True, tag="reopened"):
    """An appeal, or a stop: the case waits for a person again."""

    case: str
    reason: str = ""
    by: str
    words: Kept | None = None


class Cancelled(Event, kw_only=True, tag="cancelled"):
    """Nobody needs a verdict any more."""

    case: str
    by: str
    reason: str = ""
    words: Kept | None = None


class Erased(Event, kw_only=True, tag="erased"):
    """These bodies are deleted: the contents of a case with the comments and reasons on it, or all that a `person` wrote. What was
    erased goes on as a pseudonym. `media`: digests of the files among them, which no other case shows.
    """

    case: str = ""
    by: str
    keys: list[int]
    person: str = ""
    media: list[str] = msgspec.field(default_factory=list)


class Stopped(Event, kw_only=True, tag="stopped"):
    """No machine-only verdict from now on, of one kind or ("") of all."""

    kind: str = ""
    by: str
    reason: str = ""
    since: float = 0.0  # when it was pressed, where that was before it could be written here
    words: Kept | None = None


class Resumed(Event, kw_only=True, tag="resumed"):
    """A stop is over; two accounts confirmed it, or the console did."""

    kind: str = ""
    by: str
    also: str = ""


class Limited(Event, kw_only=True, tag="limited"):
    """New limits from now on."""

    limit: dict[str, float]
    by: str


class Shift(Event, kw_only=True, tag="shift"):
    """A person came on shift or left."""

    person: str
    on: bool


class AgentChanged(Event, kw_only=True, tag="agent"):
    """An agent joined, was paused or left."""

    agent: str
    person: bool
    active: bool
    by: str = ""


class ModelChanged(Event, kw_only=True, tag="model"):
    """A model of this kind decides from now on; `outcomes` are in it already."""

    kind: str
    digest: str
    outcomes: int


class Ticked(Event, kw_only=True, tag="ticked"):
    """The clock was looked at, and something was due; `without`: the parts that are left out, as the engine raised at them before."""

    without: list[str] = msgspec.field(default_factory=list)


# --- what followed from it --------------------------------------------------------------------------------------------


class Waiting(Event, kw_only=True, tag="waiting"):
    """The first allocation of a case, while nobody is free: whom the rule would ask, and what that is worth. Nothing is charged."""

    case: str
    agent: str
    value: float
    net: float
    why: str = ""  # a rule of the guard that wants a person


class Escalated(Event, kw_only=True, tag="escalated"):
    """Nobody came in time, and a person has to: the case waits as long as it takes."""

    case: str
    why: str


class Leased(Event, kw_only=True, tag="leased"):
    """An allocation: this person attends to the case until then; what it is expected to use is charged."""

    case: str
    agent: str
    token: int
    until: float
    value: float
    net: float
    use: dict[str, float]
    price: dict[str, float]
    charge: int
    ends: list[float]  # when the period of each resource ends; -1 = never
    why: str = ""
    tags: list[str] = msgspec.field(default_factory=list)  # caps on exposure that the case falls under
    shown: bool = False  # with the machines' answers
    ahead: bool = False  # it is not shown yet


class Expired(Event, kw_only=True, tag="expired"):
    """A lease is over without an answer; the time that the case was shown is charged."""

    case: str
    agent: str
    token: int
    spent: dict[str, float] = msgspec.field(default_factory=dict)


class Decided(Event, kw_only=True, tag="decided"):
    """A verdict. It is provisional until then, and final after that. `belief` is in the order of the labels of its kind."""

    case: str
    version: int
    label: str
    belief: list[float]
    until: float
    by: str = "rule"  # rule, timeout, override, reversal, late, stop
    asked: list[str] = msgspec.field(default_factory=list)
    value: float = 0.0  # of the best question that was not worth its price
    price: dict[str, float] = msgspec.field(default_factory=dict)


Input = (
    Started | Brought | Received | Free | Ahead | Shown | Revealed | Away | Answered | Failed | Seen | Skipped | SentUp | Beat
    | ProbeAnswered | ProbeUndone | Undone | Came | Overridden | Reopened | Cancelled | Erased | Stopped | Resumed | Limited | Shift
    | ShiftsChanged | AgentChanged | ModelChanged | Ticked | RulesChanged
)  # fmt: skip
AnyEvent = Input | Waiting | Escalated | Leased | Probed | Running | Weighed | PutAside | Expired | Decided | Paced  # fmt: skip
INPUTS = get_args(Input)

_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder(AnyEvent)


def lines(events: list[Event]) -> bytes:
    """The events as lines of JSON."""
    return _encoder.encode_lines(events)


def read_lines(data: bytes) -> list[AnyEvent]:
    """The events of a frame."""
    return _decoder.decode_lines(data)
