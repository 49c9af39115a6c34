"""A disk that is full, read-only or lost costs nothing that was acknowledged, and nothing is acknowledged before its flush."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mindshare.core.errors import StoreError
from mindshare.store.chain import verify
from mindshare.store.protocol import Body, Frame, Store
from mindshare.store.sqlite import open_store, open_to_read
from mindshare.testing.frames import as_stored, made_frame, read_back, refused

KILLS = 5
# appends frame after frame and says each number on stdout once it is stored; where that fails, the sentence, and again
APPENDS = """
import sys
from pathlib import Path
from mindshare.core.errors import StoreError
from mindshare.store.sqlite import open_store
from mindshare.testing.frames import made_frame

store = open_store(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    try:
        head = store.append([made_frame(store.head().number + 1)])
    except StoreError as e:
        print("refused", e, flush=True)
    else:
        print("stored", head.number, flush=True)
"""
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n" + APPENDS


def script(tmp_path: Path, text: str) -> list[str]:
    """A command that runs it, without what mindshare.testing imports beside the frames: that takes seconds."""
    path = tmp_path / "appends.py"
    frames = Path(sys.modules[made_frame.__module__].__file__ or "")
    path.write_text(
        text.replace("from mindshare.testing.frames", "from frames"),
        encoding="utf-8",
    )
    shutil.copy(frames, tmp_path / "frames.py")
    return [sys.executable, str(path)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def until_full(store: Store) -> None:
    """Appends frames of 10 kB, half of it a body, until the disk is full."""
    told = ""
    while not told:
        number = store.head().number + 1
        frame = Frame(number, 1.0, b"x" * 5_000, [Body(number, "evidence", 1.0, bytes(16), b"y" * 5_000)])
        try:
            assert store.append([frame]).number == number
        except StoreError as e:
            told = str(e)
    assert "is full: nothing of this was stored. Free some space and try again." in told


def test_a_full_disk_keeps_what_was_acknowledged_and_goes_on_once_there_is_space(small_disk: Path) -> None:
    ballast, path = small_disk / "ballast", small_disk / "service.db"
    ballast.write_bytes(bytes(1_500_000))
    with closing(open_store(path)) as store:
        for left in (1_200_000, 0):
            until_full(store)
            end = store.head().number
            assert "full" in refused(lambda: store.keep_snapshot(1, bytes(2_000_000)))
            assert "full" in refused(lambda: store.backup(small_disk / "backup.db"))
            assert store.bodies(range(end + 2)).keys() == set(range(1, end + 1))
            with closing(open_to_read(path)) as reader:
                assert verify(reader).frames == end > 3
            ballast.write_bytes(bytes(left))
            assert (
                store.append([Frame(end + 1, 1.0, b"", [Body(end + 1, "evidence", 1.0, b"", b"")])]).number
                == end + 1
            )
    with closing(open_store(path)) as store:
        assert verify(store).frames == store.head().number == end + 1
    names = {file.name for file in small_disk.iterdir()}
    assert names == {"ballast", "service.db", "service.db.lock"}, "a half file was left"


def test_a_file_that_may_not_grow_refuses_and_loses_nothing(tmp_path: Path) -> None:
    """The same without a disk of its own: the system limits the size of files."""
    path = tmp_path / "service.db"
    with closing(open_store(path)):
        pass
    done = subprocess.run(
        [*script(tmp_path, LIMITED), str(path), "300"], capture_output=True, text=True, check=True
    )
    told = done.stdout.splitlines()
    stored = [line for line in told if line.startswith("stored")]
    assert len(stored) > 20
    assert told[-1].startswith("refused") and told[-1].endswith(".")
    with closing(open_store(path)) as store:
        assert f"stored {store.head().number}" == stored[-1]
        assert read_back(store) == as_stored([made_frame(n) for n in range(1, len(stored) + 1)])
        assert store.append([made_frame(len(stored) + 1)])


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A closed store of nine frames in a folder where nothing can be written, not even by root."""
    folder = tmp_path / "read_only"
    folder.mkdir()
    with closing(open_store(folder / "service.db")) as store:
        store.append([made_frame(number) for number in range(1, 10)])
        store.keep_snapshot(5, b"state")
    if os.geteuid():
        for file in [*folder.iterdir(), folder]:
            file.chmod(0o500)
        yield folder / "service.db"
        folder.chmod(0o700)
        return
    bound = [["mount", "--bind", str(folder), str(folder)], ["mount", "-o", "remount,ro,bind", str(folder)]]
    for command in bound:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no folder can be made read-only here: {done.stderr.strip()}")
    yield folder / "service.db"
    subprocess.run(["umount", str(folder)], check=True)


def test_a_store_that_cannot_be_written_is_refused_and_can_be_read(read_only: Path, tmp_path: Path) -> None:
    assert "can only be read here" in refused(lambda: open_store(read_only))
    with closing(open_to_read(read_only)) as reader:
        assert verify(reader).frames == 9
        assert reader.body(300) is not None
        assert reader.snapshot() is not None
        reader.backup(tmp_path / "backup.db")
        assert "can only be read here" in refused(lambda: reader.backup(read_only.with_name("backup.db")))
    with closing(open_store(tmp_path / "backup.db")) as store:
        assert store.append([made_frame(10)]).number == 10


def test_a_file_that_was_removed_while_in_use_takes_nothing(tmp_path: Path) -> None:
    """SQLite would write on, to a file without a name."""
    path, away = tmp_path / "service.db", tmp_path / "away.db"
    with closing(open_store(path)) as store:
        store.append([made_frame(1)])
        path.rename(away)
        assert "moved or removed" in refused(lambda: store.append([made_frame(2)]))
        away.rename(path)
        store.append([made_frame(store.head().number + 1)])
        Path(f"{path}-wal").unlink()
        assert "moved or removed" in refused(lambda: store.append([made_frame(store.head().number + 1)]))


def test_nothing_is_acknowledged_before_its_flush(tmp_path: Path) -> None:
    """A disk that loses what was not flushed cannot be seen by killing a process: the order of system calls shows it."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    trace = [
        strace,
        "-f",
        "-y",
        "-o",
        str(tmp_path / "trace"),
        "-e",
        "trace=write,pwrite64,fsync,fdatasync,ftruncate,rename",
    ]
    path = tmp_path / "service.db"
    done = subprocess.run(
        [*trace, *script(tmp_path, APPENDS), str(path), "20"], capture_output=True, text=True, check=False
    )
    if "ptrace" in done.stderr.lower():
        pytest.skip(f"strace may not trace here: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stderr
    unflushed, acknowledged, written = set[str](), 0, 0
    for line in (tmp_path / "trace").read_text(encoding="utf-8").splitlines():
        call = re.match(r"\d+ +(\w+)\(\d+<([^>]*)>(.*)", line)
        if call is None:
            continue
        name, file, rest = call.groups()
        if name in ("write", "pwrite64") and file.endswith(".db-wal"):
            unflushed.add(file)
            written += 1
        elif name in ("fsync", "fdatasync") and rest.endswith("= 0"):
            unflushed.discard(file)
        elif name == "write" and '"stored' in rest:
            assert not unflushed, (
                f"frame {acknowledged + 1} was acknowledged while {unflushed} was not flushed"
            )
            acknowledged += 1
    assert acknowledged == 20
    assert written >= 40


def test_killed_again_and_again_it_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path, said = tmp_path / "service.db", 0
    command = [*script(tmp_path, APPENDS), str(path), "100000"]
    for round_ in range(KILLS):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line, _ in zip(process.stdout, range(7 + 13 * round_), strict=False):
                assert line == f"stored {said + 1}\n"
                said += 1
            process.send_signal(signal.SIGKILL)
            said += sum(line.startswith("stored") and line.endswith("\n") for line in process.stdout)
        with closing(open_store(path)) as store:
            kept = read_back(store)
            assert len(kept) >= said
            assert kept == as_stored([made_frame(n) for n in range(1, len(kept) + 1)])
            said = len(kept)
