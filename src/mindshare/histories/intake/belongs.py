"""Which column is named after which annotator: what it holds belongs to that answer, and never describes the case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from mindshare.histories.intake import names

# what is told of an answer, and of a sheet's columns seldom an answer itself
ASIDE = re.compile(
    r"(^|_)(seconds?|secs?|sec|s|time|duration|minutes?|min|ms|confidence|conf|score|points|prob|probability|proba|comments?|notes?|reason"
    r"|explanation|rationale|text|id|ids|at|date|timestamp|version|email|count|n|agreement|level|name|cost|price|status|correct|right|start|end"
    r"|started|finished|edited|lead_time|latency|age|experience|skill|group|team|type|role)$"
)
EMAIL = re.compile(
    r"([^@\s]+)@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
)  # and no more: `ana@x.org_seconds` is not called `ana`
LETTERS = 3  # a shorter name, or a number, stands in other names by chance


def belongs_to(column: str, annotators: Iterable[str]) -> str:
    """The annotator that the column is named after (`ana_seconds`, `confidence_ana`, `prob_bert_yes`), or nothing."""
    every = list(annotators)
    after = [a for a in every if a != column and short_name(column, a, every)]
    return max(after, key=lambda a: len(names.stem_of(a)), default="")


def short_name(column: str, annotator: str, annotators: Iterable[str]) -> str:
    """What a column says of the annotator: "seconds" of `ana_seconds` or `seconds_ana`; nothing if it is not named after it."""
    if column in annotators:
        return ""
    name, mine = names.plain_name(column), _called(annotator)
    others = {stem for a in annotators if a != annotator for stem in _called(a)} - set(mine)
    for stem, surely in sorted(mine.items(), key=lambda called: -len(called[0])):
        if any(len(o) > len(stem) and re.search(rf"(^|_){re.escape(o)}(_|$)", name) for o in others):
            continue  # it is named after a longer one
        match = re.search(rf"(^|_){re.escape(stem)}(_|$)", name)
        rest = f"{name[: match.start()]}_{name[match.end() :]}".strip("_") if match else ""
        if rest and (surely or _is_of_an_answer(rest)):
            return rest
    return ""


@lru_cache(maxsize=4096)
def _called(annotator: str) -> dict[str, bool]:
    """How other columns may call the annotator -> whether a column that holds this name is surely about it.

    `annotator_ann` and `ann@x.org` are `ann` too; `annotator_1` is `1` only where the rest of a name says what is told.
    """
    name, stem = names.plain_name(annotator), names.stem_of(annotator)
    person = EMAIL.fullmatch(annotator)
    bare = [names.A_WHO.sub("", stem), names.plain_name(person[1]) if person else ""]
    called = {short: len(short) >= LETTERS and not short.isdecimal() for short in bare if short}
    return {**called, name: True, stem: True} | dict.fromkeys(
        [short for short in (name, stem, *called) if names.BARE.fullmatch(short)], False
    )


def _is_of_an_answer(rest: str) -> bool:
    return (
        names.unit_of(rest) is not None
        or names.CONFIDENCE.search(rest) is not None
        or ASIDE.search(rest) is not None
    )
