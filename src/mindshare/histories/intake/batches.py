"""Files whose ids begin again: the case 7 of one file is another one than the case 7 of the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from mindshare.core.errors import counted, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.part import AGENT, CASE, Part
from mindshare.histories.intake.questions import Questions

if TYPE_CHECKING:
    import polars as pl

PER_FILE, SHARED = "per-file", "shared"
MANY = 0.5  # of a file's ids are in the other too
MOST = 0.8  # of them, where nothing but the answers tells
LEAST = 5  # ids in both
LEAST_PAIRS = 20  # answers by one agent to one id in both
SAYS = 0.1  # a column in which strangers differ so rarely tells nothing
AS_CHANCE = 0.5  # times as often as by chance: cases that differ so often in every column are others
NEARLY = 0.8  # the same of answers, which differ about one case too


def own_cases(parts: Sequence[Part], questions: Questions, notes: Notes) -> list[Part]:
    """The parts, with the cases of each file its own where somebody says that ids begin again.

    Asked (`ids`) where files of the same columns have many ids in common, and what is told of these differs as if they were
    strangers; where nothing is told of the cases, where the same agents' answers to them do, or anybody's where no agent
    answers in both.
    """
    files: dict[str, list[Part]] = {}
    for part in parts:
        files.setdefault(part.file, []).append(part)
    answering = {f: mine for f, mine in files.items() if any(part.answers.height for part in mine)}
    if len(answering) < 2:
        return list(parts)
    again = [pair for pair in combinations(answering, 2) if _begin_again(*(answering[f] for f in pair))]
    lone = [part for f, mine in files.items() if f not in answering for part in mine]
    told = {f for pair in again for f in pair if not _describe(lone, answering[f])}
    chosen = SHARED
    if questions.setting("ids") is not None or told:
        what = listed(sorted(told or answering), 4)
        text = (
            f"{what} use the same ids, but what they tell of them differs. Are these other cases, whose ids begin again in each"
            " file, or the same cases?"
        )
        chosen = questions.about("ids", text, (PER_FILE, SHARED), meanwhile=PER_FILE)
    if chosen == SHARED:
        return list(parts)
    apart = told or set(answering)
    notes.say(
        f"The ids of {counted(len(apart), 'file')} begin again in each, so the case 7 of FILE is called FILE/7."
    )
    return [_named_after_its_file(part) if part.file in apart else part for part in parts]


def _begin_again(one: Sequence[Part], other: Sequence[Part]) -> bool:
    """Whether the ids that two files have in common name other cases in each."""
    if [set(part.about.columns) for part in one] != [set(part.about.columns) for part in other]:
        return False
    ids = [_ids(parts) for parts in (one, other)]
    both = len(ids[0] & ids[1])
    share = both / max(min(map(len, ids)), 1)
    if both < LEAST or share < MANY:
        return False
    told = [differ for a, b in zip(one, other, strict=True) for differ in _described(a, b)]
    if told:
        return all(often > AS_CHANCE * chance for often, chance in told)
    answers = [part.answers for parts in (one, other) for part in parts]
    n = len(answers) // 2
    often, chance, pairs = _apart(answers[:n], answers[n:])
    if not pairs and share >= MOST:
        often, chance, pairs = _strangers(answers[:n], answers[n:])
    return share >= MOST and pairs >= LEAST_PAIRS and chance > SAYS and often > NEARLY * chance


def _ids(parts: Sequence[Part]) -> set[str]:
    return {case for part in parts for case in part.about[CASE].drop_nulls().unique().to_list()}


def _describe(lone: Sequence[Part], mine: Sequence[Part]) -> bool:
    """Whether a file without answers tells of the same ids: then they are the same for all."""
    ids, there = _ids(mine), _ids(lone)
    return len(ids & there) >= MANY * len(ids)


def _described(one: Part, other: Part) -> list[tuple[float, float]]:
    """How often the cases of one id differ in each column that describes cases, and how often strangers do."""
    import polars as pl

    columns = [
        c
        for c in one.about.columns
        if c not in (CASE, AGENT) and not names.IN_TURN.search(names.plain_name(c))
    ]
    frames = []
    for part in (one, other):
        cases = part.about.drop_nulls(CASE).group_by(CASE)
        several = cases.agg(pl.col(columns).drop_nulls().n_unique()).select(pl.col(columns).max())
        columns = [c for c in columns if several[c].item() == 1]
        frames.append(part.about.drop_nulls(CASE).group_by(CASE).agg(pl.col(columns).drop_nulls().first()))
    out = []
    for column in columns:
        mine, theirs = (frame.select(CASE, column).drop_nulls() for frame in frames)
        if min(mine[column].n_unique(), theirs[column].n_unique()) < 2:
            continue  # it tells of the file, not of its cases
        often, chance, n = _differ(mine, theirs, [CASE], column)
        out += [(often, chance)] if n >= LEAST and chance > SAYS else []
    return out


def _apart(one: Sequence[pl.DataFrame], other: Sequence[pl.DataFrame]) -> tuple[float, float, int]:
    """The same of answers by one agent to one id."""
    import polars as pl

    key = ["case", "agent"]
    mine, theirs = (
        pl.concat([f.select(*key, "answer").drop_nulls() for f in frames]).unique(key, keep="first")
        for frames in (one, other)
    )
    return _differ(mine, theirs, key, "answer")


def _strangers(one: Sequence[pl.DataFrame], other: Sequence[pl.DataFrame]) -> tuple[float, float, int]:
    """The same of answers by anybody to one id, where several answer in each file; a file per person holds the same cases."""
    import polars as pl

    mine, theirs = (
        pl.concat([f.select("case", "agent", "answer").drop_nulls() for f in frames])
        for frames in (one, other)
    )
    if min(mine["agent"].n_unique(), theirs["agent"].n_unique()) < 2:
        return 0.0, 0.0, 0
    return _differ(mine.drop("agent"), theirs.drop("agent"), ["case"], "answer")


def _differ(one: pl.DataFrame, other: pl.DataFrame, key: list[str], value: str) -> tuple[float, float, int]:
    """How often the values of one key differ, how often values of any two keys do, and how many keys both have."""
    both = one.join(other, on=key, suffix=" of the other")
    if not both.height:
        return 0.0, 0.0, 0
    mine, theirs = both[value], both[f"{value} of the other"]
    counts = [dict(s.value_counts().rows()) for s in (mine, theirs)]
    same = sum(n * counts[1].get(word, 0) for word, n in counts[0].items()) / both.height**2
    return int((mine != theirs).sum()) / both.height, 1 - same, both.height


def _named_after_its_file(part: Part) -> Part:
    import polars as pl

    def named(column: str) -> pl.Expr:
        return pl.format("{}/{}", pl.lit(part.file), pl.col(column)).alias(column)

    return replace(
        part, answers=part.answers.with_columns(named("case")), about=part.about.with_columns(named(CASE))
    )
