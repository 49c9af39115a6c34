"""A table of cases that nobody has answered yet, as a history for a machine to answer: with its truths, or open."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import History
from mindshare.histories.answers import no_answers
from mindshare.histories.intake.described import describe, without_marks
from mindshare.histories.intake.joins import one_id_each
from mindshare.histories.intake.names import LABEL, MAYBE_TRUTH, OUTCOME, plain_name
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.questions import Questions
from mindshare.histories.intake.roles import NONE, check_settings
from mindshare.histories.intake.settings import Settings
from mindshare.histories.intake.sheets import read_parts
from mindshare.histories.read import read_history
from mindshare.histories.sources import read_sheets
from mindshare.histories.sources.raw import Raw
from mindshare.histories.write import write_history

if TYPE_CHECKING:
    import polars as pl

MOST_LABELS = 50
AGAIN = 3  # times, on average, that a value of a truth comes up at least
LIKE = (LABEL, MAYBE_TRUTH, OUTCOME)


def read_only_cases(
    file: Path, agent: str, labels: Sequence[str], settings: Settings, *, must_teach: bool = False
) -> tuple[History, tuple[str, ...]]:
    """The cases of a table that nobody answers in, and what was decided, a sentence each.

    `labels` are those of the machine `agent`, which are those of the cases if it tells all that are true. The truth is the column
    that is set, called like one, or the only one that holds the machine's labels; without any, the cases are open. Where they
    `must_teach`, it is the only column that can be a truth at all, or one sentence asks.
    """
    cases, notes = _cases(file, settings)
    truth = _truth(cases, labels, settings) or (_only_one(file, cases, settings) if must_teach else "")
    if truth:
        cases = cases.with_columns(_merged(cases[truth], settings).alias(truth)).rename({truth: "truth"})
        if truth != "truth":
            notes.say(f"The truth is the column '{truth}'.")
    elif settings.set.get("truth") != NONE:
        notes.say("No column tells a truth: these are open cases (--set truth=COLUMN names one).")
    if "truth" not in cases.columns:
        cases = cases.with_columns(truth=cases["case"].clear(cases.height))
    known = cases["truth"].drop_nulls().unique().sort().to_list()
    every = (
        labels if set(known) <= {*labels} else known
    )  # else they are those of the cases, whatever it tells
    if len(every) < 2:
        raise MindshareError(
            f"{file.name}: neither the machine nor a truth tells two labels apart; name the truth with --set truth=COLUMN, of"
            f" {listed((c for c in cases.columns if c not in ('case', 'truth')), 20)}."
        )
    return _read(
        file, cases, {"labels": list(every), "agents": {agent: {"kind": "machine"}}}, settings
    ), tuple(notes.said)


def _cases(file: Path, settings: Settings) -> tuple[pl.DataFrame, Notes]:
    """A row for each case, read as `init` reads cases beside answers."""
    settings = replace(settings, set={**settings.set, "layout": "cases"})
    raw, questions, notes = Raw(file), Questions(settings.set), Notes()
    sheets = read_sheets(raw, questions)
    for sheet in sheets:
        for sentence in sheet.said:
            notes.say(sentence)
    check_settings(sheets, questions, settings)
    parts = one_id_each(read_parts(sheets, questions, settings, notes), questions, notes)
    return without_marks(describe(parts, {}, notes)), notes


def _truth(cases: pl.DataFrame, labels: Sequence[str], settings: Settings) -> str:
    """The column that is the truth, "" where there is none. Raises where several may be."""
    if (chosen := settings.set.get("truth")) is not None:
        return "" if chosen == NONE else "truth" if "truth" in cases.columns else chosen
    if "truth" in cases.columns:
        return "truth"
    rest = [c for c in cases.columns if c not in ("case", *settings.features)]
    words = {c: set(_merged(cases[c], settings).drop_nulls().unique().to_list()) for c in rest}
    few = [c for c in rest if 2 <= len(words[c]) <= max(MOST_LABELS, len(labels))]
    found = [c for c in few if labels and words[c] <= {settings.merge.get(w, w) for w in labels}]
    found = found or [c for c in few if any(pattern.search(plain_name(c)) for pattern in LIKE)]
    if len(found) > 1:
        raise MindshareError(
            f"Several columns may be the truth: {listed(found, 20)}. Say which with --set truth=COLUMN, or --set truth=none."
        )
    return found[0] if found else ""


def _only_one(file: Path, cases: pl.DataFrame, settings: Settings) -> str:
    """The one column whose values come again and again, as those of a truth do; asks where there are several, or none."""
    rest = {c: cases[c].drop_nulls() for c in cases.columns if c not in ("case", *settings.features)}
    found = [c for c, x in rest.items() if 2 <= x.n_unique() <= max(MOST_LABELS, len(x) // AGAIN)]
    found = [c for c in found if rest[c].n_unique() * AGAIN <= len(rest[c])]
    if len(found) != 1:
        raise MindshareError(
            f"{file.name}: which column is the truth? Say --set truth=COLUMN, of {listed(found or rest, 20)}."
        )
    return found[0]


def _merged(column: pl.Series, settings: Settings) -> pl.Series:
    return column.replace(settings.merge) if settings.merge else column


def _read(file: Path, cases: pl.DataFrame, team: dict[str, Any], settings: Settings) -> History:
    import polars as pl

    silent = pl.DataFrame(  # a table of answers has a row: one that says nothing, which goes again
        {"case": cases["case"].head(1), "agent": [*team["agents"]][:1], "answer": [None]},
        schema_overrides={"answer": pl.String},
    )
    name = file.name.partition(".")[0]
    with tempfile.TemporaryDirectory(prefix="mindshare-") as folder:
        place = write_history(Path(folder) / name, {"name": name, **team}, cases, silent)
        history = read_history(place, [c for c in settings.features if c in cases.columns])
    return replace(history, answers=no_answers(len(history), len(history.team.labels)))
