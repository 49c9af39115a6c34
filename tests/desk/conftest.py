"""A real browser before a real server: the desk as a person has it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from mindshare.engine.create import create_service, team_of_labels
from mindshare.engine.settings import settings_of
from mindshare.histories.read import read_history
from tests.tickets import LABELS as TICKETS
from tests.tickets import write_tickets
from tests.web.real import Real

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
LABELS = ("billing", "delivery", "bug", "praise")
PASSWORD = "correct horse battery"
BOARD_LIMITS = {"human_answers": {"limit": 40, "per_s": None}}
FETCH_S = 240.0
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Desk:
    """A service whose cases all want a person, and the pages that look at it; `wrong`: what the browser complained of."""

    def __init__(self, real: Real, browser: Any) -> None:
        self.real, self._browser = real, browser
        self.url = f"http://127.0.0.1:{real.port}"
        self.wrong: list[str] = []

    def lead(self, method: str, path: str, json: Any = None) -> Any:
        with self.real.client("admin") as http:
            told = http.request(method, path, json=json)
        assert told.status_code < 300, told.text
        return told.json()

    def case(self, name: str, **parts: Any) -> None:
        """A case that nobody has spoken about."""
        self.lead(
            "POST", "/v1/cases", {"id": name, "features": {"words": f"Ticket {name}"}, "stakes": 10, **parts}
        )

    def events(self, *names: str) -> list[dict[str, Any]]:
        page = self.lead("GET", f"/v1/events?limit=1000&only={','.join(names)}")
        return list(page["events"])

    def page(self, **how: Any) -> Any:
        """A new browser with one page."""
        page = self._browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **how}).new_page()
        page.on("pageerror", lambda e: self.wrong.append(str(e)))
        page.on(
            "console", lambda m: self.wrong.append(f"{m.text} {m.location}") if m.type == "error" else None
        )
        page.set_default_timeout(
            60_000
        )  # where kernels are compiled meanwhile, the first case takes its time
        return page

    def signed_in(self, account: str = "ana", **how: Any) -> Any:
        """A page of a person who has just taken an invitation."""
        code = self.lead("POST", "/v1/invitations", {"account": account, "role": "person"})["code"]
        page = self.page(**how)
        page.goto(f"{self.url}/desk#code={code}")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("text=No case needs you now")
        return page


class Board(Desk):
    """A service of tickets, three people and two machines, as those in charge see it."""

    sent = 0

    def ticket(self, **parts: Any) -> str:
        """A ticket on which machines disagree."""
        self.sent += 1
        name = str(parts.pop("id", f"t{self.sent}"))
        answers = [
            {"agent": "large_bot", "label": TICKETS[0], "confidence": 0.5},
            {"agent": "small_bot", "label": TICKETS[self.sent % 3]},
        ]
        told = {"id": name, "features": {"by": "chat", "words": 10 + self.sent}, "answers": answers, **parts}
        self.lead("POST", "/v1/cases", told)
        return name

    def heard(self, person: str, label: str) -> str:
        """The next case of a person, with this answer."""
        lease = self.lead("POST", "/v1/next", {"person": person})
        said = {
            "case": lease["case"],
            "token": lease["token"],
            "person": person,
            "label": label,
            "seconds": 20,
        }
        self.lead("POST", "/v1/answers", said)
        return str(lease["case"])

    def looks(self, account: str = "lee", role: str = "lead", **how: Any) -> Any:
        """The board as somebody sees it who has just taken an invitation."""
        code = self.lead("POST", "/v1/invitations", {"account": account, "role": role})["code"]
        page = self.page(**how)
        page.goto(f"{self.url}/board#code={code}")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("main.board")
        return page


@cache
def chromium() -> str | None:
    """The Chromium of this system; where there is none, one that playwright fetches, if it can."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        fetch = [sys.executable, "-m", "playwright", "install", "chromium"]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(fetch, capture_output=True, timeout=FETCH_S, check=False)
        with sync_api.sync_playwright() as play:
            path = Path(play.chromium.executable_path)
        found = str(path) if path.is_file() else None
    return found


