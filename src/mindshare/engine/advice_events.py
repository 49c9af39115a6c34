"""Events of advice: what machines say, as somebody sees it. `events.py` is the closed list."""

from __future__ import annotations

import msgspec

from mindshare.engine.envelope import Event


class Revealed(Event, kw_only=True, tag="revealed"):
    """A person who has a case, or a gold probe, is shown what machines say of it from now on.

    `own`: the person had given an answer before, the `first` (null: cannot tell). `said`: machine -> its label, as it was shown;
    `planted`: wrong on purpose, which is done on gold probes only.
    """

    case: str
    person: str
    token: int
    kind: str = ""
    own: bool = False
    first: str | None = None
    said: dict[str, str | None] = msgspec.field(default_factory=dict)
    planted: bool = False
