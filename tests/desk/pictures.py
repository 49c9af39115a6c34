"""Pictures of all pages, taken in a real Chromium from the live demo: for the README, and to be looked at.

    python -m tests.desk.pictures [--all FOLDER]

Without `--all` it makes docs/pictures: the desk, the board, and an animation of a person who answers. With it, every page, on a desktop
and on a phone, light and dark, in English and Chinese.
"""

from __future__ import annotations

import argparse
import io
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.desk.conftest import NAMES

HERE = Path(__file__).parents[2] / "docs" / "pictures"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
FRAMES = 9


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """`mindshare serve --demo`: the links that it prints, of the desk and of the board."""
    with tempfile.TemporaryDirectory() as place:
        words = ["serve", "--demo", "--folder", f"{place}/demo", "--port", "0"]
        with subprocess.Popen(
            [sys.executable, "-m", "mindshare", *words], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            links: dict[str, str] = {}
            for line in process.stdout:
                for page in ("desk", "board"):
                    found = next((w for w in line.split() if f"/{page}#link=" in w), None)
                    if found:
                        links[page] = found
                if len(links) == 2:
                    break
            try:
                yield links["desk"], links["board"]
            finally:
                process.send_signal(signal.SIGINT)
                process.communicate()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", type=Path)
    told = parser.parse_args()
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        sys.exit("No Chromium is installed on this system: no pictures.")
    with demo() as (desk, board), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        pages = {name: browser.new_context(viewport=WIDE).new_page() for name in ("desk", "board")}
        pages["desk"].goto(desk)
        pages["board"].goto(board)
        pages["desk"].wait_for_selector("main.case h1", timeout=120_000)
        time.sleep(20)  # some verdicts, answers and prices
        if told.all is None:
            HERE.mkdir(exist_ok=True)
            animated(pages["desk"], HERE / "desk.webp")
            pages["board"].set_viewport_size({"width": 1280, "height": 1000})
            time.sleep(2)
            pictured(pages["board"]).save(HERE / "board.webp", quality=80, method=6)
        else:
            told.all.mkdir(parents=True, exist_ok=True)
            everything(pages, told.all)
        browser.close()
    return 0


def pictured(page: Any, **how: Any) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(**how))).convert("RGB")


def animated(page: Any, path: Path) -> None:
    """A person answers case after case by keys."""
    page.set_viewport_size({"width": 960, "height": 600})
    page.keyboard.press("Escape")
    frames, lasts = [pictured(page)], [1200]
    for i in range(FRAMES):
        before = page.text_content("main.case h1")
        page.keyboard.press(str(i % 9 + 1))
        page.wait_for_selector(f"main.case h1:not(:text-is('{before}'))", timeout=60_000)
        time.sleep(0.3)
        frames.append(pictured(page))
        lasts.append(900)
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=lasts, loop=0, quality=70, method=6
    )


def everything(pages: dict[str, Any], folder: Path) -> None:
    """Each page and each state of it that is easily had, in all looks."""
    board = pages["board"]
    address = board.url.rsplit("/", 1)[0]
    for size, theme, language in product((WIDE, PHONE), ("light", "dark"), ("en", "zh")):
        for page in pages.values():
            page.set_viewport_size(size)
            page.evaluate(f"localStorage.language = '{language}'; localStorage.theme = '{theme}'")
        look = f"{'desktop' if size is WIDE else 'phone'}-{theme}-{language}"
        pages["desk"].goto(f"{address}/desk")
        pages["desk"].wait_for_selector("main.case h1", timeout=60_000)
        for name, where in (("board", "/board"), ("setup", "/setup")):
            board.goto(address + where)
            time.sleep(3)
            board.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
        desk = pages["desk"]
        desk.screenshot(path=folder / f"desk-{look}.png")
        for key, state in (("?", "help"), ("f", "figures"), (",", "settings")):
            desk.keyboard.press(key)
            time.sleep(0.5)
            desk.screenshot(path=folder / f"desk-{state}-{look}.png")
            desk.keyboard.press("Escape")
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