WIDTHS, HIGH = (1280, 360), 740


class Checked:
    """What axe finds on a page, state by state: light and dark, on a wide and on a narrow screen, where nothing may stick out."""

    def __init__(self, page: Any) -> None:
        self._page, self.found = page, dict[str, Any]()
        self._axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def look(self, state: str) -> None:
        page = self._page
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HIGH})
            page.wait_for_timeout(100)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (state, width)
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                told = self._axe.run(page).response["violations"]
                if told:
                    self.found[f"{state}, {theme}, {width}"] = [
                        (v["id"], [n["target"] for n in v["nodes"]]) for v in told
                    ]
        page.set_viewport_size({"width": WIDTHS[0], "height": HIGH})
        page.emulate_media(color_scheme="light")


@pytest.fixture(scope="module")
def launched() -> Iterator[Any]:
    """Chromium of this system, for the stories of one file: while it is there no other event loop can run in this thread."""
    found = chromium()
    if found is None:
        pytest.skip("no Chromium is installed on this system, and none could be fetched")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browser(launched: Any) -> Iterator[Any]:
    """The same for one story, which leaves no page behind."""
    yield launched
    for context in launched.contexts:
        context.close()


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk") / "service"
    kinds = {"default": {"guidelines": "Read it twice.", "grace_s": 60}}
    limits = {"human_answers": {"limit": 10_000, "per_s": None}}
    settings = settings_of(
        {"limits": limits, "kinds": kinds, "cases": 1_000, "learn": False, "trust_seconds": True}, "desk"
    )
    create_service(folder, team_of_labels(LABELS), settings)
    return folder


@pytest.fixture
def desk(first: Path, tmp_path: Path, browser: Any) -> Iterator[Desk]:
    made = Real(shutil.copytree(first, tmp_path / "service"))
    shown = Desk(made, browser)
    yield shown
    for context in browser.contexts:  # before the service, so that no page asks for it in vain
        context.close()
    shown.real.stop()


@pytest.fixture
def desk_of(first: Path, tmp_path: Path, browser: Any) -> Iterator[Callable[..., Desk]]:
    """A desk of a service with these settings of its only kind, others, and gold probes, if any."""
    made: list[Desk] = []

    def make(more: dict[str, Any] | None = None, gold: Sequence[Any] = (), **kind: Any) -> Desk:
        folder = shutil.copytree(first, tmp_path / f"service{len(made)}")
        told = yaml.safe_load((folder / "service.yaml").read_text()) | (more or {})
        told["kinds"]["default"] |= kind
        (folder / "service.yaml").write_text(yaml.safe_dump(told))
        (folder / "gold.jsonl").write_text("\n".join(map(json.dumps, gold)))
        made.append(Desk(Real(folder), browser))
        return made[-1]

    yield make
    for context in browser.contexts:
        context.close()
    for desk in made:
        desk.real.stop()


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service that learnt from 300 tickets."""
    place = tmp_path_factory.mktemp("tickets")
    write_tickets(place)
    told = {"limits": BOARD_LIMITS, "cases": 80, "learn": False, "trust_seconds": True}
    kinds = {"kinds": {"default": {"grace_s": 60}}}
    create_service(
        place / "service",
        read_history(place / "history").take(np.arange(300)),
        settings_of(told | kinds, "board"),
    )
    return place / "service"


@pytest.fixture
def board(learnt: Path, tmp_path: Path, browser: Any) -> Iterator[Board]:
    yield from board_of(learnt, tmp_path, browser)


def board_of(first: Path, tmp_path: Path, browser: Any) -> Iterator[Board]:
    """A copy of this service, as those in charge see it."""
    made = Real(shutil.copytree(first, tmp_path / "service"))
    shown = Board(made, browser)
    yield shown
    for context in browser.contexts:
        context.close()
    made.stop()
