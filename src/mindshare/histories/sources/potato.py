"""Potato: annotated_instances as CSV or TSV, a row per person and instance, a column per label of each question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.choices import SEVERAL, ticked
from mindshare.histories.sources.fields import because, columns, leave_out, like_labels, pick, table, unnamed
from mindshare.histories.sources.source import LeftOut, Role, Sheet

if TYPE_CHECKING:
    import polars as pl

    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

BETWEEN = ":::"
USER, CASE = "user", "instance_id"


class Potato:
    """A case is an instance, an agent a user; the label whose box is ticked is the answer."""

    name = "potato"

    def recognises(self, raw: Raw) -> bool:
        names = columns(raw)
        return names >= {USER, CASE} and any(BETWEEN in name for name in names)

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        frame, left_out = table(raw), list[LeftOut]()
        boxes: dict[str, dict[str, str]] = {}
        for column in frame.columns:
            question, between, label = column.partition(BETWEEN)
            if between:
                boxes.setdefault(question, {})[column] = label.strip() or column
        if not boxes or not {USER, CASE} <= set(frame.columns):
            raise HistoryError(
                f"annotations of Potato have the columns {USER}, {CASE} and 'question:::label'. Export them as CSV again.",
                file=raw.file,
            )
        answers = {field: _answers(frame, own) for field, own in boxes.items()}
        likely = {name: like_labels(label) for name, (label, _) in answers.items()}
        field = pick(likely, raw, questions)
        values, why = answers[field]
        frame = frame.drop(c for own in boxes.values() for c in own)
        answer = (
            field.strip()
            if field.strip() and field.strip() not in frame.columns
            else f"{field}{BETWEEN}label"
        )
        frame = frame.with_columns(values.alias(answer))
        nameless = unnamed(frame, CASE, USER, answer)
        frame = leave_out(frame, nameless.zip_with(nameless.is_not_null(), why), left_out)
        roles: dict[str, Role] = {CASE: "case", USER: "agent", answer: "answer"}
        about: dict[str, Any] = {"file": raw.file, "format": "annotations of Potato"}
        return [Sheet(**about, frame=frame, layout="long", roles=roles, left_out=tuple(left_out))]


def _answers(frame: pl.DataFrame, boxes: dict[str, str]) -> tuple[pl.Series, pl.Series]:
    """The answers to one question, and why one cannot be told. A question with one column is answered in words."""
    import polars as pl

    if len(boxes) == 1:
        return frame[next(iter(boxes))], pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    label, several = ticked(frame, boxes)
    return label, because(several, SEVERAL)
