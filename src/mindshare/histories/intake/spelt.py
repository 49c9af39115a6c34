"""Names of agents that differ in letter case or spaces only: `Ann` and `ANN` are mostly one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mindshare.core.errors import listed
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.part import AGENT, Part
from mindshare.histories.intake.questions import Questions

ONE, KEEP = "one", "keep"


def one_name_each(parts: Sequence[Part], questions: Questions, notes: Notes) -> list[Part]:
    """The parts with one spelling of each agent's name, the most frequent one.

    It is asked (`names`) where two spellings answer one case, as two people do; else it is said.
    """
    to = _spellings(parts)
    if not to:
        return list(parts)
    text = f"Is each of these one agent: {_pairs(to)}? They differ in letter case or spaces only."
    if questions.setting("names") is not None or _meet(parts, to):
        chosen = questions.about("names", text, (ONE, KEEP), meanwhile=ONE)
    else:
        chosen = ONE
        notes.say(
            f"Taken for one agent each: {_pairs(to)}, which differ in letter case or spaces only; --set names=keep keeps them apart."
        )
    return list(parts) if chosen == KEEP else [_renamed(part, to) for part in parts]


def _spellings(parts: Sequence[Part]) -> dict[str, str]:
    """Each name that another one is spelt like -> the one of them that answers most."""
    import polars as pl

    many = pl.concat([part.answers["agent"].drop_nulls() for part in parts]).value_counts()
    groups: dict[str, list[tuple[int, str]]] = {}
    for agent, n in many.rows():
        groups.setdefault(" ".join(agent.casefold().split()), []).append((n, agent))
    return {
        agent: max(group)[1]
        for group in groups.values()
        for _, agent in group
        if len(group) > 1 and agent != max(group)[1]
    }


def _meet(parts: Sequence[Part], to: Mapping[str, str]) -> bool:
    """Whether two spellings of one name answer the same case."""
    import polars as pl

    said = pl.concat([part.answers.select("case", "agent") for part in parts]).drop_nulls().unique()
    said = said.with_columns(one=pl.col("agent").replace(to))
    return bool(said.select("case", "one").is_duplicated().any())


def _renamed(part: Part, to: Mapping[str, str]) -> Part:
    import polars as pl

    return replace(
        part,
        answers=part.answers.with_columns(pl.col("agent").replace(to)),
        about=part.about.with_columns(pl.col(AGENT).replace(to)),
        kinds={to.get(agent, agent): kind for agent, kind in part.kinds.items()},
    )


def _pairs(to: Mapping[str, str]) -> str:
    return listed([f"'{agent}' and '{name}'" for agent, name in sorted(to.items())], 6)
