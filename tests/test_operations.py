"""docs/operations.md: each failure has tests that exist, and none that was promised is missing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in row.strip("|").split("|")]
    for row in PAGE.splitlines()
    if row.startswith("| ") and "tests/" in row
]
PROMISED = (
    "process killed", "full disk", "clock jumps", "slow agent", "agent that raises", "answers rubbish", "never answers",
    "webhook target down", "two services on one file", "restart in mid-migration", "log cut", "disk that lies",
    "exception in the thread of the engine",
)  # fmt: skip


def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_every_failure_of_the_table_is_shown_by_tests_that_there_are(row: list[str]) -> None:
    what, does, shown = row
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", shown)
    assert what and does and named and len(named) == shown.count("`") // 2
    for file, name in named:
        assert name in functions_of(file), f"{what}: there is no {file}::{name}"


def test_no_failure_that_was_promised_is_missing() -> None:
    told = [row[0] for row in ROWS]
    assert [each for each in PROMISED if not any(each in what for what in told)] == []
