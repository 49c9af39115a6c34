"""Toloka: the responses of a pool as TSV, a row per task and worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.fields import (
    SECONDS,
    because,
    columns,
    kept,
    leave_out,
    like_labels,
    on_pages,
    pick,
    rename_without,
    table,
    under,
    unnamed,
)
from mindshare.histories.sources.source import LeftOut, Role, Sheet

if TYPE_CHECKING:
    import polars as pl

    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

INPUT, OUTPUT, GOLDEN, ABOUT = "INPUT:", "OUTPUT:", "GOLDEN:", "ASSIGNMENT:"
TASK, WORKER, PAGE = "ASSIGNMENT:task_id", "ASSIGNMENT:worker_id", "ASSIGNMENT:assignment_id"
STARTED, FINISHED, STATUS = "ASSIGNMENT:started", "ASSIGNMENT:submitted", "ASSIGNMENT:status"
REJECTED = "their assignment was rejected (--set rejected=keep keeps them)"
UNDONE = "their assignment was skipped or ran out of time"


class Toloka:
    """A case is a task, an agent a worker; the answer of a control task is the truth."""

    name = "toloka"

    def recognises(self, raw: Raw) -> bool:
        names = columns(raw)
        return bool(under(OUTPUT, names)) and bool(under(ABOUT, names) or under(INPUT, names))

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        frame, left_out, said = table(raw), list[LeftOut](), list[str]()
        outputs = [c for c in under(OUTPUT, frame.columns) if frame[c].null_count() < frame.height]
        if WORKER not in frame.columns or not outputs:
            raise HistoryError(
                "these results of Toloka name no worker, or hold no answer. Download the responses of the pool, not the"
                " aggregated ones.",
                file=raw.file,
            )
        likely = {c.removeprefix(OUTPUT): like_labels(frame[c]) for c in outputs}
        field = pick(likely, raw, questions)
        answer, golden = f"{OUTPUT}{field}", f"{GOLDEN}{field}"
        frame, case = _named(frame, raw)
        if {STARTED, FINISHED, PAGE} <= set(frame.columns):
            frame = on_pages(frame, [PAGE], (STARTED, FINISHED), said)
        why = unnamed(frame, case, WORKER, answer)
        if STATUS in frame.columns:
            status = frame[STATUS].str.to_uppercase()
            undone = because(status.is_in(["SKIPPED", "EXPIRED", "ACTIVE"]), UNDONE)
            why = why.zip_with(why.is_not_null(), undone)
            if not kept("rejected", raw, questions):
                why = why.zip_with(why.is_not_null(), because(status == "REJECTED", REJECTED))
        frame = leave_out(frame, why, left_out)
        roles: dict[str, Role] = {
            c: "ignore" for c in frame.columns if c.startswith((OUTPUT, GOLDEN, ABOUT, "HINT:"))
        }
        told: dict[str, Role] = {WORKER: "agent", SECONDS: "seconds", STARTED: "started", golden: "truth"}
        roles |= {c: role for c, role in told.items() if c in frame.columns}
        short = rename_without(INPUT, frame)
        roles |= {answer: "answer", short.columns[frame.columns.index(case)]: "case"}
        left, notes = tuple(left_out), tuple(said)
        about: dict[str, Any] = {
            "file": raw.file,
            "format": "Toloka responses",
            "left_out": left,
            "said": notes,
        }
        return [Sheet(frame=short, layout="long", roles=roles, **about)]


def _named(frame: pl.DataFrame, raw: Raw) -> tuple[pl.DataFrame, str]:
    """The frame, and the column that names the case: the task, else what was put in."""
    import polars as pl

    inputs = under(INPUT, frame.columns)
    if TASK in frame.columns and frame[TASK].null_count() < frame.height:
        return frame, TASK
    if not inputs:
        raise HistoryError(
            f"no column says which task was answered. Download the responses with {TASK}.", file=raw.file
        )
    if len(inputs) == 1:
        return frame, inputs[0]
    filled = pl.any_horizontal(pl.col(inputs).is_not_null())
    joined = pl.concat_str(pl.col(inputs).fill_null(""), separator=" | ")
    return frame.with_columns(pl.when(filled).then(joined).alias(TASK)), TASK
