"""`mindshare serve --demo`: a domain on a live service, with SIMULATED people at work; whoever opens the links is asked too."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from mindshare.cli.demo_folder import coming_to
from mindshare.cli.pictured import Page, take_pictures
from mindshare.cli.served import New, Place, Reached, serve_folder
from mindshare.cli.terminal import say
from mindshare.core.errors import MindshareError
from mindshare.engine.folder import CONSOLE
from mindshare.engine.service import Service
from mindshare.histories.intake.settings import Settings as Reading
from mindshare.histories.streamed import Scripted
from mindshare.people.simulated import PREFIX
from mindshare.web.accounts import FIRST
from mindshare.web.client import AsyncClient
from mindshare.web.crowd import Crowd
from mindshare.web.front import Front
from mindshare.web.roles import Role

YOU = "you"  # the id of the newcomer
SOME_WORK_S = 12.0  # before pictures are taken
A_CASE, VERDICTS = ".answers", ".stream"  # what the desk and the board show once there is work
PATIENCE_S = 30.0  # for the engine to take the newcomer in


class Wanted(NamedTuple):
    """Which demo: its name, a domain of one's own, or nothing (digits, or what the folder holds); on which data; where it is kept."""

    name: str | None = None
    data: Path | None = None
    folder: Path | None = None


class Ready(NamedTuple):
    """A folder that can be served, and the cases that come."""

    folder: Path
    script: Sequence[Scripted]


def run_demonstration(wanted: Wanted, new: New, place: Place, pictures: Path | None = None) -> None:
    """Serves the demo until Ctrl-C, or until there are `pictures`: in its folder, or in one that is thrown away. It begins as it is: with
    nothing of `new`.
    """
    if new != New(None, None, (), None, Reading()):
        raise MindshareError("--demo brings its own cases, labels and limits. Leave the others away.")
    if (folder := wanted.folder) is not None:
        return _serve(_ready(folder, wanted), place, pictures, kept=True)
    with TemporaryDirectory(prefix="mindshare-demo-") as there:
        return _serve(_ready(Path(there) / "service", wanted), place, pictures, kept=False)


def _ready(folder: Path, wanted: Wanted) -> Ready:
    return Ready(folder, coming_to(folder, wanted.name, wanted.data).cases)


def _serve(ready: Ready, place: Place, pictures: Path | None, *, kept: bool) -> None:
    crowd = _Background(ready)

    def begin(at: Reached, service: Service, front: Front) -> None:
        links = _links(front)
        _say(at, links, service, kept=kept)
        crowd.start(at.url)
        if pictures is not None:
            pages = {
                "desk": Page(f"{at.url}/desk#link={links.desk}", A_CASE),
                "board": Page(f"{at.url}/board#link={links.board}", VERDICTS),
            }
            threading.Thread(target=_picture, args=(pages, pictures), daemon=True).start()

    try:
        serve_folder(ready.folder, place, begin)
    finally:
        crowd.stop()
    again = f"kept; mindshare serve --demo --folder {ready.folder} goes on" if kept else "thrown away"
    say(f"Stopped. The demo is {again}.")


def _picture(pages: dict[str, Page], folder: Path) -> None:
    """Pictures of a demo that has been at work for a while; then it ends, as by Ctrl-C."""
    try:
        time.sleep(SOME_WORK_S)
        made = take_pictures(pages, folder)
        told = [f"Picture: {p}" for p in made]
        say(*(told or ["No browser of this system could take pictures."]))
    finally:
        os.kill(os.getpid(), signal.SIGINT)


class _Links(NamedTuple):
    desk: str
    board: str


def _links(front: Front) -> _Links:
    """Codes that sign the newcomer in: as a person, and as an admin."""
    if YOU not in [account["id"] for account in front.accounts.accounts()]:
        front.accounts.make(YOU, Role.person, "")
    joined: Future[object] = Future()
    front.service.actor.call(lambda e: e.agent(YOU, FIRST, active=True), joined.set_result)
    if isinstance(told := joined.result(PATIENCE_S), Exception):
        raise told
    return _Links(front.links.make(YOU)[0], front.links.make(front.accounts.first_admin())[0])


def _say(at: Reached, links: _Links, service: Service, *, kept: bool) -> None:
    simulated = [a.id for a in service.team.agents if a.id.startswith(PREFIX)]
    desk, board = f"{at.url}/desk#link={links.desk}", f"{at.url}/board#link={links.board}"
    folder = f"{service.folder.resolve()} (kept)" if kept else "thrown away at the end; --folder DIR keeps it"
    say(
        f"Address: {at.url}",
        f"Desk:    {desk} (you answer, as the person '{YOU}')",
        f"Board:   {board} (you steer, as 'admin')",
        "Each link is good once, within 15 minutes.",
        f"Folder:  {folder}",
        f"People:  {simulated[0]} to {simulated[-1]} are SIMULATED and answer beside you: what they bring is no evidence.",
        "Stop with Ctrl-C. Next, your own answers: mindshare serve your.csv",
    )
    if _has_a_screen():
        webbrowser.open(board)
        webbrowser.open(desk)


def _has_a_screen() -> bool:
    """Whether somebody sits at a terminal with a screen: a browser in a text window would take the terminal away."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


class _Background:
    """The crowd in a thread with a loop of its own, from `start` to `stop`."""

    def __init__(self, ready: Ready) -> None:
        self._ready = ready
        self._thread: threading.Thread | None = None
        self._cancel: Callable[[], object] = lambda: None

    def start(self, url: str) -> None:
        token = (self._ready.folder / CONSOLE).read_text(encoding="ascii").strip()
        loop = asyncio.new_event_loop()
        plays = loop.create_task(self._play(url, token))
        self._cancel = lambda: loop.call_soon_threadsafe(plays.cancel)

        def run() -> None:
            with suppress(asyncio.CancelledError):
                try:
                    loop.run_until_complete(plays)
                except* MindshareError as several:
                    say(f"The simulated people have stopped: {several.exceptions[0]}")
            loop.close()

        self._thread = threading.Thread(target=run, name="simulated people", daemon=True)
        self._thread.start()

    async def _play(self, url: str, token: str) -> None:
        async with AsyncClient(url, token) as client:
            await Crowd(client, self._ready.script).play()

    def stop(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            self._cancel()
            self._thread.join(10)
