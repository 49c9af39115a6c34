"""From files to what a history of them would hold, and what is still to be asked: nothing is written here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError, MindshareError, listed
from mindshare.histories.intake.agents import kinds_of
from mindshare.histories.intake.batches import own_cases
from mindshare.histories.intake.described import describe, without_marks
from mindshare.histories.intake.gold import with_gold, without_gold
from mindshare.histories.intake.joins import one_id_each
from mindshare.histories.intake.notes import Choice, Notes
from mindshare.histories.intake.open_questions import a_case_per_question, check_questions, questions_of
from mindshare.histories.intake.own_labels import labels_by_kind
from mindshare.histories.intake.part import OF_A_CELL, Part
from mindshare.histories.intake.probabilities import of_labels
from mindshare.histories.intake.questions import Question, Questions
from mindshare.histories.intake.ratings import ACCURACY, Utility, utility_of
from mindshare.histories.intake.repeats import once_each
from mindshare.histories.intake.roles import NONE, VOTES, Columns, check_settings
from mindshare.histories.intake.settings import Settings
from mindshare.histories.intake.sheets import read_parts
from mindshare.histories.intake.spelt import one_name_each
from mindshare.histories.intake.truth import (
    check_met,
    check_words,
    could_be,
    majority,
    settle_majority,
    with_truth,
)
from mindshare.histories.intake.words import ENOUGH, check_merge, one_word_each
from mindshare.histories.sources import read_sheets
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.source import LeftOut, Sheet

if TYPE_CHECKING:
    import polars as pl

    from mindshare.core.history import History

MOST_LABELS = 1000
SELDOM, WORDS = 0.5, 3  # different texts per answer, and words of one: labels come again and are short
OF_THE_ANSWER = ("answer", "agent", "case", "annotators", "layout", "field", "several", "label")  # questions
MEASURED = ("seconds", "confidence")
MOST_NAMED = 50  # with more people, team.yaml names them by a pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What was understood. Where `open` is not empty, it shows what would come of the answers that are likely meanwhile."""

    files: tuple[tuple[str, str, int], ...]  # file, format in words, rows
    choices: tuple[Choice, ...]
    said: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    open: tuple[Question, ...]
    cases: pl.DataFrame  # case, truth, and what describes a case
    answers: pl.DataFrame  # case, agent, answer, seconds, confidence, p:<label>
    kinds: Mapping[str, str]  # agent -> machine | person
    labels: tuple[str, ...]
    utility: Utility | str = ACCURACY  # of a verdict, as team.yaml says it
    found: int = 0  # answers in the files, those that were left out included
    features: tuple[str, ...] = ()  # that are used whatever they give away
    # kind -> labels, where each has its own
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def team(self) -> dict[str, Any]:
        """team.yaml but its name."""
        machines = sorted(agent for agent, kind in self.kinds.items() if kind == "machine")
        people = sorted(agent for agent, kind in self.kinds.items() if kind == "person")
        agents = {agent: {"kind": "machine"} for agent in machines}
        agents |= {a: {"kind": "person"} for a in (people if len(people) <= MOST_NAMED else ["*"])}
        if self.asked:
            asked = {kind: {"labels": list(labels)} for kind, labels in self.asked.items()}
            return {"kinds": asked, "agents": agents}
        return {"labels": list(self.labels), "utility": self.utility, "agents": agents}


def look(files: Sequence[str | Path | Raw], settings: Settings) -> Preview:
    """What the files hold; a Raw is read once only. Raises HistoryError or MindshareError where no answer to a question could help."""
    if not files:
        raise MindshareError("Name at least one file: a table of answers or an export.")
    twice = [
        name for name, n in Counter(str(f.path if isinstance(f, Raw) else f) for f in files).items() if n > 1
    ]
    if twice:
        raise MindshareError(f"{twice[0]} is named twice. Name each file once.")
    questions, notes = Questions(settings.set, several_files=len(files) > 1), Notes()
    raws = _told_apart([file if isinstance(file, Raw) else Raw(file) for file in files])
    sheets = [sheet for raw in raws for sheet in read_sheets(raw, questions)]
    questions.several_files = len({sheet.file for sheet in sheets}) > 1
    for sheet in sheets:
        notes.left_out += sheet.left_out
        for sentence in sheet.said:
            notes.say(sentence)
    try:
        check_settings(sheets, questions, settings)
        settle_majority(questions, {column for sheet in sheets for column in sheet.frame.columns})
        return _understood(sheets, settings, questions, notes)
    except MindshareError:
        if not questions.open:
            raise
        return _unclear(sheets, questions, notes)


