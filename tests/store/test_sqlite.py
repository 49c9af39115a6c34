"""The store in SQLite keeps the promises of every store, and its own: about its file, its lock and its versions."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from mindshare.core.errors import StoreError
from mindshare.store import lock, schema
from mindshare.store.chain import verify
from mindshare.store.protocol import Body, Frame, Store
from mindshare.store.sqlite import open_store, open_to_read
from mindshare.testing import check_store
from mindshare.testing.frames import as_stored, made_frame, read_back, refused

HOLDS = """
import sys, time
from pathlib import Path
from mindshare.store import lock
from mindshare.store.sqlite import open_store

if sys.argv[2:] == ["without flock"]:
    lock.fcntl = None
store = open_store(Path(sys.argv[1]))
print("open", flush=True)
time.sleep(600)
"""
# a second step that does half of its work and is killed
KILLED = """
import os, signal, sys
from pathlib import Path
from mindshare.store import schema
from mindshare.store.sqlite import open_store

def half(db):
    db.execute("ALTER TABLE frames ADD COLUMN more")
    db.execute("UPDATE frames SET more = 1, events = 'half'")
    os.kill(os.getpid(), signal.SIGKILL)

schema.STEPS.append(half)
open_store(Path(sys.argv[1]))
"""


def make(folder: Path, backup: Path | None = None) -> Store:
    if backup is not None:
        shutil.copy(backup, folder / "service.db")
    return open_store(folder / "service.db")


def test_it_keeps_the_promises_of_every_store() -> None:
    check_store(make)


# -- one writer ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", [[], ["without flock"]])
def test_a_second_service_is_refused_and_let_in_once_the_first_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: list[str]
) -> None:
    path = tmp_path / "service.db"
    if how:
        monkeypatch.setattr(lock, "fcntl", None)
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(path), *how], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"open\n"
        told = refused(lambda: open_store(path))
        assert f"Another service (process {first.pid}) writes {path}" in told
        link = tmp_path / "another_way.db"
        link.symlink_to(path)
        assert "Another service" in refused(lambda: open_store(link))
        with closing(open_to_read(path)) as reader:
            assert reader.head().number == 0
        first.send_signal(signal.SIGKILL)
    for _ in range(2):
        with closing(open_store(path)) as store:
            store.append([made_frame(store.head().number + 1)])
            assert "Another service" in refused(lambda: open_store(path))


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # it forks although it has threads
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_worker_process_does_not_hold_the_lock_of_a_service_that_is_gone(tmp_path: Path) -> None:
    """Workers are forked after the store is opened, and live on for a moment when the service is killed."""
    path = tmp_path / "service.db"
    store = open_store(path)
    worker = os.fork()
    if worker == 0:
        time.sleep(60)
        os._exit(0)
    try:
        store.append([made_frame(1)])
        store.close()
        with closing(open_store(path)) as again:
            assert again.head().number == 1
    finally:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)


def test_a_store_that_could_not_be_opened_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    path.write_bytes(b"")
    for _ in range(2):
        assert "is empty" in refused(lambda: open_store(path))
    path.unlink()
    open_store(path).close()


# -- versions --------------------------------------------------------------------------------------------------------
def test_a_store_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    open_store(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 9")
    for open_ in (open_store, open_to_read):
        told = refused(lambda open_=open_: open_(path))
        assert (
            told == f"{path} is of version 9, and this program knows versions up to 2. Install a newer one."
        )


def test_a_process_that_is_killed_in_the_middle_of_a_migration_is_simply_migrated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "service.db"
    frames = [made_frame(number) for number in range(1, 300)]
    with closing(open_store(path)) as store:
        store.append(frames)
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
        assert done.returncode == -signal.SIGKILL
    with closing(open_to_read(path)) as reader:
        assert read_back(reader) == as_stored(frames)
    seen = list[int]()

    def second(db: sqlite3.Connection) -> None:
        seen.append(len(db.execute("SELECT * FROM frames").fetchone()))
        db.execute("ALTER TABLE frames ADD COLUMN more")

    monkeypatch.setattr(schema, "STEPS", [*schema.STEPS, second])
    monkeypatch.setattr("mindshare.store.connections.STEPS", schema.STEPS)
    assert f"a start of the service brings it to {len(schema.STEPS)}" in refused(lambda: open_to_read(path))
    for _ in range(2):  # the second start has nothing left to migrate
        with closing(open_store(path)) as store:
            assert read_back(store) == as_stored(frames)
            frames.append(made_frame(store.head().number + 1))
            store.append(frames[-1:])
    assert seen == [4]


def test_a_new_store_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half (id)")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", [fails])
        with pytest.raises(KeyboardInterrupt):
            open_store(tmp_path / "service.db")
    assert [file.name for file in tmp_path.iterdir()] == ["service.db.lock"]
    open_store(tmp_path / "service.db").close()


# -- the file --------------------------------------------------------------------------------------------------------
def test_erased_bytes_stand_in_no_file_any_more(tmp_path: Path) -> None:
    secret = b"Ada Lovelace, 12 St James's Square"
    path = tmp_path / "service.db"

    def found() -> list[str]:
        return [file.name for file in tmp_path.iterdir() if secret in file.read_bytes()]

    with closing(open_store(path)) as store:
        for number in range(1, 101):
            size = 10_000 if number == 50 else 200
            data = secret + bytes(size) if number in (49, 50) else b"x" * size
            store.append([Frame(number, 1.0, b"{}", [Body.salted(1_000 - number, data, "person", 1.0)])])
        assert found() != []
        store.erase([951, 950])
        assert found() == []
        store.backup(tmp_path / "backup.db")
    assert found() == []


def test_only_its_owner_may_read_what_is_kept(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "service.db")) as store:
        store.append([made_frame(1)])
        store.keep_snapshot(1, b"state")
        store.backup(tmp_path / "backup.db")
        assert len(list(tmp_path.iterdir())) >= 5
        assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def test_a_long_backup_holds_no_commit_up_and_is_of_one_moment(tmp_path: Path) -> None:
    path, wrong = tmp_path / "service.db", list[BaseException]()
    with closing(open_store(path)) as store:
        store.append([made_frame(number) for number in range(1, 3_000)])

        def back_up(name: str) -> None:
            try:
                with closing(open_to_read(path)) as reader:
                    reader.backup(tmp_path / name)
            except BaseException as e:  # noqa: BLE001  a thread's error is the test's
                wrong.append(e)

        threads = [Thread(target=back_up, args=(f"backup_{n}.db",)) for n in range(3)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            store.append([made_frame(store.head().number + 1)])
        assert not wrong
        whole = store.head().number
    for n in range(3):
        with closing(open_to_read(tmp_path / f"backup_{n}.db")) as backup:
            found = verify(backup)
            assert found.wrong == ""
            assert 2_999 <= found.frames <= whole


def test_many_threads_may_append_erase_and_read_at_once(tmp_path: Path) -> None:
    """The engine has one committer, but retention and audits have threads of their own."""
    wrong = list[BaseException]()
    with closing(open_store(tmp_path / "service.db")) as store:
        store.append([made_frame(1)])

        def looping(act: Callable[[int], object]) -> Thread:
            def run() -> None:
                try:
                    for n in range(60):
                        act(n)
                except BaseException as e:  # noqa: BLE001  a thread's error is the test's
                    wrong.append(e)

            return Thread(target=run)

        threads = [
            looping(lambda n: store.append([made_frame(n + 2)])),
            looping(lambda n: store.erase([n * 100])),
            looping(lambda n: verify(store).wrong and wrong.append(StoreError(verify(store).wrong))),
            looping(lambda n: store.keep_snapshot(1, b"state")),
            looping(lambda n: store.bodies(range(0, 6_000, 100))),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
        assert verify(store).frames == 61
