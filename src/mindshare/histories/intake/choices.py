"""Several answers of one agent to one case, in a table with a row per answer: several labels in a cell, or several questions.

Both become a case each, as for exports of other tools: an answer is one label about one thing.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mindshare.histories.intake import names
from mindshare.histories.intake.part import AGENT, ANSWERS, CASE, OF_A_CELL, Part
from mindshare.histories.intake.roles import Columns
from mindshare.histories.intake.words import NUMBER
from mindshare.histories.sources.foreign import shown, unpacked
from mindshare.histories.sources.several import (
    BETWEEN,
    LEAVE_OUT,
    ONE_LABEL,
    PER_LABEL,
    joined,
    one_case_per_label,
)
from mindshare.histories.sources.source import Role, Sheet

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = ("|", ";")
DOUBTFUL = (",", " / ", "\n")  # these stand in labels too, so it is asked
SOME = 0.05  # of the answers hold several labels
MOST_LABELS = 50
OFTEN = 0.2  # of the rows answer a case that the agent has answered
CASE_AND_QUESTION = "case and question"
FEWER = 0.7  # times as many labels as cells: what is cut into its parts holds the same few again


def one_label_each(columns: Columns, case: str, answer: str) -> list[Sheet]:
    """The sheet as it is or, where many of its answers hold several labels, as answers and cases with one label each."""
    import polars as pl

    sheet, truth = columns.sheet, columns.of("truth") or next(iter(columns.named(names.TRUTH)), "")
    separator = _separator(sheet.frame[answer], columns)
    if not separator:
        return [sheet]
    frame = sheet.frame.with_columns(
        _joined(sheet.frame[column], separator).alias(column) for column in (answer, truth) if column
    )
    answers = Sheet(
        file=sheet.file,
        format=f"{sheet.format} with several labels in a cell",
        frame=frame.drop(truth) if truth else frame,
        layout="long",
        roles={**sheet.roles, case: "case", answer: "answer"},
        kinds=sheet.kinds,
    )
    if not truth:
        return one_case_per_label([answers], columns.questions)
    cases = Sheet(
        file=sheet.file,
        format=sheet.format,
        frame=frame.group_by(case, maintain_order=True).agg(pl.col(truth).drop_nulls().first()),
        layout="cases",
        roles={case: "case", truth: "truth"},
    )
    return one_case_per_label([answers, cases], columns.questions)


def one_label_each_wide(part: Part, columns: Columns) -> Part:
    """The same of a sheet with a column per annotator, once its cells are answers; as it is where a machine tells probabilities."""
    import polars as pl

    separator = _separator(part.answers["answer"], columns)
    if not separator or set(part.answers.columns) - {*ANSWERS, OF_A_CELL}:
        return part
    sheets = one_case_per_label(_as_sheets(part, separator, columns.sheet.format), columns.questions)
    for sheet in sheets:
        columns.notes.left_out += sheet.left_out
        for sentence in sheet.said:
            columns.notes.say(sentence)
    answers, cases = sheets
    measured = pl.col("seconds", "confidence").cast(pl.Float64)
    return replace(
        part,
        answers=answers.frame.with_columns(measured, pl.lit(value=True).alias(OF_A_CELL)),
        about=cases.frame.with_columns(pl.lit(None, dtype=pl.String).alias(AGENT)),
        roles={column: role for column, role in cases.roles.items() if role != "case"},
    )


def _as_sheets(part: Part, separator: str, format_: str) -> list[Sheet]:
    """The part's answers, and its cases, with cells that `one_case_per_label` takes apart."""
    import polars as pl

    told, about = part.answers.select(ANSWERS), part.about.drop(AGENT)
    truth = [column for column, role in part.roles.items() if role == "truth"]
    answers = told.with_columns(
        _joined(told["answer"], separator).alias("answer"), pl.col("seconds", "confidence").cast(pl.String)
    )
    cases = about.with_columns(_joined(about[column], separator).alias(column) for column in truth)
    called: dict[str, Role] = {"case": "case", "agent": "agent", "answer": "answer"}
    called |= {"seconds": "seconds", "confidence": "confidence"}
    return [
        Sheet(file=part.file, format=format_, frame=answers, layout="long", roles=called),
        Sheet(
            file=part.file,
            format=format_,
            frame=cases,
            layout="cases",
            roles={**part.roles, CASE: "case"},
        ),
    ]


