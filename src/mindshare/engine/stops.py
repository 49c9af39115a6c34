"""STOP beside the log: a file for each time it was pressed. So it holds also where the log cannot be written, and over a restart.

Any file in the folder of STOP stops the service: one that cannot be read, or names no kind that there is, stops all kinds. A press takes
effect in memory before anything is written; the engine hears of it before its next batch, and nothing that machines decided in a
batch that was under way then is acknowledged (`actor.py`). Files go when the end of the stop is in the log.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mindshare.core.errors import MindshareError, StoreError, listed, nearest
from mindshare.engine import events as ev
from mindshare.engine.folder import STOP
from mindshare.engine.settings import Settings
from mindshare.store.new_file import HALF, new_file

if TYPE_CHECKING:
    from mindshare.engine.engine import Engine

LOOK_S = 0.2  # between looks at the folder
UNREADABLE = "the folder of STOP"  # who stopped, where nobody can tell what lies there
log = logging.getLogger(__name__)


class Pressed(msgspec.Struct):
    """What a file says: which kind ("" = all) is stopped, by whom, and why."""

    kind: str = ""
    by: str = "a file"
    reason: str = ""


class Press(NamedTuple):
    """The same, with when it was, in seconds since 1970 by the wall clock."""

    said: Pressed
    at: float


def place_of(folder: Path, settings: Settings) -> Path:
    """Where the files lie: beside the log, or where `stop_folder` of the settings says."""
    return folder / STOP if settings.stop_folder is None else folder / settings.stop_folder


def checked_kind(kind: str, kinds: Collection[str]) -> str:
    """The kind; MindshareError for one that there is not, since stopping it would stop nothing."""
    if kind and kind not in kinds:
        named = [k for k in kinds if k]
        there = f"kinds are {listed(named)}.{nearest(kind, named)}" if named else "there is one kind only."
        raise MindshareError(f"There is no kind '{kind}': {there} Without a kind all of it is stopped.")
    return kind


def new_name() -> str:
    """The name of a new file."""
    return f"{time.time_ns()}-{secrets.token_hex(4)}.json"


def write_press(place: Path, name: str, said: Pressed) -> None:
    """Writes it; when this returns, it survives a kill and a loss of power. StoreError where it cannot be written."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with new_file(place / name) as half, half.open("wb") as out:
            out.write(msgspec.json.encode(said))
            out.flush()
            os.fsync(out.fileno())
    except OSError as e:
        raise StoreError(f"STOP cannot be written to {place}: {e.strerror}.") from e


class Stops:
    """What is stopped. Any thread may press; the engine's thread takes it in (`apply`) and hears of what was stored (`heard`)."""

    def __init__(self, place: Path, kinds: Collection[str]) -> None:
        self.place, self.kinds = place, frozenset(kinds)
        self._lock, self._end = threading.Lock(), threading.Event()
        self._pressed: dict[str, Press] = {}  # by the name of the file
        self._taken: set[str] = set()  # names that the engine has heard of
        self._logged: dict[str, str] = {}  # kind -> by whom, as the log says
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as e:
            raise StoreError(f"The folder of STOP, {place}, cannot be made: {e.strerror}.") from e
        self.look()
        self._thread = threading.Thread(target=self._run, name="stop", daemon=True)
        self._thread.start()

    def press(self, kind: str, by: str, reason: str = "") -> str:
        """STOP, from now on, in this process; returns the name under which `keep` makes it last."""
        said = Pressed(checked_kind(kind, self.kinds), by, reason)
        name = new_name()
        with self._lock:
            self._pressed[name] = Press(said, time.time())
        return name

    def keep(self, name: str) -> None:
        """Writes a press to its file; nothing where its end is in the log by now. StoreError where it cannot be written."""
        press = self._pressed.get(name)
        if press is not None:
            write_press(self.place, name, press.said)

    def told(self) -> dict[str, str]:
        """Kind ("" = all) -> who stopped it, whether the log knows it by now or not."""
        with self._lock:
            return {p.said.kind: p.said.by for p in self._pressed.values()} | self._logged

    def look(self) -> None:
        """Takes in files that others have written."""
        try:
            found = {
                e.name: e.stat().st_mtime for e in os.scandir(self.place) if e.is_file() and _counts(e.name)
            }
            new = {
                name: Press(self._read(name), at) for name, at in found.items() if name not in self._pressed
            }
        except FileNotFoundError:
            return  # a folder that is not there holds no file; what was pressed before stands
        except OSError as e:
            log.error("the folder of STOP cannot be read, so all kinds are stopped: %s", type(e).__name__)
            new = {UNREADABLE: Press(Pressed(by=UNREADABLE), time.time())}
        with self._lock:
            self._pressed = new | self._pressed

    # --- in the engine's thread -------------------------------------------------------------------------------------------

    def begin(self, stopped: Mapping[str, str]) -> None:
        """The engine was made from the log, which knows these stops; it has to hear of all others again."""
        with self._lock:
            self._logged = dict(stopped)
            self._taken = {name for name, press in self._pressed.items() if press.said.kind in stopped}

    @property
    def news(self) -> bool:
        """Whether something was pressed that the engine has not heard of."""
        return len(self._pressed) > len(self._taken)

    def apply(self, engine: Engine) -> None:
        """The engine hears of what was pressed since."""
        if not self.news:
            return
        with self._lock:
            new = {name: press for name, press in self._pressed.items() if name not in self._taken}
        for name, (said, at) in new.items():
            ago = max(time.time() - at, 0.0)
            engine.stop(said.by, said.kind, said.reason, engine.now - ago)
            self._taken.add(name)

    def heard(self, event: ev.Event) -> None:
        """It is in the log. With the end of a stop go the files of it, but for those that were written meanwhile."""
        if isinstance(event, ev.Stopped):
            self._logged[event.kind] = event.by
        elif isinstance(event, ev.Resumed):
            with self._lock:
                self._logged.pop(event.kind, None)
                over = [n for n in self._taken if self._pressed[n].said.kind == event.kind]
                for name in over:
                    self._remove(name)
                    del self._pressed[name]
                    self._taken.discard(name)

    def close(self) -> None:
        """Looks no more."""
        self._end.set()
        self._thread.join()

    # --- inside -----------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._end.wait(LOOK_S):
            self.look()

    def _read(self, name: str) -> Pressed:
        """What a file says; all kinds where that cannot be told."""
        try:
            said = msgspec.json.decode((self.place / name).read_bytes(), type=Pressed)
        except (OSError, msgspec.DecodeError):
            return Pressed()
        return said if said.kind in self.kinds else Pressed("", said.by, said.reason)

    def _remove(self, name: str) -> None:
        try:
            (self.place / name).unlink(missing_ok=True)
        except OSError as e:
            log.error("a file of STOP cannot be removed, so it holds again: %s", type(e).__name__)


def _counts(name: str) -> bool:
    """Whether a file is a press: not one that is being written, nor one that a system hides."""
    return not name.startswith(".") and not name.endswith(HALF)
