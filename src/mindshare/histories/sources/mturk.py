"""Amazon Mechanical Turk: the results of a batch, a row per assignment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.choices import SEVERAL, boxes_of, by_field, choice, read_json, ticked
from mindshare.histories.sources.fields import (
    because,
    columns,
    kept,
    leave_out,
    like_labels,
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

FORM = "Answer.taskAnswers"  # the whole form as JSON, as crowd-html-elements send it
ANSWER, INPUT = "Answer.", "Input."
TOLD: dict[str, Role] = {
    "HITId": "case",
    "WorkerId": "agent",
    "WorkTimeInSeconds": "seconds",
    "AcceptTime": "started",
    "SubmitTime": "finished",
}
ABOUT_THE_JOB = (
    *(
        "HITTypeId",
        "HITGroupId",
        "Title",
        "Description",
        "Keywords",
        "Reward",
        "CreationTime",
        "MaxAssignments",
    ),
    *("RequesterAnnotation", "AssignmentDurationInSeconds", "AutoApprovalDelayInSeconds", "Expiration"),
    *("NumberOfSimilarHITs", "LifetimeInSeconds", "AssignmentId", "AssignmentStatus", "AutoApprovalTime"),
    *("ApprovalTime", "RejectionTime", "RequesterFeedback", "LifetimeApprovalRate", "Last30DaysApprovalRate"),
    *("Last7DaysApprovalRate", "Approve", "Reject"),
)
REJECTED = "their assignment was rejected (--set rejected=keep keeps them)"


class Field(NamedTuple):
    """One thing that workers were asked."""

    name: str
    column: str  # of the file, where the answers lie in one; else the name of a new one
    answer: pl.Series
    unclear: pl.Series  # why a row's answer cannot be told, else null


class MTurk:
    """A case is a HIT, an agent a worker; what was put into the HIT describes the case."""

    name = "mturk"

    def recognises(self, raw: Raw) -> bool:
        names = columns(raw)
        return {"HITId", "WorkerId"} <= names and any(name.startswith(ANSWER) for name in names)

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        frame, left_out, said = table(raw), list[LeftOut](), list[str]()
        for column in ("HITId", "WorkerId"):
            if column not in frame.columns:
                raise HistoryError(
                    f"a batch of Amazon MTurk has a column {column}. Download its results again.",
                    file=raw.file,
                )
        fields = {field.name: field for field in _fields(frame, raw)}
        if not fields:
            raise HistoryError(
                "no column 'Answer. ...' of this batch is filled. Download it once workers have answered.",
                file=raw.file,
            )
        likely = {name: like_labels(field.answer) for name, field in fields.items()}
        _, answer, values, unclear = fields[pick(likely, raw, questions)]
        frame = frame.with_columns(values.alias(answer))
        why = unnamed(frame, "HITId", "WorkerId", answer)
        if "AssignmentStatus" in frame.columns and not kept("rejected", raw, questions):
            rejected = frame["AssignmentStatus"].str.to_lowercase() == "rejected"
            why = why.zip_with(~rejected.fill_null(value=False), because(rejected, REJECTED))
        frame = leave_out(frame, why.zip_with(why.is_not_null(), unclear), left_out)
        case = _case(frame, said)
        roles: dict[str, Role] = dict.fromkeys(under(ANSWER, frame.columns), "ignore")
        roles |= {c: "ignore" for c in (*ABOUT_THE_JOB, "HITId") if c in frame.columns}
        roles |= {c: role for c, role in TOLD.items() if c in frame.columns and role != "case"}
        short = rename_without(INPUT, frame)
        roles |= {answer: "answer", short.columns[frame.columns.index(case)]: "case"}
        return [
            Sheet(
                file=raw.file,
                format="an Amazon MTurk batch",
                frame=short,
                layout="long",
                roles=roles,
                left_out=tuple(left_out),
                said=tuple(said),
            )
        ]


def _fields(frame: pl.DataFrame, raw: Raw) -> Iterator[Field]:
    """Whatever was asked and answered by somebody."""
    import polars as pl

    if FORM in frame.columns:
        yield from _form(frame[FORM], raw)
    groups: dict[str, list[str]] = defaultdict(list)
    for column in under(ANSWER, frame.columns):
        if column != FORM and frame[column].null_count() < frame.height:
            groups[column.removeprefix(ANSWER).rpartition(".")[0]].append(column)
    nothing = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    for stem, own in groups.items():
        if stem and len(own) > 1 and boxes_of(frame, own):
            label, several = ticked(frame, {c: c.removeprefix(f"{ANSWER}{stem}.").strip() or c for c in own})
            yield Field(stem, f"{ANSWER}{stem}", label, because(several, SEVERAL))
            continue
        for column in own:
            alone = len(own) == 1 and column.endswith(".label")
            yield Field(stem if alone else column.removeprefix(ANSWER), column, frame[column], nothing)


def _form(cells: pl.Series, raw: Raw) -> Iterator[Field]:
    """The fields of answers that lie in one cell as JSON."""
    import polars as pl

    read: dict[str, dict[str, tuple[str | None, str]]] = {}
    for cell in cells.unique(maintain_order=True).drop_nulls():
        try:
            form = by_field(read_json(cell))
        except ValueError as e:
            raise HistoryError(
                "a cell is not whole JSON. Download the results again, and save them in no spreadsheet program.",
                file=raw.file,
                column=FORM,
            ) from e
        read[cell] = {name: choice(value) for name, value in form.items()}
    for name in dict.fromkeys(name for form in read.values() for name in form):
        label, why = (
            cells.replace_strict(
                {cell: form.get(name, (None, ""))[at] or None for cell, form in read.items()},
                default=None,
                return_dtype=pl.String,
            )
            for at in (0, 1)
        )
        yield Field(name, f"{ANSWER}{name}", label, why)


def _case(frame: pl.DataFrame, said: list[str]) -> str:
    """The column that names the case: the HIT, or what was put in where the same was published as several HITs."""
    inputs = under(INPUT, frame.columns)
    if not inputs or frame["HITId"].n_unique() < frame.height:
        return "HITId"
    number = frame.select(inputs).n_unique()
    named = [c for c in inputs if frame[c].null_count() == 0 and frame[c].n_unique() == number]
    if number == frame.height or not named:
        return "HITId"
    case = next((c for c in named if c.lower().endswith("id")), named[0])
    said.append(f"Each HIT has one assignment, and what was put in repeats: the case is {case}, not the HIT.")
    return case
