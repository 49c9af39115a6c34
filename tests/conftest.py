"""What every test may ask for: a small history, and the public sets where they are there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.small_history import write_small_history


@pytest.fixture
def make_history(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small valid history with the parts given instead, and returns its directory."""
    made: list[Path] = []

    def make(**parts: str | bytes | None) -> Path:
        made.append(write_small_history(tmp_path / f"history_{len(made) + 1}", **parts))
        return made[-1]

    return make


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The public sets; a test that asks for them is marked real_data and skipped without them."""
    place = os.environ.get("MINDSHARE_DATA")
    if not place:
        pytest.skip("MINDSHARE_DATA does not name the folder of the public sets")
    return Path(place)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "data_dir" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real_data)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    def count(*outcomes: str) -> int:
        reports = (r for outcome in outcomes for r in terminalreporter.stats.get(outcome, ()))
        return sum("real_data" in getattr(r, "keywords", {}) for r in reports)

    ran, skipped = count("passed", "failed", "xfailed", "xpassed"), count("skipped", "error")
    terminalreporter.write_line(f"real-data tests: {ran} ran, {skipped} skipped")
