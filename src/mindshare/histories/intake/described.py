"""Which columns describe a case, and which an answer. What is known only once somebody has answered must never become a feature."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import HistoryError, counted, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.notes import AS_SET, LEFT_OUT, Notes
from mindshare.histories.intake.part import AGENT, CASE, Part
from mindshare.histories.intake.words import HARD, compared
from mindshare.histories.sources.stamps import stamps

if TYPE_CHECKING:
    import polars as pl

MOSTLY = 0.9
SOME = 0.02  # of the cases in which a column is filled in one row and empty in another: more is no slip
ENOUGH = 5  # rows of an agent that show whether its rows are filled
LIKE_TRUTHS = (names.MAYBE_TRUTH, names.EXPERT, names.OUTCOME)
TRUTHS_DIFFER = 0.1  # of the cases: more, and the column is not the case's truth


class Known(NamedTuple):
    """Of all files: agent -> machine or person, and the words that are answered, as labels are compared."""

    kinds: Mapping[str, str]
    said: frozenset[str]


def describe(parts: Sequence[Part], kinds: Mapping[str, str], notes: Notes) -> pl.DataFrame:
    """A row for every case of any part: case, and its columns; the first file that fills one wins."""
    import polars as pl

    words = [part.answers["answer"].drop_nulls().unique().to_list() for part in parts]
    known = Known(kinds, compared(word for mine in words for word in mine))
    frames = [_of_cases(part, known, notes) for part in parts]
    cases = pl.concat(frames, how="diagonal")
    rest = [c for c in cases.columns if c != CASE]
    if cases[CASE].n_unique() < cases.height:
        cases = cases.group_by(CASE, maintain_order=True).agg(pl.col(rest).drop_nulls().first())
    return cases.rename({CASE: "case"})


def _of_cases(part: Part, known: Known, notes: Notes) -> pl.DataFrame:
    """The part's rows as one row per case, with the columns that describe the case."""
    import polars as pl

    about = part.about.rename({c: r for c, r in part.roles.items() if r != "feature"}, strict=False)
    forced = {c for c, r in part.roles.items() if r == "feature"}
    told = dict.fromkeys(forced, AS_SET)
    columns = [c for c in about.columns if c not in (CASE, AGENT)]
    if not part.answers.height or about[AGENT].null_count() == about.height:  # a row is a case
        kept = []
        for column in columns:
            why = "" if column in forced else _known_after(part, about, known, column)
            _take(part, column, notes, why or told.get(column, "it describes the case"), left_out=bool(why))
            kept += [] if why else [column]
        return about.select(CASE, *kept)
    kept = []
    grouped = about.group_by(CASE, maintain_order=True)
    distinct = grouped.agg(pl.col(columns).drop_nulls().n_unique())
    filled = grouped.agg(pl.col(columns).is_not_null().sum(), pl.len().alias(" rows"))
    for column in columns:
        why = "" if column in forced else _why_not(part, about, known, column, distinct, filled)
        if why and column == "truth" and _share(distinct[column] > 1) <= TRUTHS_DIFFER and why == DIFFERS:
            _forget_truths(part, distinct, notes)
            about = about.with_columns(
                truth=pl.when(pl.col("truth").drop_nulls().n_unique().over(CASE) == 1).then("truth")
            )
            why = ""
        if why == DIFFERS and column == "truth":
            raise _no_truth(part, distinct)
        if not why:
            kept.append(column)
        _take(
            part, column, notes, why or told.get(column, "the same in all rows of a case"), left_out=bool(why)
        )
    return about.group_by(CASE, maintain_order=True).agg(pl.col(kept).drop_nulls().first())


DIFFERS = "it differs within a case, so it describes an answer"


def _why_not(
    part: Part,
    about: pl.DataFrame,
    known: Known,
    column: str,
    distinct: pl.DataFrame,
    filled: pl.DataFrame,
) -> str:
    """Why the column describes an answer and not the case, or nothing."""
    if (distinct[column] > 1).any():
        return DIFFERS
    if why := _known_after(part, about, known, column):
        return why
    if column in part.roles.values():
        return ""
    if about[column].null_count() == 0:
        return _later(part, about, column)
    whose = _whose(about, column)
    partly = (filled[column] > 0) & (filled[column] < filled[" rows"])
    if whose and all(known.kinds.get(agent) == "machine" for agent in whose):
        return ""  # machines answer before anybody is asked
    if whose or int(partly.sum()) > SOME * max(int((filled[column] > 0).sum()), 1):
        told = (
            f"only rows of {listed(whose, 4)} are filled"
            if whose
            else "within a case it is filled in some rows only"
        )
        return f"{told}, so it describes an answer"
    return _later(part, about, column)


