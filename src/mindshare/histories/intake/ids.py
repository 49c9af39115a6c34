"""One case, written in two ways: '001' in one file and '1' in another, as spreadsheets and data frames write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.part import CASE, Part

if TYPE_CHECKING:
    import polars as pl

SHORTENED = r"^[0-9]([.,][0-9]+)?[eE]\+[0-9]+$"


def without_zeros(parts: Sequence[Part], notes: Notes) -> list[Part]:
    """The parts with the cases' ids as the first file of cases writes them, where ids meet only without leading zeros."""
    out = list(parts[:1])
    for part in parts[1:]:
        matched = part
        for other in out:
            matched = _like(matched, other, notes)
        out.append(matched)
    return out


def check_ids(frame: pl.DataFrame, case: str, agent: str, file: str) -> None:
    """Refuses ids that tell no cases apart: all rows have the same one, or long numbers were shortened to few digits."""
    ids = frame[case].drop_nulls().unique().sort()
    shortened = len(ids) > 0 and bool(ids.str.contains(SHORTENED).all())
    if (len(ids) != 1 and not shortened) or frame.select(case, agent).n_unique() > 0.5 * frame.height:
        return
    told = (
        f"all {frame.height:,} rows have"
        if len(ids) == 1
        else f"{frame.height:,} rows have {len(ids):,} ids such as"
    )
    right = (
        "A spreadsheet program has shortened long numbers. Export the ids as text."
        if shortened
        else "Say with --set case=COLUMN which column names the case."
    )
    raise HistoryError(f"'{case}' tells no cases apart: {told} '{ids[0]}'. {right}", file=file)


def _like(part: Part, other: Part, notes: Notes) -> Part:
    mine, theirs = (p.about[CASE].drop_nulls().unique() for p in (part, other))
    smaller = min(len(mine), len(theirs))
    if mine.is_in(theirs.to_list()).sum() >= 0.5 * smaller:
        return part
    key, known = _plain(mine), _plain(theirs)
    if (
        key.n_unique() < len(key)
        or known.n_unique() < len(known)
        or key.is_in(known.to_list()).sum() < 0.5 * smaller
    ):
        return part
    written = dict(zip(known.to_list(), theirs.to_list(), strict=True))
    to = {a: written[b] for a, b in zip(mine.to_list(), key.to_list(), strict=True) if b in written}
    a, b = next((pair for pair in to.items() if pair[0] != pair[1]), ("", ""))
    notes.say(
        f"{part.file}: '{a}' is the case '{b}' of {other.file}: numbers are one id with and without zeros before them."
    )
    return renamed(part, to)


def renamed(part: Part, to: dict[str, str]) -> Part:
    """The part with other ids for its cases."""
    return replace(
        part,
        answers=part.answers.with_columns(case=part.answers["case"].replace(to)),
        about=part.about.with_columns(part.about[CASE].replace(to)),
    )


def _plain(ids: pl.Series) -> pl.Series:
    return ids.str.replace(r"^(\d+)\.0+$", "$1").str.replace(r"^0+(\d)", "$1")
