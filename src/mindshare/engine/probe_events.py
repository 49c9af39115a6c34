"""Events of gold probes; `events.py` is the closed list."""

from __future__ import annotations

import msgspec

from mindshare.engine.envelope import Event


class ProbeAnswered(Event, kw_only=True, tag="probe_answered"):
    """An answer to a gold probe; it moves what is known of the person and nothing else. `until`: it can be taken back."""

    person: str
    probe: str
    kind: str = ""
    token: int
    label: str | None
    right: bool
    until: float
    seconds: float = 0.0
    spent: dict[str, float] = msgspec.field(default_factory=dict)
    late: bool = False


class ProbeUndone(Event, kw_only=True, tag="probe_undone"):
    """A person took an answer to a gold probe back."""

    person: str
    probe: str


class Probed(Event, kw_only=True, tag="probed"):
    """A person attends to a gold probe until then, a case whose label is known; charged like a case. `planted`: the wrong label
    that machines are shown to say on purpose, "" = none.
    """

    person: str
    probe: str
    kind: str = ""
    token: int
    until: float
    use: dict[str, float]
    charge: int
    ends: list[float]
    tags: list[str] = msgspec.field(default_factory=list)
    shown: bool = False
    ahead: bool = False  # it is not shown yet
    planted: str = ""
