"""What every test may ask for: a small history, and the public sets where they are there. No test writes outside its folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

from tests.debris import ROOT, listing
from tests.small_history import write_small_history

# No test is timed: machines differ. Every run tries the same examples, so that whoever changed nothing breaks nothing;
# `make search` looks for others.
hypothesis.settings.register_profile("mindshare", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, print_blob=True)
hypothesis.settings.load_profile("mindshare")

BEFORE = pytest.StashKey[set[str]]()
LEFT = pytest.StashKey[list[str]]()


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # with xdist the one that hands out the tests looks, once
        session.config.stash[BEFORE] = listing()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A session that leaves files in the repository has failed, whatever its tests say."""
    before = session.config.stash.get(BEFORE, None)
    left = [] if before is None else sorted(listing() - before)
    session.config.stash[LEFT] = left
    if left and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def _costs_are_kept_in_a_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Else the first profile of a net would land in the user's cache, and the next session would read it there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINDSHARE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _a_profile_is_short() -> Iterator[None]:
    """How surely a cost is known matters where that is what a test is about; elsewhere a profile of 20 CPU seconds a net is waiting."""
    if find_spec("torch") is None:
        yield
        return
    from mindshare.machines.costs import measure

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "PROFILE_S", 2.0)
        yield


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

    for path in terminalreporter.config.stash.get(LEFT, []):
        terminalreporter.write_line(f"FAILED: a test left {path} in {ROOT.name}/; write to tmp_path.")
    ran, skipped = count("passed", "failed", "xfailed", "xpassed"), count("skipped", "error")
    terminalreporter.write_line(f"real-data tests: {ran} ran, {skipped} skipped")
