"""All of a service as of one moment in one file, and the folder made anew from it; whole or not at all."""

from __future__ import annotations

import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path, PurePosixPath

from mindshare.core.errors import MindshareError
from mindshare.engine.folder import ACCOUNTS, CONSOLE, DATABASE, is_service
from mindshare.histories.places import write_directory, write_whole
from mindshare.store.chain import verify
from mindshare.store.sqlite import open_to_read

LEFT_OUT = (
    ".db",
    ".db-wal",
    ".db-shm",
    ".lock",
    ".half",
    CONSOLE.name,
)  # databases go along as one file of one moment; snapshots are made anew from it
PRIVATE = 0o600


def back_up(folder: Path, file: Path) -> int:
    """Writes the service to a new file, also while it runs; returns how many frames of its log are in there."""
    if not is_service(folder):
        raise MindshareError(f"There is no service in {folder}.")
    if file.exists():
        raise MindshareError(f"{file} is there already, and a backup never overwrites. Give a new name.")
    with tempfile.TemporaryDirectory(
        prefix="mindshare-", dir=file.parent if file.parent.is_dir() else None
    ) as part:
        copy, frames = Path(part) / DATABASE, 0
        if (folder / DATABASE).is_file():
            store = open_to_read(folder / DATABASE)
            try:
                store.backup(copy)
            finally:
                store.close()
            frames = _frames(copy)
        accounts = Path(part) / ACCOUNTS
        if (folder / ACCOUNTS).is_file():
            _copy(folder / ACCOUNTS, accounts)
        write_whole(file, lambda target: _pack(folder, (copy, accounts), target))
    file.chmod(PRIVATE)  # it holds what people said, and the service's keys
    return frames


def _copy(database: Path, to: Path) -> None:
    """As of one moment, also while a service writes it."""
    try:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
    except sqlite3.Error as e:
        raise MindshareError(f"{database} cannot be read: {e}.") from e


def _pack(folder: Path, databases: tuple[Path, ...], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and not _left_out(path.name):
                packed.write(path, path.relative_to(folder).as_posix())
        for database in databases:
            if database.is_file():
                packed.write(database, database.name)


def _left_out(name: str) -> bool:
    return name.endswith(LEFT_OUT) or name.startswith(f"{DATABASE}.snapshot-")


def restore(file: Path, folder: Path) -> int:
    """Makes the folder, which must be new or empty, from a backup whose log is whole; returns the number of its frames."""
    frames = 0

    def fill(place: Path) -> None:
        nonlocal frames
        try:
            with zipfile.ZipFile(file) as packed:
                for name in packed.namelist():
                    _inside(name, file)
                packed.extractall(place)
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as e:
            raise MindshareError(f"{file} is not a backup, or it is damaged. Take another one.") from e
        if not is_service(place):
            raise MindshareError(f"{file} is not a backup of a service.")
        for secret in (*(place / "keys").rglob("*"), *place.glob(ACCOUNTS)):
            secret.chmod(PRIVATE)
        if (place / DATABASE).is_file():
            frames = _frames(place / DATABASE)

    if not file.is_file():
        raise MindshareError(f"There is no file {file}.")
    write_directory(folder, fill)
    return frames


def _inside(name: str, file: Path) -> None:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
        raise MindshareError(f"{file} is not a backup: it holds '{name}', which lies outside the folder.")


def _frames(database: Path) -> int:
    """How many frames there are, all of them as they were written."""
    store = open_to_read(database)
    try:
        told = verify(store)
    finally:
        store.close()
    if told.number is not None:
        raise MindshareError(f"The log is not whole. {told.wrong} Take another backup.")
    return told.frames