def _known_after(part: Part, about: pl.DataFrame, known: Known, column: str) -> str:
    """Why a column without a role of its own tells nothing, or tells it too late; or nothing."""
    name = names.plain_name(column)
    if column in part.roles.values() or any(p.search(name) for p in LIKE_TRUTHS):
        return ""  # whether it is the truth is decided later
    several = about[CASE].n_unique() < 0.9 * about.height
    if (share := names.SHARE_OF.match(name)) and _named_words(share, known):
        return f"its name says that it counts the answers '{share['label'] or share['same']}'"
    if names.BARE_CORRECT.search(name) and several:
        return ""  # the same for all who answered, so it is not whether one of them was right
    if after := names.AFTER.search(name) or names.BARE_CORRECT.search(name):
        words = compared(about[column].drop_nulls().unique().to_list())
        if len(words) > 1 and words <= known.said:
            return ""  # it may be the truth
        return f"'{after[0].strip('_')}' in its name says that it is known only after an answer"
    return (
        "it is the same everywhere"
        if about[column].null_count() == 0 and about[column].n_unique() == 1 and about.height > 1
        else ""
    )


def _named_words(share: re.Match[str], known: Known) -> bool:
    """Whether the column is called after a word that is answered."""
    return bool(compared([share["label"] or share["same"]]) & known.said)


def _whose(about: pl.DataFrame, column: str) -> list[str]:
    """The agents in whose rows alone the column is filled; none where all have it filled, or hardly anybody answers."""
    import polars as pl

    shares = (
        about.drop_nulls(AGENT)
        .group_by(AGENT)
        .agg(pl.col(column).is_not_null().mean().alias("share"), pl.len())
        .sort(AGENT)
    )
    enough = shares.filter(pl.col("len") >= ENOUGH)
    mine = enough.filter(pl.col("share") > 0)
    if (
        not 0 < mine.height < enough.height
        or shares.filter((pl.col("len") < ENOUGH) & (pl.col("share") > 0)).height
    ):
        return []
    return [str(agent) for agent in mine[AGENT].to_list()]


def _later(part: Part, about: pl.DataFrame, column: str) -> str:
    """A time after the first answer of the case was known only then."""
    import polars as pl

    if part.began is None:
        return ""
    times = stamps(about[column])
    known = times.is_not_null()
    if not known.any() or int(known.sum()) < MOSTLY * int(about[column].is_not_null().sum()):
        return ""
    frame = (
        pl.DataFrame({"case": about[CASE], "time": times, "began": part.began})
        .group_by("case")
        .agg(pl.all().min())
    )
    both = frame.drop_nulls()
    return (
        "it is a time after the first answer"
        if both.height and _share(both["time"] > both["began"]) > 0.5
        else ""
    )


def _share(flags: pl.Series) -> float:
    return int(flags.sum()) / max(len(flags), 1)


def _forget_truths(part: Part, distinct: pl.DataFrame, notes: Notes) -> None:
    n = int((distinct["truth"] > 1).sum())
    first = distinct.filter(distinct["truth"] > 1)[CASE][0]
    notes.say(
        f"{part.file}: the rows of {counted(n, 'case')} disagree about the truth, such as case '{first}': it is taken as not known there."
    )


def _no_truth(part: Part, distinct: pl.DataFrame) -> HistoryError:
    """That what is called the truth differs so often within a case that it is none."""
    column = next(c for c, role in part.roles.items() if role == "truth")
    cases = distinct.filter(distinct["truth"] > 1)[CASE].to_list()
    told = (
        f"it differs within {len(cases):,} of {counted(distinct.height, 'case')}, such as {listed(cases, 5)}"
    )
    return HistoryError(
        f"'{column}' is called like the truth, but {told}. Write one truth for each case, name another column with"
        " --set truth=COLUMN, or say --set truth=none.",
        file=part.file,
    )


def _take(part: Part, column: str, notes: Notes, why: str, *, left_out: bool = False) -> None:
    """Notes a column that nobody claimed by name."""
    original = next((c for c, r in part.roles.items() if r == column and r != "feature"), column)
    if column in part.roles.values() and not left_out:
        return  # its role was noted when it was claimed
    overrule = (
        f"; --feature {shlex.quote(original)} takes it all the same"
        if left_out and column not in part.roles.values()
        else ""
    )
    notes.take(part.file, original, LEFT_OUT if left_out else "feature", why + overrule)


def without_marks(cases: pl.DataFrame) -> pl.DataFrame:
    """Features with nothing where a cell holds a mark of nothing, such as NaN."""
    import polars as pl

    words = [c for c in cases.columns if c not in ("case", "truth")]
    return cases.with_columns(
        pl.when(~pl.col(c).str.to_lowercase().is_in(list(HARD))).then(pl.col(c)) for c in words
    )
