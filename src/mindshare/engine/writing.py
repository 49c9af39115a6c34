"""Where everything that happens is written: events change the state at once, and leave in frames."""

from __future__ import annotations

from mindshare.engine import events as ev
from mindshare.engine.bodies import Bodies
from mindshare.engine.fold import apply
from mindshare.engine.state import State


class Writing:
    """The state, the time, and the events and bodies of the frame that is being made."""

    def __init__(self, state: State) -> None:
        self.state, self.now = state, state.now
        self.out: list[ev.Event] = []
        self.bodies = Bodies(state)

    def at(self, now: float) -> None:
        """The time of what happens next; it never falls."""
        self.now = max(now, self.state.now)

    def emit(self, event: ev.Event) -> None:
        """It happened."""
        self.out.append(event)
        apply(self.state, event)

    def close(self) -> tuple[list[ev.Event], Bodies]:
        """The events and bodies since the last frame."""
        out, bodies = self.out, self.bodies
        self.out, self.bodies = [], Bodies(self.state)
        return out, bodies
