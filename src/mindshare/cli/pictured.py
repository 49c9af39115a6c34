"""Pictures of pages, by a browser of this system that needs no screen, where there is one."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any, NamedTuple

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SIZE = {"width": 1280, "height": 900}  # pixels
SETTLED_S, PATIENCE_S = 2.0, 60.0
LOOK_S = 0.1
END = b"\0"  # of a message of the browser's tools


class Page(NamedTuple):
    """The address of a page, and what it shows once it is worth a picture (a CSS selector)."""

    address: str
    shows: str


def take_pictures(pages: Mapping[str, Page], folder: Path) -> list[Path]:
    """A picture of each page (by name), as NAME.png in this folder; those that a browser made. None where there is no browser. A
    page is waited for, half a minute at most; then it is taken as it is.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None or os.name != "posix":  # elsewhere a browser cannot be led through pipes
        return []
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, page in pages.items():
        picture = folder / f"{name}.png"
        picture.unlink(missing_ok=True)
        taken = _taken(browser, page)
        if taken:
            picture.write_bytes(taken)
            made.append(picture)
    return made


def _taken(browser: str, page: Page) -> bytes:
    """The picture; nothing where the browser gave up."""
    with TemporaryDirectory(prefix="mindshare-browser-", ignore_cleanup_errors=True) as own:
        led = _Led(browser, own)
        try:
            return led.picture(page)
        except (
            EOFError,
            BrokenPipeError,
            KeyError,
        ):  # it ended, had no more time, or refused what it was told
            return b""
        finally:
            led.end()


class _Led:
    """A browser led through a pair of pipes (`--remote-debugging-pipe`: Chrome DevTools Protocol, messages that end with a zero byte)."""

    def __init__(self, browser: str, own: str) -> None:
        heard, self._tell = os.pipe()
        self._hear, said = os.pipe()
        words = [browser, "--headless=new", "--hide-scrollbars"]
        words += [f"--user-data-dir={own}", "--remote-debugging-pipe"]
        if os.geteuid() == 0:
            words.append("--no-sandbox")  # which a browser of root needs
        at: list[Any] = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in range(3)]
        # a browser wants its pipes as 3 and 4
        at += [(os.POSIX_SPAWN_DUP2, heard, 3), (os.POSIX_SPAWN_DUP2, said, 4)]
        self._process = os.posix_spawn(browser, words, os.environ, file_actions=at)
        os.close(heard)
        os.close(said)
        self._patience = Timer(PATIENCE_S, os.kill, (self._process, signal.SIGKILL))
        self._patience.start()
        self._rest, self._number = b"", 0

    def picture(self, page: Page) -> bytes:
        """A PNG of the page once it shows what is waited for and has come to rest, or as it is when time is short."""
        target = self._ask("Target.createTarget", url=page.address)["targetId"]
        session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Emulation.setDeviceMetricsOverride", session, **SIZE, deviceScaleFactor=1, mobile=False)
        shown = f"document.querySelector({json.dumps(page.shows)}) !== null"
        ends = time.monotonic() + PATIENCE_S / 2
        while time.monotonic() < ends:
            told = self._ask("Runtime.evaluate", session, expression=shown)
            if told["result"].get("value") is True:
                break
            time.sleep(LOOK_S)
        time.sleep(SETTLED_S)
        return base64.b64decode(self._ask("Page.captureScreenshot", session)["data"])

    def end(self) -> None:
        """The browser is gone afterwards."""
        self._patience.cancel()
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._tell)
        os.close(self._hear)

    def _ask(self, method: str, session: str = "", **params: object) -> dict[str, Any]:
        """What the browser answers; events are passed over."""
        self._number += 1
        said: dict[str, object] = {"id": self._number, "method": method, "params": params}
        if session:
            said["sessionId"] = session
        os.write(self._tell, json.dumps(said).encode() + END)
        while True:
            told = self._message()
            if told.get("id") == self._number:
                result: dict[str, Any] = told.get("result", {"result": {}})
                return result

    def _message(self) -> dict[str, Any]:
        while END not in self._rest:
            more = os.read(self._hear, 1 << 16)
            if not more:
                raise EOFError
            self._rest += more
        one, _, self._rest = self._rest.partition(END)
        message: dict[str, Any] = json.loads(one)
        return message
