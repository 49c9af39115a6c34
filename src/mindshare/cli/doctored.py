"""`mindshare doctor`: a line for each thing that a service needs; it says what is right, or what to do."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import NamedTuple

from mindshare.cli.codes import REFUSED
from mindshare.cli.terminal import say
from mindshare.core.errors import MindshareError, counted, listed

FREE_BYTES = 1_000_000_000
OLDEST_CLOCK = 1_735_689_600  # 2025: before this program was written
AHEAD_S = 60.0  # that the log may be ahead of the clock


class Found(NamedTuple):
    """What was looked at, whether it is right, and a sentence: what was found, or what to do. `asks`: it may be meant so, or not."""

    what: str
    right: bool
    told: str
    asks: bool = False


def _right(what: str, told: str) -> Found:
    return Found(what, right=True, told=told)


def _wrong(what: str, told: str) -> Found:
    return Found(what, right=False, told=told)


def run_doctor(folder: Path, port: int) -> int:
    """Prints all lines; the exit code is 0 where all is right, else 2."""
    found = [each() for each in (_python, _packages, lambda: _port(port), _clock)]
    found += _of_folder(folder)
    for line in found:
        say(f"{'?  ' if line.asks else 'ok ' if line.right else 'NO '} {line.what}: {line.told}")
    return 0 if all(line.right for line in found) else REFUSED


def _python() -> Found:
    now = sys.version_info
    told = f"{now.major}.{now.minor}.{now.micro}"
    if now < (3, 11):
        return _wrong("Python", f"{told} is too old. Install 3.11 or newer.")
    return _right("Python", f"{told}.")


def _packages() -> Found:
    """What this program needs at least, against what is installed."""
    bad = []
    for told in requires("mindshare") or ():
        name, _, least = told.partition(">=")
        if ";" in told or not least:
            continue
        least = least.split(",")[0].strip()
        try:
            there = version(name.strip())
        except PackageNotFoundError:
            there = "0"
        if _numbers(there) < _numbers(least):
            bad.append(f"{name.strip()} {there if there != '0' else 'is missing'} (needs {least})")
    if bad:
        return _wrong("Packages", f"{listed(bad)}. Install mindshare again: pip install --upgrade mindshare.")
    return _right("Packages", f"mindshare {version('mindshare')} and what it needs.")


def _numbers(told: str) -> tuple[int, ...]:
    return tuple(int(part) for part in told.split("+", maxsplit=1)[0].split(".") if part.isdecimal())


def _port(port: int) -> Found:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as e:
            return _wrong("Port", f"{port} cannot be listened to ({e.strerror}). Use another: --port.")
    return _right("Port", f"{port} is free.")


def _clock() -> Found:
    now = time.time()
    if now < OLDEST_CLOCK:
        return _wrong("Clock", f"it says {time.strftime('%Y-%m-%d', time.gmtime(now))}. Set it.")
    return _right("Clock", time.strftime("%Y-%m-%d %H:%M UTC.", time.gmtime(now)))


def _of_folder(folder: Path) -> Iterator[Found]:
    from mindshare.engine.folder import is_service

    place = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.is_dir())
    yield _writable(place)
    free = shutil.disk_usage(place).free
    told = f"{free / 1e9:,.1f} GB are free at {place}."
    yield Found(
        "Disk", free >= FREE_BYTES, told if free >= FREE_BYTES else f"{told} Make room: 1 GB is little."
    )
    if not is_service(folder):
        yield _right("Service", f"there is none in {folder} yet. Make one: mindshare serve HISTORY.")
        return
    yield _private(folder)
    looks = (("Settings", _settings), ("Models", _models), ("Log", _log))
    found = [_looked(what, folder, look) for what, look in looks]
    yield from found
    if all(each.right for each in found):
        yield from _start(folder)


def _writable(place: Path) -> Found:
    try:
        handle, name = tempfile.mkstemp(dir=place)
        os.close(handle)
        os.unlink(name)
    except OSError as e:
        return _wrong("Folder", f"{place} cannot be written to ({e.strerror}). Give this user the right to.")
    return _right("Folder", f"{place} can be written to.")


def _private(folder: Path) -> Found:
    """The keys are for this user's eyes only."""
    open_ = [
        k
        for k in (folder / "keys").rglob("*")
        if k.is_file() and k.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if open_ and os.name != "nt":
        return _wrong("Keys", f"others may read {open_[0]}. Run: chmod 600 {open_[0]}")
    return _right("Keys", "nobody else can read them.")


def _looked(what: str, folder: Path, look: Callable[[Path], str]) -> Found:
    try:
        return _right(what, look(folder))
    except MindshareError as e:
        return _wrong(what, str(e))


def _settings(folder: Path) -> str:
    from mindshare.engine.settings import read_settings
    from mindshare.histories.team import FILE, read_team

    settings, team = read_settings(folder), read_team(folder / FILE).team
    return f"{settings.name}: {counted(len(team.questions), 'question')}, {counted(len(settings.limits), 'limit')}."


def _start(folder: Path) -> Iterator[Found]:
    """Begins the service in memory, as `serve` would, and throws it away."""
    from mindshare.engine.folder import DATABASE
    from mindshare.engine.prepared import begun, prepared
    from mindshare.engine.sheets import wrong_sheets
    from mindshare.store.sqlite import open_to_read

    try:
        told = prepared(folder)
        store = open_to_read(folder / DATABASE) if (folder / DATABASE).is_file() else None
        try:
            notes = begun(told, store, time.time())
        finally:
            if store is not None:
                store.close()
    except MindshareError as e:
        yield _wrong("Start", f"mindshare serve would refuse: {e}")
        return
    yield from (Found("Settings", right=True, told=note, asks=True) for note in notes)
    yield from (
        Found("Sheets", right=True, told=wrong, asks=True) for wrong in wrong_sheets(told.settings, folder)
    )
    yield _right("Start", "mindshare serve can start it.")


def _models(folder: Path) -> str:
    from mindshare.engine.shelf import Shelf
    from mindshare.histories.team import FILE, read_team

    team, shelf = read_team(folder / FILE).team, Shelf(folder)
    for kind, digest in shelf.first(team).items():
        shelf.load(kind, digest)
    return f"one for each of {counted(len(team.kinds), 'kind')}."


def _log(folder: Path) -> str:
    from mindshare.engine.folder import DATABASE, key_of
    from mindshare.store.chain import verify
    from mindshare.store.sqlite import open_to_read

    if not (folder / DATABASE).is_file():
        return "none yet."
    store = open_to_read(folder / DATABASE)
    try:
        told, ahead = verify(store, key_of(folder)), store.head().at - time.time()
    finally:
        store.close()
    if told.number is not None:
        raise MindshareError(f"{told.wrong} Restore the last backup: mindshare restore.")
    if ahead > AHEAD_S:
        raise MindshareError(f"it is {ahead:,.0f} s ahead of the clock. Was the clock put back? Set it.")
    return f"whole, {counted(told.frames, 'frame')}."
