"""`mindshare serve --demo --pictures DIR`: the demo shows itself, and ends by itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from mindshare.cli.pictured import BROWSERS


def test_the_demo_without_a_terminal_prints_its_addresses_takes_pictures_and_ends_well(
    tmp_path: Path,
) -> None:
    words = ["serve", "--demo", "--port", "0", "--pictures", str(tmp_path / "out")]
    told = subprocess.run(
        [sys.executable, "-m", "mindshare", *words], capture_output=True, text=True, timeout=300, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "/desk#link=" in told.stdout and "/board#link=" in told.stdout and "SIMULATED" in told.stdout
    if any(map(shutil.which, BROWSERS)):
        pictures = {p.name: p.read_bytes()[:8] for p in (tmp_path / "out").iterdir()}
        assert pictures == dict.fromkeys(("board.png", "desk.png"), b"\x89PNG\r\n\x1a\n")
    else:
        assert "No browser of this system could take pictures." in told.stdout


def test_pictures_are_of_the_demo_only() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "mindshare", "serve", "--pictures", "out"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2 and "it is for --demo" in told.stderr
