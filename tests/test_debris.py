"""The guard of `conftest.py` sees what a test leaves in the repository, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.debris import listing


def test_a_file_that_a_test_leaves_is_seen_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    before = listing(tmp_path)
    (tmp_path / "left.onnx").touch()
    (tmp_path / "docs" / "deep" / "left.json").touch()
    assert listing(tmp_path) - before == {"left.onnx", "docs/deep/left.json"}


def test_what_tools_write_is_not_taken_for_debris(tmp_path: Path) -> None:
    for name in ("__pycache__", ".pytest_cache", "dist", "mindshare.egg-info"):
        (tmp_path / name).mkdir()
    assert listing(tmp_path) == set()
