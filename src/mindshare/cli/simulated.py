"""`mindshare simulate`: a history comes to life, over HTTP; then how right the verdicts were, and what people were asked."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from mindshare.cli.reading import Origin, history_of
from mindshare.cli.served import limit_of
from mindshare.cli.tables import Table, figures, words
from mindshare.cli.terminal import progress, say, show
from mindshare.core.errors import MindshareError, counted
from mindshare.core.history import History, Team
from mindshare.core.records import Agent
from mindshare.engine.create import create_service
from mindshare.engine.folder import CONSOLE, is_service
from mindshare.engine.settings import Kind, Limit, Settings
from mindshare.histories.intake.settings import Settings as Reading
from mindshare.histories.streamed import Scripted, order_of, parted, script_of, with_simulated
from mindshare.people.simulated import PREFIX
from mindshare.reports.words import amount, percent
from mindshare.web.client import AsyncClient
from mindshare.web.playing import Decided, Pace, Player
from mindshare.web.starting import started

PARTS = 6  # rows of the table
TOKEN = "MINDSHARE_KEY_TOKEN"  # of a service that runs elsewhere
WAIT_S, QUICK_S = 3_600.0, 3.0  # a case waits for a person, and where nobody waits for the clock


class Played(NamedTuple):
    """How a history is streamed; the words of the command line."""

    known: float = 0.0
    people: str = "recorded"
    speed: str = "max"
    order: str = "arrived"
    outcomes: str = "now"
    cases: int | None = None
    limits: Sequence[str] = ()
    frozen: bool = False
    seed: int = 0


def run_simulate(place: Path, url: str | None, folder: Path | None, how: Played) -> None:
    """Streams the history and says what came of it."""
    pace = pace_of(how)
    history = history_of(Origin(place, Reading()))
    if how.people == "simulated":
        history = with_simulated(history, how.seed)
    known, rest = parted(history, 0.0 if url is not None else how.known, how.seed)
    script = script_of(rest, order_of(rest, how.order)[: how.cases])
    token = os.environ.get(TOKEN, "")
    with ExitStack() as open_:
        if url is None:
            folder = folder or Path(open_.enter_context(TemporaryDirectory(prefix="mindshare-"))) / "service"
            make_service(folder, known, script, how)
            url = open_.enter_context(started(folder))
            token = (folder / CONSOLE).read_text(encoding="ascii").strip()
        say(f"{history.team.name}: {counted(len(script), 'case')} through {url}.")
        if any(name.startswith(PREFIX) for s in script for name in s.people):
            say(f"Ids with {PREFIX} are SIMULATED people: what they bring is no evidence.")
        with progress("Stream") as tell:
            told = asyncio.run(_play((url, token), script, pace, tell))
    show_played(history.team, script, told)


def make_service(folder: Path, known: History, script: Sequence[Scripted], how: Played) -> None:
    """The folder of a service for this stream; one that is there is used as it is."""
    if is_service(folder):
        return
    with progress("The first model") as tell:
        create_service(
            folder, known if len(known) else everybody(known), settings_of(known, script, how), tell
        )


def everybody(history: History) -> Team:
    """The team with each agent of the history by name: a service asks only those it knows."""
    team, person = history.team, history.is_person
    named = [
        team.agent(a) or Agent(id=a, kind="person" if p else "machine")
        for a, p in zip(history.agent_id, person, strict=True)
    ]
    return replace(team, agents=(*named, *(a for a in team.agents if a.id not in history.agent_id)))


def settings_of(known: History, script: Sequence[Scripted], how: Played) -> Settings:
    """Limits are for the whole stream: as given, else the team's, in proportion."""
    team, coming = known.team, len(script)
    part = coming / (coming + len(known))
    limits = dict(map(limit_of, how.limits)) or {n: Limit(x * part, None) for n, x in team.limits.items()}
    speed = pace_of(how).speed
    wait_s = QUICK_S if speed is None else max(WAIT_S / speed, QUICK_S)
    return Settings(
        name=team.name,
        limits=limits,
        cases=coming,
        learn=not how.frozen,
        learn_share=1.0 if speed is None else Settings().learn_share,  # the stream waits for it
        trust_seconds=True,
        kinds={"default": Kind(grace_s=0.0, wait_s=WAIT_S if how.frozen else wait_s)},
        seed=how.seed,
    )


