"""Columns that hold the probability of each label, as classifiers write them: p_spam, p_ham; prob_0, prob_1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from mindshare.histories.intake import names
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.part import OF_A_CELL
from mindshare.histories.intake.roles import Columns
from mindshare.histories.sources.numbers import numbers

if TYPE_CHECKING:
    import polars as pl

PROBA = "p:"
NO_NAME = "model"  # what a machine is called whose columns name only labels
MOST_WORDS = 1000
SUM_WITHIN = 0.02  # written with two decimals, a few of them


def find_probabilities(
    columns: Columns, among: Mapping[str, str] | None = None, of: str = ""
) -> dict[str, pl.Series]:
    """p:<label> -> (rows,) probabilities, where two or more columns hold them and they sum to one in each row that has them."""
    called = {column: column for column in columns.free} if among is None else among
    found: dict[str, str] = {}
    words = _words(columns) if among is not None else {}
    for name, column in called.items():
        match = names.PROBABILITY.match(names.plain_name(name))
        label = _label(name, words)[1] or (match["label"] if match else "")
        if label and column in columns.free:
            found[label] = column
    if len(found) < 2:
        return {}
    if not _sums_to_one(columns, found.values()):
        return {}
    values = {label: numbers(columns.frame[column]) for label, column in found.items()}
    for label, column in found.items():
        columns.claim(column, f"probability of '{label}'{of}", "they sum to one")
    return {f"{PROBA}{label}": series.alias(f"{PROBA}{label}") for label, series in values.items()}


def machines_of(columns: Columns) -> dict[str, dict[str, str]]:
    """Machine -> label -> free column, where columns such as bert_p_ok and bert_p_worn sum to one and no column says its answer.

    So may columns that are called after a word of the truth, or of the answers: `bert_ok`, `ok_prob`; where nothing else is in
    the name, their machine has none.
    """
    found: dict[str, dict[str, str]] = {}
    words = _words(columns)
    for column in columns.free:
        match = names.OF_WHOM.match(names.plain_name(column))
        who, label = _label(column, words)
        if not label and match is not None and columns.frame[column].null_count() < columns.frame.height:
            who, label = match["who"] or "", match["label"]
        if label:
            found.setdefault(who or NO_NAME, {})[label] = column
    return {
        who: labels
        for who, labels in found.items()
        if len(labels) > 1 and _sums_to_one(columns, labels.values())
    }


def _words(columns: Columns) -> dict[str, str]:
    """Plain name -> the word, of all that are true or, where no truth is known, that somebody answers."""
    told = (
        [columns.of("truth")]
        if columns.of("truth")
        else [c for c in columns.role if columns.role[c] == f"answers of {c}"]
    )
    cells = [columns.frame[c].drop_nulls().unique().head(MOST_WORDS) for c in told]
    return {plain: word for mine in cells for word in mine if (plain := names.plain_name(word))}


def _label(column: str, words: Mapping[str, str]) -> tuple[str, str]:
    """The machine and the label that a column is called after, each of which may be nothing: `bert_p_ok`, `bert_ok`, `ok_prob`."""
    name = names.plain_name(column)
    if names.SHARE_OF.match(name):
        return "", ""  # how many answered so
    bare = names.BARE_PROBABILITY.sub("", name).strip("_")
    for plain in sorted(words, key=len, reverse=True):
        if bare == plain:
            return "", words[plain]
        if bare.endswith(f"_{plain}"):
            return bare.removesuffix(f"_{plain}"), words[plain]
    return "", ""


def likeliest(columns: Columns, who: str, labels: Mapping[str, str], case: pl.Series) -> pl.DataFrame:
    """The answers of a machine of which only probabilities are told: the likeliest label, as sure as it is likely."""
    import polars as pl

    told = {
        PROBA + label: numbers(columns.frame[column]).alias(PROBA + label) for label, column in labels.items()
    }
    for label, column in labels.items():
        columns.claim(
            column, f"probability of '{label}' of {who}", f"they sum to one; {who} answers the likeliest"
        )
    frame = pl.DataFrame(list(told.values()))
    every, words = frame.to_numpy(), list(labels)
    known = ~np.isnan(every).any(axis=1)
    best = np.where(known, np.nan_to_num(every).argmax(axis=1), -1)
    answer = pl.Series([words[k] if k >= 0 else None for k in best.tolist()], dtype=pl.String)
    nothing = pl.Series([None] * frame.height, dtype=pl.Float64)
    who_said = {
        "case": case,
        "agent": [who] * frame.height,
        "answer": answer,
        "seconds": nothing,
        "confidence": nothing,
    }
    return pl.DataFrame({**who_said, **told, OF_A_CELL: True})


def _sums_to_one(columns: Columns, found: Iterable[str]) -> bool:
    """Whether the columns are numbers that sum to one in each row that has them all."""
    every = np.stack([numbers(columns.frame[c]).fill_null(np.nan).to_numpy() for c in found], axis=1)
    known = ~np.isnan(every).any(axis=1)
    return bool(known.any()) and bool((np.abs(every[known].sum(axis=1) - 1.0) > SUM_WITHIN).mean() <= 0.01)


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
