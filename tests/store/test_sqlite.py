"""The store in SQLite keeps the promises of every store, and its own: about its file, its lock and its versions."""

from __future__ import annotations

import shutil
from pathlib import Path

from mindshare.store.protocol import Store
from mindshare.store.sqlite import open_store
from mindshare.testing import check_store


def make(folder: Path, backup: Path | None = None) -> Store:
    if backup is not None:
        shutil.copy(backup, folder / "service.db")
    return open_store(folder / "service.db")


def test_it_keeps_the_promises_of_every_store() -> None:
    check_store(make)
