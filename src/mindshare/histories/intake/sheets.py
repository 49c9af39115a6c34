"""Each sheet as a part: which layout it has, then its roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mindshare.core.errors import HistoryError, counted, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.agents import by_name
from mindshare.histories.intake.annotators import ask_annotators, checks, find_annotators, is_named, words_of
from mindshare.histories.intake.asked import per_question
from mindshare.histories.intake.choices import one_label_each, one_label_each_wide, one_question_each
from mindshare.histories.intake.gold import has_ids, one_truth_each
from mindshare.histories.intake.lists import in_lists
from mindshare.histories.intake.long import claim_answers, is_long, read_long
from mindshare.histories.intake.merged import filled_down
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.of_cases import claim_of_cases
from mindshare.histories.intake.pairs import in_pairs
from mindshare.histories.intake.part import Part
from mindshare.histories.intake.probabilities import machines_of
from mindshare.histories.intake.questions import Questions, split
from mindshare.histories.intake.roles import NO_CASES, Columns
from mindshare.histories.intake.rows import kept_rows
from mindshare.histories.intake.settings import Settings
from mindshare.histories.intake.upright import upright
from mindshare.histories.intake.wide import read_wide
from mindshare.histories.sources.source import Role, Sheet

LAYOUTS = ("wide", "long", "cases")


def read_parts(sheets: Sequence[Sheet], questions: Questions, settings: Settings, notes: Notes) -> list[Part]:
    """The sheets as parts, in their order. A sheet that says nothing of who answers, beside one with answers, holds cases.

    Where several such sheets have the same columns, each holds the answers of whom its file is called after.
    """
    sheets = _about_cases(sheets, questions, notes)
    every = [
        Columns(kept_rows(sheet, settings, questions, notes), questions, settings, notes) for sheet in sheets
    ]
    every = [
        per_question(in_pairs(in_lists(filled_down(upright(columns)))), alone=len(every) == 1)
        for columns in every
    ]
    every = [_of_its_file(columns) if columns in _alike(every) else columns for columns in every]
    answered = [columns for columns in every if _is_sure(columns) or _names_annotators(columns)]
    labels = {columns.sheet.file: _labels(columns) for columns in every}
    return [
        part
        for columns in every
        for part in _read(
            columns,
            beside=not _is_sure(columns) and any(other is not columns for other in answered),
            others=frozenset[str]().union(*(w for f, w in labels.items() if f != columns.sheet.file)),
            once=len(every) > 1 and all(_is_sure(other) or has_ids(other) for other in answered),
        )
    ]


def _about_cases(sheets: Sequence[Sheet], questions: Questions, notes: Notes) -> list[Sheet]:
    """The sheets but those of which it is set that they tell of no case (`case:FILE=none`), such as a legend."""
    kept = []
    for sheet in sheets:
        if questions.setting("case", sheet.file) == NO_CASES:
            notes.leave_out(sheet.frame.height, "row", f"{sheet.file}: its rows are about no case, as set")
        else:
            kept.append(sheet)
    if not kept:
        raise HistoryError(
            "every table is set to be about no case. Keep one.", file=listed(s.file for s in sheets)
        )
    return kept


def _labels(columns: Columns) -> frozenset[str]:
    """The words of the sheet's truth, or of its answers where it has a row for each."""
    truth = columns.of("truth") or next(iter(columns.named(names.TRUTH)), "")
    told = truth or (columns.of("answer") if columns.sheet.layout == "long" else "")
    return words_of(columns, told) if told else frozenset()


def _alike(every: list[Columns]) -> list[Columns]:
    """The sheets of which nobody is named in any, if there are several with an id and an answer each."""
    lone = [c for c in every if c.sheet.layout is None and _is_lone(c)]
    agents = [c for c in lone if not _is_called_gold(c)]
    if len(agents) > 1 or (len(every) > 1 and any(by_name(stem(c.sheet)) for c in agents)):
        return lone
    return [c for c in lone if _is_called_gold(c)] if len(every) > 1 else []


def _is_lone(columns: Columns) -> bool:
    """Whether it has an id of its own in every row and one column that is called like an answer, and names no annotator."""
    if any(columns.questions.setting(role, columns.sheet.file) for role in ("layout", "annotators", "agent")):
        return False
    ids = [c for c in columns.named(names.CASE) if columns.distinct(c) == columns.frame.height]
    answers = [c for c in columns.named(names.ANSWER) if c not in ids]
    people = [c for c in columns.frame.columns if c not in answers and is_named(c)]
    return bool(ids) and len(answers) == 1 and not people and not columns.named(names.AGENT)


