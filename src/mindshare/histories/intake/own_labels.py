"""Kinds of cases that are answered with labels of their own: a question each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mindshare.histories.intake.probabilities import PROBA

if TYPE_CHECKING:
    import polars as pl

LEAST = 2  # labels of a question


def labels_by_kind(
    cases: pl.DataFrame, answers: pl.DataFrame, labels: Sequence[str]
) -> Mapping[str, tuple[str, ...]]:
    """Kind -> its labels, in the order of `labels`, where each case has a kind and no label is said of cases of two kinds.

    Nothing where kinds share labels, as one scale or yes and no: then the kind is what describes a case. Nor where
    probabilities are told, which are of all labels.
    """
    import polars as pl

    told = any(column.startswith(PROBA) for column in answers.columns)
    if told or "kind" not in cases.columns or cases["kind"].null_count():
        return {}
    said = answers.join(cases.select("case", "kind"), on="case").select("kind", word="answer")
    every = pl.concat([said, cases.select("kind", word="truth")]).drop_nulls().unique()
    words: dict[str, set[str]] = {kind: set() for kind in cases["kind"].unique(maintain_order=True)}
    for kind, word in every.rows():
        words[kind].add(word)
    if len(words) < 2 or every["word"].is_duplicated().any() or min(map(len, words.values())) < LEAST:
        return {}
    return {kind: tuple(label for label in labels if label in mine) for kind, mine in words.items()}
