"""The quick start of docs/service.md is what a new service answers on the history of TOUR."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from mindshare.cli.served import settings_of
from mindshare.engine.create import create_service
from mindshare.histories.read import read_history
from tests.web.real import Real

PAGE = Path(__file__).parents[2] / "docs" / "service.md"
COMMAND = re.compile(r"^    (ask .*?)(?=^    ask |^    \{|^\S|\Z)", re.MULTILINE | re.DOTALL)


def steps() -> list[tuple[str, str | None, str]]:
    """(path, body, what is printed) of each command; "" = the page does not show it."""
    text = PAGE.read_text(encoding="utf-8").partition("## Quick start")[2].partition("\n## ")[0]
    out = []
    for found in COMMAND.finditer(text):
        _, url, *body = shlex.split(found[1])
        shown = text[found.end() :].partition("\n")[0].strip()
        out.append(
            (url.partition("8765")[2], body[1] if body else None, shown if shown.startswith("{") else "")
        )
    return out


@pytest.fixture
def real(tickets: Path, tmp_path: Path) -> Real:
    history = read_history(tickets / "history")
    settings = settings_of(["people.minutes=600/day"], None, history)
    create_service(tmp_path / "service", history.take(np.arange(len(history))), settings)
    return Real(tmp_path / "service")


def test_the_quick_start_shows_what_is_printed(real: Real) -> None:
    try:
        assert len(steps()) == 7
        with real.client("admin") as http:
            for path, body, shown in steps():
                curl = {"content-type": "application/x-www-form-urlencoded"}
                told = http.get(path) if body is None else http.post(path, content=body, headers=curl)
                assert told.is_success, told.text
                pattern = ".*".join(map(re.escape, shown.split("...")))
                assert not shown or re.fullmatch(pattern, told.text), f"{path}: {told.text}"
    finally:
        real.stop()
