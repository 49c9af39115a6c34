"""A place that cannot be written to is refused before any work, with one sentence, and what was there stays as it was."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.places import check_directory, check_file, write_whole


@pytest.fixture(params=["below a file", "name too long", "links that go round", "a folder of the kernel"])
def refused(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A path at which neither a file nor a directory can be made, whoever asks."""
    if request.param == "below a file":
        (tmp_path / "file").write_text("here before")
        return tmp_path / "file" / "below" / "it"
    if request.param == "name too long":
        return tmp_path / ("x" * 300)
    if request.param == "links that go round":
        (tmp_path / "a").symlink_to(tmp_path / "b")
        (tmp_path / "b").symlink_to(tmp_path / "a")
        return tmp_path / "a" / "x"
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux shows folders of its kernel")
    return Path("/proc/x")


def contents(place: Path) -> list[str]:
    return sorted(
        os.path.join(*found) for walked in os.walk(place) for found in [(walked[0], n) for n in walked[2]]
    )


def test_a_file_that_cannot_be_written_is_refused(refused: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    for refuse in (check_file, lambda path: write_whole(path, lambda part: part.write_text("never"))):
        with pytest.raises(MindshareError, match=r"\.$"):
            refuse(refused)
    assert contents(tmp_path) == before


def test_a_directory_that_cannot_be_made_is_refused(refused: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    with pytest.raises(MindshareError, match=r"\.$"):
        check_directory(refused)
    assert contents(tmp_path) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    for check in (check_file, check_directory):
        with pytest.raises(MindshareError, match="Permission denied"):
            check(tmp_path / "out")


def test_a_new_or_empty_directory_is_fine_and_checking_leaves_nothing(tmp_path: Path) -> None:
    check_directory(tmp_path)
    check_directory(tmp_path / "a" / "new" / "one")
    check_file(tmp_path / "out.json")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_with_something_in_it_is_refused_unless_that_is_fine(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here before")
    with pytest.raises(MindshareError, match=r"is not empty\. Name a new directory; nothing is overwritten"):
        check_directory(tmp_path)
    check_directory(tmp_path, must_be_empty=False)
    with pytest.raises(MindshareError, match=r"is a file\. Name a directory"):
        check_directory(tmp_path / "file")
    assert contents(tmp_path) == [str(tmp_path / "file")]


def test_a_directory_is_no_file_and_a_missing_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match=r"is a directory\. Name a file"):
        check_file(tmp_path)
    with pytest.raises(MindshareError, match=r"there is no directory .*none\. Make it first"):
        check_file(tmp_path / "none" / "out.json")


def test_a_link_to_a_file_stays_a_link_and_the_file_gets_the_new_text(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("before")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    write_whole(tmp_path / "link.txt", lambda path: path.write_text("after"))
    assert (tmp_path / "link.txt").is_symlink() and (tmp_path / "real.txt").read_text() == "after"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices here")
def test_a_device_is_written_to_and_stays_a_device() -> None:
    write_whole(Path("/dev/null"), lambda path: path.write_text("away"))
    assert Path("/dev/null").is_char_device()


def test_a_name_as_long_as_names_may_be_can_be_written(tmp_path: Path) -> None:
    longest = tmp_path / ("x" * (os.pathconf(tmp_path, "PC_NAME_MAX") - 5) + ".json")
    write_whole(longest, lambda path: path.write_text("{}"))
    assert longest.read_text() == "{}"
