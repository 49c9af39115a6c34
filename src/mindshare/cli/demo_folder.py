"""The folder of a live demo: a service that a part of a domain's history taught, and in one file the cases that come."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
from msgspec.structs import replace as replace_of

from mindshare.cli.terminal import progress, say
from mindshare.core.errors import MindshareError
from mindshare.core.history import History
from mindshare.core.records import MINUTES, PEOPLE_MINUTES, Agent
from mindshare.domains.domain import Domain, Made
from mindshare.domains.known import domain_of
from mindshare.domains.own import HOWTO
from mindshare.engine.create import create_service
from mindshare.engine.folder import is_service
from mindshare.engine.live_demo import demo_settings, lay_sheets, with_sheets
from mindshare.histories.places import check_directory, write_whole
from mindshare.histories.streamed import Scripted, parted, script_of
from mindshare.people.simulated import team_name
from mindshare.web.crowd import Pace

FILE = "demo.json"
DEMO = "digits"  # where none is named
KNOWN = 0.4  # of the cases, which teach the first model; the others come


class Coming(msgspec.Struct, frozen=True):
    """What a demo is called and is about, and its cases in the order in which they come, with what the simulated people say of them."""

    name: str
    about: str
    cases: list[Scripted]


def coming_to(folder: Path, word: str | None, data: Path | None) -> Coming:
    """What comes to the demo in this folder, which is made where there is none; `word`: which demo, as in `mindshare demo WORD`."""
    if not is_service(folder):
        return _made(folder, domain_of(word or DEMO), data)
    coming = _kept(folder)
    if word is not None and domain_of(word).name != coming.name:
        raise MindshareError(f"{folder} holds the demo '{coming.name}', not '{word}'. Name another folder.")
    say(f"Demo '{coming.name}' goes on: {coming.about}.")
    return coming


def _kept(folder: Path) -> Coming:
    file = folder / FILE
    if not file.is_file():
        raise MindshareError(
            f"There is a service in {folder} already, and it is no demo. Name another folder."
        )
    try:
        return msgspec.json.decode(file.read_bytes(), type=Coming)
    except msgspec.DecodeError as wrong:
        raise MindshareError(f"{file} is damaged: {wrong}. Name another folder.") from wrong


def _made(folder: Path, domain: Domain, data: Path | None) -> Coming:
    from mindshare.histories.read import read_history

    without = domain.preflight(data)
    terms = domain.terms(data)
    if terms.live is None:
        raise MindshareError(
            f"The demo '{domain.name}' cannot be served: it does not say what people at a desk are told (`live` of its Terms,"
            f" {HOWTO}). mindshare demo shows it without a desk."
        )
    settings = demo_settings(terms.live, terms, team_name(domain.name), Pace().case_s)
    check_directory(folder)
    about = ". ".join([terms.about, *without]).removesuffix(".")
    lasts = "a minute or less" if data is None else "up to three minutes"
    say(f"Demo '{domain.name}': {about}.", f"Machines learn, and then a first model; this takes {lasts}.")
    with TemporaryDirectory(prefix="mindshare-") as there, progress("Machines learn") as tell:
        made = domain.write(Path(there) / "history", data=data, seed=0)
        history = _faster(_timed(read_history(made.path)), terms.live.faster)
        first, rest = parted(history, KNOWN)
        written = _written(Coming(domain.name, about, _shown(rest, made)))
        create_service(folder, first, with_sheets(settings, made), tell)
        lay_sheets(made, folder)
    write_whole(folder / FILE, lambda part: part.write_bytes(written))
    return msgspec.json.decode(written, type=Coming)


def _written(coming: Coming) -> bytes:
    try:
        return msgspec.json.encode(coming)
    except TypeError as wrong:
        raise MindshareError(
            f"What people see of a case of '{coming.name}' (`show` of what its `write` returns) must be texts, numbers, lists and"
            f" mappings: {wrong}."
        ) from wrong


def _timed(history: History) -> History:
    """Whose seconds are not recorded takes the minutes that the team states: at a desk nobody answers in no time."""
    a, minutes = history.answers, history.cost(PEOPLE_MINUTES).get(PEOPLE_MINUTES)
    if minutes is None:
        return history
    stated = np.isnan(a.seconds) & history.is_person[a.agent] & (minutes > 0)
    return replace(history, answers=replace(a, seconds=np.where(stated, minutes * 60, a.seconds)))


def _faster(history: History, times: float) -> History:
    """The same, had its people answered so many times as fast: nobody waits an hour for an answer in a demo."""
    if times == 1.0:
        return history
    a = history.answers
    seconds = np.where(history.is_person[a.agent], a.seconds / times, a.seconds)
    team = replace(history.team, agents=tuple(_sped(agent, times) for agent in history.team.agents))
    return replace(history, answers=replace(a, seconds=seconds), team=team)


def _sped(agent: Agent, times: float) -> Agent:
    """With so many times less of each minute that an answer takes."""
    cost = {
        resource: replace_of(cost, fixed=cost.fixed / times, per=cost.per / times)
        if resource.endswith(MINUTES)
        else cost
        for resource, cost in agent.cost.items()
    }
    return replace_of(agent, cost=cost)


def _shown(history: History, made: Made) -> list[Scripted]:
    """The cases, each with what people see of it beside its features."""
    script = script_of(history, range(len(history)))
    if made.show is None:
        return script
    return [s._replace(sent=s.sent | {"show": made.show(s.sent["id"])}) for s in script]
