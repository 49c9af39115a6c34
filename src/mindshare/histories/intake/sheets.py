"""Each sheet as a part: which layout it has, then its roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mindshare.core.errors import counted
from mindshare.histories.intake import names
from mindshare.histories.intake.annotators import find_annotators
from mindshare.histories.intake.choices import one_label_each
from mindshare.histories.intake.long import claim_answers, claim_of_cases, is_long, read_long
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.part import Part
from mindshare.histories.intake.questions import Questions
from mindshare.histories.intake.roles import Columns
from mindshare.histories.intake.settings import Settings
from mindshare.histories.intake.wide import read_wide
from mindshare.histories.sources.source import Sheet

LAYOUTS = ("wide", "long", "cases")


def read_parts(sheets: Sequence[Sheet], questions: Questions, settings: Settings, notes: Notes) -> list[Part]:
    """The sheets as parts, in their order. A sheet that says nothing of who answers, beside one with answers, holds cases."""
    every = [Columns(kept_rows(sheet, settings, notes), questions, settings, notes) for sheet in sheets]
    answered = any(_is_sure(columns) for columns in every)
    return [part for columns in every for part in _read(columns, beside=answered and not _is_sure(columns))]


def kept_rows(sheet: Sheet, settings: Settings, notes: Notes) -> Sheet:
    """The rows that `where` keeps; the others are counted."""
    frame = sheet.frame
    for column, values in settings.where.items():
        if column in frame.columns:
            keep = frame[column].is_in(list(values)).fill_null(value=False)
            notes.leave_out(
                int((~keep).sum()), "row", f"{sheet.file}: '{column}' is not {' or '.join(values)} (--where)"
            )
            frame = frame.filter(keep)
    return replace(sheet, frame=frame)


def _is_sure(columns: Columns) -> bool:
    """Whether the sheet holds answers, a row each, by its format, a setting or its names."""
    layout = columns.questions.setting("layout", columns.sheet.file) or columns.sheet.layout
    return layout == "long" or (layout is None and is_long(columns))


def _read(columns: Columns, *, beside: bool) -> list[Part]:
    questions, file = columns.questions, columns.sheet.file
    layout = columns.sheet.layout
    if questions.setting("layout", file) is not None:
        layout = questions.about("layout", _ask_layout(file), LAYOUTS, file=file)  # type: ignore[assignment]
    elif layout is None and is_long(columns):
        layout = "long"
    if layout == "long":
        return _read_long(columns)
    claim_of_cases(columns)
    if layout == "cases":
        return [read_wide(columns, [])]
    annotators = find_annotators(columns)
    if annotators or layout == "wide" or questions.setting("annotators", file):
        return [read_wide(columns, annotators)]
    if beside:
        return [_cases_beside(columns)]
    layout = questions.about("layout", _ask_layout(file), LAYOUTS, meanwhile="cases", file=file)  # type: ignore[assignment]
    return _read_long(columns) if layout == "long" else [read_wide(columns, [])]


def _read_long(columns: Columns) -> list[Part]:
    """The sheet's answers; where they choose several labels, with a case per label."""
    who = claim_answers(columns)
    sheets = one_label_each(columns, who.case, who.answer) if who.case and who.answer else [columns.sheet]
    if sheets[0] is columns.sheet:
        return [read_long(columns, who)]
    parts = []
    for sheet in sheets:
        columns.notes.left_out += sheet.left_out
        for sentence in sheet.said:
            columns.notes.say(sentence)
        again = Columns(sheet, columns.questions, columns.settings, columns.notes)
        parts.append(
            read_long(again, claim_answers(again)) if sheet.layout == "long" else read_wide(again, [])
        )
    return parts


def _cases_beside(columns: Columns) -> Part:
    """A table of cases beside the answers: an id and one more column, called like an answer, is the truth."""
    named = columns.named(names.ANSWER)
    if named and not columns.of("truth"):
        columns.claim(named[0], "truth", "nobody is named who said it, beside a file with answers")
    columns.notes.say(
        f"{columns.sheet.file}: {counted(columns.frame.height, 'row')} that nobody answers in, beside a file with answers:"
        " they describe cases."
    )
    return read_wide(columns, [])


def _ask_layout(file: str) -> str:
    return f"Is {file} wide (a column per annotator), long (a row per answer), or are these the cases only?"
