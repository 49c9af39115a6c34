"""Which cases of several files are the same: by their ids, else by a column that both files have.

Rows are never counted beside a file with ids: two files seldom have one order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import HistoryError, counted, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.ids import renamed, without_zeros
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.part import AGENT, CASE, Part
from mindshare.histories.intake.questions import Questions
from mindshare.histories.intake.roles import NO_CASES

if TYPE_CHECKING:
    import polars as pl

MEET = 0.5  # of the values of the file that has fewer are in the other one too
SEVERAL = 0.6  # so few texts to a row that several rows are about one
OWN = 0.9  # of the rows have a value of their own, as an id is


class Key(NamedTuple):
    """A column of a file whose values name cases: value -> case; `there` is its name in the other file."""

    column: str
    there: str
    case_of: dict[str, str]


def one_id_each(parts: Sequence[Part], questions: Questions, notes: Notes) -> list[Part]:
    """The parts with one id for each case. Raises HistoryError where a file tells the truth of no case that anybody answers."""
    parts = [_about_what_others_tell(part, parts, notes) for part in parts]
    parts = without_zeros(_with_ids(parts, questions, notes), notes)
    if all(part.numbered or part.answers.height for part in parts):
        return parts
    answered = {case for part in parts for case in _values(part.answers["case"])}
    return [met for part in parts for met in _met(part, parts, answered, notes)]


def _about_what_others_tell(part: Part, parts: Sequence[Part], notes: Notes) -> Part:
    """The part with the cases that a column of it names, where its ids are those of answers: each row has its own, though
    several rows hold what a file without answers has once.
    """
    about = part.about
    if not part.answers.height or part.numbered or about[CASE].n_unique() < about.height:
        return part
    for other in parts:
        for column in _describing(other) if not other.answers.height else []:
            values = _values(other.about[column])
            if column not in _describing(part) or len(values) < OWN * other.about.height:
                continue
            mine = about[column]
            met = len({*values} & {*_values(mine)}) >= MEET * min(len(values), mine.n_unique())
            once = about.select(AGENT, column).n_unique() == about.height
            if met and once and not mine.null_count() and mine.n_unique() <= SEVERAL * len(mine):
                notes.say(
                    f"{part.file}: '{column}' says which case a row is about, as in {other.file}: each row has an id of its own, so"
                    " it is that of the answer."
                )
                return renamed(part, dict(zip(about[CASE].to_list(), mine.to_list(), strict=True)))
    return part


def _with_ids(parts: Sequence[Part], questions: Questions, notes: Notes) -> list[Part]:
    """The parts, those whose rows are only numbered with the ids that another file has for the same values."""
    known = [part for part in parts if not part.numbered]
    if not known and (column := _told_apart_by(parts)):
        known = [_keyed(parts[0], _own(parts[0], column), parts[1], notes)]
        parts = [*known, *parts[1:]]
    if not known:
        return _numbered(parts, notes)
    return [_with_its_ids(part, known, questions, notes) if part.numbered else part for part in parts]


def _numbered(parts: Sequence[Part], notes: Notes) -> list[Part]:
    """The parts, none of which has an id: row 7 of one is row 7 of the next."""
    if len({part.about.height for part in parts}) > 1:
        told = [f"{part.file} has {counted(part.about.height, 'row')}" for part in parts]
        problem = (
            f"no column names the case, and {' and '.join(told)}. Add a column with the ids of the cases."
        )
        raise HistoryError(problem, file=listed([part.file for part in parts]))
    for part in parts:
        notes.say(f"{part.file}: no column names the case, so rows are numbered.")
    return list(parts)


def _with_its_ids(part: Part, known: Sequence[Part], questions: Questions, notes: Notes) -> Part:
    """The part with the ids of a file that has its values; else it is asked which of its columns is the id, if any is."""
    for other in known:
        if (key := _key(part, other)) is not None:
            return _keyed(part, key, other, notes)
    columns, others = _describing(part), listed([other.file for other in known], 3)
    if not columns:
        problem = f"no column names the case, and {others} names cases by ids. Add a column with these ids."
        raise HistoryError(problem, file=part.file)
    text = (
        f"No column of {part.file} names the case, and none holds what {others} holds too. Which one holds the ids?"
        f" Rows are not counted beside a file with ids; '{NO_CASES}' leaves the whole table out."
    )
    questions.about("case", text, (*columns, NO_CASES), file=part.file)
    return part


def _met(part: Part, parts: Sequence[Part], answered: set[str], notes: Notes) -> list[Part]:
    """The part, if somebody answers some of its cases; else with the ids that another column of it tells."""
    ids = _values(part.about[CASE])
    if part.numbered or part.answers.height or not answered or not ids:
        return [part]
    if answered & set(ids):
        return [_of_answered(part, parts, answered, notes)]
    others = [other for other in parts if other.answers.height]
    for other in others:
        if (key := _key(part, other)) is not None:
            return [_keyed(part, key, other, notes)]
    files = listed([other.file for other in others], 3)
    told = f"none of its {counted(len(ids), 'id')}, such as '{ids[0]}', is a case of {files}"
    if "truth" not in part.roles.values():
        notes.leave_out(part.about.height, "row", f"{part.file}: {told}")
        return []
    raise HistoryError(
        f"{told}, which has '{_values(others[0].about[CASE])[0]}'. Write the ids alike in both, or name another column with"
        f" --set case:{part.file}=COLUMN.",
        file=part.file,
    )


def _of_answered(part: Part, parts: Sequence[Part], answered: set[str], notes: Notes) -> Part:
    """The part; where nobody answers most of the cases whose truth it tells, without these, as they would swell the number of
    known truths. Either is said with the ids.
    """
    ids = _values(part.about[CASE])
    other = [case for case in ids if case not in answered]
    files = [p.file for p in parts if p.answers.height]
    if "truth" not in part.roles.values() or not other or part.file in files:
        return part
    if len(other) <= (1 - MEET) * len(ids):
        is_are = "is a case" if len(other) == 1 else "are cases"
        notes.say(
            f"{part.file}: {len(other):,} of its {counted(len(ids), 'id')} ({listed(other, 3)}) {is_are} that nobody answers."
        )
        return part
    its = part.about[CASE].is_in(other)
    notes.leave_out(
        int(its.sum()), "row", f"{part.file}: no case of {listed(files, 3)} is called {listed(other, 3)}"
    )
    return replace(part, about=part.about.filter(~its))


def _key(part: Part, other: Part) -> Key | None:
    """The column of the part that has a value of its own in nearly every row, which is an id of the other or, in a column of
    that name, what it holds of one case only; else the part's ids, if any column of the other holds them.
    """
    ids = {case: case for case in _values(other.about[CASE])}
    theirs = _describing(other)
    for column in (*_describing(part), *([] if part.numbered else [CASE])):
        like = [c for c in theirs if column == CASE or names.plain_name(c) == names.plain_name(column)]
        values, rows = _values(part.about[column]), len(part.about[column].drop_nulls())
        for there, case_of in ((column, ids), *((c, _cases_of(other, c)) for c in like)):
            met = sum(value in case_of for value in values)
            if met >= MEET * min(len(values), len(case_of)) > 0 and len(values) >= OWN * rows:
                return Key(column, there, case_of)
    return None


def _told_apart_by(parts: Sequence[Part]) -> str:
    """The column of the first of several parts without ids whose values are never the same, and that all others hold too."""
    for column in _describing(parts[0]) if len(parts) > 1 else []:
        values = parts[0].about[column]
        named = replace(parts[0], about=parts[0].about.with_columns(values.alias(CASE)))
        own = values.null_count() == 0 and values.n_unique() == len(values)
        if own and all(_key(part, named) is not None for part in parts[1:]):
            return column
    return ""


def _own(part: Part, column: str) -> Key:
    return Key(column, column, {value: value for value in _values(part.about[column])})


def _keyed(part: Part, key: Key, other: Part, notes: Notes) -> Part:
    """The part with the ids that the key's column tells; rows with other values are cases of their own."""
    notes.say(
        f"{part.file}: '{key.there}' says which case a row is about, since {other.file} holds the same."
    )
    to = {
        case: key.case_of.get(value, value) if value else f"{part.file} row {case}"
        for case, value in zip(part.about[CASE].to_list(), part.about[key.column].to_list(), strict=True)
    }
    return replace(renamed(part, to), numbered=False)


def _describing(part: Part) -> list[str]:
    return [column for column in part.about.columns if column not in (CASE, AGENT, *part.roles)]


def _cases_of(part: Part, column: str) -> dict[str, str]:
    """Value -> case, where no value is that of two cases; else nothing."""
    pairs = part.about.select(column, CASE).drop_nulls().unique()
    return dict(pairs.rows()) if pairs[column].n_unique() == pairs.height else {}


def _values(cells: pl.Series) -> list[str]:
    return [str(value) for value in cells.drop_nulls().unique(maintain_order=True).to_list()]
