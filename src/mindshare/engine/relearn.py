"""Learns the models of a service from all it knows by now: the history it began with, and the outcomes of its log.

Run as a process of its own: `python -m mindshare.engine.relearn FOLDER OUT` writes the models and `told.json` to OUT.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mindshare.core.across_kinds import learn_kinds
from mindshare.core.errors import MindshareError
from mindshare.core.history import History, Team
from mindshare.core.kinds import parts
from mindshare.core.model import Model
from mindshare.engine.beside import done_apart
from mindshare.engine.export import Exported, folded, known_log
from mindshare.engine.folder import DATABASE, HISTORY
from mindshare.engine.offered import with_offers
from mindshare.engine.rebuild import events_of
from mindshare.engine.settings import Settings, read_settings
from mindshare.histories.cases import ROLES
from mindshare.histories.read import read_history
from mindshare.histories.tables import find_table, read_table
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.histories.write import write_history
from mindshare.store.model_file import save_model
from mindshare.store.sqlite import open_to_read

if TYPE_CHECKING:
    import polars as pl

FEWEST = 30  # known outcomes of a kind, before a model is learnt from them
TOLD, APART = "told.json", "apart"


class Told(msgspec.Struct):
    """What was learnt: kind -> the file of its model, from so many outcomes of the log."""

    outcomes: int
    models: dict[str, str]


class Known(NamedTuple):
    """All that a service knows as one history; `outcomes` of the log are in it."""

    history: History
    outcomes: int


def relearn(folder: Path, out: Path, apart: str = "") -> Told:
    """Learns a model of each kind of which enough is known, and writes them to `out`. `apart` (APART): machines are asked one by one."""
    settings = read_settings(folder)
    known = known_by(folder, settings, out / HISTORY)
    enough = {p.kind for p in parts(known.history) if (p.history.truth >= 0).sum() >= FEWEST}
    learnt = learn_kinds(known.history, seed=settings.seed, machines_always=False if apart else None)
    models = _with_offers({kind: m for kind, m in learnt.items() if kind in enough}, folder, settings)
    told = Told(known.outcomes, {kind: f"{j}.model" for j, kind in enumerate(models)})
    for kind, name in told.models.items():
        save_model(models[kind], out / name)
    (out / TOLD).write_bytes(msgspec.json.encode(told))
    return told


def _with_offers(models: dict[str, Model], folder: Path, settings: Settings) -> dict[str, Model]:
    with closing(open_to_read(folder / DATABASE)) as store:
        state, _ = folded(events_of(store.frames()))
        return with_offers(models, state, store, settings, read_team(folder / TEAM).team)


def known_by(folder: Path, settings: Settings, place: Path) -> Known:
    """The history of all that a service knows, written to `place`. What its log says of a case counts."""
    team = read_team(folder / TEAM).team
    log = known_log(folder, team)
    if not log.outcomes and settings.history is None:
        raise MindshareError("No outcome is known yet, so there is nothing to learn from.")
    cases, answers, features = log.cases, log.answers, list[str]()
    if settings.history is not None:
        first = [_words(folder / settings.history, stem) for stem in ("cases", "answers")]
        features = [name for name in first[0].columns if name not in ROLES]
        cases, answers = (_joined(old, new, log) for old, new in zip(first, (cases, answers), strict=True))
    write_history(place, _every(log, team), cases, answers)
    return Known(read_history(place, features), log.outcomes)


def _every(log: Exported, team: Team) -> dict[str, object]:
    """The team of the log; the limits are no part of it."""
    return log.team | {"name": team.name}


def _words(history: Path, stem: str) -> pl.DataFrame:
    """A table with its cells as they stand."""
    return read_table(find_table(history, stem, stem), required=("case",)).frame


def _joined(old: pl.DataFrame, new: pl.DataFrame, log: Exported) -> pl.DataFrame:
    """The rows of old cases that the log knows nothing of, then those of the log."""
    import polars as pl

    seen = log.cases["case"].to_list()
    tables = [t.select(pl.all().cast(pl.String)) for t in (old, new)]
    return pl.concat([tables[0].filter(~pl.col("case").is_in(seen)), tables[1]], how="diagonal")


if __name__ == "__main__":
    sys.exit(done_apart(lambda: relearn(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])))
