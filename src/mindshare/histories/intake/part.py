"""What one sheet holds once it is known which column plays which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mindshare.histories.sources.source import Role

if TYPE_CHECKING:
    import polars as pl

CASE, AGENT = " case", " agent"  # no column of a file is called so: their names are stripped
OF_A_CELL = " cell"
ANSWERS = ("case", "agent", "answer", "seconds", "confidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Answers, and what may describe the cases.

    `answers` has the columns ANSWERS, strings but for seconds and confidence, and perhaps p:<label>; OF_A_CELL is true where
    an answer is the cell of a row per case: an empty one there means that nobody was asked. `about` has a row
    for every row of the sheet: CASE, AGENT (null where the row is not an answer), and the columns that nobody has claimed;
    `roles` says which of those are the truth, the parent and so on. `began` are the rows' times in seconds since 1970, where
    the sheet tells when an answer began. Where no column names the case, rows are `numbered`.
    """

    file: str
    answers: pl.DataFrame
    about: pl.DataFrame
    roles: Mapping[str, Role] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    likely: str = ""  # machine or person, where the column of who answered is called so
    began: pl.Series | None = None
    numbered: bool = False


def no_answers() -> pl.DataFrame:
    """A frame of answers without a row."""
    import polars as pl

    return pl.DataFrame(
        schema=dict.fromkeys(ANSWERS[:3], pl.String)
        | dict.fromkeys(ANSWERS[3:], pl.Float64)
        | {OF_A_CELL: pl.Boolean}
    )
