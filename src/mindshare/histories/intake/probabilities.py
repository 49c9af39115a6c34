"""Columns that hold the probability of each label, as classifiers write them: p_spam, p_ham; prob_0, prob_1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mindshare.histories.intake import names
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.roles import Columns
from mindshare.histories.sources.stamps import numbers

if TYPE_CHECKING:
    import polars as pl

PROBA = "p:"
SUM_WITHIN = 0.02  # written with two decimals, a few of them


def find_probabilities(
    columns: Columns, among: Mapping[str, str] | None = None, of: str = ""
) -> dict[str, pl.Series]:
    """p:<label> -> (rows,) probabilities, where two or more columns hold them and they sum to one in each row that has them."""
    called = {column: column for column in columns.free} if among is None else among
    found: dict[str, str] = {}
    for name, column in called.items():
        match = names.PROBABILITY.match(names.plain_name(name))
        if match is not None and column in columns.free:
            found[match["label"]] = column
    if len(found) < 2:
        return {}
    values = {label: numbers(columns.frame[column]) for label, column in found.items()}
    every = np.stack([v.fill_null(np.nan).to_numpy() for v in values.values()], axis=1)
    known = ~np.isnan(every).any(axis=1)
    if not known.any() or (np.abs(every[known].sum(axis=1) - 1.0) > SUM_WITHIN).mean() > 0.01:
        return {}
    for label, column in found.items():
        columns.claim(column, f"probability of '{label}'{of}", "they sum to one")
    return {f"{PROBA}{label}": series.alias(f"{PROBA}{label}") for label, series in values.items()}


def of_labels(answers: pl.DataFrame, labels: list[str], notes: Notes) -> tuple[pl.DataFrame, list[str]]:
    """The answers with a probability of every label, and the labels with those that only probabilities name.

    A label that no column names has probability 0 where the others sum to one. Where the columns name no label at all
    (0 and 1 beside yes and no) the probabilities are left out.
    """
    import polars as pl

    given = [c for c in answers.columns if c.startswith(PROBA)]
    if not given:
        return answers, labels
    by_word = {label.casefold(): label for label in labels}
    to = {c: PROBA + by_word.get(c.removeprefix(PROBA).casefold(), c.removeprefix(PROBA)) for c in given}
    named = {c.removeprefix(PROBA) for c in to.values()}
    if len(set(to.values())) < len(given) or named.isdisjoint(labels):
        notes.say(f"The probabilities of {', '.join(sorted(named))} are left out: these are not the labels.")
        return answers.drop(given), labels
    answers = answers.rename(to)
    every = [*labels, *sorted(named - set(labels))]
    known = pl.any_horizontal(pl.col(list(to.values())).is_not_null())
    columns = [
        pl.when(known)
        .then(pl.col(PROBA + label).fill_null(0.0) if label in named else pl.lit(0.0))
        .alias(PROBA + label)
        for label in every
    ]
    answers = answers.with_columns(columns)
    total = pl.sum_horizontal(PROBA + label for label in every)
    return answers.with_columns(pl.col(PROBA + label) / total for label in every), every
