"""Runs what the log says: each machine has a thread that batches waiting cases and a process in which it runs; results are commands."""

from __future__ import annotations

import importlib.util
import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from mindshare.core.errors import MindshareError, NotThere, StoreError
from mindshare.engine import events as ev
from mindshare.engine.actor import Actor
from mindshare.engine.engine import Engine
from mindshare.engine.incoming import read_case
from mindshare.engine.looked import where_of
from mindshare.engine.machining import Ran
from mindshare.engine.running.answerers import Asked, Spec
from mindshare.engine.running.process import CAPS, Apart, Run
from mindshare.engine.running.told import USED, Answerer
from mindshare.engine.settings import Settings
from mindshare.store.protocol import Reader

BATCH = 16  # cases that are run at once
NOTHING = dict.fromkeys(USED, 0.0)  # what a run used that never began
log = logging.getLogger(__name__)


class Job(NamedTuple):
    """A run that the log says has begun."""

    token: int
    body: int
    labels: tuple[str, ...]
    attempt: int


class Pool:
    """`calls`: machines that are Python callables. Starts a process for each machine; ends them with `close`."""

    def __init__(
        self, settings: Settings, folder: Path, store: Reader, calls: Mapping[str, Answerer]
    ) -> None:
        self._store, self._settings = store, settings
        self._actor: Actor | None = None
        self._hands = {
            name: _Hand(
                Spec(
                    name,
                    machine.runs,
                    folder,
                    settings.web.reach,
                    machine.seconds,
                    calls.get(name),
                    machine.memory_mb,
                ),
                partial(self._do, machine.runs.shown_as or ""),
            )
            for name, machine in settings.machines.items()
        }

    def heard(self, _: int, events: Sequence[ev.Event]) -> None:
        """What was stored: runs begin only once the log has them."""
        for event in events:
            if isinstance(event, ev.Running):
                job = Job(event.token, event.body, tuple(event.labels), event.attempt)
                self._hands[event.agent].put(job)
            elif isinstance(event, ev.Failed) and event.agent in self._hands:
                self._hands[event.agent].take(event.run)  # it was given up, and is not to begin
            elif isinstance(event, ev.PutAside):
                for token in self._hands[event.agent].drop():
                    self._tell(token, {"wrong": "it was put aside"}, NOTHING, own=False)

    def start(self, actor: Actor) -> None:
        """Results go to this actor from now on."""
        self._actor = actor
        for hand in self._hands.values():
            hand.start()

    def close(self) -> None:
        """Ends all processes, also those that are at work; their runs are tried again at the next start."""
        for hand in self._hands.values():
            hand.end()
        for hand in self._hands.values():
            hand.join()

    def _do(self, shown_as: str, apart: Apart, jobs: list[Job], seconds: float) -> None:
        try:
            bodies = self._store.bodies([job.body for job in jobs])
        except StoreError as e:  # the machine goes on with the next ones
            for job in jobs:
                self._tell(job.token, {"wrong": f"the case could not be read: {e}"}, NOTHING, own=False)
            return
        there = [job for job in jobs if job.body in bodies]
        cases = [read_case(bodies[job.body].data) for job in there]
        asked = [{"id": c.id, "kind": c.kind, "features": c.features, "content": c.content} for c in cases]
        run = apart.ask(Asked(jobs[0].labels, asked), seconds) if there else Run([], "", {})
        batch = jobs[0].token if len(jobs) > 1 else 0  # of one batch all failures are one
        for i, job in enumerate(there):
            said: dict[str, Any] = run.said[i] if not run.wrong else {"wrong": run.wrong}
            if "where" in said:
                said["where"] = where_of(
                    said["where"], shown_as, cases[i], self._settings.kind(cases[i].kind)
                )
            self._tell(job.token, said, run.used, batch)
        for job in jobs:
            if job.body not in bodies:
                self._tell(job.token, {"wrong": "the contents of the case were erased"}, NOTHING, own=False)

    def _tell(
        self,
        token: int,
        said: Mapping[str, Any],
        used: Mapping[str, float],
        batch: int = 0,
        *,
        own: bool = True,
    ) -> None:
        ran = Ran(
            said.get("label"),
            said.get("proba"),
            str(said.get("wrong", "")),
            dict(used),
            batch,
            own,
            bool(said.get("bad")),
            said.get("where", ""),
        )

        def command(engine: Engine) -> None:
            engine.ran(token, ran)

        assert self._actor is not None
        self._actor.call(command, lambda told: _noted(token, told))


def _noted(token: int, told: Any) -> None:
    if isinstance(told, Exception) and not isinstance(told, NotThere):  # a run that was given up is no news
        log.warning("run %d could not be told: %s", token, told)


class _Hand(threading.Thread):
    """The thread of one machine."""

    def __init__(self, spec: Spec, do: Callable[[Apart, list[Job], float], None]) -> None:
        super().__init__(name=f"machine {spec.name}", daemon=True)
        self._inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._wanted: set[int] = set()  # tokens of runs that have not begun
        self._spec, self._do, self._apart, self._ended = spec, do, Apart(spec), False

    def put(self, job: Job) -> None:
        """A run that is to begin."""
        self._wanted.add(job.token)
        self._inbox.put(job)

    def take(self, token: int) -> bool:
        """Whether a run was still to begin; from now on it is not."""
        try:
            self._wanted.remove(token)
        except KeyError:
            return False
        return True

    def drop(self) -> list[int]:
        """None of the runs that have not begun is to begin; returns their tokens."""
        return [token for token in sorted(self._wanted) if self.take(token)]

    def end(self) -> None:
        self._ended = True
        self._inbox.put(None)
        self._apart.end()

    def run(self) -> None:
        try:
            self._apart.start()
        except (MindshareError, OSError, EOFError) as e:
            log.warning("machine %s did not start: %s", self._spec.name, e)
        kept: Job | None = None
        while not self._ended:
            first = kept or self._inbox.get()
            if first is None:
                break
            jobs, kept = self._batch(first)
            jobs = [job for job in jobs if self.take(job.token)]
            if jobs:
                self._do(self._apart, jobs, self._spec.seconds)
        self._apart.close()

    def _batch(self, first: Job) -> tuple[list[Job], Job | None]:
        """Cases that wait and have the same labels; what is tried again runs alone: it may be what killed the others."""
        jobs = [first]
        while len(jobs) < BATCH and first.attempt == 1:
            try:
                job = self._inbox.get_nowait()
            except queue.Empty:
                break
            if job is None:
                break
            if job.attempt > 1 or job.labels != first.labels:
                return jobs, job
            jobs.append(job)
        return jobs, None


def check_there(settings: Settings, folder: Path) -> None:
    """Raises MindshareError where a machine cannot run here: its file or a library is not there."""
    for name, machine in settings.machines.items():
        runs = machine.runs
        file = runs.file or runs.skops
        if file and not (folder / file).is_file():
            raise MindshareError(f"Machine '{name}': there is no file {folder / file}.")
        if machine.memory_mb is not None and not CAPS:
            raise MindshareError(
                f"Machine '{name}': memory_mb cannot be held to on this system; leave it out."
            )
        needs = "skops" if runs.skops else "onnxruntime" if runs.file.endswith(".onnx") else ""
        needs = needs or ("torch" if runs.file else "")
        if needs and importlib.util.find_spec(needs) is None:
            by = {"onnxruntime": "onnx", "torch": "deep"}.get(needs, needs)
            raise MindshareError(
                f"Machine '{name}' needs '{needs}', which is not installed; the extra brings it: pip install 'mindshare[{by}]'."
            )
