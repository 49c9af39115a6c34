"""Broken histories and the sentence that each gets. `python -m tests.histories.broken` rewrites docs/errors.md."""

from __future__ import annotations

from pathlib import Path

from tests.histories.broken.answers import IN_ANSWERS
from tests.histories.broken.cases import IN_CASES
from tests.histories.broken.files import IN_FILES
from tests.histories.broken.parts import Broken
from tests.histories.broken.team import IN_TEAM

__all__ = ["BROKEN", "DOC", "Broken", "table"]

BROKEN = [*IN_FILES, *IN_CASES, *IN_ANSWERS, *IN_TEAM]
DOC = Path(__file__).parents[3] / "docs" / "errors.md"
INTRO = """\
# Errors in a history

Every mistake in a history gets one sentence with the file, the row and the column where it is, and what would be right.
Rows are counted like lines in an editor: the header is row 1. `python -m tests.histories.broken`
writes the table, and a test keeps it true.

| what is wrong | what Mindshare says |
|---|---|
"""


def table() -> str:
    """docs/errors.md as it must be."""
    return INTRO + "".join(f"| {b.what} | {b.says.replace('|', chr(92) + '|')} |\n" for b in BROKEN)
