"""Truths that stand where answers do: an agent who is called like the truth, and two columns that both seem to be it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError, MindshareError, counted, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.questions import Questions
from mindshare.histories.intake.roles import Columns

if TYPE_CHECKING:
    import polars as pl

MOST = 0.9  # of the rows in which the one is known the other is too
FULLER = 0.1  # of the rows in which one truth is known and the other is not


def without_gold(
    answers: pl.DataFrame, known: bool, questions: Questions, notes: Notes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The answers without those of agents called gold, consensus or the like, and the truths that one of them told.

    That is the agent that `--set truth=AGENT` names, else the only one called so unless a column holds the truth (`known`).
    Raises MindshareError where it tells two truths of one case.
    """
    import polars as pl

    agents, chosen = answers["agent"].unique().sort().to_list(), questions.setting("truth")
    like = [agent for agent in agents if names.GOLD_AGENT.search(names.plain_name(agent))]
    gold = []
    if chosen in agents:
        gold = [chosen]
    elif not known and chosen is None and like:
        gold = like[:1] if len(like) == 1 else [_which(like, questions)]
    if gold and known:
        raise MindshareError(f"--set truth={chosen}: the files tell the truth already, so no agent does.")
    out = like if chosen not in agents else gold
    its = answers["agent"].is_in(out)
    if not out or its.all():
        return answers, pl.DataFrame(schema={"case": pl.String, "truth": pl.String})
    for agent in out:
        why = "they are the truths" if agent in gold else "it is no annotator"
        said = "as set" if agent == chosen else "who is called like the truth"
        notes.leave_out(int((answers["agent"] == agent).sum()), "answer", f"by '{agent}', {said}: {why}")
    truths = (
        answers.filter(pl.col("agent").is_in(gold))
        .select("case", truth="answer")
        .drop_nulls()
        .unique(maintain_order=True)
    )
    if problem := _two_truths(truths):
        raise MindshareError(f"{problem} Keep one answer of '{gold[0]}' for each case.")
    return answers.filter(~its), truths


def _two_truths(told: pl.DataFrame) -> str:
    """That a case has several truths, or nothing. `told`: case and truth, each pair once."""
    import polars as pl

    each = told.group_by("case", maintain_order=True).agg(pl.col("truth"))
    several = each.filter(pl.col("truth").list.len() > 1)
    if not several.height:
        return ""
    case, truths = several.row(0)
    more = f", and {counted(several.height - 1, 'more case')} too" if several.height > 1 else ""
    return f"case '{case}' has several truths, {listed([repr(word) for word in truths], 3)}{more}."


def _which(like: list[str], questions: Questions) -> str:
    text = f"{listed(like, 6)} are called like the truth. Which of them tells it? The others are left out."
    return questions.about("truth", text, (*like, "none"), meanwhile=like[0])


def with_gold(cases: pl.DataFrame, gold: pl.DataFrame) -> pl.DataFrame:
    """The cases with the truths that an agent called gold told."""
    return cases.join(gold, on="case", how="left", maintain_order="left") if gold.height else cases


def claim_truth(columns: Columns, truth: str) -> None:
    """Claims the column that is called like the truth, or asks where another one called so tells the same of many more cases.

    An adjudicator decides only where others differ, so that its column tells of the hard cases only.
    """
    frame, known = columns.frame, columns.frame[truth].is_not_null()
    n = int(known.sum())
    for other in columns.named(names.TRUTH) + columns.named(names.MAYBE_TRUTH):
        there = frame[other].is_not_null()
        if int(there.sum()) < n + FULLER * frame.height or int((there & known).sum()) < MOST * n:
            continue
        if bool((frame[other] == frame[truth]).all()):  # where both are known
            text = (
                f"'{truth}' is known in {counted(n, 'row')} and '{other}' in {int(there.sum()):,}, and they never differ. Which of"
                " them is the truth?"
            )
            options = (other, truth, "none")
            columns.questions.about("truth", text, options, meanwhile=other, file=columns.sheet.file)
            columns.claim(other, "truth", "likely; it is asked about below")
            return
    columns.claim(truth, "truth", "by its name")


def has_ids(columns: Columns) -> bool:
    """Whether a column called like an id has a value of its own in each row."""
    return any(
        columns.distinct(c) == columns.frame.height
        for c in (columns.of("case"), *columns.named(names.CASE))
        if c
    )


def one_truth_each(columns: Columns) -> Columns:
    """A sheet in which nobody answers, with one row for each id. Rows that say the same again are left out and counted.

    Raises HistoryError where two rows tell different truths of one case.
    """
    import polars as pl

    frame, file, truth = columns.frame, columns.sheet.file, columns.of("truth")
    case = columns.of("case") or next(iter(columns.named(names.CASE)), "")
    if not truth or not case or has_ids(columns) or not frame[case].is_duplicated().any():
        return columns
    told = frame.select(case=case, truth=truth).drop_nulls().unique(maintain_order=True)
    if problem := _two_truths(told):
        raise HistoryError(f"{problem} Keep one row for each '{case}'.", file=file)
    again = frame[case].is_not_null() & ~frame[case].is_first_distinct()
    why = f"{file}: '{case}' comes again, and '{truth}' says the same"
    columns.notes.leave_out(int(again.sum()), "row", why)
    known = frame.with_columns(pl.col(truth).drop_nulls().first().over(case)).filter(~again)
    return columns.with_rows(known)
