"""The folder of a new service: how it works, the team, the history it knows, and a model of each kind; whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import yaml

from mindshare.core.across_kinds import learn_kinds
from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import History, Question, Team
from mindshare.core.learn import learn
from mindshare.core.model import Model
from mindshare.core.records import Agent
from mindshare.engine.folder import HISTORY
from mindshare.engine.naming import known_of, unknown
from mindshare.engine.running.told import one_by_one
from mindshare.engine.settings import FILE, Settings, settings_text
from mindshare.engine.shelf import Shelf
from mindshare.histories.assumed import ASSUMED, Assumed, assumed_history
from mindshare.histories.places import write_directory
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.written import team_tree, write_history_of

Tell = Callable[[float, str], None]


def create_service(
    folder: Path,
    known: History | Team,
    settings: Settings,
    tell: Tell | None = None,
    assumed: Assumed | None = None,
) -> None:
    """Makes the folder. `known`: a history, or a team that has none; then `assumed` is what is assumed of it.

    Learns a model of each kind; `tell` hears how far that is (0 to 1). A folder that is not empty is refused.
    """
    team = known.team if isinstance(known, History) else known
    there = known.agent_id if isinstance(known, History) else ()
    unknown(settings, (), known_of(team, {}, there, settings))

    def fill(place: Path) -> None:
        models = first_models(known, settings, tell, assumed)
        if isinstance(known, History):
            write_history_of(known, place / HISTORY)
        (place / TEAM).write_text(
            yaml.safe_dump(team_tree(team), sort_keys=False, allow_unicode=True), encoding="utf-8"
        )
        shelf = Shelf(place)
        for kind, model in models.items():
            shelf.keep(kind, model, first=True)
        told = msgspec.structs.replace(settings, history=HISTORY if isinstance(known, History) else None)
        (place / FILE).write_text(settings_text(told), encoding="utf-8")

    write_directory(folder, fill)


def first_models(
    known: History | Team, settings: Settings, tell: Tell | None = None, assumed: Assumed | None = None
) -> dict[str, Model]:
    """Kind -> model: learnt where the history has cases of the kind, else from what is assumed."""
    team = known.team if isinstance(known, History) else known
    models: dict[str, Model] = {}
    apart = False if one_by_one(settings.machines.values(), settings.limits) else None
    if isinstance(known, History) and len(known):
        if tell is not None:
            tell(0.0, "from the history")
        models = learn_kinds(known, seed=settings.seed, machines_always=apart)
    for j, question in enumerate(team.questions):
        if question.kind in models:
            continue
        if tell is not None:
            tell(j / len(team.questions), f"{question.kind or 'the first model'}, from what is assumed")
        made = assumed_history(team, question, assumed, settings.seed)
        model = learn(made, seed=settings.seed, machines_always=apart)
        models[question.kind] = replace(model, about=model.about._replace(name=ASSUMED + model.about.name))
    return {kind: models[kind] for kind in team.kinds}


def team_of_labels(labels: Sequence[str], name: str = "service") -> Team:
    """A team that nobody is named in: whoever answers with a case is a machine, whoever asks for one a person."""
    words = [label.strip() for label in labels if label.strip()]
    if len(set(words)) < 2:
        raise MindshareError(
            f"A question needs two or more labels, such as sick,well. Got {listed(words) or 'none'} instead."
        )
    agents = (Agent(id="machine_*", kind="machine"), Agent(id="person_*", kind="person"))
    return Team(name=name, agents=agents, questions=(Question(labels=tuple(dict.fromkeys(words))),))
