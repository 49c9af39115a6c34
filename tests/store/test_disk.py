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

from mindshare.store.chain import verify
from mindshare.store.protocol import Body, Frame
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
    """A disk of one megabyte."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_refuses_keeps_what_was_acknowledged_and_goes_on_once_there_is_space(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(600_000))
    path = small_disk / "service.db"
    with closing(open_store(path)) as store:
        acknowledged = 0
        for _ in range(2):  # the disk is full twice
            while True:
                frame = Frame(acknowledged + 1, 1.0, b"x" * 5_000, [Body.salted(acknowledged, b"y" * 5_000, "evidence", 1.0)])
                try:
                    acknowledged = store.append([frame]).number
                except Exception as e:  # noqa: BLE001  its kind is what is looked at
                    assert "full" in refused(lambda e=e: _raise(e))
                    break
            assert "full" in refused(lambda: store.keep_snapshot(1, bytes(600_000)))
            assert "full" in refused(lambda: store.backup(small_disk / "backup.db"))
            assert store.head().number == acknowledged == len(read_back(store)) > 3
            with closing(open_to_read(path)) as reader:
                assert verify(reader).frames == acknowledged
            ballast.write_bytes(bytes(300_000 if ballast.stat().st_size > 300_000 else 0))
            assert store.append([Frame(acknowledged + 1, 1.0, b"again")]).number == acknowledged + 1
            acknowledged += 1
        assert {file.name for file in small_disk.iterdir()} <= {
            "ballast", "service.db", "service.db-wal", "service.db-shm", "service.db.lock",
        }  # fmt: skip
    with closing(open_store(path)) as store:
        assert len(read_back(store)) == acknowledged
        assert store.bodies(range(acknowledged)).keys() == set(range(acknowledged)) - {n - 1 for n in ()} - _again(store)


def _raise(e: Exception) -> None:
    raise e