def _told_apart(raws: list[Raw]) -> list[Raw]:
    """The files, those of one name called after their folders too."""
    for raw in raws:
        if sum(other.path.name == raw.path.name for other in raws) > 1:
            raw.file = "/".join(raw.path.parts[-2:])
    return raws


def look_at_open(file: str | Path | Raw, settings: Settings, history: History) -> Preview:
    """Open cases, and the answers given so far if there are any, a column called like one of the history's agents being theirs.

    Nothing is asked, and settings that name columns which the file lacks are those of the history. The history's labels
    are labels here too, whatever such a word means elsewhere, and its features are features, though they be the same everywhere.
    """
    raw, features = file if isinstance(file, Raw) else Raw(file), history.features
    settings = replace(
        settings,
        features=(*settings.features, *features.numeric, *features.categorical, *features.text),
    )
    known = [column for column in raw.columns if column in history.agent_id]
    answered = {"annotators": ",".join(known)} if known else {}
    questions, notes = Questions({**answered, **settings.set, "truth": NONE}), Notes()
    asked = questions_of(history)
    sheets = read_sheets(raw, questions)
    if asked:
        every = [Columns(sheet, questions, settings, Notes()) for sheet in sheets]
        sheets = [sheet for c in every for sheet in a_case_per_question(c, history.agent_id, asked)]
    parts = one_id_each(read_parts(sheets, questions, settings, notes), questions, notes)
    answers = _all_answers(parts)
    kinds = _kinds(parts, questions, notes)
    cases = without_marks(describe(parts, kinds, notes)).drop("truth", strict=False)
    check_questions(cases, asked, raw.file)
    labels = [label for question in history.team.questions for label in question.labels]
    said, _ = one_word_each(answers["answer"], _known_words(labels), settings, questions, notes)
    answers = answers.with_columns(said)
    return Preview(
        **{**_read(sheets, questions, notes), "open": ()},
        cases=cases,
        answers=once_each(_without_empty_cells(answers, notes), questions, notes),
        kinds=kinds,
        labels=(),
    )


def _known_words(labels: Sequence[str]) -> pl.Series:
    """Each label as often as it takes to be sure of it."""
    import polars as pl

    return pl.Series([label for label in labels for _ in range(ENOUGH)], dtype=pl.String)


def _understood(sheets: list[Sheet], settings: Settings, questions: Questions, notes: Notes) -> Preview:
    parts = one_id_each(read_parts(sheets, questions, settings, notes), questions, notes)
    parts = one_name_each(own_cases(parts, questions, notes), questions, notes)
    answers = _all_answers(parts)
    if not answers.height:
        problem = "there is no answer in it. Name the file with the answers too."
        raise HistoryError(problem, file=listed({s.file: 0 for s in sheets}))
    found = answers.height + sum(left.answers for left in notes.left_out)
    known = any("truth" in part.roles.values() for part in parts)
    answers, gold = without_gold(answers, known, questions, notes)
    kinds = _kinds(parts, questions, notes)
    cases = with_gold(without_marks(describe(parts, kinds, notes)), gold)
    cases, sentence = with_truth(cases, answers, lambda: _columns(sheets, notes), questions, notes)
    notes.say(sentence)
    check_merge(answers["answer"], cases["truth"], settings)
    said, true = one_word_each(answers["answer"], cases["truth"], settings, questions, notes)
    answers, cases = answers.with_columns(said), cases.with_columns(true.alias("truth"))
    check_met(cases["truth"], answers["answer"], questions)
    check_words(cases["truth"], answers)
    answers = once_each(_without_empty_cells(answers, notes), questions, notes)
    kinds = {
        a: kinds.get(a) or kinds[a.rpartition("#")[0]] for a in answers["agent"].unique().sort().to_list()
    }
    if questions.setting("truth") == VOTES:
        cases = majority(cases, answers, kinds)
    answers, labels = of_labels(answers, _labels(cases["truth"], answers["answer"]), notes)
    _check_labels(labels, answers["answer"], questions)
    utility = utility_of(labels, questions, notes)
    return Preview(
        **_read(sheets, questions, notes),
        cases=cases,
        answers=answers.drop(c for c in MEASURED if answers[c].null_count() == answers.height),
        kinds=kinds,
        labels=tuple(labels),
        utility=utility,
        found=found,
        features=settings.features,
        asked=labels_by_kind(cases, answers, labels) if utility == ACCURACY else {},
    )