def _of_its_file(columns: Columns) -> Columns:
    """The sheet with a column that says who answered: the name of its file, or of its page of a workbook."""
    import polars as pl

    sheet, answer = columns.sheet, next(c for c in columns.named(names.ANSWER))
    who = stem(sheet)
    if _is_called_gold(columns):
        if not columns.of("truth") and not columns.named(names.TRUTH):
            columns.claim(answer, "truth", f"the file is called {who}")
        return Columns(
            replace(sheet, layout="cases", roles={c: "truth" for c in [columns.of("truth")] if c}),
            columns.questions,
            columns.settings,
            columns.notes,
        )
    columns.notes.say(
        f"{sheet.file}: nobody is named in it, so its answers are those of '{who}', as the file is called."
    )
    frame = sheet.frame.with_columns(pl.lit(who).alias(" agent"))
    roles: dict[str, Role] = {" agent": "agent", answer: "answer"}
    again = replace(sheet, frame=frame, layout="long", roles=roles, format="files of one agent each")
    return Columns(again, columns.questions, columns.settings, columns.notes)


def _is_called_gold(columns: Columns) -> bool:
    return names.GOLD_AGENT.search(names.plain_name(stem(columns.sheet))) is not None or bool(
        columns.of("truth") or columns.named(names.TRUTH)
    )


def stem(sheet: Sheet) -> str:
    """The file's name without its ending, or the name of the page of a workbook."""
    return sheet.file.rpartition("/")[2].partition(".")[0]


def _is_sure(columns: Columns) -> bool:
    """Whether the sheet holds answers, a row each, by its format, a setting or its names."""
    layout = columns.questions.setting("layout", columns.sheet.file) or columns.sheet.layout
    annotators = columns.questions.setting("annotators", columns.sheet.file)
    return layout == "long" or (layout is None and annotators in (None, "none") and is_long(columns))


def _names_annotators(columns: Columns) -> bool:
    """Whether it has a column for each of several annotators or models, by their names, or the setting names them."""
    annotators = columns.questions.setting("annotators", columns.sheet.file)
    if annotators is not None:
        return annotators != "none" and bool(
            {*split(annotators, columns.frame.columns)} & {*columns.frame.columns}
        )
    return sum(is_named(column) for column in columns.free) > 1


def _read(columns: Columns, *, beside: bool, others: frozenset[str], once: bool) -> list[Part]:
    """`once`: the files with answers name each case once, or have a row for each answer."""
    questions, file = columns.questions, columns.sheet.file
    layout = columns.sheet.layout
    if questions.setting("layout", file) is not None:
        layout = questions.about("layout", _ask_layout(file), LAYOUTS, file=file)  # type: ignore[assignment]
    elif layout is None and _is_sure(columns):
        layout = "long"
    if layout == "long":
        return _read_long(columns)
    claim_of_cases(columns, [c for c in columns.free if layout != "cases" and checks(c)])
    if layout == "cases":
        return [read_wide(one_truth_each(columns) if once else columns, {})]
    annotators = find_annotators(columns, others)
    claim_of_cases(columns, annotators)
    if layout == "wide" and not annotators and columns.sheet.layout is None:
        annotators = ask_annotators(columns)
    if annotators or layout == "wide" or questions.setting("annotators", file) or machines_of(columns):
        return [one_label_each_wide(read_wide(columns, annotators), columns)]
    if beside:
        return [_cases_beside(columns, once=once)]
    layout = questions.about("layout", _ask_layout(file), LAYOUTS, meanwhile="cases", file=file)  # type: ignore[assignment]
    return _read_long(columns) if layout == "long" else [read_wide(columns, {})]


def _read_long(columns: Columns) -> list[Part]:
    """The sheet's answers; where they choose several labels, or answer several questions, with a case for each."""
    who = claim_answers(columns)
    sheets = [columns.sheet]
    if all(who):
        sheets = one_label_each(columns, who.case, who.answer)
    if all(who) and sheets[0] is columns.sheet and columns.questions.setting("repeats") is None:
        sheets = one_question_each(columns, who.case, who.agent)
    if sheets[0] is columns.sheet:
        return [read_long(columns, who)]
    parts = []
    for sheet in sheets:
        columns.notes.left_out += sheet.left_out
        for sentence in sheet.said:
            columns.notes.say(sentence)
        again = Columns(sheet, columns.questions, columns.settings, columns.notes)
        parts.append(
            read_long(again, claim_answers(again)) if sheet.layout == "long" else read_wide(again, {})
        )
    return parts


def _cases_beside(columns: Columns, *, once: bool) -> Part:
    """A table of cases beside the answers: an id and one more column, called like an answer, is the truth."""
    named = columns.named(names.ANSWER)
    if named and not columns.of("truth"):
        columns.claim(named[0], "truth", "nobody is named who said it, beside a file with answers")
    columns.notes.say(
        f"{columns.sheet.file}: {counted(columns.frame.height, 'row')} that nobody answers in, beside a file with answers:"
        " they describe cases."
    )
    return read_wide(one_truth_each(columns) if once else columns, {})


def _ask_layout(file: str) -> str:
    return (
        f"Nobody seems to answer in {file}. Is it wide (a column per annotator; --set annotators=COLUMN,... says which), long (a row per"
        " answer), or cases only (the answers are in another file)?"
    )
