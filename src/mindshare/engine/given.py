"""Inputs of a log, given to an engine again: the command that brought each event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from mindshare.core.errors import MindshareError
from mindshare.engine import events as ev
from mindshare.engine.engine import Engine
from mindshare.engine.events import Kept
from mindshare.engine.machining import Ran
from mindshare.engine.media import File
from mindshare.engine.probing import Said
from mindshare.engine.rebuild import Made
from mindshare.engine.revealing import First
from mindshare.engine.state import State
from mindshare.store.protocol import Body


class Again:
    """Bodies of a replay: they are stored already, so a body has the key and the digest that the log names."""

    def __init__(self, state: State) -> None:
        self._state, self._named = state, list[Kept]()

    def expect(self, kept: Kept | None) -> None:
        if kept is not None:
            self._named.append(kept)

    def keep(self, data: bytes, keep: str, at: float) -> Kept:  # noqa: ARG002
        if not self._named:  # the log is of an older program, which kept this in the chain
            return Kept(self._state.keys, "")
        kept = self._named.pop(0)
        self._state.keys = kept.key
        return kept

    def get(self, key: int) -> bytes | None:  # noqa: ARG002
        return None

    def all(self) -> tuple[Body, ...]:
        return ()


def give(engine: Engine, made: Made, e: Any) -> None:
    """The command that brought an event."""
    if isinstance(e, ev.ModelChanged):
        engine.change_model(e.kind, made.load(e.kind, e.digest), e.digest, e.outcomes)
        return
    how = _COMMAND.get(type(e))
    if how is None:
        raise MindshareError(f"'{msgspec.to_builtins(e)['is']}' follows from nothing before it")
    how(engine, e)


def _received(engine: Engine, e: ev.Received) -> None:
    case = engine.seeing.stored(e.body.key)
    if case is None:
        raise MindshareError(f"the contents of case '{e.case}' were erased")
    for told in engine.submit([case], e.by):
        if isinstance(told, MindshareError):
            raise told


def _brought(engine: Engine, e: ev.Brought) -> None:
    """Its bytes may be erased by now; nothing that followed hangs on them."""
    engine.bring(File(b"", e.type, e.size), e.by)


def _skipped(engine: Engine, e: ev.Skipped) -> None:
    back = engine.escalate if e.to else engine.skip
    back(e.token, e.person, _reason(engine, e))


def _answered(engine: Engine, e: ev.Answered) -> None:
    if e.run:
        engine.ran(e.run, Ran(e.label, e.proba, "", e.spent, where=_words(engine, e.places)))
        return
    seconds = e.seconds if _told_seconds(engine, e) else None
    said = Said(e.label, e.confidence, seconds, _words(engine, e.words, e.reason), _words(engine, e.body))
    engine.answer(e.case, e.agent, e.token, said)


def _probe_answered(engine: Engine, e: ev.ProbeAnswered) -> None:
    token, leases = e.token, engine.state.leases
    if not token:  # late: under any lease that is over
        token = next((t for t in range(engine.state.tokens, 0, -1) if t not in leases), 0)
    engine.answer(e.probe, e.person, token, Said(e.label, seconds=e.seconds))


def _words(engine: Engine, kept: Kept | None, reason: str = "") -> str:
    """What somebody wrote; of an older log, what stands in the event."""
    if kept is None:
        return reason
    data = engine.seeing.stored(kept.key)
    return "erased" if data is None else data.decode()


def _reason(
    engine: Engine,
    e: ev.Skipped | ev.SentUp | ev.Overridden | ev.Reopened | ev.Cancelled | ev.Stopped | ev.RulesChanged,
) -> str:
    return _words(engine, e.words, getattr(e, "reason", ""))


def _told_seconds(engine: Engine, e: ev.Answered) -> bool:
    """Whether the time stands in the log because the person's program told it."""
    lease = engine.state.leases.get(e.token)
    return engine.settings.trust_seconds or e.late or (lease is not None and lease.ahead)


_COMMAND: dict[type, Callable[[Engine, Any], Any]] = {
    ev.Started: lambda g, e: g.start(e.build, e.models),
    ev.Brought: _brought,
    ev.Received: _received,
    ev.Free: lambda g, e: g.next(e.person, e.until),
    ev.Ahead: lambda g, e: g.ahead(e.person),
    ev.Shown: lambda g, e: g.show(e.token, e.person),
    ev.Away: lambda g, e: g.away(e.person),
    ev.Answered: _answered,
    ev.Failed: lambda g, e: g.ran(e.run, Ran(None, None, e.why, e.spent, e.batch, e.own, e.bad)),
    ev.Seen: lambda g, e: g.see(e.most),
    ev.Skipped: _skipped,
    ev.SentUp: lambda g, e: g.escalate(e.token, e.person, _reason(g, e)),
    ev.Beat: lambda g, e: g.beat(e.token, e.person, held=e.held),
    ev.Revealed: lambda g, e: g.reveal(e.token, e.person, First(e.first) if e.own else None),
    ev.ProbeAnswered: _probe_answered,
    ev.ProbeUndone: lambda g, e: g.undo(e.probe, e.person),
    ev.Undone: lambda g, e: g.undo(e.case, e.person),
    ev.Came: lambda g, e: g.outcome(e.case, e.label, e.by),
    ev.Overridden: lambda g, e: g.override(e.case, e.label, _reason(g, e) or "erased", e.by, e.how),
    ev.Reopened: lambda g, e: g.reopen(e.case, _reason(g, e), e.by),
    ev.Cancelled: lambda g, e: g.cancel(e.case, e.by, _reason(g, e)),
    ev.Erased: lambda g, e: g.forget(e.person, e.keys, e.by) if e.person else g.erase(e.case, e.by),
    ev.Stopped: lambda g, e: g.stop(e.by, e.kind, _reason(g, e), e.since or None),
    ev.Resumed: lambda g, e: g.resume(e.by, e.also, e.kind),
    ev.Limited: lambda g, e: g.change_limits(e.limit, e.by),
    ev.RulesChanged: lambda g, e: g.change_rules(e.by, e.guidelines, e.guard, _reason(g, e)),
    ev.Shift: lambda g, e: g.shift(e.person, on=e.on),
    ev.ShiftsChanged: lambda g, e: g.change_shifts(e.person, e.shifts, e.by),
    ev.AgentChanged: lambda g, e: g.agent(e.agent, e.by, active=e.active),
    ev.Ticked: lambda g, e: g.tick(e.without),
}
