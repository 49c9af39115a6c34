"""Calls of those in charge: limits, STOP, what happened, what would have been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mindshare.web.calls.call import READING_S, SOLVING_S, Call, encode, get, post, query
from mindshare.web.said import (
    LiveBoard,
    LiveEvents,
    LiveLearning,
    LiveLimit,
    LiveReliance,
    LiveWhatIf,
    Resumed,
)
from mindshare.web.said_rules import LiveRules


class _Limits(msgspec.Struct, frozen=True):
    limits: dict[str, LiveLimit]


class _Stopped(msgspec.Struct, frozen=True):
    stopped: dict[str, str]


_learning = msgspec.json.Decoder(LiveLearning).decode
_rules = msgspec.json.Decoder(LiveRules).decode
_what_if = msgspec.json.Decoder(LiveWhatIf).decode


def _limits(data: bytes) -> dict[str, LiveLimit]:
    return msgspec.json.decode(data, type=_Limits).limits


def _stopped(data: bytes) -> dict[str, str]:
    return msgspec.json.decode(data, type=_Stopped).stopped


def limits() -> Call[dict[str, LiveLimit]]:
    """Each resource that is limited, with its price."""
    return get("/v1/limits", _limits)


def change_limits(limit: Mapping[str, float]) -> Call[dict[str, LiveLimit]]:
    """New limits (resource -> amount), followed from the next decision on; all limits after it."""
    return Call("PATCH", "/v1/limits", encode({"limit": dict(limit)}), _limits)


def rules() -> Call[LiveRules]:
    """The guard and the guidelines that hold, and who set them."""
    return get("/v1/rules", _rules)


def change_rules(
    guidelines: Mapping[str, str] | None = None,
    guard: Mapping[str, Any] | None = None,
    reason: str = "",
    *,
    of: str = "",
    weaker: bool = False,
) -> Call[LiveRules]:
    """Other guidelines (kind -> text), another guard (the whole of it), followed from the next decision on; all rules after it. `of`: the
    `digest` of those that are changed. Weaker, with what would no longer be checked, unless `weaker` says that it is meant.
    """
    told: dict[str, Any] = {
        "guidelines": dict(guidelines or {}),
        "reason": reason,
        "of": of,
        "weaker": weaker,
    }
    told |= {} if guard is None else {"guard": dict(guard)}
    return Call("PATCH", "/v1/rules", encode(told), _rules, again=not of)


def board() -> Call[LiveBoard]:
    """All that the board shows, of one moment."""
    return get("/v1/board", msgspec.json.Decoder(LiveBoard).decode)


def learning() -> Call[LiveLearning]:
    """How far the models have learnt from outcomes."""
    return get("/v1/learning", _learning)


def reliance() -> Call[LiveReliance]:
    """How far each person follows advice that is right and advice that is wrong. The whole log is read for it."""
    return Call("GET", "/v1/reliance", None, msgspec.json.Decoder(LiveReliance).decode, timeout=READING_S)


def stops() -> Call[dict[str, str]]:
    """What is stopped: kind ("" = all) -> by whom."""
    return get("/v1/stops", _stopped)


def stop(kind: str = "", reason: str = "") -> Call[dict[str, str]]:
    """No machine-only verdict from now on, of one kind or of all; what is stopped after it."""
    return post("/v1/stop", {"kind": kind, "reason": reason}, _stopped)


def resume(kind: str = "") -> Call[Resumed]:
    """The end of a stop, once a second account has said the same; where there is one account only, the console says it."""
    return post("/v1/resume", {"kind": kind}, msgspec.json.Decoder(Resumed).decode, again=False)


def events(after: str = "0", only: Sequence[str] = (), limit: int = 100) -> Call[LiveEvents]:
    """A page of events in their order, of these names only where some are given."""
    path = query("/v1/events", after=after, limit=limit, only=",".join(only))
    return get(path, msgspec.json.Decoder(LiveEvents).decode)


def start_what_if(
    limits: Mapping[str, float | Mapping[str, float]] | None = None,
    prices: Mapping[str, float] | None = None,
    more: Mapping[str, str | float] | None = None,
) -> Call[LiveWhatIf]:
    """Begins to judge other limits (resource -> amount for all cases together, or {"limit": 80, "per_s": 86400}), prices (utility a
    unit), or more people at some hours ({"from": "14:00", "to": "16:00", "people": 1, "tz": "Europe/Berlin"}) on the cases whose outcome
    is known. `what_if().result["says"]` has what was found in sentences.
    """
    asked = {"limits": dict(limits or {}), "prices": dict(prices or {})}
    return post("/v1/what-if", asked | ({"more": dict(more)} if more else {}), _what_if, again=False)


def what_if() -> Call[LiveWhatIf]:
    """The last what-if: how far it is, or what it found."""
    return get("/v1/what-if", _what_if)


def cancel_what_if() -> Call[LiveWhatIf]:
    """Ends the one that runs."""
    return Call("DELETE", "/v1/what-if", None, _what_if, timeout=SOLVING_S)
