"""Every table of measured figures says when it was measured, and with which command."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
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
