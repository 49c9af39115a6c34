"""Many questions to one endpoint: some under way at once, what came is kept, and a case that fails costs no other its answer."""

from __future__ import annotations

import hashlib
import json
import math
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.post import Line, LineSettings, NoAnswer, Patience, Reply
from mindshare.machines.parts.packed import Given
from mindshare.machines.task import Floats

IN_A_ROW = 3  # questions that fail and may be the endpoint's fault: then it is believed to be gone
BEGINS = b'{"question": '  # each line of a file of answers
AT_FIRST = 20  # questions that fail before any is answered, whosever fault they are
Body = Mapping[str, Any]


class AskSettings(LineSettings, total=False):
    """How an endpoint is asked about many cases."""

    at_once: int  # questions under way at the same time, at most; 4 where nothing is said
    keep: str | Path | None  # a file in which every answer is kept, also beyond this process


def line_state(line: Line, at_once: int) -> dict[str, Any]:
    """How an endpoint is reached, as plain values, without any key."""
    if urlsplit(line.url).query:
        raise MindshareError(
            f"The address of {line.where} has a query, which may hold a secret; it is not saved."
        )
    return {"url": line.url, "patience": asdict(line.patience), "key_env": line.key_env, "at_once": at_once}


def line_of(told: Mapping[str, Any], given: Given) -> AskSettings:
    """The same, to an address that may be reached: a file of a stranger gets no cases and no key."""
    line = Line(told["url"], Patience(**told["patience"]), key_env=told["key_env"])
    if line.url not in given.reach:
        raise MindshareError(
            f"The file holds an endpoint at {line.where}; hand in load_model(..., reach=['{line.where}']) if it may be asked."
        )
    return {"line": line, "at_once": told["at_once"]}


class Told(NamedTuple):
    """Of each case what was read in its answer, None where there is none; place -> why there is none."""

    said: list[Any]
    failed: dict[int, str]


class _Run(NamedTuple):
    """The different questions of one run: key -> its first place and body; what was read by now; why nothing came."""

    places: dict[str, int]
    bodies: Sequence[Body]
    said: dict[str, Any]
    failed: dict[str, str]


class Questions:
    """``Questions(line, {"at_once": 4}).put(bodies, read, seen)``: the same question is asked once.

    What comes is kept until a run over it is complete, or for good in the file `keep`. So a run that breaks off is gone on with
    by asking again, and no answer is paid for twice.
    """

    def __init__(self, line: Line, how: AskSettings) -> None:
        self.at_once = how.get("at_once", 4)
        if self.at_once < 1:
            raise ValueError(f"at_once must be >= 1. Got {self.at_once!r} instead.")
        self._line, self._kept = line, Kept(how.get("keep"))
        self._failed = set[
            str
        ]()  # in a run before: asked last, and no sign any more that the endpoint is gone

    def put(
        self, bodies: Sequence[Body], read: Callable[[Any], Any], seen: Callable[[int, Reply], None]
    ) -> Told:
        """Asks what is not kept. `read` takes a reply's content, or raises MindshareError; `seen` hears of each reply read.

        A case whose question fails gets None, with a warning. Raises MindshareError where none is answered, and where the
        endpoint seems to be gone: what came by then is kept.
        """
        keys, run = [self._key(body) for body in bodies], _Run({}, bodies, {}, {})
        for place, key in enumerate(keys):
            run.places.setdefault(key, place)
        for key in run.places:
            if (reply := self._kept.get(key)) is not None:
                self._read(run, key, reply, read)
        run.failed.clear()  # what was kept and cannot be read is asked anew
        try:
            self._ask(run, read)
        except MindshareError as gone:
            raise MindshareError(f"{gone}{self._so_far(run)}") from gone
        finally:
            for key in run.said:
                if self._kept.is_new(key):
                    seen(run.places[key], self._kept.take(key))
        self._failed |= run.failed.keys()
        if run.failed:
            self._warn(keys, run)
        else:
            self._kept.forget(run.places)
        failed = {place: run.failed[key] for place, key in enumerate(keys) if key in run.failed}
        return Told([run.said.get(key) for key in keys], failed)

    def _key(self, body: Body) -> str:
        asked = json.dumps([self._line.where, body], sort_keys=True, allow_nan=False)
        return hashlib.sha256(asked.encode()).hexdigest()

    def _read(self, run: _Run, key: str, reply: Reply, read: Callable[[Any], Any]) -> None:
        try:
            run.said[key] = read(reply.content)
        except MindshareError as wrong:
            run.failed[key] = str(wrong)

    def _ask(self, run: _Run, read: Callable[[Any], Any]) -> None:
        left = sorted((key for key in run.places if key not in run.said), key=lambda key: key in self._failed)
        if not left:
            return
        many, in_a_row = self._many(len(left)), 0
        waiting, running = iter(left), dict[Future[Reply], str]()
        with ThreadPoolExecutor(
            many
        ) as pool:  # what is under way when a run breaks off still comes, and is kept
            while True:
                for key in islice(waiting, many - len(running)):
                    running[pool.submit(self._one, key, run.bodies[run.places[key]])] = key
                if not running:
                    return
                done = wait(running, return_when=FIRST_COMPLETED).done
                for future in [f for f in running if f in done]:
                    key = running.pop(future)
                    blame = self._take(run, key, future, read)
                    counts = blame == "either" and key not in self._failed
                    in_a_row = 0 if blame is None else in_a_row + counts
                    if blame == "endpoint" or in_a_row == IN_A_ROW or self._never(run):
                        self._failed |= run.failed.keys() if blame != "endpoint" else set()
                        raise MindshareError(run.failed[key])

    def _take(self, run: _Run, key: str, future: Future[Reply], read: Callable[[Any], Any]) -> str | None:
        """What is to blame where nothing came that can be read."""
        try:
            reply = future.result()
        except NoAnswer as failed:
            run.failed[key] = str(failed)
            return failed.blame
        self._read(run, key, reply, read)
        return "either" if key in run.failed else None

    def _one(self, key: str, body: Body) -> Reply:
        reply = self._line.ask(body)
        self._kept.add(key, reply, self._line.hidden)
        return reply

    def _never(self, run: _Run) -> bool:
        return not run.said and len(run.failed) in (AT_FIRST, len(run.places))

    def _many(self, questions: int) -> int:
        """As many as may be under way without one waiting past its deadline for its turn."""
        many, patience = min(self.at_once, questions), self._line.patience
        if patience.per_minute is None:
            return many
        return min(many, max(1, math.ceil(patience.per_minute * patience.deadline_s / 60) - 1))

    def _so_far(self, run: _Run) -> str:
        came = sum(self._kept.get(key) is not None for key in run.places.keys() - run.failed.keys())
        if not came:
            return ""
        return (
            f" {came} of {len(run.places)} questions were answered; the answers are kept: ask again to go on."
        )

    def _warn(self, keys: Sequence[str], run: _Run) -> None:
        without = [place for place, key in enumerate(keys) if key in run.failed]
        warnings.warn(
            f"{len(without)} of {len(keys)} cases got no answer, and the others theirs; `failed_` says why."
            f" Case {without[0]}: {run.failed[keys[without[0]]]}",
            stacklevel=4,
        )


