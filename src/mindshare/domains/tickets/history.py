"""A history of messages: what machines said that had learnt from others, SIMULATED clerks, and the limits of an hour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mindshare.domains.answers import agents_with, answers_with
from mindshare.domains.domain import Made
from mindshare.domains.tickets.departments import utility_of
from mindshare.domains.tickets.machines import COST, answers_to_new
from mindshare.domains.tickets.made import NEW, TAUGHT, made_messages
from mindshare.domains.tickets.messages import Messages, read_banking
from mindshare.histories.write import write_history
from mindshare.people.simulated import TEXT_S, Habits, names_of, simulate, team_name

NAME = "tickets"
CLERKS = Habits(people=4, wrong=0.08, wrong_with_machines=0.3, median_s=TEXT_S)
LOOK_MIN, READ_MIN = 0.05, 0.001  # minutes of a clerk to open a message, and for each of its letters
CPU_A_MESSAGE, MINUTES_A_MESSAGE = 0.0008, 0.02  # of the limits: what there is for all messages together


def write_tickets(
    out: str | Path, *, data: str | Path | None = None, seed: int = 0, taught: int = TAUGHT, new: int = NEW
) -> Made:
    """Writes the history to `out`: the new messages of banking77 under `data`, else `new` made-up ones."""
    messages = made_messages(seed=seed, taught=taught, new=new) if data is None else read_banking(data)
    labels, given = messages.taught.labels, answers_to_new(messages)
    code = np.array([labels.index(intent) for intent in messages.new.intent], np.int32)
    pool = np.mean(list(given.values()), axis=0)
    people = simulate(code, pool, CLERKS, np.random.default_rng(seed))
    ids = [f"message_{i:04d}" for i in range(len(code))]
    path = write_history(
        out,
        _team(labels, people.agent_id, len(code)),
        _cases(ids, messages.new),
        answers_with(ids, given, people, labels),
    )
    return Made(path=path, people=names_of(people, labels))


def _team(labels: tuple[str, ...], people: tuple[str, ...], count: int) -> dict[str, Any]:
    minutes = {"fixed": LOOK_MIN, "per": READ_MIN, "of": "letters"}
    return {
        "name": team_name(NAME),
        "labels": list(labels),
        "utility": utility_of(labels),
        "agents": agents_with(COST, people, minutes),
        "limits": {
            "cpu_s": round(CPU_A_MESSAGE * count, 3),
            "people.minutes": round(MINUTES_A_MESSAGE * count, 1),
        },
    }


def _cases(ids: list[str], messages: Messages) -> Any:
    """How long a message is is known before anybody reads it."""
    import polars as pl

    return pl.DataFrame(
        {
            "case": ids,
            "truth": list(messages.intent),
            "letters": [len(text) for text in messages.text],
            "message": list(messages.text),
        }
    )
