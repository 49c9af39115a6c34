"""The story of one case: its events in order, and with each what was known then, read from the log outside the engine's thread.

`then` is what the service believed and what it was worth at that moment, as the log has it; `now` is what today's model says of the same
answers, and knows nothing of who overruled it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from mindshare.core.records import Answer
from mindshare.engine import events as ev
from mindshare.engine.cases import Heard
from mindshare.engine.judging import Judge
from mindshare.engine.otherwise import Seen, told
from mindshare.engine.seeing import answer_of
from mindshare.engine.weighing import sentences
from mindshare.store.protocol import Reader, Sealed

MOST_FRAMES = 100_000  # that are read for one page: a second of one core
MOST_STEPS = 200  # of one page
APART = ("is", "at", "case", "body", "words", "places")  # of an event: told beside it, or not at all


def story(store: Reader, case: Seen, after: int = 0) -> dict[str, Any]:
    """Steps of the case behind the frame `after`; `next`: where to go on, None at the end of the log."""
    last = max(frame_at(store, case.at) - 1, after)
    known = _known_at(case, next(store.frames(last - 1)).at) if last else []
    judge = None if case.sight is None else case.own_judge()
    steps, end, stop = list[dict[str, Any]](), store.head().number, last + MOST_FRAMES
    for frame in store.frames(last):
        for event in _of_case(frame, case.id):
            _hear(known, event)
            step = _step(event, known, case, judge)
            step["what"] |= _reason(store, event)
            steps.append(step)
        last = frame.number
        if last >= stop or len(steps) >= MOST_STEPS:
            break
    return {"id": case.id, "state": case.state, "steps": steps, "next": last if last < end else None}


def frame_at(store: Reader, at: float) -> int:
    """The number of the first frame of this time or later: times never fall, so halving finds it."""
    low, high = 1, max(store.head().number, 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if next(store.frames(middle - 1)).at < at else (low, middle)
    return low


def _of_case(frame: Sealed, case: str) -> Iterator[Any]:
    """The events of a case. Only lines that hold its id are decoded."""
    name = msgspec.json.encode(case)
    if name in frame.events:
        lines = b"\n".join(line for line in frame.events.split(b"\n") if name in line)
        yield from (e for e in ev.read_lines(lines) if getattr(e, "case", None) == case)


def _known_at(case: Seen, at: float) -> list[Answer]:
    """The answers that were in by then, of those that were not taken back."""
    return [answer_of(case.id, h) for h in case.said if h.at <= at and h.counts and not h.undone]


def _hear(known: list[Answer], event: Any) -> None:
    if isinstance(event, ev.Answered) and event.counts:
        e = event
        known.append(answer_of(e.case, Heard(e.agent, e.label, e.at, e.seconds, e.confidence, e.proba)))
    elif isinstance(event, ev.Undone):
        known[:] = [a for a in known if a.agent_id != event.person]


def _step(event: Any, known: list[Answer], case: Seen, judge: Judge | None) -> dict[str, Any]:
    """What happened, who had said what by then, what was believed then, and what today's model makes of it."""
    machines = () if case.sight is None else case.sight.answers
    return {
        "at": event.at,
        "is": str(event.__struct_config__.tag),
        "what": {k: v for k, v in msgspec.to_builtins(event).items() if k not in APART},
        "known": [{"agent": a.agent_id, "label": a.label} for a in (*machines, *known)],
        "then": _then(event, case),
        "now": None if judge is None else told(case.opened(known, judge)),
        "says": _says(event),
    }


def _reason(store: Reader, event: Any) -> dict[str, Any]:
    """What was given as a reason, where it is kept beside the chain; null once it is erased."""
    words = getattr(event, "words", None)
    if words is None:
        return {}
    body = store.body(words.key)
    return {"reason": None if body is None else body.data.decode()}


def _says(event: Any) -> str | None:
    """What became of the verdict, in a sentence."""
    if isinstance(event, ev.Overridden):
        return f"{event.by} decided '{event.label}' ({event.how}): it stands whatever is answered."
    if isinstance(event, ev.Decided):
        return f"The verdict is '{event.label}' (version {event.version}), by {event.by}."
    return None


def _then(event: Any, case: Seen) -> dict[str, Any] | None:
    """What the log has of that moment: the belief behind a verdict, the value and price of a question."""
    if isinstance(event, ev.Decided):
        belief = dict(zip(case.judge.labels, event.belief, strict=False))
        return {"label": event.label, "belief": belief, "price": event.price}
    if isinstance(event, ev.Weighed):
        return {"machines": sentences(event.machines), "price": event.price}
    if isinstance(event, ev.Leased | ev.Running):
        return {"agent": event.agent, "value": event.value, "net": event.net, "price": event.price}
    if isinstance(event, ev.Waiting):
        return {"agent": event.agent, "value": event.value, "net": event.net}
    return None
