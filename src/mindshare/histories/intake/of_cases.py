"""Columns that tell of a case, whoever answers it: truth, parent, group, and what may be a feature."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from typing import TYPE_CHECKING

from mindshare.histories.intake import names
from mindshare.histories.intake.gold import claim_truth
from mindshare.histories.intake.part import AGENT, CASE
from mindshare.histories.intake.roles import Columns
from mindshare.histories.sources.source import Role

if TYPE_CHECKING:
    import polars as pl

LEAST_PARENTS = 20  # fewer could not be held out in folds
OF_CASES: tuple[Role, ...] = ("truth", "parent", "group", "kind", "arrived", "deadline", "stakes")


def claim_of_cases(columns: Columns, but: Collection[str] = ()) -> None:
    """The columns that say by their names what they tell of a case. `but`: those that may be annotators beside a truth."""
    chosen = columns.questions.setting("truth", columns.sheet.file)
    if not columns.of("truth") and chosen is None:
        named = columns.named(names.TRUTH)
        if named:
            claim_truth(columns, named[0])
    truth = columns.of("truth")
    for column in columns.named(names.TRUTH) + columns.named(names.MAYBE_TRUTH) if truth or chosen else []:
        if column in columns.free and column not in but:
            told = f"'{truth}' is it" if truth else f"truth is {chosen}, as set"
            columns.claim(
                column,
                "ignore",
                f"called like a truth, and {told}; --set truth={shlex.quote(column)} takes this one",
            )
    for role in names.PLAIN_ROLES:
        if not columns.of(role) and role in columns.free:
            columns.claim(role, role, "by its name")
    _claim_parent(columns)


def _claim_parent(columns: Columns) -> None:
    """Whom or what several cases come from (a patient, a conversation), by its name and because it comes again and again."""
    frame = columns.frame
    if columns.of("parent"):
        return
    for column in columns.named(names.PARENT):
        distinct = columns.distinct(column)
        if (
            frame[column].null_count() == 0
            and LEAST_PARENTS <= distinct <= 0.9 * frame.height
            and _holds_cases(columns, column)
        ):
            columns.claim(column, "parent", "cases of one are never learnt from and judged at once")
            return


def _holds_cases(columns: Columns, column: str) -> bool:
    """Whether there is another id whose rows lie within it."""
    ids = [c for c in columns.frame.columns if c != column and names.CASE.search(names.plain_name(c))]
    return (
        any(columns.distinct(c) > columns.distinct(column) for c in ids)
        or columns.sheet.layout == "wide"
        or not ids
    )


def about_cases(columns: Columns, case: pl.Series, agent: pl.Series | None) -> pl.DataFrame:
    """(rows,) case, agent, and the columns that may describe the case: those with a role of a case, features, and free ones."""
    import polars as pl

    kept = [
        c for c in columns.frame.columns if c in columns.free or columns.role[c] in (*OF_CASES, "feature")
    ]
    who = pl.Series([None] * len(case), dtype=pl.String) if agent is None else agent
    renamed = {c: unlike_a_role(c) if columns.role.get(c) not in OF_CASES else c for c in kept}
    described = columns.frame.select(kept).rename(renamed)
    return pl.DataFrame([case.alias(CASE), who.alias(AGENT)]).hstack(described.get_columns())


def roles_of_cases(columns: Columns) -> dict[str, Role]:
    """Column of `about` -> role."""
    out: dict[str, Role] = {}
    for role in (*OF_CASES, "feature"):
        for column, mine in columns.role.items():
            if mine == role:
                out[unlike_a_role(column) if role == "feature" else column] = role
    return out


def unlike_a_role(column: str) -> str:
    """A feature must not be called like a role of the cases file."""
    return f"{column}_" if column in ("case", *OF_CASES) else column
