"""A sheet with a row per case, and a column per annotator or nobody's answers at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from mindshare.core.errors import counted
from mindshare.histories.intake import names
from mindshare.histories.intake.agents import by_name
from mindshare.histories.intake.belongs import belongs_to, short_name
from mindshare.histories.intake.measures import find_confidence, find_seconds
from mindshare.histories.intake.of_cases import about_cases, roles_of_cases
from mindshare.histories.intake.part import OF_A_CELL, Part, no_answers
from mindshare.histories.intake.probabilities import find_probabilities, likeliest, machines_of
from mindshare.histories.intake.roles import Columns

if TYPE_CHECKING:
    import polars as pl


def read_wide(columns: Columns, annotators: Mapping[str, str]) -> Part:
    """The answers of each annotator's column, and the rows as descriptions of the cases. `annotators`: column -> why it is one."""
    import polars as pl

    for annotator, why in annotators.items():
        columns.claim(annotator, f"answers of {annotator}", why)
    named = _case(columns)
    case = _numbers(columns) if named is None else named
    answers = [_given(_answers_of(columns, case, a, annotators)) for a in annotators]
    answers += [_given(likeliest(columns, who, labels, case)) for who, labels in machines_of(columns).items()]
    for column in columns.free:
        if twin := _twin(columns, column, annotators):
            columns.claim(column, "ignore", f"it goes one to one with what '{twin}' says")
        who = belongs_to(column, annotators)
        if column not in columns.free:
            continue
        if who:
            columns.claim(
                column, "ignore", f"it is named after {who}, so it describes that answer and not the case"
            )
    told = pl.concat(answers, how="diagonal") if answers else no_answers()
    return Part(
        file=columns.sheet.file,
        answers=told,
        about=about_cases(columns, case.alias("case"), None),
        roles=roles_of_cases(columns),
        kinds=columns.sheet.kinds,
        numbered=named is None,
    )


def _given(answers: pl.DataFrame) -> pl.DataFrame:
    """Without the cells in which nobody was asked."""
    return answers.filter(answers["answer"].is_not_null())


def _twin(columns: Columns, column: str, annotators: Iterable[str]) -> str:
    """The annotator whose answers the column says in other words (a code beside a name), or nothing."""
    frame = columns.frame
    for annotator in annotators:
        pairs = frame.select(annotator, column).drop_nulls()
        both = pairs.unique()
        few = 2 <= both.height <= pairs.height / 3
        other_words = not both[annotator].is_in(both[column].to_list()).any()
        if few and other_words and both[annotator].n_unique() == both.height == both[column].n_unique():
            return annotator
    return ""


def _case(columns: Columns) -> pl.Series | None:
    """(rows,) the id of each row's case, None where no column names it.

    An id that comes again is what its rows have in common, so it is their parent.
    """
    import polars as pl

    frame, file, notes = columns.frame, columns.sheet.file, columns.notes
    name = columns.of("case") or _named_case(columns)
    if not name:
        return None
    ids = frame[name]
    empty = ids.is_null()
    if empty.any():
        notes.say(
            f"{file}: '{name}' is empty in {counted(int(empty.sum()), 'row')}; these are named after the number of the row."
        )
        ids = pl.select(
            pl.when(empty).then(pl.format("row {}", _numbers(columns))).otherwise(ids)
        ).to_series()
    again = ids.is_duplicated()
    if not again.any():
        return ids
    nth = pl.DataFrame({"id": ids}).select(pl.int_range(pl.len()).over("id") + 1).to_series()
    notes.say(
        f"{file}: '{name}' comes again in {counted(int(again.sum()), 'row')} ({counted(ids.filter(again).n_unique(), 'id')}):"
        f" each row is a case"
        f" ('{ids.filter(again)[0]}#2' and so on), and '{name}' is their parent, so that they are never learnt from and judged at once."
    )
    if not columns.of("parent"):
        columns.claim(name, "parent", "an id that comes again")
    return pl.select(pl.when(nth == 1).then(ids).otherwise(pl.format("{}#{}", ids, nth))).to_series()


