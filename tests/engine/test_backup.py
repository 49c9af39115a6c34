"""A backup holds all of a service as of one moment, and makes the same service again; anything else is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine.backup import back_up, restore
from mindshare.engine.folder import CHECKPOINT_KEY
from mindshare.engine.service import Service
from mindshare.histories.streamed import Scripted
from tests.engine.conftest import play


def test_what_is_restored_goes_on_where_the_backup_was_made(
    folder: Path, script: list[Scripted], tmp_path: Path
) -> None:
    (folder / CHECKPOINT_KEY).parent.mkdir()
    (folder / CHECKPOINT_KEY).write_bytes(b"secret")
    service = Service(folder)
    play(service, script[:5])
    frames = back_up(folder, tmp_path / "b.zip")  # while it runs
    before = {name: (c.label, c.heard) for name, c in service.actor.engine.state.cases.items()}
    play(service, script[5:7])
    service.close()
    assert frames > 5 and restore(tmp_path / "b.zip", tmp_path / "again") == frames
    assert (tmp_path / "again" / CHECKPOINT_KEY).read_bytes() == b"secret"
    assert (
        (tmp_path / "again" / CHECKPOINT_KEY).stat().st_mode & 0o077
        == 0
        == (tmp_path / "b.zip").stat().st_mode & 0o077
    )
    again = Service(tmp_path / "again")
    assert {name: (c.label, c.heard) for name, c in again.actor.engine.state.cases.items()} == before
    again.close()


def test_nothing_is_overwritten_and_no_other_file_is_taken(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "b.zip")
    with pytest.raises(MindshareError, match="never overwrites"):
        back_up(folder, tmp_path / "b.zip")
    with pytest.raises(MindshareError, match="is not empty"):
        restore(tmp_path / "b.zip", folder)
    with pytest.raises(MindshareError, match="There is no service"):
        back_up(tmp_path, tmp_path / "c.zip")
    (tmp_path / "d.zip").write_bytes((tmp_path / "b.zip").read_bytes()[:-100])
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as packed:
        packed.writestr("../evil", "x")
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as packed:
        packed.writestr("cases.csv", "x")
    for name, sentence in (
        ("d", "is not a backup"),
        ("e", "outside the folder"),
        ("f", "not a backup of a service"),
    ):
        with pytest.raises(MindshareError, match=sentence):
            restore(tmp_path / f"{name}.zip", tmp_path / "new")
        assert not (tmp_path / "new").exists() and not (tmp_path / "evil").exists()
