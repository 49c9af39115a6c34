"""Rows that are not meant: drafts of an audit log, and those that `where` leaves out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.questions import Questions
from mindshare.histories.intake.settings import Settings
from mindshare.histories.sources.source import Sheet

if TYPE_CHECKING:
    import polars as pl

DONE = (
    "submitted",
    "completed",
    "complete",
    "done",
    "final",
    "finished",
    "approved",
    "accepted",
    "closed",
    "answered",
    "published",
)
NOT_DONE = (
    *(
        "draft",
        "cancelled",
        "canceled",
        "discarded",
        "deleted",
        "in progress",
        "in_progress",
        "open",
        "pending",
        "withdrawn",
        "started",
    ),
    *("abandoned", "expired", "returned", "timeout", "timed out", "aborted"),
)


def kept_rows(sheet: Sheet, settings: Settings, questions: Questions, notes: Notes) -> Sheet:
    """The sheet without them; each is counted with its reason."""
    frame = sheet.frame
    for column, values in settings.where.items():
        if column in frame.columns:
            keep = frame[column].is_in(list(values)).fill_null(value=False)
            notes.leave_out(
                int((~keep).sum()), "row", f"{sheet.file}: '{column}' is not {' or '.join(values)} (--where)"
            )
            frame = frame.filter(keep)
            if not frame.height:
                there = listed(sorted(sheet.frame[column].drop_nulls().unique().to_list()))
                problem = f"no row is left: '{column}' is nowhere {' or '.join(values)}. It holds {there}."
                raise HistoryError(problem, file=sheet.file)
    if not sheet.roles and questions.setting("status", sheet.file) != "keep":
        frame = _only_done(sheet, frame, settings, notes)
    return replace(sheet, frame=frame)


def _only_done(sheet: Sheet, frame: pl.DataFrame, settings: Settings, notes: Notes) -> pl.DataFrame:
    """Without drafts and what was cancelled, where a column of the status tells and others are done."""
    for column in frame.columns:
        if column in settings.where or not names.STATUS.search(names.plain_name(column)):
            continue
        status = frame[column].str.to_lowercase()
        words = set(status.drop_nulls().unique().to_list())
        if not words & set(DONE) or not words & set(NOT_DONE):
            continue
        gone = status.is_in(list(NOT_DONE)).fill_null(value=False)
        told = ", ".join(sorted(words & set(NOT_DONE)))
        notes.leave_out(
            int(gone.sum()), "row", f"{sheet.file}: '{column}' is {told} (--set status=keep keeps it)"
        )
        return frame.filter(~gone)
    return frame
