"""`mindshare serve --demo --pictures DIR`: the demo shows itself, and ends by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from mindshare.cli.pictured import BROWSERS, Page, take_pictures

LATE = "data:text/html,<body><script>setTimeout(() => {document.body.style.background = 'rgb(0,128,0)'; document.body.className = 'here'}, 3000)</script>"


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


@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no browser of this system")
def test_a_picture_waits_for_what_the_page_is_to_show(tmp_path: Path) -> None:
    assert take_pictures({"late": Page(LATE, ".here")}, tmp_path) == [tmp_path / "late.png"]
    with Image.open(tmp_path / "late.png") as picture:
        assert picture.size == (1280, 900) and picture.convert("RGB").getpixel((640, 450)) == (0, 128, 0)


@pytest.mark.skipif(os.name != "posix", reason="pipes lead a browser on POSIX only")
def test_a_browser_that_ends_at_once_makes_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / BROWSERS[0]
    browser.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert take_pictures({"none": Page(LATE, ".here")}, tmp_path / "out") == []
    assert (len(os.listdir("/proc/self/fd")) if before else 0) == before


def test_pictures_are_of_the_demo_only() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "mindshare", "serve", "--pictures", "out"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2 and "it is for --demo" in told.stderr
