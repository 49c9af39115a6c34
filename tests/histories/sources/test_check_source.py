"""`check_source` refuses readers that break a promise."""

from __future__ import annotations

import json
from collections.abc import Callable

import polars as pl
import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.questions import Questions
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.source import Role, Sheet
from mindshare.testing import check_source

EXAMPLE = {"votes.json": json.dumps([{"votes": {"ana": "a", "ben": "b"}, "case": "1"}]).encode()}
ROLES: dict[str, Role] = {"case": "case", "agent": "agent", "answer": "answer"}


class Votes:
    """Reads {"case": ..., "votes": {agent: answer}}; `spoil` changes what it gives back."""

    name = "votes"

    def __init__(
        self, spoil: Callable[[Sheet], Sheet] = lambda sheet: sheet, *, trusting: bool = False
    ) -> None:
        self._spoil, self._trusting = spoil, trusting

    def recognises(self, raw: Raw) -> bool:
        return isinstance((raw.sample or {}).get("votes"), dict)

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        rows: list[tuple[str, str, str]] = []
        for record in raw.records():
            votes = record["votes"] if self._trusting else record.get("votes")
            if not isinstance(votes, dict):
                raise HistoryError("votes are an object. Export again.", file=raw.file)
            rows += [(str(record.get("case")), str(agent), str(answer)) for agent, answer in votes.items()]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(ROLES, pl.String), orient="row")
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
        frame = frame.filter(pl.col("case").is_not_null() & pl.col("agent").is_not_null())
        return [self._spoil(Sheet(file=raw.file, format="votes", frame=frame, layout="long", roles=ROLES))]


def with_frame(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Sheet], Sheet]:
    return lambda sheet: Sheet(
        file=sheet.file, format="votes", frame=change(sheet.frame), layout="long", roles=ROLES
    )


def test_a_careful_reader_passes() -> None:
    check_source(Votes(), EXAMPLE)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (with_frame(lambda f: f.drop("agent")), "a role is given to a column that is not there"),
        (with_frame(lambda f: f.with_columns(answer=pl.lit(""))), "an empty string, not null"),
        (with_frame(lambda f: f.with_columns(seconds=pl.lit(1.5))), "other than strings"),
        (with_frame(lambda f: f.with_columns(case=pl.lit(None, pl.String))), "a row has no case"),
        (with_frame(lambda f: f.with_columns(agent=pl.lit(None, pl.String))), "an answer has no agent"),
    ],
)
def test_a_sheet_that_is_not_whole_is_found(spoil: Callable[[Sheet], Sheet], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check_source(Votes(spoil), EXAMPLE)


def test_a_reader_that_trusts_a_file_is_found() -> None:
    with pytest.raises(KeyError):
        check_source(Votes(trusting=True), EXAMPLE)
