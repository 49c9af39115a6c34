"""Events of evidence in files, and of cases that go to the lead; `events.py` is the closed list."""

from __future__ import annotations

from mindshare.engine.envelope import Event, Kept


class Brought(Event, kw_only=True, tag="brought"):
    """A file came that cases may show; its bytes are in the body, and it is called by the digest of that. `size`: bytes."""

    body: Kept
    type: str
    size: int
    by: str


class SentUp(Event, kw_only=True, tag="sent_up"):
    """A person sent a case to the lead, who decides it or gives it back; nobody else is asked about it meanwhile."""

    case: str
    person: str
    token: int
    spent: dict[str, float]
    words: Kept | None = None  # the reason
