"""A broken history, and the small changes that break one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mindshare.core.errors import HistoryError
from mindshare.histories.read import read_history
from tests.small_history import ANSWERS, CASES, TEAM, write_small_history


@dataclass(frozen=True)
class Broken:
    what: str
    says: str
    parts: dict[str, Any] = field(default_factory=dict)

    def sentence(self, directory: Path) -> str:
        """What reading this history says; the directory is called history/."""
        write_small_history(directory / "history", **self.parts)
        try:
            read_history(directory / "history")
        except HistoryError as e:
            return str(e).replace(str(directory / "history"), "history/")
        return "it was read without a word"


def team_with(old: str, new: str) -> dict[str, str]:
    assert old in TEAM
    return {"team": TEAM.replace(old, new, 1)}


def cases_with(old: str, new: str) -> dict[str, str]:
    assert old in CASES
    return {"cases": CASES.replace(old, new, 1)}


def answers_with(old: str, new: str) -> dict[str, str]:
    assert old in ANSWERS
    return {"answers": ANSWERS.replace(old, new, 1)}


def cases_at(rows: str) -> dict[str, str]:
    return {"cases": "case,truth,arrived,deadline\n" + rows}


def team_with_cost(cost: str) -> dict[str, str]:
    return team_with("bot: {kind: machine}", f"bot: {{kind: machine, cost: {cost}}}")
