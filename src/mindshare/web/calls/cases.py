"""Calls about cases: they come, turn out, are decided otherwise; and why they are where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mindshare.core.errors import MindshareError
from mindshare.web.calls.call import READING_S, SOLVING_S, Call, at, encode, get, plain, post, query
from mindshare.web.said import Gone, LiveCase, LiveCases, LiveOtherwise, LiveStory, refused
from mindshare.web.said_desk import LiveFile, LiveSeen, LiveSheet, LiveSheets

_case = msgspec.json.Decoder(LiveCase).decode
_sheets = msgspec.json.Decoder(LiveSheets).decode
_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode


def submit(case: Mapping[str, Any]) -> Call[LiveCase]:
    """A new case, or the same one again; how it stands."""
    return Call("POST", "/v1/cases", encode(dict(case)), _case)


def submit_many(cases: Sequence[Mapping[str, Any]]) -> Call[list[LiveCase | MindshareError]]:
    """Several cases in one request; an error stands in the place of one that was refused."""
    return Call(
        "POST", "/v1/cases", encode([dict(c) for c in cases]), lambda d: [_part(bytes(r)) for r in _raws(d)]
    )


def bring(data: bytes, media_type: str) -> Call[LiveFile]:
    """Brings a file that cases show by its digest: image/png, jpeg, webp or gif, or a series: text/csv, application/json or x-npy."""
    return Call("POST", "/v1/media", data, msgspec.json.Decoder(LiveFile).decode, type=media_type)


def media(name: str) -> Call[bytes]:
    """The bytes of a file, by its digest or its place below `media_root`; NotThere unless a case that is yours shows it."""
    return get(at("media", name), bytes)


def sheets() -> Call[list[LiveSheet]]:
    """What whoever keeps the service lays beside it, such as today's lists."""
    return get("/v1/sheets", lambda data: _sheets(data).sheets)


def sheet(title: str) -> Call[bytes]:
    """The file of a sheet as it is now; NotThere where it is not."""
    return get(at("sheets", title), bytes)


def seen(case_id: str) -> Call[LiveSeen]:
    """A case as a person would see it, and who sent it to the lead, when and why."""
    return get(at("cases", case_id, "seen"), msgspec.json.Decoder(LiveSeen).decode)


def case(case_id: str) -> Call[LiveCase]:
    """How a case stands."""
    return get(at("cases", case_id), _case)


def cases(prefix: str = "", state: str = "", kind: str | None = None, after: int = 0) -> Call[LiveCases]:
    """A page of cases in the order of their coming, by the beginning of their id, state and kind."""
    path = query("/v1/cases", prefix=prefix, state=state, kind=kind, after=after)
    return get(path, msgspec.json.Decoder(LiveCases).decode)


def outcome(case_id: str, label: str) -> Call[LiveCase]:
    """What turned out to be true; a later one corrects an earlier one."""
    return post("/v1/outcomes", {"case": case_id, "label": label}, _case)


def override(case_id: str, label: str, reason: str) -> Call[LiveCase]:
    """A verdict by somebody with the right to it: a new version, which no answer takes the place of."""
    return post(at("cases", case_id, "override"), {"label": label, "reason": reason}, _case, again=False)


def reverse(case_id: str, label: str, reason: str) -> Call[LiveCase]:
    """The same for a verdict that is found to have been wrong."""
    return post(at("cases", case_id, "reverse"), {"label": label, "reason": reason}, _case, again=False)


def reopen(case_id: str, reason: str) -> Call[LiveCase]:
    """An appeal: the case waits for a person who has not answered it."""
    return post(at("cases", case_id, "reopen"), {"reason": reason}, _case, again=False)


def cancel(case_id: str, reason: str = "") -> Call[LiveCase]:
    """Nobody needs a verdict any more."""
    return post(at("cases", case_id, "cancel"), {"reason": reason}, _case)


def erase(case_id: str) -> Call[LiveCase]:
    """Deletes the contents of a closed case and the comments on it."""
    return Call("POST", at("cases", case_id, "erase"), None, _case)


def erase_subject(subject: str) -> Call[Gone]:
    """Deletes the contents of all closed cases about a subject, and the comments and reasons on them. All contents are read for it."""
    return post("/v1/erase", {"subject": subject}, msgspec.json.Decoder(Gone).decode, timeout=READING_S)


def why(case_id: str) -> Call[str]:
    """Why a case is where it is, and what would change that, in sentences."""
    return get(at("cases", case_id, "why"), lambda d: str(plain(d)["why"]), SOLVING_S)


def story(case_id: str, after: int = 0) -> Call[LiveStory]:
    """The events of a case in order, with what was known and believed at each; a page of them."""
    return get(
        query(at("cases", case_id, "story"), after=after), msgspec.json.Decoder(LiveStory).decode, SOLVING_S
    )


def otherwise(
    case_id: str,
    *,
    without: Sequence[str] = (),
    said: Mapping[str, str | None] | None = None,
    nobody: bool = False,
) -> Call[LiveOtherwise]:
    """What would be decided `without` some answers, had agents `said` other labels, or had `nobody` been asked. Nothing is changed."""
    change = {"without": list(without), "said": dict(said or {}), "nobody": nobody}
    return post(
        at("cases", case_id, "otherwise"),
        change,
        msgspec.json.Decoder(LiveOtherwise).decode,
        timeout=SOLVING_S,
    )


def _part(raw: bytes) -> LiveCase | MindshareError:
    try:
        return _case(raw)
    except msgspec.ValidationError:
        return refused(raw, 0)
