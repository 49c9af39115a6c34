"""Does the log follow from what came in? Its inputs are given to a second engine, and all that followed is compared, to the bit.

What the log does not hold any more cannot be replayed: contents that were erased, settings that nobody wrote down. There the comparing
ends, the reason is told, and it begins again at the next start of the service at which everything is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, cast

import msgspec

from mindshare.core.errors import MindshareError
from mindshare.engine import events as ev
from mindshare.engine.engine import Engine
from mindshare.engine.given import Again, give
from mindshare.engine.rebuild import Made, rebuilt
from mindshare.engine.settings import Settings, digest_of
from mindshare.histories.written import team_tree
from mindshare.store.protocol import Body, Reader, Sealed

MOST = 20  # differences that are told
EVERY = 2**62  # cases in memory: what is archived later is none of a replay's business


class Difference(NamedTuple):
    """Where what followed is not what the log says; "" = there is nothing in its place."""

    frame: int
    logged: str
    replayed: str


class Replay(NamedTuple):
    """`compared`: the stretches of frames, (first, last), that follow from what came in, on this build. `reasons`: why the others
    could not be compared, a sentence each. `differences`: the first MOST that nothing explains.
    """

    frames: int
    events: int
    differences: tuple[Difference, ...]
    compared: tuple[tuple[int, int], ...] = ()
    reasons: tuple[str, ...] = ()


class _Upto:
    """The first frames of a store, without what it kept later: nothing but what a start of then had to go by."""

    def __init__(self, store: Reader, number: int) -> None:
        self._store, self._number = store, number
        self.body, self.bodies = store.body, store.bodies

    def frames(self, after: int = 0) -> Iterator[Sealed]:
        for frame in self._store.frames(after):
            if frame.number > self._number:
                return
            yield frame

    def snapshot(self) -> None:
        return None

    def archived(self, name: str, upto: int | None = None) -> bytes | None:  # noqa: ARG002
        return None

    def archived_of(self, names: Sequence[str]) -> dict[str, bytes]:  # noqa: ARG002
        return {}

    def archived_after(self, place: int, most: int) -> list[Body]:  # noqa: ARG002
        return []


class _Comparer:
    """`doubt`: what would explain a difference; `apart`: nothing is compared now."""

    def __init__(self, made: Made, store: Reader, remake: Callable[[Settings], Made] | None) -> None:
        self._made, self._store, self._remake = made, store, remake
        self._settings: dict[str, Settings] = {}  # those that the log holds, by their digest
        self._engine: Engine | None = None
        self._gone = _erased_at(store)  # case -> the frame in which it was erased
        self._came = dict[str, int]()  # of these: the frame in which it came
        self._doubt, self._apart = "", False
        self.reasons = list[str]()
        self.compared = list[tuple[int, int]]()
        self.differences = list[Difference]()

    def look(self, number: int, logged: Sequence[ev.Event]) -> None:
        """Compares one frame, or says why not."""
        for event in logged:
            if isinstance(event, ev.Started):
                self._begin(number, event)
        if self._engine is None and not self._apart:
            self._engine = self._built(number, logged[0].at)
        gone = [e for e in logged if isinstance(e, ev.Received) and e.case in self._gone]
        lost = [e.case for e in gone if self._store.body(e.body.key) is None]
        self._came |= dict.fromkeys(lost, number)
        if lost and not self._apart:
            self._leave(number, f"the contents of case '{lost[0]}', which came then, were erased")
        if self._apart:
            return
        assert self._engine is not None
        found = list(_frame(self._engine, self._made, number, logged))
        if found and self._doubt:
            self._leave(number, self._doubt)
            return
        self.differences += found
        if not found:
            first = self.compared.pop()[0] if self.compared and self.compared[-1][1] == number - 1 else number
            self.compared.append((first, number))

    def _leave(self, number: int, why: str) -> None:
        self._apart = True
        self.reasons.append(f"From frame {number:,} on: {why}.")

    def _begin(self, number: int, told: ev.Started) -> None:
        """The service began, or began again: under the same settings it goes on, under others it is built from the log."""
        if told.body is not None and (body := self._store.body(told.body.key)) is not None:
            self._settings[told.settings] = msgspec.json.decode(body.data, type=Settings)
        settings = self._settings.get(told.settings)
        missing = [c for c, n in self._came.items() if n < number <= self._gone[c]]
        same = settings is None or _same(settings, self._made.settings)
        if self._engine is not None and same and not self._apart:
            self._doubt = self._doubt or self._doubt_of(number, told, settings)
            return
        if missing:
            if not self._apart:
                self._leave(number, f"the contents of case '{missing[0]}', which was there then, were erased")
            return
        try:
            if not same and self._remake is not None:
                assert settings is not None
                self._made = self._remake(settings)
            self._engine = self._built(number, told.at)
        except MindshareError as e:
            self._leave(number, f"the service began in a way in which it could not begin now ({e})")
            return
        self._apart, self._doubt = False, self._doubt_of(number, told, settings)

    def _built(self, number: int, at: float) -> Engine:
        """The engine before this frame."""
        return rebuilt(self._made, cast(Reader, _Upto(self._store, number - 1)), at, EVERY)

    def _doubt_of(self, number: int, told: ev.Started, settings: Settings | None) -> str:
        """What may be otherwise now than at this start."""
        told_here = told.settings == digest_of(self._made.settings)
        if not told_here and (settings is None or not _same(settings, self._made.settings)):
            return f"the service began under other settings in frame {number:,}, and they are not at hand"
        if told.team and told.team != digest_of(team_tree(self._made.team)):
            return f"team.yaml was another one when the service began in frame {number:,}"
        if self._made.settings.learn and any(n < number for n in self._came.values()):
            case = next(c for c, n in self._came.items() if n < number)
            return f"the models had heard of case '{case}', which was erased"
        return ""


def replayed(
    made: Made,
    store: Reader,
    seen: Callable[[int], None] = lambda _: None,
    remake: Callable[[Settings], Made] | None = None,
) -> Replay:
    """Replays the log of a store. `seen` hears the number of each frame that is done.

    `remake`: what the service is set up with under other settings, those that the log says it had; None = `made` under all.
    """
    comparer, frames, count = _Comparer(made, store, remake), 0, 0
    for frame in store.frames():
        logged = ev.read_lines(frame.events)
        comparer.look(frame.number, logged)
        frames, count = frames + 1, count + len(logged)
        seen(frame.number)
        if len(comparer.differences) >= MOST:
            break
    told = tuple(comparer.differences[:MOST])
    return Replay(frames, count, told, tuple(comparer.compared), tuple(comparer.reasons))


def _same(one: Settings, other: Settings) -> bool:
    """Also in their order: that of the limits is the order of all numbers of the pacer."""
    return digest_of(one) == digest_of(other)


def _erased_at(store: Reader) -> dict[str, int]:
    """Case -> the frame in which it was erased first."""
    gone = dict[str, int]()
    for frame in store.frames():
        if b'"is":"erased"' in frame.events:
            for event in ev.read_lines(frame.events):
                if isinstance(event, ev.Erased):
                    gone.setdefault(event.case, frame.number)
    return gone


def _frame(engine: Engine, made: Made, number: int, logged: Sequence[ev.Event]) -> Iterable[Difference]:
    """Gives the inputs of one frame to the engine; yields what differs, and goes on from what the log says."""
    engine.writing.bodies = again = Again(engine.state)  # type: ignore[assignment]
    at = 0
    while at < len(logged) and not isinstance(logged[at], ev.Paced):
        event, before = logged[at], len(engine.writing.out)
        engine.at(event.at)
        again.expect(getattr(event, "body", None))
        again.expect(getattr(event, "words", None))
        again.expect(getattr(event, "places", None))
        try:
            give(engine, made, event)
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
    """The event as it is compared; settings and team of a start were looked at before (`_Comparer._begin`)."""
    if isinstance(event, ev.Started):
        event = msgspec.structs.replace(event, settings="", limits=None, body=None, team="", rules=None)
    return msgspec.json.encode(event).decode()
