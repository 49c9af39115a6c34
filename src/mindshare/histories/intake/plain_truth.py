"""The truth that need not be asked about: one column alone holds the words of the answers, and it is called like what came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mindshare.histories.intake import names
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.words import compared, meant_alike

if TYPE_CHECKING:
    import polars as pl

ALONE = "called like what came out, and no other column holds the words of the answers; --set truth=none says that it is not the truth"
MOST = 0.9  # of the cases in which it is known: an arbiter who decides hard cases only is asked about
PAIR = 2  # where two agree, a truth of its own mostly is what they say
ENOUGH = 10  # answers which show that a column is not what somebody said, or most did
SAFE = (names.MAYBE_TRUTH, names.OUTCOME, names.LABEL)


def plain_truth(
    cases: pl.DataFrame, answers: pl.DataFrame, likely: Sequence[str], notes: Notes
) -> str | None:
    """The only column of `likely`, which hold the words of the answers, if it is plainly the truth; else None: then it is asked.

    It is known in nearly all cases, holds no other word, is called like a truth and not like an annotator, and is neither what
    some agent nor what most of three or more said in all cases: such a column was made of their answers, unless a laboratory
    tells it.
    """
    if len(likely) != 1 or {"parent", "kind"} <= {*cases.columns}:
        return None
    column, name = likely[0], names.plain_name(likely[0])
    perhaps_answer = names.ANSWER.search(name) is not None or name == "befund"  # somebody's
    if perhaps_answer and (
        not names.LABEL.search(name) or notes.by_words or answers["agent"].n_unique() < PAIR
    ):
        return None
    if not any(p.search(name) for p in SAFE) or names.EXPERT.search(name) or names.BARE_CORRECT.search(name):
        return None
    known = cases.select("case", column).drop_nulls()
    words, said = (
        compared(cells.drop_nulls().unique().to_list()) for cells in (known[column], answers["answer"])
    )
    words, said = meant_alike(words, said)
    if known.height < MOST * cases.height or len(words) < 2 or not words <= said:
        return None
    if names.LABORATORY.search(name):
        return column
    return None if _is_made_of_answers(known.rename({column: " true"}), answers) else column


def _is_made_of_answers(known: pl.DataFrame, answers: pl.DataFrame) -> bool:
    """Whether some agent's answers, or what most of several said, are always " true"."""
    import polars as pl

    def folded(column: str) -> pl.Expr:
        return pl.col(column).str.to_lowercase().str.strip_chars()

    told = answers.select("case", "agent", said=folded("answer")).drop_nulls()
    told = told.join(known.select("case", true=folded(" true")), on="case")
    right = told.group_by("agent").agg((pl.col("said") == pl.col("true")).mean().alias("share"), pl.len())
    votes = told.group_by("case", "true", "said").len().with_columns(of=pl.col("len").sum().over("case"))
    most = votes.filter((pl.col("of") > PAIR) & (pl.col("len") == pl.col("len").max().over("case")))
    most = most.filter(pl.len().over("case") == 1)
    always = right.filter((pl.col("len") >= ENOUGH) & (pl.col("share") == 1)).height > 0
    return always or (most.height >= ENOUGH and bool((most["said"] == most["true"]).all()))