class Kept:
    """Replies by key, in memory, and in a file of one JSON object a line where there is one."""

    def __init__(self, file: str | Path | None) -> None:
        self._file = None if file is None else Path(file)
        self._replies, self._new = dict[str, Reply](), set[str]()
        self._writing = threading.Lock()
        if self._file is not None:
            self._replies = _replies(self._file)
            self._new = set(self._replies)

    def get(self, key: str) -> Reply | None:
        return self._replies.get(key)

    def is_new(self, key: str) -> bool:
        """Whether nobody has taken it yet."""
        return key in self._new

    def take(self, key: str) -> Reply:
        self._new.discard(key)
        return self._replies[key]

    def add(self, key: str, reply: Reply, hidden: Callable[[str], str]) -> None:
        with self._writing:
            self._replies[key] = reply
            self._new.add(key)
            if self._file is not None:
                line = json.dumps({"question": key, "used": reply.used, "reply": reply.content})
                _append(self._file, hidden(line))

    def forget(self, keys: Mapping[str, Any]) -> None:
        """Those of a run that is complete; a file keeps them."""
        if self._file is None:
            for key in keys:
                self._replies.pop(key, None)


def _append(file: Path, line: str) -> None:
    try:
        with file.open("ab+") as out:
            at = out.seek(0, 2)
            if at:
                out.seek(at - 1)
            torn = bool(at) and out.read(1) != b"\n"  # somebody was stopped while writing
            out.write((("\n" if torn else "") + line + "\n").encode())
    except OSError as wrong:
        raise MindshareError(f"An answer came and cannot be kept in {file}: {wrong.strerror}.") from wrong


def _replies(file: Path) -> dict[str, Reply]:
    """What the file holds; a line that was torn when its writer was stopped is no answer, and its question is asked again."""
    if not file.exists():
        return {}
    found = dict[str, Reply]()
    for at, line in enumerate(file.read_bytes().split(b"\n")):
        try:
            kept = json.loads(line) if line.strip() else None
        except ValueError:
            if line[: len(BEGINS)] == BEGINS[: len(line)]:
                continue
            raise MindshareError(f"{file}, line {at + 1}, holds no answer that was kept.") from None
        if kept is not None:
            if not isinstance(kept, dict) or not {"question", "used", "reply"} <= kept.keys():
                raise MindshareError(f"{file}, line {at + 1}, holds no answer that was kept.")
            found[kept["question"]] = Reply(kept["reply"], kept["used"])
    return found


def rows(told: Told, labels: int) -> Floats:
    """(N, labels) what was said; the same for all labels where there is no answer."""
    same = np.full(labels, 1.0 / labels)
    every = [same if one is None else one for one in told.said]
    return np.stack(every) if every else np.zeros((0, labels))
