"""The cases file as arrays: which column plays which role, and what the columns without one are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import listed, nearest
from mindshare.core.history import Codes, Features, FloatArray, History, IntArray, Team
from mindshare.histories.features import guess_role
from mindshare.histories.tables import Table, read_table
from mindshare.histories.times import read_times

if TYPE_CHECKING:
    import polars as pl

ROLES = ("case", "truth", "parent", "group", "arrived", "deadline", "stakes", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """All of a History that a cases file says; `columns` are its keyword arguments."""

    table: Table
    id: pl.Series
    columns: Mapping[str, Any]
    notes: tuple[str, ...]  # one sentence for each column that is left out or not what it seems

    def __len__(self) -> int:
        return len(self.id)


def read_cases(path: Path, team: Team, *, known: History | None = None, wanted: Iterable[str] = ()) -> Cases:
    """Checks and converts the cases; the features are those of `known`, or are guessed from the values.

    `wanted` are columns that the caller names and those that costs grow with: they are never taken for an id, even if they
    look like one.
    """
    table = read_table(path, required=("case",))
    ids = _ids(table)
    parent = _parent(table)
    kind = _kind(table, team, None if known is None else known.kind)
    notes: list[str] = []
    features = (
        _like(table, known.features) if known is not None else _guessed(table, parent, set(wanted), notes)
    )
    columns = {
        "case_id": tuple(ids.to_list()),
        "truth": label_codes(table, "truth", team, kind),
        "parent": parent,
        "features": features,
        "group": _role_codes(table, "group", None if known is None else known.group),
        "kind": kind,
        "stakes": _stakes(table),
        **read_times(table),
    }
    return Cases(table=table, id=ids, columns=columns, notes=tuple(notes))


def label_codes(table: Table, column: str, team: Team, kind: Codes | None) -> IntArray:
    """The column as numbers of labels, empty or absent = -1; refuses what the question about the row's kind does not know.

    `kind`: the kind of each row, needed where the team has several questions.
    """
    out = np.full(table.frame.height, -1, np.int32)
    if column not in table.frame.columns:
        return out
    text = table.text(column)
    if len(team.questions) == 1:
        return _codes(table, column, text, team.labels, "labels")
    assert kind is not None
    for j, (first, question) in enumerate(zip(team.first_label, team.questions, strict=True)):
        mine = kind.code == j
        told = text.zip_with(_flags(mine), _nothing(text))
        code = _codes(table, column, told, question.labels, f"labels of kind '{question.kind}'")
        out[mine] = np.where(code[mine] >= 0, code[mine] + first, -1)
    return out


def _codes(table: Table, column: str, text: pl.Series, names: tuple[str, ...], called: str) -> IntArray:
    import polars as pl

    code = text.cast(pl.Enum(names), strict=False)
    table.refuse(
        text.is_not_null() & code.is_null(),
        column,
        lambda at: (
            f"'{text[at]}' is not one of the {called} in team.yaml: {listed(names)}.{nearest(text[at], names)}"
        ),
    )
    return _as_codes(code)


def _flags(mask: NDArray[np.bool_]) -> pl.Series:
    import polars as pl

    return pl.Series(mask)


def _nothing(text: pl.Series) -> pl.Series:
    return text.clear(len(text))


def _kind(table: Table, team: Team, known: Codes | None) -> Codes | None:
    """The kind of each case: where the team has several questions one of them, else whatever the column says."""
    if team.kinds == ("",):
        return _role_codes(table, "kind", known)
    if "kind" not in table.frame.columns:
        raise table.error(
            f"there is no column 'kind', and team.yaml names kinds of cases: {listed(team.kinds)}. Add it."
        )
    text = table.text("kind")
    table.refuse(text.is_null(), "kind", f"the field is empty. Write one of the kinds: {listed(team.kinds)}.")
    return Codes(code=_codes(table, "kind", text, team.kinds, "kinds"), names=team.kinds)


def _as_codes(enum: pl.Series) -> IntArray:
    import polars as pl

    return enum.to_physical().cast(pl.Int32).fill_null(-1).to_numpy()


def _ids(table: Table) -> pl.Series:
    ids = table.text("case")
    table.refuse(ids.is_null(), "case", "the field is empty. Give every case an id of its own.")
    if ids.n_unique() < len(ids):
        again = ~ids.is_first_distinct()
        table.refuse(
            again,
            "case",
            lambda at: (
                f"case '{ids[at]}' is already in row {table.line((ids == ids[at]).arg_max() or 0)}. Keep one row per case."
            ),
        )
    return ids


def _parent(table: Table) -> IntArray:
    """Numbers of the parents in order of appearance; a case without one is its own, with a number of its own."""
    n = table.frame.height
    if "parent" not in table.frame.columns:
        return np.arange(n, dtype=np.int32)
    given = _by_appearance(table.text("parent"))
    alone = given.code < 0
    return np.where(alone, len(given.names) + np.cumsum(alone) - 1, given.code).astype(np.int32)


def _by_appearance(text: pl.Series) -> Codes:
    import polars as pl

    names = text.drop_nulls().unique(maintain_order=True)
    return Codes(code=_as_codes(text.cast(pl.Enum(names))), names=tuple(names.to_list()))


def _role_codes(table: Table, column: str, known: Codes | None) -> Codes | None:
    """The column as codes, in the numbers of `known` where there is one (unseen = -1)."""
    if column not in table.frame.columns:
        return None
    return _by_appearance(table.text(column)) if known is None else _in_numbers_of(table.text(column), known)


def _in_numbers_of(text: pl.Series, known: Codes) -> Codes:
    import polars as pl

    return Codes(code=_as_codes(text.cast(pl.Enum(known.names), strict=False)), names=known.names)


def _stakes(table: Table) -> FloatArray | None:
    if "stakes" not in table.frame.columns:
        return None
    stakes = table.number("stakes", "write how many times the usual is at stake")
    table.refuse(
        stakes <= 0,
        "stakes",
        lambda at: f"stakes must be > 0, they multiply what a verdict is worth. Got {stakes[at]:g} instead.",
    )
    return stakes.fill_null(1.0).to_numpy()


def _guessed(table: Table, parent: IntArray, wanted: set[str], notes: list[str]) -> Features:
    numeric: dict[str, FloatArray] = {}
    categorical: dict[str, Codes] = {}
    text: dict[str, tuple[str, ...]] = {}
    for column in (c for c in table.frame.columns if c not in ROLES):
        values, numbers = table.text(column), table.loose_number(column)
        role = guess_role(column, values, numbers, parent)
        if role == "id" and column in wanted:
            role = "numeric" if numbers.null_count() == values.null_count() else "text"
        if role == "numeric":
            numeric[column] = _numeric(table, column)
        elif role == "categorical":
            categorical[column] = _sorted_codes(values)
        elif role == "text":
            text[column] = tuple(values.fill_null("").to_list())
        notes += _note(table, column, role, values, numbers)
    return Features(numeric=numeric, categorical=categorical, text=text)


def _note(table: Table, column: str, role: str, values: pl.Series, numbers: pl.Series) -> list[str]:
    file = table.path.name
    if role == "id":
        return [
            f"The column '{column}' of {file} names the case and does not describe it: it is taken for an id and not used."
        ]
    if role == "empty":
        return [f"The column '{column}' of {file} is empty and not used."]
    words = values.is_not_null() & numbers.is_null()
    if 0 < words.sum() <= 0.1 * len(values.drop_nulls()) and role != "numeric":
        at = words.arg_max() or 0
        return [
            f"The column '{column}' of {file} is read as words, because '{values[at]}' in row {table.line(at)}"
            f" is not a number; empty it there if the column is meant as numbers."
        ]
    return []


def _numeric(table: Table, column: str) -> FloatArray:
    return table.number(column, "write a number").fill_null(float("nan")).to_numpy()


def _sorted_codes(values: pl.Series) -> Codes:
    """Codes in the order of the words, so that the order of the rows changes nothing."""
    import polars as pl

    names = values.drop_nulls().unique().sort()
    return Codes(code=_as_codes(values.cast(pl.Enum(names))), names=tuple(names.to_list()))


def _like(table: Table, known: Features) -> Features:
    """The features that the history has, no others; a category that it never saw is -1."""
    for column in (*known.numeric, *known.categorical, *known.text):
        if column not in table.frame.columns:
            raise table.error(
                f"there is no column '{column}', which the history's cases have. Add it, empty where it is not known."
            )
    return Features(
        numeric={c: _numeric(table, c) for c in known.numeric},
        categorical={c: _in_numbers_of(table.text(c), names) for c, names in known.categorical.items()},
        text={c: tuple(table.text(c).fill_null("").to_list()) for c in known.text},
    )
