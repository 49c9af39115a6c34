"""docs/security.md and docs/regulation.md: what a row promises is shown by tests that there are, and none of the promised rows is missing."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("security", "regulation")
PROMISED = {
    "security": ("XSS", "CSRF", "clickjacking", "DNS rebinding", "SSRF", "roles", "passwords", "invitation", "backups", "erased"),
    "regulation": (
        "12 (1)", "14 (1)", "14 (4) (a)", "14 (4) (b)", "14 (4) (c)", "14 (4) (d)", "14 (4) (e)", "14 (5)",
        "26 (2)", "26 (5)", "26 (6)", "22 (1)", "22 (3)", "24", "GOVERN", "MAP", "MEASURE", "MANAGE",
    ),
}  # fmt: skip


def text(page: str) -> str:
    return (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


def rows(page: str) -> list[list[str]]:
    """The cells of each row of the tables whose last column is called 'shown by'."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", text(page), re.MULTILINE):
        head, _, *body = table.splitlines()
        assert head.endswith("| shown by |"), f"docs/{page}.md: a table without tests: {head}"
        found += [[cell.strip() for cell in row.strip("|").split("|")] for row in body]
    return found


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(e.name for e in tree.body if isinstance(e, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("page", PAGES)
def test_what_a_row_says_is_shown_by_tests_that_there_are(page: str) -> None:
    there = rows(page)
    assert len(there) > 15
    for *said, shown in there:
        assert all(said), f"docs/{page}.md has an empty cell in the row {said}"
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", shown)
        assert named and len(named) == shown.count("`") // 2, f"docs/{page}.md, {said[0]}: no test is named"
        for file, name in named:
            assert (ROOT / file).is_file() and name in functions_of(file), f"there is no {file}::{name}"


@pytest.mark.parametrize("page", PAGES)
def test_no_row_that_was_promised_is_missing(page: str) -> None:
    told = [" ".join(said) for *said, _ in rows(page)]
    assert [each for each in PROMISED[page] if not any(each in row for row in told)] == []


def test_nobody_is_told_to_be_compliant() -> None:
    page = text("regulation")
    assert "esigned to support" in page and not re.search(r"\bcompl(iant|iance|y|ies)\b", page, re.IGNORECASE)
