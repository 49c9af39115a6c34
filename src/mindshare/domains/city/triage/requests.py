"""Reads one night of requests to a city's service desk (nyc311-sample): those for the police, every mistake in the file is one sentence.

What became of a request is known for the police alone: an officer came, and found something to act on or nothing. Requests for other
agencies are left out and counted: theirs stay open for days, and their texts say what was done with the paper, not what was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.files import FIRST_ROW, none_missing, public_file, text_table

if TYPE_CHECKING:
    import polars as pl

FOLDER, FILE = "nyc311-sample", "311_Service_Requests.csv"
AGENCY = "NYPD"
TEXTS = ("created_date", "closed_date", "agency", "complaint_type", "borough", "resolution_description")
ACTED = ("took action to fix the condition", "issued a summons", "made an arrest", "a report was prepared")
NOTHING = (
    "observed no evidence",
    "police action was not necessary",
    "responsible for the condition were gone",
    "unable to gain entry",
    "no Encampment was found",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """N requests in the order in which they came."""

    came: FloatArray  # (N,) minutes since the first one
    kind: tuple[str, ...]  # (N,) what is complained about
    place: tuple[str, ...]  # (N,) the borough
    found: FloatArray  # (N,) 1 something to act on, 0 nothing; nan not known: still open, or closed without saying
    told: FloatArray  # (N,) minutes since the first one at which that became known; inf where it did not
    left_out: int  # requests for other agencies
    source: str

    def __len__(self) -> int:
        return len(self.came)


def read_requests(data: str | Path) -> Requests:
    """The requests for the police."""
    path = public_file(data, FOLDER, FILE, "a table of your own")
    table = text_table(path, TEXTS, "requests").with_row_index("row")
    police = table.filter(table["agency"] == AGENCY)
    if not police.height:
        raise MindshareError(
            f"{path} has no request with the agency {AGENCY}; what others found is not told."
        )
    came, closed = _minutes(table, "created_date", path), _minutes(table, "closed_date", path)
    early = np.flatnonzero(closed < came)
    if len(early):
        raise MindshareError(
            f"{path}, row {int(early[0]) + FIRST_ROW}: closed_date lies before created_date; a request is closed after it came."
        )
    rows = police["row"].to_numpy()
    rows = rows[np.argsort(came[rows], kind="stable")]
    police = table[rows]
    found = np.array([_found(text) for text in police["resolution_description"].fill_null("").to_list()])
    first = came[rows].min()
    return Requests(
        came=came[rows] - first,
        kind=tuple(police["complaint_type"].fill_null("not told").to_list()),
        place=tuple(police["borough"].fill_null("not told").to_list()),
        found=np.where(np.isfinite(closed[rows]), found, np.nan),
        told=np.where(np.isfinite(found) & np.isfinite(closed[rows]), closed[rows] - first, np.inf),
        left_out=table.height - len(rows),
        source=f"{len(rows)} requests to the police of New York in one night, real requests",
    )


# -- parts ---------------------------------------------------------------------------------------------------------
def _minutes(table: pl.DataFrame, column: str, path: Path) -> FloatArray:
    """(N,) minutes since 1970; nan where the cell is empty, which only closed_date may be."""
    text = table[column]
    told = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.3f", strict=False)
    empty = told.is_null() & text.is_null() if column == "closed_date" else told.is_null() & False
    none_missing(
        told.set(empty, told.drop_nulls().first()), text, path, "a time such as 2024-04-15T23:10:00.000"
    )
    seconds = told.to_numpy().astype("datetime64[s]").astype(np.float64)
    return np.where(told.is_null().to_numpy(), np.nan, seconds / 60.0)


def _found(text: str) -> float:
    if any(said in text for said in ACTED):
        return 1.0
    return 0.0 if any(said in text for said in NOTHING) else np.nan