def one_question_each(columns: Columns, case: str, agent: str) -> list[Sheet]:
    """The sheet as it is or, where a column tells apart what an agent was asked about one case, with a case per question."""
    import polars as pl

    sheet, frame = columns.sheet, columns.frame
    key = frame.select(case, agent)
    again = frame.height - key.n_unique()
    if again < OFTEN * frame.height:
        return [sheet]
    for column in columns.free:
        words = frame[column]
        few = column != case and 2 <= words.n_unique() <= MOST_LABELS and words.null_count() == 0
        if not few or names.IN_TURN.search(names.plain_name(column)) or names.unit_of(column) is not None:
            continue
        if frame.select(case, agent, column).n_unique() == frame.height and _goes_through_cases(
            frame, case, column
        ):
            said = (
                f"{sheet.file}: '{column}' tells apart what an agent was asked about one case, so each is a case,"
                f" CASE/{column.upper()}, of which '{column}' is the kind and '{case}' the parent.",
            )
            roles: dict[str, Role] = {
                **sheet.roles,
                CASE_AND_QUESTION: "case",
                column: "kind",
                case: "parent",
            }
            apart = frame.with_columns(pl.format("{}/{}", case, column).alias(CASE_AND_QUESTION))
            form = f"{sheet.format} with several questions"
            return [
                replace(sheet, frame=apart, layout="long", roles=roles, format=form, said=said, left_out=())
            ]
    return [sheet]


def _goes_through_cases(frame: pl.DataFrame, case: str, column: str) -> bool:
    """Whether each of the column's words comes up in several cases, as a question does."""
    import polars as pl

    cases = frame.group_by(column).agg(pl.col(case).n_unique())
    return int((cases[case] > 1).sum()) == cases.height


def _separator(cells: pl.Series, columns: Columns) -> str:
    """What stands between the labels of a cell: a mark, "[" for a list as JSON or Python writes it; nothing where cells hold one.

    Asked (`several`) where the mark may be part of a label.
    """
    questions, file = columns.questions, columns.sheet.file
    if cells.null_count() == len(cells) or questions.setting("several", file) == ONE_LABEL:
        return ""
    counts = cells.drop_nulls().rename("word").value_counts(name="times")
    words, times = counts["word"], counts["times"]
    if int(times.filter(words.str.contains(r"^\[.*\]$")).sum()) >= 0.5 * int(times.sum()):
        return "["
    if sure := next((mark for mark in SEPARATORS if _stands_between(mark, words, times)), ""):
        return sure
    mark = next((mark for mark in DOUBTFUL if _stands_between(mark, words, times)), "")
    if not mark or all(NUMBER.fullmatch(word) for word in words.to_list()):
        return ""
    cell = words.filter(words.str.contains(mark, literal=True)).sort()[0]
    text = f"Does an answer such as '{shown(cell)}' choose several labels?"
    chosen = questions.about(
        "several", text, (PER_LABEL, LEAVE_OUT, ONE_LABEL), meanwhile=PER_LABEL, file=file
    )
    return "" if chosen == ONE_LABEL else mark


def _stands_between(mark: str, words: pl.Series, times: pl.Series) -> bool:
    """Whether the mark stands in some of the cells, and what it cuts them into are the same few labels again.

    `times`: in how many cells each word stands.
    """
    several = times.filter(words.str.contains(mark, literal=True))
    if int(several.sum()) < SOME * int(times.sum()):
        return False
    parts = words.str.split(mark).explode().str.strip_chars()
    return parts.n_unique() <= min(MOST_LABELS, FEWER * len(words))


def listed_in(cell: str) -> list[object]:
    """The elements of a cell that holds a list, with brackets or with a mark between them; else the cell alone."""
    if cell[:1] == "[" and cell[-1:] == "]":
        return _listed(cell)
    mark = next((mark for mark in (*SEPARATORS, ",") if mark in cell), "")
    return [part.strip() for part in cell.split(mark)] if mark else [cell]


def _joined(cells: pl.Series, separator: str) -> pl.Series:
    """The labels of each cell with BETWEEN between them; a list without any is none of the labels."""
    if separator != "[":
        return cells.str.replace_all(rf"\s*{re.escape(separator)}\s*", BETWEEN).str.strip_chars(BETWEEN + " ")
    return cells.replace({word: joined(_listed(word)) for word in cells.drop_nulls().unique().to_list()})


def _listed(cell: str) -> list[object]:
    """The elements of a list as JSON or Python writes it; a cell that is none is one element."""
    told = unpacked(cell)
    if isinstance(told, str):
        try:
            told = ast.literal_eval(cell)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return [cell]
    return told if isinstance(told, list) else [cell]