def _named_case(columns: Columns) -> str:
    """The column that names each row's case, or nothing; ids that come again become the parent."""
    frame = columns.frame
    named = [c for c in columns.named(names.CASE) if frame[c].null_count() == 0]
    named += [c for c in columns.named(names.ANY_ID) if c not in named and frame[c].null_count() == 0]
    named = [c for c in named if not names.PROSE.search(names.plain_name(c))]
    own = [c for c in named if columns.distinct(c) == frame.height]
    nearly = [c for c in named if columns.distinct(c) > 0.5 * frame.height]
    parents = [c for c in named if names.PARENT.search(names.plain_name(c)) and not own]
    if parents and (name := _names_rows(columns, parents)):
        columns.claim(name, "case", "each row has a value of its own")
        columns.claim(parents[0], "parent", "an id that comes again")
    elif name := next(iter(own or nearly or parents), ""):
        columns.claim(name, "case", "by its name, a row each" if own else "by its name")
    elif name := _names_rows(columns):
        columns.claim(name, "case", "each row has a value of its own")
    return name or ""


def _numbers(columns: Columns) -> pl.Series:
    import polars as pl

    return pl.int_range(1, columns.frame.height + 1, eager=True).cast(pl.String)


def _name_column(columns: Columns, annotator: str) -> str:
    """The column that names who gave these answers (`reviewer` beside `reviewer_label`), or nothing: then the column does."""
    stem = names.stem_of(annotator)
    called = {stem, *(f"{stem}_{word}" for word in ("id", "name", "email", "login"))} - {
        names.plain_name(annotator)
    }
    for column in columns.free:
        if names.plain_name(column) in called and columns.distinct(column) < columns.frame.height / 2:
            columns.claim(column, "agent", f"it names who gave '{annotator}'")
            return column
    return ""


def _names_rows(columns: Columns, but: Sequence[str] = ()) -> str:
    """The first free column of whole numbers or single words that are never the same: a number of a paper, a time window."""
    for column in columns.free:
        if column in but:
            continue
        cells = columns.frame[column]
        own = cells.null_count() == 0 and cells.n_unique() == len(cells) > 1
        if own and not cells.str.contains(r"\s|^-?\d*[.,]\d+$").any() and names.unit_of(column) is None:
            return column
    return ""


def _answers_of(columns: Columns, case: pl.Series, annotator: str, annotators: Iterable[str]) -> pl.DataFrame:
    """The annotator's answers, with what columns named after it say of them, or named after nobody where it is the only one."""
    import polars as pl

    mine = {short: c for c in columns.free if (short := short_name(c, annotator, annotators))}
    who = _name_column(columns, annotator)
    kind, of = by_name(annotator), f" of {annotator}"
    alone = sum(by_name(a) == kind for a in annotators) == 1
    bare = {c: c for c in columns.free if alone and not belongs_to(c, annotators)}
    seconds = find_seconds(columns, mine, of)
    if kind != "machine" and not seconds.len() - seconds.null_count():
        seconds = find_seconds(
            columns, {n: c for n, c in bare.items() if names.BARE_TIME.search(names.plain_name(n))}, of
        )
    confidence = find_confidence(columns, mine, of)
    if kind == "machine" and not confidence.len() - confidence.null_count():
        confidence = find_confidence(columns, bare, of)
    probabilities = find_probabilities(columns, mine, of) or (
        find_probabilities(columns, bare, of) if kind == "machine" else {}
    )
    return pl.DataFrame(
        {
            "case": case,
            "agent": columns.frame[who] if who else pl.repeat(annotator, columns.frame.height, eager=True),
            "answer": columns.frame[annotator],
            "seconds": seconds,
            "confidence": confidence,
            **probabilities,
            OF_A_CELL: True,
        }
    )
