"""What a service starts from, read from its folder and checked: all that can be wrong before its log is opened, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from mindshare.core.errors import MindshareError, ModelError
from mindshare.core.guard.read import read_guard
from mindshare.core.guard.written import Names
from mindshare.core.history import Team
from mindshare.engine.commands import Parts
from mindshare.engine.engine import Engine
from mindshare.engine.folder import AUDIT_KEY, secret
from mindshare.engine.gold import read_gold
from mindshare.engine.naming import known_of, unknown
from mindshare.engine.pace import new_pacer
from mindshare.engine.people_settings import read_people
from mindshare.engine.rebuild import Made, made_digest, rebuilt
from mindshare.engine.running.pool import check_there
from mindshare.engine.running.told import Answerer
from mindshare.engine.settings import FILE, Settings, read_settings, with_calls
from mindshare.engine.sheets import check_sheets
from mindshare.engine.shelf import Shelf
from mindshare.engine.showing import check_showing
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.store.protocol import Reader


class Prepared(NamedTuple):
    """`first`: kind -> digest of the model that the service began with."""

    settings: Settings
    team: Team
    shelf: Shelf
    first: dict[str, str]
    made: Made


def prepared(folder: Path, machines: Mapping[str, Answerer] | None = None) -> Prepared:
    """Settings, team, models and rules of the service in this folder; MindshareError for whatever it cannot start with.

    `machines`: names of those that are Python callables.
    """
    settings = with_calls(read_settings(folder), machines or {})
    check_there(settings, folder)
    team, shelf = read_team(folder / TEAM).team, Shelf(folder)
    return Prepared(settings, team, shelf, shelf.first(team), made_of(folder, settings, team, shelf))


def made_of(folder: Path, settings: Settings, team: Team, shelf: Shelf) -> Made:
    """What the service in this folder is set up with."""
    first = shelf.first(team)
    models = {kind: shelf.load(kind, digest) for kind, digest in first.items()}
    for model in models.values():
        try:
            model.check_team(team)
        except ModelError as e:
            raise MindshareError(
                f"{folder / TEAM} was changed, and what is asked cannot change in a service that was made. {e} Or write it back."
            ) from e
    kinds = tuple(kind for kind in team.kinds if kind)
    labels = tuple(dict.fromkeys(label for question in team.questions for label in question.labels))
    names, key = Names(kinds=kinds, labels=labels), secret(folder, AUDIT_KEY)
    reread = partial(read_guard, audit_key=key, names=names)
    rules = reread(settings.guard)
    read_people(settings.people, settings.fairness, settings.exposure, names)
    labelled = {kind: model.pool.reading.labels for kind, model in models.items()}
    check_showing(settings, labelled, folder, FILE)
    check_sheets(settings, folder, FILE)
    gold = read_gold(folder, settings, labelled, key)
    return Made(settings, team, models, rules, shelf.load, gold, reread, made_digest(settings, first))


def notes_on(made: Made, engine: Engine) -> list[str]:
    """What the settings name that is not known yet, also by the log; MindshareError for what cannot be."""
    known = known_of(made.team, made.models, engine.state.people, made.settings)
    try:
        return unknown(made.settings, made.rules, known)
    except MindshareError as e:
        raise MindshareError(f"{FILE}: {e}") from e


def begun(told: Prepared, store: Reader | None, now: float) -> list[str]:
    """Begins the service in memory only, as it would begin; returns `notes_on` it. MindshareError where it could not."""
    made = told.made
    if store is None:
        pacer = new_pacer(made.settings, made.models, now)
        engine = Engine(
            Parts(made.settings, made.team, made.models, made.rules, pacer, lambda _: None, made.gold)
        )
    else:
        engine = rebuilt(made, store, now)
    notes = notes_on(told.made, engine)
    engine.at(now)
    engine.start(version("mindshare"), dict(told.first))
    return notes
