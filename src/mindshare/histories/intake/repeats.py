"""When an agent answered a case twice: an answer counts more than an empty one, and of several answers the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindshare.core.errors import counted
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.questions import Questions

if TYPE_CHECKING:
    import polars as pl

WHICH = ("first", "last", "both")
TOLD = {
    "first": "Of several answers by one agent to one case the first one counts, as a later one may know what came out;"
    " --set repeats=last takes the last, --set repeats=both takes each as that of another agent.",
    "last": "Of several answers by one agent to one case the last one counts, as set.",
}


def once_each(answers: pl.DataFrame, questions: Questions, notes: Notes) -> pl.DataFrame:
    """(answers) one per case and agent, in the order of the files."""
    import polars as pl

    key = ["case", "agent"]
    if answers.select(key).hash_rows().n_unique() == answers.height:  # numbers take less memory than keys
        return answers
    rule = "first"
    if questions.setting("repeats") is not None:
        rule = questions.about("repeats", "Of two answers by one agent to one case, which one counts?", WHICH)
    answers = answers.with_row_index(" at")
    empty = pl.col("answer").is_null()
    beaten = empty & (~empty).any().over(key)
    n = int(answers.select(beaten.sum()).item())
    notes.leave_out(n, "answer", "empty, by an agent who gave another one to the same case")
    told = answers.filter(~beaten)
    again = told.height - told.select(pl.struct(key).n_unique()).item()
    if rule == "both":
        nth = pl.int_range(pl.len()).over(key) + 1
        name = pl.when(nth == 1).then(pl.col("agent")).otherwise(pl.format("{}#{}", pl.col("agent"), nth))
        if again:
            notes.say(
                f"{counted(again, 'answer')} by an agent to a case already answered: taken as those of another agent ('...#2')."
            )
        return told.with_columns(agent=name).drop(" at")
    notes.leave_out(again, "answer", "by an agent to a case already answered")
    if again:
        notes.say(TOLD[rule])
    return told.unique(key, keep="first" if rule == "first" else "last", maintain_order=True).drop(" at")
