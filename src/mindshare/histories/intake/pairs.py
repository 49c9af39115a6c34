"""Tables that name in each row who answered: `reviewer_1, verdict_1, reviewer_2, verdict_2`. Turned, so that a row is an answer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import listed
from mindshare.histories.intake import names
from mindshare.histories.intake.annotators import is_named, words_of
from mindshare.histories.intake.roles import Columns
from mindshare.histories.sources.source import Role

if TYPE_CHECKING:
    pass

NUMBER = re.compile(r"_?\d+(?=_|$)")
SET = ("annotators", "layout", "agent", "answer")  # who sets one of these has said what a column is


class Pairs(NamedTuple):
    """Columns that are called alike but for a number."""

    agent: str  # what the columns of who answered are called without their number
    answer: str
    each: tuple[dict[str, str], ...]  # per number: name without it -> column; agent and answer always


def in_pairs(columns: Columns) -> Columns:
    """The sheet with a row per answer, where columns with numbers name in each row who answered what."""
    file = columns.sheet.file
    if columns.sheet.layout is not None or any(columns.questions.setting(key, file) for key in SET):
        return columns
    pairs = _pairs(columns)
    if pairs is None:
        return columns
    columns.notes.say(
        f"{file}: each of {listed([mine[pairs.agent] for mine in pairs.each], 4)} names who gave the answer of its number"
        f" ({listed([mine[pairs.answer] for mine in pairs.each], 4)})."
    )
    return _turned(columns, pairs)


def _pairs(columns: Columns) -> Pairs | None:
    """The pairs of who and what, if there are several, and names are no answers."""
    numbered: dict[str, dict[str, str]] = {}
    for column in columns.free:
        plain = names.plain_name(re.sub(r"(?<=[^\W\d])(?=\d)", "_", column))
        found = NUMBER.findall(plain)
        if len(found) == 1:
            numbered.setdefault(found[0].strip("_"), {})[NUMBER.sub("", plain).strip("_")] = column
    every = list(dict.fromkeys(name for mine in numbered.values() for name in mine))
    agents = [name for name in every if names.AGENT.search(name)]
    answers = [
        n for n in every if n not in agents and (names.ANSWER.search(n) or names.ANSWER_LIKE.search(n))
    ]
    if not agents or not answers:
        return None
    each = tuple(mine for mine in numbered.values() if {agents[0], answers[0]} <= mine.keys())
    who, said = (
        frozenset[str]().union(*(words_of(columns, mine[name]) for mine in each))
        for name in (agents[0], answers[0])
    )
    return Pairs(agents[0], answers[0], each) if len(each) > 1 and who and said and not who & said else None


def _turned(columns: Columns, pairs: Pairs) -> Columns:
    """A row for each answer; annotators with a column of their own, such as a model's, answer beside the pairs."""
    import polars as pl

    frame = columns.frame.with_row_index(" row").with_columns(pl.col(" row").cast(pl.String))
    used = {column for mine in pairs.each for column in mine.values()}
    said = frozenset[str]().union(*(words_of(columns, mine[pairs.answer]) for mine in pairs.each))
    rest = [c for c in columns.frame.columns if c not in used]
    lone = [
        c
        for c in rest
        if is_named(c) and words_of(columns, c) & said and not names.TRUTH.search(names.plain_name(c))
    ]
    rest = [c for c in rest if c not in lone]
    names_of = {name: name + "_" * (name in rest) for mine in pairs.each for name in mine}
    agent, answer = names_of[pairs.agent], names_of[pairs.answer]
    rows = [
        frame.select(" row", *rest, *(pl.col(c).alias(names_of[name]) for name, c in mine.items()))
        for mine in pairs.each
    ]
    rows += [frame.select(" row", *rest, pl.lit(c).alias(agent), pl.col(c).alias(answer)) for c in lone]
    told = pl.concat(rows, how="diagonal").filter(
        pl.col(answer).is_not_null() | (pl.col(agent).is_not_null() & ~pl.col(agent).is_in(lone))
    )
    case = _case(columns, rest)
    told = told.sort(pl.col(" row").cast(pl.Int64), maintain_order=True)
    told = told.drop(" row") if case else told.rename({" row": "row"})
    roles: dict[str, Role] = {case or "row": "case", agent: "agent", answer: "answer"}
    again = replace(
        columns.sheet, frame=told, layout="long", roles=roles, format="a table with names beside answers"
    )
    return Columns(again, columns.questions, columns.settings, columns.notes)


def _case(columns: Columns, among: list[str]) -> str:
    """The id of each row, or nothing."""
    set_ = columns.of("case")
    ids = [set_] if set_ else [c for c in columns.named(names.CASE) if c in among]
    return max(ids, key=columns.distinct, default="")
