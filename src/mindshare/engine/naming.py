"""Whether the names in the settings are those of something: a limit, a rule or a shift for what nobody knows would do nothing, unseen.

A resource or a kind that does not exist is refused. A person or a feature may come later: such a name is refused where it is nearly
one that is known, and told (`unknown`) where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.guard.ruling import Rule
from mindshare.core.guard.when import FEATURE, When
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.pacing.ledger import STOCKS
from mindshare.core.records import MINUTES, PEOPLE_MINUTES
from mindshare.core.seat import is_shown
from mindshare.engine.people_settings import DEFAULT, read_people
from mindshare.engine.running.told import USED
from mindshare.engine.settings import Settings
from mindshare.histories.assumed import is_assumed

RESOURCES = (PEOPLE_MINUTES, "human_answers", "answers", *USED, *sorted(STOCKS))
WILD = set("*?[")
DIGITS = re.compile(r"\d+")


class Known(NamedTuple):
    """Names that mean something. No features: none are known yet, so none are looked at."""

    people: frozenset[str]
    features: frozenset[str]
    kinds: tuple[str, ...]
    resources: frozenset[str]


def known_of(team: Team, models: Mapping[str, Model], people: Iterable[str], settings: Settings) -> Known:
    """What the team, the models and the machines of a service know; `people`: who has come beside those."""
    named = {a.id for a in team.agents if a.kind == "person" and not WILD & set(a.id)}
    met = {a.id for m in models.values() for a in m.met if a.kind == "person"}
    everybody = {p for p in {*named, *met, *people} if not (is_assumed(p) or is_shown(p))}
    schemas = [m.pool.reading.schema for m in models.values()]
    features = {name for s in schemas for name in (*s.numeric, *(c for c, _ in s.categorical), *s.text)}
    stated = {r for a in team.agents for r in a.cost}
    used = {r for m in settings.machines.values() for r in m.uses}
    resources = {*RESOURCES, *stated, *used, *(p + MINUTES for p in everybody)}
    return Known(frozenset(everybody), frozenset(features), team.kinds, frozenset(resources))


def unknown(settings: Settings, rules: Sequence[Rule], known: Known) -> list[str]:
    """What the settings name that is not known yet, a sentence each; MindshareError for what cannot be, or is nearly a known name."""
    for resource in settings.limits:
        if resource not in known.resources and not _is_of_somebody(resource):
            raise MindshareError(
                f"limits.{resource} limits nothing: no answer and no run uses '{resource}'. Resources are"
                f" {listed(sorted(known.resources), 12)}.{nearest(resource, known.resources)}"
            )
    for name, machine in settings.machines.items():
        if name in known.people:
            raise MindshareError(f"machines.{name}: '{name}' is a person here; call the machine otherwise.")
        for resource in machine.uses:
            if resource not in settings.limits:
                _must_not_be_near(
                    f"machines.{name}.uses.{resource}", resource, (*RESOURCES, *settings.limits)
                )
    _kinds(settings, known.kinds)
    out = []
    for where, person in _people(settings, rules):
        if person not in known.people:
            _must_not_be_near(
                where, person, known.people, "; whoever is new joins first, or is named in team.yaml"
            )
            out.append(f"{where}: nobody called '{person}' is here yet.")
    for where, feature in _features(settings, rules):
        if known.features and feature not in known.features:
            _must_not_be_near(where, feature, known.features)
            out.append(f"{where}: no case had a feature '{feature}' when the models were learnt.")
    return out


def _is_of_somebody(resource: str) -> bool:
    """Whether these are minutes of one person, who may come later."""
    return resource.endswith(MINUTES) and resource != MINUTES


def _kinds(settings: Settings, kinds: Sequence[str]) -> None:
    """Raises MindshareError for a kind that the service does not have."""
    told = [(f"kinds.{kind}", kind) for kind in settings.kinds if kind != DEFAULT]
    told += [(f"machines.{name}.kinds", kind) for name, m in settings.machines.items() for kind in m.kinds]
    for where, kind in told:
        if kind not in kinds:
            there = [k for k in kinds if k]
            right = (
                f"kinds are {listed(there)}" if there else f"there is one kind only; write kinds.{DEFAULT}"
            )
            raise MindshareError(f"{where}: there is no kind '{kind}'; {right}.{nearest(kind, there)}")


def _people(settings: Settings, rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    """Where a person is named, and who."""
    yield from ((f"people.{name}", name) for name in settings.people if name != DEFAULT)
    for resource in settings.limits:
        if resource not in RESOURCES and _is_of_somebody(resource):
            yield f"limits.{resource}", resource.removesuffix(MINUTES)
    for rule in rules:
        for name in sorted(getattr(rule, "adjudicators", None) or ()):
            yield f"guard.{rule.name}.adjudicators", name


def _features(settings: Settings, rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    """Where a feature is named, and which."""
    whens = [(f"guard.{rule.name}", getattr(rule, "when", None)) for rule in rules]
    caps = read_people({}, {}, settings.exposure).caps
    whens += [(f"exposure.{cap.tag}", cap.when) for cap in caps]
    for where, when in whens:
        conditions = when.conditions if isinstance(when, When) else ()
        yield from (
            (f"{where}.when.{c.what}", c.what.removeprefix(FEATURE))
            for c in conditions
            if c.what.startswith(FEATURE)
        )
    for name, machine in settings.machines.items():
        yield from ((f"machines.{name}.runs.takes", feature) for feature in machine.runs.takes)
    for kind, how in settings.kinds.items():
        yield from ((f"kinds.{kind}.show", feature) for feature in how.show)
        told = (part.feature for part in how.template if part.feature and part.feature not in how.show)
        yield from ((f"kinds.{kind}.template", feature) for feature in told)


def _must_not_be_near(where: str, name: str, known: Iterable[str], what_else: str = "") -> None:
    """Raises MindshareError where a name is nearly one that is known; one that differs in its digits only is another one's."""
    others = [k for k in known if k == name or DIGITS.sub("", k) != DIGITS.sub("", name)]
    near = nearest(name, others)
    if near and name not in others:
        raise MindshareError(f"{where}: '{name}' is not known{what_else}.{near}")
