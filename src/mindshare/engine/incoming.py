"""A case as it comes over the line: checked, and turned into records."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import msgspec

from mindshare.core.errors import MindshareError
from mindshare.core.records import Answer, Case
from mindshare.core.seat import is_shown

MOST_ID = 200  # characters
Value = float | str | bool | None
Grid = list[
    list[int | float]
]  # rows of weights over a picture, or parts [from, to, weight] of a text or a series
Where = dict[
    str, float | Grid | dict[str, Grid]
]  # a feature, or a part of `show` by its title -> where in it (`looked.py`)


class NewAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An answer of a machine that comes with the case. `where`: where it looked, feature or title -> a weight from 0 to 1, of a picture a
    grid of them, of a text or a series parts [from, to, weight]; people see it beside the answer, nothing learns from it.
    """

    agent: str
    label: str | None = None
    confidence: float | None = None
    seconds: float | None = None
    proba: dict[str, float] | None = None
    where: Where = {}


class NewCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A case as it is sent. `features` are what machines and the belief see, `show` is for people's eyes only."""

    id: str
    kind: str = ""
    features: dict[str, Value] = {}
    answers: list[NewAnswer] = []
    group: str = ""
    parent: str = ""
    stakes: float = 1.0
    deadline: datetime | None = None
    askable: list[str] | None = None  # who may be asked; None = everybody
    excluded: list[str] = []  # who must have no say: the author of the case, whoever it is about
    opted_out: bool = False  # of automation
    subject: str = ""  # whom it is about, as you call that person: to erase all cases of one
    show: Any = None
    content: Any = None  # what machines that run here are given: a text, or lists of numbers


class Sight(msgspec.Struct, gc=False):
    """What is known of an open case beside its state: the record, machines' answers, who may be asked."""

    case: Case
    answers: list[Answer]
    askable: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()
    opted_out: bool = False


_decoder = msgspec.json.Decoder(NewCase)
_many = msgspec.json.Decoder(list[msgspec.Raw])


def read_case(data: bytes) -> NewCase:
    """The case that these bytes tell; MindshareError in one sentence where they do not."""
    try:
        case = _decoder.decode(data)
    except msgspec.ValidationError as e:
        raise MindshareError(f"The case cannot be read: {e}.") from e
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise MindshareError(f"The case is not JSON: {e}.") from e
    checked(case)
    return case


def read_again(data: bytes) -> NewCase:
    """A case from bytes that were read and checked when it came."""
    return _decoder.decode(data)


def read_cases(data: bytes) -> list[bytes]:
    """The cases of a JSON list, each as its own bytes."""
    try:
        return [bytes(raw) for raw in _many.decode(data)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise MindshareError(f"Several cases come as a JSON list of cases: {e}.") from e


def checked(case: NewCase) -> None:
    """Raises MindshareError for what no case can be."""
    if not case.id or len(case.id) > MOST_ID or not case.id.isprintable():
        raise MindshareError(
            f"A case needs an id of 1 to {MOST_ID} printable characters. Got {case.id[:40]!r} instead."
        )
    if not (math.isfinite(case.stakes) and case.stakes > 0):
        raise MindshareError(f"Case '{case.id}': stakes must be a number > 0. Got {case.stakes!r} instead.")
    if case.deadline is not None and case.deadline.tzinfo is None:
        raise MindshareError(f"Case '{case.id}': deadline needs a time zone, such as 2026-11-29T12:00:00Z.")
    named = [a.agent for a in case.answers]
    if len(set(named)) < len(named):
        raise MindshareError(f"Case '{case.id}': an agent has two answers; give one of each.")
    for answer in case.answers:
        if is_shown(answer.agent):
            raise MindshareError(
                f"Case '{case.id}': '{answer.agent}' is a person who was shown answers, and no machine."
            )
        checked_answer(case.id, answer.agent, answer.confidence, answer.seconds)


def checked_answer(case: str, agent: str, confidence: float | None, seconds: float | None) -> None:
    """Raises MindshareError for a confidence or a time that cannot be."""
    if confidence is not None and not 0 <= confidence <= 1:
        raise MindshareError(
            f"Case '{case}': the confidence of '{agent}' must lie between 0 and 1. Got {confidence!r} instead."
        )
    if seconds is not None and not (0 <= seconds < math.inf):
        raise MindshareError(
            f"Case '{case}': the seconds of '{agent}' must be >= 0. Got {seconds!r} instead."
        )


def sight_of(new: NewCase, arrived: float) -> Sight:
    """The records of a case that came at `arrived`."""
    features: dict[str, float | str] = {}
    for name, value in new.features.items():
        if value is None:
            continue
        features[name] = str(value).lower() if isinstance(value, bool) else value
    case = Case(
        id=new.id,
        features=features,
        kind=new.kind,
        group=new.group,
        stakes=new.stakes,
        arrived=arrived,
        deadline=None if new.deadline is None else new.deadline.timestamp(),
    )
    answers = [
        Answer(
            case_id=new.id,
            agent_id=a.agent,
            label=a.label,
            confidence=a.confidence,
            seconds=a.seconds,
            proba=a.proba,
        )
        for a in new.answers
    ]
    askable = None if new.askable is None else frozenset(new.askable)
    return Sight(case, answers, askable, frozenset(new.excluded), new.opted_out)
