"""Wide tables in which each annotator answers several questions: `ana_quality, ana_clear, ben_quality, ben_clear`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from mindshare.core.errors import listed
from mindshare.histories.intake import names
from mindshare.histories.intake.annotators import is_named, words_of
from mindshare.histories.intake.belongs import ASIDE
from mindshare.histories.intake.long import is_long
from mindshare.histories.intake.pairs import SET
from mindshare.histories.intake.roles import Columns
from mindshare.histories.intake.words import NUMBER
from mindshare.histories.sources.source import Role

MOST_WORDS = 50  # that one question is answered with
TRUE = re.compile(r"^(correct|right|richtig|actual|real)$")  # before or behind a question: `correct_quality`
NO_QUESTION = (ASIDE, names.CONFIDENCE, names.AFTER, names.BARE_CORRECT, names.STARTED, names.FINISHED)
Grid = Mapping[str, Mapping[str, str]]  # question -> annotator -> column


def per_question(columns: Columns, *, alone: bool) -> Columns:
    """The sheet with a row per answer, and a case per question, where each annotator has a column for each of several.

    `alone`: no other file is there, so that somebody must answer in this one.
    """
    file = columns.sheet.file
    told = any(columns.questions.setting(key, file) for key in SET)
    if columns.sheet.layout is not None or told or is_long(columns):
        return columns
    grid = _grid(columns, alone=alone)
    if not grid:
        return columns
    lone = columns.of("truth") or next(iter(columns.named(names.TRUTH)), "")
    if lone and lone not in (c for mine in grid.values() for c in mine.values()):
        return _of_the_truth(columns, grid, lone)
    columns.notes.say(
        f"{file}: {listed(_people(grid), 6)} answer {len(grid)} questions ({listed(grid, 6)}): each is a case of its own, called"
        " CASE/QUESTION; --set annotators=COLUMN,... takes columns of one question only."
    )
    return _turned(columns, grid)


def _grid(columns: Columns, *, alone: bool) -> Grid:
    """The largest set of questions that the same annotators answer with words in common; nothing where there are no two."""
    found = [grid for whose_first in (True, False) for grid in _grids(columns, whose_first=whose_first)]
    fits = [grid for grid in found if _is_answered(columns, grid, alone=alone)]
    return max(fits, key=lambda grid: (_has_truth(grid), sum(map(len, grid.values()))), default={})


def _grids(columns: Columns, *, whose_first: bool) -> list[Grid]:
    asked: dict[str, dict[str, str]] = {}
    for column in columns.free:
        words = names.plain_name(column).split("_")
        for n in range(1, len(words)):
            ends = "_".join(words[:n]), "_".join(words[n:])
            who, question = ends if whose_first else ends[::-1]
            # `quality_gold` beside `ana_quality`, or `gold_quality` beside `quality_ana`
            if _is_true(question):
                who, question = question, who
            asked.setdefault(question, {})[who] = column
    by_people: dict[frozenset[str], dict[str, dict[str, str]]] = {}
    for question, mine in asked.items():
        people = frozenset(who for who in mine if not _is_true(who))
        if len(people) > 1 and _is_a_question(columns, question, mine):
            by_people.setdefault(people, {})[question] = mine
    return [grid for grid in by_people.values() if len(grid) > 1]


def _is_a_question(columns: Columns, question: str, mine: Mapping[str, str]) -> bool:
    """Whether it is answered with a few words, which all who answer have in common."""
    if names.unit_of(question) is not None or any(p.search(question) for p in NO_QUESTION):
        return False
    words = [words_of(columns, column) for column in mine.values()]
    every = frozenset[str]().union(*words)
    few = min(MOST_WORDS, max(2, columns.frame.height / 4))
    return (
        2 <= len(every) <= few
        and frozenset.intersection(*words) != frozenset()
        and not any("." in word or "," in word for word in every if NUMBER.fullmatch(word))
    )


def _is_answered(columns: Columns, grid: Grid, *, alone: bool) -> bool:
    """Whether these are answers: a truth or names tell, or nothing else can be where the columns hold words."""
    if _has_truth(grid) or all(is_named(who) for who in _people(grid)):
        return True
    mine = {column for found in grid.values() for column in found.values()}
    words = frozenset[str]().union(*(words_of(columns, c) for c in mine))
    others = [c for c in columns.free if c not in mine and is_named(c)]
    return alone and not others and not all(NUMBER.fullmatch(word) for word in words)


def _people(grid: Grid) -> list[str]:
    return [who for who in next(iter(grid.values())) if not _is_true(who)]


def _has_truth(grid: Grid) -> bool:
    return any(_is_true(who) for mine in grid.values() for who in mine)


def _is_true(who: str) -> bool:
    return any(p.search(who) for p in (names.TRUTH, names.MAYBE_TRUTH, TRUE))


def _of_the_truth(columns: Columns, grid: Grid, truth: str) -> Columns:
    """The columns of the question that the only truth answers; what answers another one is left out, and never a feature."""
    met = [
        q
        for q, mine in grid.items()
        if all(words_of(columns, c) & words_of(columns, truth) for c in mine.values())
    ]
    if len(met) == 1:
        for question in grid.keys() - met:
            why = f"it answers '{question}', and '{truth}' answers '{met[0]}'"
            mine = grid[question]
            for column in mine.values():
                columns.claim(column, "ignore", why)
            told = sum(columns.frame[c].drop_nulls().len() for who, c in mine.items() if not _is_true(who))
            columns.notes.leave_out(told, "answer", f"to '{question}', and '{truth}' answers '{met[0]}'")
        _leave_out_asides(columns, grid)
    return columns


def _leave_out_asides(columns: Columns, grid: Grid) -> None:
    """Leaves out what else is called after who answers several questions: of which answer it tells nobody knows."""
    used = {column for mine in grid.values() for column in mine.values()}
    people = _people(grid)
    for column in columns.free:
        words = names.plain_name(column).split("_")
        whose = next((who for who in people if who in (words[0], words[-1]) and len(words) > 1), "")
        if whose and column not in used:
            columns.claim(column, "ignore", f"it is named after {whose}, who answers several questions")


def _turned(columns: Columns, grid: Grid) -> Columns:
    import polars as pl

    case = case_of_row(columns)
    frame = columns.frame.with_row_index(" row", offset=1)
    name = pl.col(case) if case else pl.col(" row").cast(pl.String)
    used = {column for mine in grid.values() for column in mine.values()}
    people = _people(grid)
    _leave_out_asides(columns, grid)
    kept = [c for c in columns.frame.columns if c in columns.free or columns.role[c] == "feature"]
    rest = [c for c in kept if c not in (*used, case, "case", "parent", "kind", "agent", "answer")]
    rows = []
    for question, mine in grid.items():
        true = next((c for who, c in mine.items() if _is_true(who)), "")
        told = [name.alias("parent"), pl.lit(question).alias("kind")]
        told += [pl.format("{}/{}", name, pl.lit(question)).alias("case"), *map(pl.col, rest)]
        told += [pl.col(true).alias("truth")] if true else []
        rows += [
            frame.select(" row", *told, pl.lit(_as_written(who, mine[who])).alias("agent"), answer=mine[who])
            for who in people
        ]
    long = pl.concat(rows, how="diagonal").sort(" row", maintain_order=True).drop(" row").drop_nulls("answer")
    roles: dict[str, Role] = {
        c: c for c in ("case", "parent", "kind", "agent", "answer", "truth") if c in long.columns
    }
    again = replace(
        columns.sheet, frame=long, layout="long", roles=roles, format="a table with several questions"
    )
    return Columns(again, columns.questions, columns.settings, columns.notes)


def case_of_row(columns: Columns) -> str:
    """The id of each row, or nothing."""
    height = columns.frame.height
    named = [columns.of("case"), *columns.named(names.CASE), *columns.named(names.ANY_ID)]
    ids = [c for c in named if c and columns.distinct(c) == height]
    return next(iter(ids), "")


def _as_written(who: str, column: str) -> str:
    """The annotator in the letters of the column's name."""
    at = column.casefold().find(who)
    return column[at : at + len(who)] if at >= 0 else who
