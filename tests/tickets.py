"""The small history of the docs: made-up tickets, two machines, three made-up people. `python -m tests.tickets` writes it here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mindshare.histories.write import write_history

LABELS = ("billing", "bug", "delivery")
CASES, OPEN = 900, 40
MACHINES = {"large_bot": (0.9, 0.6), "small_bot": (0.78, 0.45)}  # right on mail, right on chat
PEOPLE = {"ana": (0.85, 0.97, 0.85), "ben": (0.95, 0.75, 0.95), "cem": (0.8, 0.8, 0.8)}  # right, by truth
ASKED = 0.7  # share of the cases that a person has answered
TEAM = {
    "name": "tickets",
    "labels": list(LABELS),
    "agents": {"*_bot": {"kind": "machine"}, "*": {"kind": "person"}},
    "limits": {"people.minutes": 60},
}
TOGETHER = 300  # tickets in the history of two kinds
TEAM_OF_BOTH = {
    "name": "both",
    "kinds": {
        "ticket": {"labels": list(LABELS)},
        "post": {
            "labels": ["fine", "abuse"],
            "utility": {"fine": {"fine": 1, "abuse": 0}, "abuse": {"fine": -2, "abuse": 1}},
        },
    },
    "agents": TEAM["agents"],
    "limits": {"people.minutes": 20},
}
Row = tuple[str, str, str, float | None, float | None]


def write_tickets(place: str | Path = ".") -> None:
    """Writes `history`, `open`: 40 more tickets with the machines' answers only, and `both`: tickets and posts."""
    place, rng = Path(place), np.random.default_rng(0)
    cases, answers = _tickets(rng, 1, CASES, people=True)
    write_history(place / "history", TEAM, cases, answers)
    cases, answers = _tickets(rng, 1 + CASES, OPEN, people=False)
    (place / "open").mkdir(exist_ok=True)
    cases.drop("truth").write_csv(place / "open" / "cases.csv")
    answers.write_csv(place / "open" / "answers.csv")
    _write_both(place / "both")


def _write_both(place: Path) -> None:
    """Writes tickets, and half as many posts that a filter and the same people look at: a history of two kinds."""
    rng, kinds = np.random.default_rng(1), pl.String
    cases, answers = _tickets(rng, 1, TOGETHER, people=True)
    abuse = rng.random(TOGETHER // 2) < 0.4
    names = [f"p{i + 1}" for i in range(len(abuse))]
    right = {"filter_bot": 0.75, "ana": 0.95, "ben": 0.9, "cem": 0.92}
    rows: list[Row] = []
    for name, true in zip(names, abuse.tolist(), strict=True):
        for agent, share in right.items():
            if agent.endswith("_bot") or rng.random() < ASKED:
                said = "abuse" if true == (rng.random() < share) else "fine"
                took = None if agent.endswith("_bot") else round(float(rng.lognormal(2, 0.4)), 1)
                rows.append((name, agent, said, took, None))
    posts = pl.DataFrame(
        {"case": names, "truth": ["abuse" if true else "fine" for true in abuse], "kind": "post"}
    )
    cases = pl.concat([cases.with_columns(kind=pl.lit("ticket", kinds)), posts], how="diagonal")
    more = pl.DataFrame(rows, schema=answers.schema, orient="row")
    write_history(place, TEAM_OF_BOTH, cases, pl.concat([answers, more]))


def _tickets(
    rng: np.random.Generator, first: int, count: int, *, people: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    truth, chat = rng.integers(0, len(LABELS), count), rng.random(count) < 0.5
    words = np.round(rng.lognormal(4, 0.6, count))
    names = [f"t{first + i}" for i in range(count)]
    rows: list[Row] = []
    for i, name in enumerate(names):
        for bot, right in MACHINES.items():
            said = _said(rng, int(truth[i]), right[int(chat[i])])
            sure = np.clip((0.8 if said == truth[i] else 0.6) + 0.15 * rng.standard_normal(), 0.34, 0.99)
            rows.append((name, bot, LABELS[said], None, round(float(sure), 2)))
        for person, right_of in PEOPLE.items() if people else ():
            if rng.random() < ASKED:
                said = _said(rng, int(truth[i]), right_of[int(truth[i])])
                rows.append((name, person, LABELS[said], round(float(rng.lognormal(3, 0.4)), 1), None))
    columns = {
        "case": pl.String,
        "agent": pl.String,
        "answer": pl.String,
        "seconds": pl.Float64,
        "confidence": pl.Float64,
    }
    cases = {
        "case": names,
        "truth": [LABELS[t] for t in truth],
        "by": np.where(chat, "chat", "mail"),
        "words": words,
    }
    return pl.DataFrame(cases), pl.DataFrame(rows, schema=columns, orient="row")


def _said(rng: np.random.Generator, truth: int, right: float) -> int:
    """The truth with this chance, else one of the other labels."""
    return truth if rng.random() < right else int((truth + rng.integers(1, len(LABELS))) % len(LABELS))


if __name__ == "__main__":
    write_tickets()