def pace_of(how: Played) -> Pace:
    """The words as a pace; one that makes no sense is refused."""
    for name, word, right in (
        ("people", how.people, ("recorded", "simulated")),
        ("outcomes", how.outcomes, ("now", "late", "none")),
    ):
        if word not in right:
            raise MindshareError(f"--{name} is {' or '.join(right)}. Got '{word}' instead.")
    if how.speed == "max":
        return Pace(None, how.outcomes, how.frozen)
    try:
        speed = float(how.speed)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise MindshareError(f"--speed is a number > 0, or max. Got '{how.speed}' instead.")
    return Pace(speed, how.outcomes, how.frozen)


async def _play(
    at: tuple[str, str], script: Sequence[Scripted], pace: Pace, tell: Callable[[float, str], None] | None
) -> list[Decided]:
    async with AsyncClient(*at) as client:
        return await Player(client, script, pace, tell).play()


def show_played(team: Team, script: Sequence[Scripted], told: Sequence[Decided]) -> None:
    """P against R by parts of the stream, and who was asked."""
    columns = ["right", "utility", "asked per case", "plain vote of machines"]
    if not team.is_accuracy:  # else it is the share that is right
        columns.append("utility of that vote")
    table = Table([words("cases"), *figures(*columns)])
    by_name = {s.sent["id"]: s for s in script}
    parts = np.array_split(np.arange(len(told)), min(PARTS, len(told)))
    for part in [p for p in parts if len(p)]:
        row = _figures(team, [told[i] for i in part], by_name)
        table.add(f"{part[0] + 1:,} to {part[-1] + 1:,}", *row[: len(columns)])
    table.add("all", *_figures(team, told, by_name)[: len(columns)])
    show(table)
    asked = Counter(person for t in told for person in t.asked)
    took = [by_name[t.id].people[p].seconds for t in told for p in t.asked if p in by_name[t.id].people]
    who = ", ".join(f"{name} {n:,}" for name, n in sorted(asked.items())) or "nobody"
    minutes = amount(round(sum(s or 0.0 for s in took) / 60, 1))
    timed = f"; {minutes} {'minute' if minutes == '1' else 'minutes'} of people" if any(took) else ""
    say("", f"Asked: {who}{timed}.")
    left = sum(t.verdict is None for t in told)
    if left:
        say(
            f"{counted(left, 'case')} {'has' if left == 1 else 'have'} no verdict yet and {'is' if left == 1 else 'are'} not counted."
        )


def _figures(team: Team, told: Sequence[Decided], script: dict[str, Scripted]) -> list[str]:
    """Right, utility, answers of people per case, how often most machines were right, and what their vote is worth."""
    known = [t for t in told if t.truth is not None and t.verdict is not None]
    asked = sum(len(t.asked) for t in told) / max(len(told), 1)
    if not known:
        return ["-", "-", f"{asked:.2f}", "-", "-"]
    said = [t.verdict or "" for t in known]
    vote = [plain_vote(script[t.id]) for t in known]
    right, worth = _judged(team, said, known, script)
    vote_right, vote_worth = _judged(team, vote, known, script)
    return [right, worth, f"{asked:.2f}", vote_right, vote_worth]


def _judged(
    team: Team, said: Sequence[str | None], known: Sequence[Decided], script: dict[str, Scripted]
) -> tuple[str, str]:
    """(share that is right, mean utility of those that say anything) of one verdict a case."""
    right = [one == t.truth for one, t in zip(said, known, strict=True)]
    worth = [
        _utility(team, script[t.id], one, t.truth or "")
        for one, t in zip(said, known, strict=True)
        if one is not None
    ]
    return percent(float(np.mean(right))), f"{np.mean(worth):.3f}" if worth else "-"


def _utility(team: Team, case: Scripted, verdict: str, truth: str) -> float:
    question = next((q for q in team.questions if q.kind == case.sent.get("kind")), team.questions[0])
    worth = question.utility_matrix()[question.labels.index(truth), question.labels.index(verdict)]
    return float(worth) * float(case.sent.get("stakes", 1.0))


def plain_vote(case: Scripted) -> str | None:
    """The answer of most machines; of equals, the one that came first."""
    said = Counter(a["label"] for a in case.sent["answers"] if a["label"] is not None)
    return said.most_common(1)[0][0] if said else None
