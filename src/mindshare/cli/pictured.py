"""Pictures of pages, by a browser of this system that needs no screen, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SIZE = "1280,900"
WAIT_MS, PATIENCE_S = 8_000, 60.0


def take_pictures(pages: Mapping[str, str], folder: Path) -> list[Path]:
    """A picture of each page (name -> address), as NAME.png in this folder; those that a browser made. None where there is no browser."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, address in pages.items():
        picture = folder / f"{name}.png"
        picture.unlink(missing_ok=True)
        if _taken(browser, address, picture):
            made.append(picture)
    return made


def _taken(browser: str, address: str, picture: Path) -> bool:
    with TemporaryDirectory(prefix="mindshare-browser-", ignore_cleanup_errors=True) as own:
        words = [
            "--headless=new",
            "--hide-scrollbars",
            f"--window-size={SIZE}",
            f"--virtual-time-budget={WAIT_MS}",
        ]
        words += [f"--user-data-dir={own}", f"--screenshot={picture.resolve()}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            words.append("--no-sandbox")  # which a browser of root needs
        try:
            subprocess.run([browser, *words, address], capture_output=True, timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return False
    return picture.is_file()
