"""A store that was cut or damaged anywhere opens with a prefix of its whole frames, or is refused in one sentence."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mindshare.core.errors import StoreError
from mindshare.store.chain import followed
from mindshare.store.protocol import Sealed
from mindshare.store.sqlite import open_store, open_to_read
from mindshare.testing.frames import made_frame, refused

FRAMES = 60
LOGGED = 25  # frames that stand in the write-ahead log only


class Left(NamedTuple):
    """What a killed process leaves on the disk, and what was in it."""

    folder: Path
    frames: list[Sealed]

    def copy(self, to: Path) -> Path:
        for name in ("service.db", "service.db-wal"):
            shutil.copy(self.folder / name, to / name)
        return to / "service.db"


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("running")
    path = folder / "service.db"
    with closing(open_store(path)) as store:
        store.append([made_frame(number) for number in range(1, FRAMES - LOGGED + 1)])
    with closing(open_store(path)) as store:  # opening and closing emptied the log
        for number in range(FRAMES - LOGGED + 1, FRAMES + 1):
            store.append([made_frame(number)])
        copied = tmp_path_factory.mktemp("left")
        left = Left(copied, list(store.frames()))
        Left(folder, left.frames).copy(copied)
    return left


def kept(path: Path) -> list[Sealed] | None:
    """The frames that are read until the end or until a clear sentence; None where the store does not open."""
    frames = list[Sealed]()
    try:
        with closing(open_store(path)) as store:
            for frame in followed(store.frames()):
                frames.append(frame)
    except StoreError as e:
        assert str(e).endswith(".")
        return frames or None
    return frames


def test_what_a_killed_process_left_is_whole(left: Left, tmp_path: Path) -> None:
    assert (left.folder / "service.db-wal").stat().st_size > 50_000
    assert kept(left.copy(tmp_path)) == left.frames


@given(part=st.floats(0, 1))
@example(part=0.0)
@settings(max_examples=60, deadline=None)
def test_a_log_cut_at_any_byte_gives_a_prefix_of_whole_frames(left: Left, part: float) -> None:
    with TemporaryDirectory() as folder:
        path = left.copy(Path(folder))
        log = path.with_name("service.db-wal")
        with log.open("r+b") as file:
            file.truncate(int(part * log.stat().st_size))
        found = kept(path)
        assert found is not None, "the main file is whole, so its frames are there"
        assert found == left.frames[: len(found)]
        assert len(found) >= FRAMES - LOGGED


@given(part=st.floats(0, 1), log=st.booleans())
@example(part=0.0, log=True)
@example(part=0.0, log=False)
@settings(max_examples=60, deadline=None)
def test_a_file_cut_at_any_byte_gives_a_prefix_or_one_sentence(left: Left, part: float, log: bool) -> None:
    with TemporaryDirectory() as folder:
        path = left.copy(Path(folder))
        if not log:
            path.with_name("service.db-wal").unlink()
        with path.open("r+b") as file:
            file.truncate(int(part * path.stat().st_size))
        found = kept(path)
        assert found is None or found == left.frames[: len(found)]


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_damaged_bytes_give_a_prefix_or_one_sentence(left: Left, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = left.copy(Path(folder))
        hit = path.with_name(data.draw(st.sampled_from(["service.db", "service.db-wal"])))
        content = bytearray(hit.read_bytes())
        start = data.draw(st.integers(0, len(content) - 1))
        content[start : start + 64] = data.draw(st.binary(min_size=1, max_size=64))[: len(content) - start]
        hit.write_bytes(content)
        found = kept(path)
        assert found is None or found == left.frames[: len(found)]


def test_a_file_without_a_byte_is_never_taken_for_a_new_store(left: Left, tmp_path: Path) -> None:
    path = left.copy(tmp_path)
    path.write_bytes(b"")
    assert "is empty: its content was lost" in refused(lambda: open_store(path))
    assert "is empty" in refused(lambda: open_to_read(path))


def test_a_log_without_its_store_is_not_mixed_into_a_new_one(left: Left, tmp_path: Path) -> None:
    path = left.copy(tmp_path)
    path.unlink()
    assert "they belong together" in refused(lambda: open_store(path))
    with closing(open_to_read(left.folder / "service.db")) as reader:
        assert "they belong together" in refused(lambda: reader.backup(path))


def test_another_database_and_another_file_are_refused(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE runs (id)")
    for open_ in (open_store, open_to_read):
        assert "not one of Mindshare's" in refused(lambda open_=open_: open_(path))
    path.write_text("case,truth\n" * 1_000, encoding="utf-8")
    for open_ in (open_store, open_to_read):
        assert "is no store" in refused(lambda open_=open_: open_(path))
    assert path.read_text(encoding="utf-8").startswith("case,truth")
    assert "cannot be opened" in refused(lambda: open_to_read(tmp_path / "nowhere.db"))


def test_a_damaged_snapshot_is_skipped_with_a_warning_and_the_one_before_is_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "service.db"
    with closing(open_store(path)) as store:
        store.append([made_frame(number) for number in (1, 2, 3)])
        for number in (1, 2, 3):
            store.keep_snapshot(number, b"state %d" % number * 100)
        files = sorted(tmp_path.glob("service.db.snapshot-*"))
        assert len(files) == 2
        whole = files[1].read_bytes()
        for broken in (whole[:-1], whole[:40], b"", whole[:-1] + b"?", whole[:30] + b"?" + whole[31:]):
            files[1].write_bytes(broken)
            caplog.clear()
            found = store.snapshot()
            assert found is not None
            assert found.data == b"state 2" * 100
            assert "is skipped" in caplog.text
        files[0].write_bytes(b"")
        assert store.snapshot() is None
        store.keep_snapshot(3, b"new")
        assert store.snapshot() is not None


def test_a_snapshot_of_another_chain_is_never_taken(tmp_path: Path) -> None:
    """As after a backup was restored beside the snapshots of what came later."""
    path = tmp_path / "service.db"
    with closing(open_store(path)) as store:
        store.append([made_frame(1), made_frame(2)])
        store.backup(tmp_path / "backup.db")
        store.append([made_frame(3)])
        store.keep_snapshot(2, b"fits both")
        store.keep_snapshot(3, b"of the lost frame")
    shutil.copy(tmp_path / "backup.db", path)
    with closing(open_store(path)) as store:
        assert store.snapshot() == ((2, *store.head()[1:]), b"fits both")
        store.append([made_frame(3, seed=1)])
        found = store.snapshot()
        assert found is not None
        assert found.data == b"fits both"
        store.keep_snapshot(3, b"new")
        assert store.snapshot() == (store.head(), b"new")
        assert len(list(tmp_path.glob("*snapshot*"))) == 2
