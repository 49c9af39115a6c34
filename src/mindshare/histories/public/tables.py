"""Public source files -> a history directory. Same source, same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mindshare.core.errors import MindshareError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """A history before it is written: the team file, the cases, the answers, and what was left out."""

    team: dict[str, Any]
    cases: pl.DataFrame
    answers: pl.DataFrame
    dropped: tuple[str, ...] = ()  # one sentence each, with the number

    def agents(self) -> tuple[int, int]:
        """How many machines and people answered; the team file writes every machine out, people by a pattern."""
        answered = self.answers["agent"].n_unique()
        machines = sum(agent["kind"] == "machine" for agent in self.team["agents"].values())
        return machines, answered - machines


def read_text_table(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """A csv file (gzipped or not) as strings, an empty cell as ''; `columns` names those of a file without header."""
    table = pl.read_csv(path, has_header=columns is None, infer_schema=False).fill_null("")
    if columns is None:
        return table
    if table.width != len(columns):
        raise MindshareError(
            f"{path.name} has {table.width} columns; {len(columns)} are expected: {', '.join(columns)}."
        )
    return table.rename(dict(zip(table.columns, columns, strict=True)))


def read_numbers(path: Path) -> pl.DataFrame:
    """A csv file of numbers without header (gzipped or not)."""
    return pl.read_csv(path, has_header=False).cast(pl.Float64)


def first_answers(answers: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Of several answers of one agent to one case the first in the file's order stands (asking once buys the first)."""
    kept = answers.unique(["case", "agent"], keep="first", maintain_order=True)
    kinds = answers.group_by("case", "agent").agg(pl.col("answer").n_unique())
    differing = kinds.filter(pl.col("answer") > 1).height
    return kept, left_out(
        answers.height - kept.height,
        f"repeated answers of one agent to one case: the first stands ({differing} times a later one differed)",
    )


def left_out(count: int, what: str) -> tuple[str, ...]:
    """The sentence for `dropped`, none where nothing was left out."""
    return (f"{count} {what}",) if count else ()


def probability_columns(labels: list[str], proba: Any) -> pl.DataFrame:
    """(N, L) probabilities as `p:<label>` columns that sum to 1, six significant digits."""
    rows = proba / proba.sum(axis=1, keepdims=True)
    table = pl.DataFrame({f"p:{label}": rows[:, j] for j, label in enumerate(labels)})
    return table.select(pl.all().round_sig_figs(6))
