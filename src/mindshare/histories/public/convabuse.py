"""convabuse: experts' answers on abuse in dialogues with chatbots (Cercas Curry et al. 2021); one is the person, the others the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mindshare.histories.public.tables import Tables, first_answers, left_out, read_text_table
from mindshare.histories.public.text_machine import NAME, machine_answers

LABELS = ["ok", "abuse"]
_TURNS = ("prev_agent", "prev_user", "agent", "user")
_SEVERE = ("is_abuse.-1", "is_abuse.-2", "is_abuse.-3")  # severity is one-hot, 1 .. -3; below zero is abuse


def convabuse(source: Path) -> Tables:
    """A case is a dialogue with three or more annotators; one of them, drawn with seed 0, is the person."""
    judged, dropped = _judged(source, 3)
    order = np.random.default_rng(0).random(judged.height)
    asked = judged.with_columns(pl.Series("order", order)).filter(
        pl.col("order") == pl.col("order").min().over("case")
    )
    return _tables(judged, asked, dropped, "convabuse: one expert of three or more a dialogue, a text model")


def convabuse_each(source: Path) -> Tables:
    """The larger variant: every (dialogue, expert) is a case, the truth is what most of the others, even one, said."""
    judged, dropped = _judged(source, 2)
    own = pl.concat_str("case", "agent", separator="/")
    return _tables(
        judged, judged, dropped, "convabuse-each: every expert of a dialogue in turn, a text model", own
    )


def _judged(source: Path, judges: int) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """One row an expert and dialogue: case, agent, answer, parent and the turns; `judges` or more experts a dialogue."""
    table = read_text_table(source / "ConvAbuseEMNLPfull.csv")
    severe = pl.any_horizontal(pl.col(c) == "1" for c in _SEVERE)
    rows = table.with_columns(
        dialogue=pl.struct("conv_id", "bot", *_TURNS).rank("dense")
        - 1,  # a conversation holds several dialogues
        answer=pl.when(severe).then(pl.lit("abuse")).otherwise(pl.lit("ok")),
        agent="annotator_id",
        parent="conv_id",
    ).with_columns(case=pl.format("dialogue-{}", pl.col("dialogue").cast(pl.String).str.zfill(4)))
    kept, repeated = first_answers(rows)
    judged = kept.filter(pl.len().over("case") >= judges).sort("case", "agent")
    few = kept["case"].n_unique() - judged["case"].n_unique()
    return judged, (*repeated, *left_out(few, f"dialogues with fewer than {judges} annotators"))


def _tables(
    judged: pl.DataFrame,
    asked: pl.DataFrame,
    dropped: tuple[str, ...],
    name: str,
    case: pl.Expr | None = None,
) -> Tables:
    """Truth = majority of the others of each asked row; ties leave."""
    votes = judged.group_by("case").agg(
        abuse=(pl.col("answer") == "abuse").sum().cast(pl.Int64), n=pl.len().cast(pl.Int64)
    )
    own = (pl.col("answer") == "abuse").cast(pl.Int64)
    margin = asked.join(votes, on="case", how="left").with_columns(
        margin=2 * (pl.col("abuse") - own) - (pl.col("n") - 1)
    )
    clear = (
        margin.filter(pl.col("margin") != 0)
        .with_columns(
            case=pl.col("case") if case is None else case,
            truth=pl.when(pl.col("margin") > 0).then(pl.lit("abuse")).otherwise(pl.lit("ok")),
            context=pl.concat_str("prev_agent", "prev_user", "agent", separator=" | "),
        )
        .sort("case")
    )
    cases = clear.select("case", "truth", "parent", "bot", "context", "user")
    machine = machine_answers(cases, "user", LABELS)
    return Tables(
        team={
            "name": name,
            "labels": LABELS,
            "utility": "accuracy",
            "agents": {NAME: {"kind": "machine"}, "Annotator*": {"kind": "person"}},
        },
        cases=cases,
        answers=pl.concat([machine, clear.select("case", "agent", "answer")], how="diagonal").sort(
            "case", "agent"
        ),
        dropped=(*dropped, *left_out(margin.height - clear.height, "cases whose other annotators are tied")),
    )