def _all_answers(parts: Sequence[Part]) -> pl.DataFrame:
    import polars as pl

    return pl.concat([part.answers for part in parts], how="diagonal")


def _without_empty_cells(answers: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """In a table with a row per case, nobody was asked where a cell says that there is no answer."""
    empty = answers[OF_A_CELL] & answers["answer"].is_null()
    notes.leave_out(int(empty.sum()), "answer", "a cell that says that there is none")
    answers = answers.drop(OF_A_CELL)
    return answers.filter(~empty) if empty.any() else answers


def _kinds(parts: Sequence[Part], questions: Questions, notes: Notes) -> dict[str, str]:
    """Of the agents of all parts."""
    known = {agent: kind for part in parts for agent, kind in part.kinds.items()}
    agents = [part.answers["agent"].unique().to_list() for part in parts]
    likely = {a: part.likely for part, mine in zip(parts, agents, strict=True) if part.likely for a in mine}
    return kinds_of([a for mine in agents for a in mine], known, likely, questions, notes)


def _columns(sheets: Sequence[Sheet], notes: Notes) -> list[str]:
    """Of all files those that could be the truth, each name once."""
    taken = {(c.file, c.column) for c in notes.choices if c.taken_as in ("case", "agent", "answer")}
    every = [
        (sheet.file, column)
        for sheet in sheets
        for column in sheet.frame.columns
        if could_be(sheet.frame[column])
    ]
    return list(dict.fromkeys(column for file, column in every if (file, column) not in taken))


def _unclear(sheets: list[Sheet], questions: Questions, notes: Notes) -> Preview:
    """Only what was read and what is to be asked: with the answers that were likely there is no history."""
    import polars as pl

    nothing = pl.DataFrame(schema={"case": pl.String, "truth": pl.String})
    gone = sum(left.answers for left in notes.left_out)
    return Preview(
        **_read(sheets, questions, notes),
        cases=nothing,
        answers=nothing,
        kinds={},
        labels=(),
        found=gone,
    )


def _read(sheets: list[Sheet], questions: Questions, notes: Notes) -> dict[str, Any]:
    files: dict[str, tuple[str, int]] = {}
    for sheet in sheets:
        rows = sheet.frame.height + sum(left.number for left in sheet.left_out if left.what == "row")
        files[sheet.file] = (sheet.format, max(rows, files.get(sheet.file, ("", 0))[1]))
    place = {(s.file, c): (i, j) for i, s in enumerate(sheets) for j, c in enumerate(s.frame.columns)}
    choices = sorted(notes.choices, key=lambda choice: place.get(choice[:2], (len(sheets), 0)))
    return {
        "files": tuple((file, *told) for file, told in files.items()),
        "choices": tuple(choices),
        "said": tuple(notes.said),
        "left_out": tuple(notes.left_out),
        "open": tuple(questions.open),
    }


def _labels(truth: pl.Series, said: pl.Series) -> list[str]:
    words = {*truth.drop_nulls().unique().to_list(), *said.drop_nulls().unique().to_list()}
    return sorted(words, key=lambda w: (0, float(w), w) if re.fullmatch(r"-?\d+(\.\d+)?", w) else (1, 0.0, w))


def _check_texts(labels: Sequence[str], said: pl.Series, questions: Questions) -> None:
    """Refuses texts: there are very many, or most stand once and are sentences. No question about them would help."""
    told = said.drop_nulls()
    once = len(told) >= ENOUGH and told.n_unique() > SELDOM * len(told)
    sentences = once and 2 * int((told.str.count_matches(r"\s") >= WORDS - 1).sum()) > len(told)
    if len(labels) > MOST_LABELS or sentences:
        questions.open.clear()
        raise MindshareError(
            f"There are {len(labels):,} different answers, such as {listed(sorted(labels), 3)}: these are texts, not labels."
        )


def _check_labels(labels: Sequence[str], said: pl.Series, questions: Questions) -> None:
    """Refuses what is nothing to decide; what an open question may still change is not judged."""
    if not any(question.key.partition(":")[0] in OF_THE_ANSWER for question in questions.open):
        _check_texts(labels, said, questions)
    if questions.open:
        return
    if len(labels) < 2:
        raise MindshareError(f"All answers are {listed(labels) or 'empty'}, so there is nothing to decide.")
