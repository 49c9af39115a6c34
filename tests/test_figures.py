"""Every table of measured figures says when it was measured, and with which command; a plan that is shown is the plan made."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tickets import write_tickets

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MEASURED = re.compile(
    r"[Mm]easured\s+(\d{4}-\d{2}-\d{2})\b(?:\s+and\s+\d{4}-\d{2}-\d{2})?\s+with\s+`([^`]+)`"
)
FIGURE = re.compile(r"^\W*(\d[\d,]*\.\d+|[\d,.]+ (%|s|ms|us|points))( .*)?$")
ENOUGH = 0.3  # share of a table's cells that are figures, from which it is a table of measurements
# pages that tell of figures outside tables
TELLING = ["README.md", *(f"docs/{name}.md" for name in ("allocate", "ladder", "manufacturing", "resources"))]
MADE_BY = re.compile(r"^(python benchmarks/\w+\.py|mindshare [a-z]+)")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def sections(text: str) -> list[tuple[str, str]]:
    """(heading, text below it) for every heading of the second level; code blocks in the text do not count."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return [("", parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]


def tables(text: str) -> list[list[str]]:
    """The cells below the head of every table."""
    found = re.findall(r"(?:^\|.*\n)+", text + "\n", re.MULTILINE)
    return [
        [cell.strip() for row in table.splitlines()[2:] for cell in row.split("|")[1:-1] if cell.strip()]
        for table in found
    ]


def shows_figures(text: str) -> bool:
    return any(
        cells and sum(bool(FIGURE.match(cell)) for cell in cells) >= ENOUGH * len(cells)
        for cells in tables(text)
    )


DATED = [
    (page, heading, text)
    for page in PAGES
    for heading, text in sections(page.read_text(encoding="utf-8"))
    if shows_figures(text)
]


def test_the_pages_of_figures_are_found() -> None:
    assert {named(page) for page, _, _ in DATED} >= {"README.md", "docs/benchmarks.md"}


@pytest.mark.parametrize(
    ("page", "heading", "text"), DATED, ids=lambda p: named(p) if isinstance(p, Path) else ""
)
def test_a_section_with_a_table_of_figures_says_when_and_how_it_was_measured(
    page: Path, heading: str, text: str
) -> None:
    assert MEASURED.search(text), (
        f"{named(page)}, '{heading}': say 'Measured YEAR-MONTH-DAY with `python benchmarks/...`'"
    )


@pytest.mark.parametrize("page", TELLING)
def test_a_page_that_tells_of_figures_says_when_and_how_they_were_measured(page: str) -> None:
    assert MEASURED.search((ROOT / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_says_was_measured_names_a_day_and_a_command_that_exists(page: Path) -> None:
    for day, command in MEASURED.findall(page.read_text(encoding="utf-8")):
        assert dt.date.fromisoformat(day) >= dt.date(2026, 1, 1)
        assert MADE_BY.match(command), f"{named(page)}: '{command}' is no benchmark and no command"
        if command.startswith("python "):
            assert (ROOT / command.split()[1]).is_file(), (
                f"{named(page)}: {command.split()[1]} does not exist"
            )


def test_the_figures_of_a_page_without_a_date_are_noticed() -> None:
    table = "## Speed\n| case | s |\n|---|---|\n| a | 0.12 |\n| b | 0.34 |\n"
    (_, text) = sections(table)[1]
    assert shows_figures(text) and not MEASURED.search(text)
    assert MEASURED.search("Measured 2026-11-20 with `python benchmarks/fit.py`:\n" + text)


# -- what a page shows of a command that anybody can run ---------------------------------------------------------------
PLAN = "mindshare plan history open --limit people.minutes=5"
PLANNED = [ROOT / "README.md", ROOT / "docs" / "plan.md"]
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\w)")
CLOSE = 0.02  # other versions of numerical libraries may change later digits, and one case of the forty


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the plan of the made-up tickets prints today, and the first two lines of its table."""
    place = tmp_path_factory.mktemp("tickets")
    write_tickets(place)
    done = subprocess.run(
        [sys.executable, "-m", *PLAN.split()],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "110"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [*done.stdout.splitlines(), *(place / "plan.csv").read_text(encoding="utf-8").splitlines()[:2]]


def shown(page: str, command: str) -> list[str]:
    """The lines that the page shows below a command and those that follow it in the same block, without blank ones."""
    block = re.search(rf"^    \$ {re.escape(command)}.*\n((?: {{4}}.*\n|\n)+)", page, re.MULTILINE)
    assert block, f"the page does not show '{command}'"
    lines = (line[4:] for line in block.group(1).splitlines())
    return [line for line in lines if line and not line.startswith("$ ")]


def same(line: str, printed: str) -> bool:
    """Word for word the same, every figure close, every count at most one away."""
    if NUMBER.sub("#", " ".join(line.split())) != NUMBER.sub("#", " ".join(printed.split())):
        return False
    pairs = zip(NUMBER.findall(line), NUMBER.findall(printed), strict=True)
    return all(
        abs(float(a) - float(b)) <= (CLOSE * max(float(a), float(b)) if "." in a + b else 1) for a, b in pairs
    )


@pytest.mark.parametrize("page", PLANNED, ids=named)
def test_a_plan_that_a_page_shows_is_the_plan_that_is_printed(page: Path, planned: list[str]) -> None:
    lines = shown(page.read_text(encoding="utf-8"), PLAN)
    assert len(lines) >= 5
    for line in lines:
        assert any(same(line, printed) for printed in planned), (
            f"{named(page)} shows '{line}'. Printed is:\n" + "\n".join(planned)
        )


def test_a_figure_that_is_not_printed_any_more_is_noticed() -> None:
    told = "Of 40 open cases 13 get an answer; it brings 5.439 right verdicts."
    assert same(told, told.replace("5.439", "5.44")) and same(told, told.replace(" 13 ", " 14 "))
    for wrong in (
        told.replace("5.439", "5.8"),
        told.replace(" 13 ", " 16 "),
        told.replace("brings", "gives"),
    ):
        assert not same(told, wrong)


# -- the first hour ----------------------------------------------------------------------------------------------------
HOUR = ROOT / "docs" / "first-hour.md"
COMMANDS = re.findall(r"^    \$ (mindshare .*)$", HOUR.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the page's commands print, one after another, in a directory with the files that the page makes."""
    place = tmp_path_factory.mktemp("hour")
    made = re.search(r"^```python\n(.*?)^```$", HOUR.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert made
    out = {}
    for words in (["-c", made.group(1)], *(["-m", *command.split()] for command in COMMANDS)):
        done = subprocess.run(
            [sys.executable, *words],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "110"},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=True,
        )
        out[" ".join(words[1:])] = done.stdout.splitlines()
    return out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_first_hour_shows_what_its_commands_print(walked: dict[str, list[str]], command: str) -> None:
    printed = walked[command]
    for line in shown(HOUR.read_text(encoding="utf-8"), command):
        assert line == "..." or any(same(line, told) for told in printed), f"not printed: {line}"
