"""Does the log follow from what came in? Its inputs are given to a second engine, and all that followed is compared, to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from mindshare.core.errors import MindshareError
from mindshare.engine import events as ev
from mindshare.engine.commands import Parts
from mindshare.engine.engine import Engine
from mindshare.engine.events import Kept
from mindshare.engine.machining import Ran
from mindshare.engine.pace import new_pacer
from mindshare.engine.probing import Said
from mindshare.engine.rebuild import Made, contents_of
from mindshare.engine.state import State
from mindshare.store.protocol import Body, Reader

MOST = 20  # differences that are told


class Difference(NamedTuple):
    """Where what followed is not what the log says; "" = there is nothing in its place."""

    frame: int
    logged: str
    replayed: str


class Replay(NamedTuple):
    """`differences`: the first MOST of them; none = the log follows from what came in, on this build."""

    frames: int
    events: int
    differences: tuple[Difference, ...]


class _Again:
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


def replayed(made: Made, store: Reader, seen: Callable[[int], None] = lambda _: None) -> Replay:
    """Replays the log of a store. `seen` hears the number of each frame that is done."""
    engine: Engine | None = None
    frames = count = 0
    differences = list[Difference]()
    for frame in store.frames():
        logged = ev.read_lines(frame.events)
        if engine is None:
            pacer = new_pacer(made.settings, made.models, logged[0].at)
            parts = Parts(
                made.settings, made.team, made.models, made.rules, pacer, contents_of(store), made.gold
            )
            engine = Engine(parts)
        differences += _frame(engine, made, frame.number, logged)
        frames, count = frames + 1, count + len(logged)
        seen(frame.number)
        if len(differences) >= MOST:
            break
    return Replay(frames, count, tuple(differences[:MOST]))


def _frame(engine: Engine, made: Made, number: int, logged: Sequence[ev.Event]) -> Iterable[Difference]:
    """Gives the inputs of one frame to the engine; yields what differs, and goes on from what the log says."""
    engine.writing.bodies = again = _Again(engine.state)  # type: ignore[assignment]
    at = 0
    while at < len(logged) and not isinstance(logged[at], ev.Paced):
        event, before = logged[at], len(engine.writing.out)
        engine.at(event.at)
        again.expect(getattr(event, "body", None))
        again.expect(getattr(event, "words", None))
        try:
            _give(engine, made, event)
        except MindshareError as e:
            yield Difference(number, _told(event), f"refused: {e}")
            at += 1
            continue
        followed = engine.writing.out[before:]
        yield from _compared(number, logged[at : at + len(followed)], followed)
        at += max(len(followed), 1)
    rest, _ = engine.close_frame()
    paced = [e for e in rest if isinstance(e, ev.Paced)]
    yield from _compared(number, logged[at:], paced)


def _compared(number: int, logged: Sequence[ev.Event], made: Sequence[ev.Event]) -> Iterable[Difference]:
    for i in range(max(len(logged), len(made))):
        one = _told(logged[i]) if i < len(logged) else ""
        other = _told(made[i]) if i < len(made) else ""
        if one != other:
            yield Difference(number, one, other)


def _told(event: ev.Event) -> str:
    return msgspec.json.encode(event).decode()


def _give(engine: Engine, made: Made, e: Any) -> None:
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


def _answered(engine: Engine, e: ev.Answered) -> None:
    if e.run:
        engine.ran(e.run, Ran(e.label, e.proba, "", e.spent))
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


def _reason(engine: Engine, e: ev.Skipped | ev.Overridden | ev.Reopened | ev.Cancelled) -> str:
    return _words(engine, e.words, e.reason)


def _told_seconds(engine: Engine, e: ev.Answered) -> bool:
    """Whether the time stands in the log because the person's program told it."""
    return engine.settings.trust_seconds or e.late


_COMMAND: dict[type, Callable[[Engine, Any], Any]] = {
    ev.Started: lambda g, e: g.start(e.build, e.models),
    ev.Received: _received,
    ev.Free: lambda g, e: g.next(e.person, e.until),
    ev.Away: lambda g, e: g.away(e.person),
    ev.Answered: _answered,
    ev.Failed: lambda g, e: g.ran(e.run, Ran(None, None, e.why, e.spent, e.batch, e.own, e.bad)),
    ev.Seen: lambda g, e: g.see(e.most),
    ev.Skipped: lambda g, e: g.skip(e.token, e.person, _reason(g, e)),
    ev.Beat: lambda g, e: g.beat(e.token, e.person, held=e.held),
    ev.ProbeAnswered: _probe_answered,
    ev.ProbeUndone: lambda g, e: g.undo(e.probe, e.person),
    ev.Undone: lambda g, e: g.undo(e.case, e.person),
    ev.Came: lambda g, e: g.outcome(e.case, e.label, e.by),
    ev.Overridden: lambda g, e: g.override(e.case, e.label, _reason(g, e) or "erased", e.by, e.how),
    ev.Reopened: lambda g, e: g.reopen(e.case, _reason(g, e), e.by),
    ev.Cancelled: lambda g, e: g.cancel(e.case, e.by, _reason(g, e)),
    ev.Erased: lambda g, e: g.erase(e.case, e.by),
    ev.Stopped: lambda g, e: g.stop(e.by, e.kind, e.reason, e.since or None),
    ev.Resumed: lambda g, e: g.resume(e.by, e.also, e.kind),
    ev.Limited: lambda g, e: g.change_limits(e.limit, e.by),
    ev.Shift: lambda g, e: g.shift(e.person, on=e.on),
    ev.AgentChanged: lambda g, e: g.agent(e.agent, e.by, active=e.active),
    ev.Ticked: lambda g, e: g.tick(e.without),
}
