"""A model: everything that a decision needs, learnt from one history and then left alone; plain arrays with names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.channel import Channel, channel_for
from mindshare.core.asking.opinion import heard_verdicts
from mindshare.core.asking.path import Trace, ask
from mindshare.core.asking.worth import Asking, worth_of
from mindshare.core.belief.correction import ATTENTION, TREES
from mindshare.core.belief.holdout import Stage, stage_of
from mindshare.core.belief.pool import Pool
from mindshare.core.belief.pooling import Pooling
from mindshare.core.belief.race import AGREEMENT
from mindshare.core.belief.rows import Agents
from mindshare.core.belief.state import Opened
from mindshare.core.cost import Speed
from mindshare.core.errors import ModelError, listed
from mindshare.core.history import History, Question, Team
from mindshare.core.pacing.demand import Demand
from mindshare.core.records import Agent
from mindshare.core.seat import other_seats, person_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class About(NamedTuple):
    """Where a model came from."""

    name: str  # of the history
    cases: int  # whose truth was known
    digest: str  # of what was learnt from
    build: str  # of the program that learnt
    seed: int
    family: str  # of belief: what won the race
    race: dict[str, float]  # log-loss of each way that was tried
    ridge: float  # of the way to pool that won
    only: int | None
    text: bool
    unlabelled: bool


class Seats(NamedTuple):
    """Who has answered or may be asked, K agents, and the model's numbers of them."""

    team: tuple[Agent, ...]
    place: dict[str, int]  # id -> place in the team
    number: NDArray[np.int32]  # (K,)
    is_person: Mask  # (K,)
    met: Mask  # (K,) whom the model has met
    other: I64 | None  # (K,) place of the same person's other seat, -1 = none; None = nobody has two

    @staticmethod
    def of(agents: Agents, team: tuple[Agent, ...]) -> Seats:
        """Whoever the model has never met is the stranger of the kind."""
        ids, known = [a.id for a in team], set(agents.id)
        is_person = np.array([a.kind == "person" for a in team], bool)
        met = np.array([name in known for name in ids], bool)
        place = {name: k for k, name in enumerate(ids)}
        return Seats(team, place, agents.numbers(ids, is_person), is_person, met, other_seats(ids))


@dataclass(frozen=True, kw_only=True)
class Model:
    """Learnt by `learn`; `save_model` and `load_model` keep it in one file. Nothing in it changes."""

    team: Team
    pool: Pool
    asking: Asking
    demand: Demand  # of human answers, on cases held out
    speed: Speed
    about: About

    @cached_property
    def channel(self) -> Channel:
        """The answer channel for the tables of our own pool."""
        return self._channel(self.pool)

    @cached_property
    def met(self) -> tuple[Agent, ...]:
        """The agents that the model has met, with the costs that its team states."""
        agents = self.pool.reading.agents
        return tuple(
            self.team.agent(name) or Agent(id=name, kind="person" if person else "machine")
            for name, person in zip(agents.id, agents.is_person, strict=False)
        )

    @cached_property
    def seats(self) -> Seats:
        """Those of all agents that the model has met."""
        return Seats.of(self.pool.reading.agents, self.met)

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Label -> its number."""
        return {name: y for y, name in enumerate(self.pool.reading.labels)}

    def minutes_of(self, agent_id: str) -> float:
        """Minutes that an answer of this agent is expected to take, NaN = nobody was timed.

        A seat that is new takes those of the same person alone, whoever else is new the mean.
        """
        known = self._minutes
        return known.get(agent_id, known.get(person_of(agent_id), known[""]))

    @cached_property
    def _minutes(self) -> dict[str, float]:
        return self.speed.of_each()  # asked for each person on each case

    def _channel(self, pool: Pool) -> Channel:
        reading = pool.reading
        return channel_for(self.asking.coefficient, reading.tables, reading.agents.is_person)

    def open(self, history: History) -> Stage:
        """Prepare cases that the belief was not fitted on."""
        return stage_of(self.pool, history)

    def worth(self, stage: Stage, known: Mask, rows: I64) -> F64:
        """(len(rows),) the gated value of asking each row next, times the stakes of its case."""
        channel = self.channel if stage.belief is self.pool else self._channel(stage.belief)
        return worth_of(self.asking, channel, stage.opened, known, rows, stage.stakes())

    def verdicts(self, stage: Stage, known: Mask) -> NDArray[np.int32]:
        """(N,) the verdict of the highest expected utility, given the rows that are known."""
        return self._decide(stage.opened)(known, np.arange(len(stage.history)))

    def path(self, stage: Stage, cost: F64, known: Mask | None = None, askable: Mask | None = None) -> Trace:
        """The path of the rule on these cases: all machines first (unless `known` says otherwise), then people."""
        opened = stage.opened
        known = stage.machines() if known is None else known
        askable = opened.person == 1 if askable is None else askable
        return ask(opened, known, askable, self._index(stage), self._decide(opened), cost)

    def _index(self, stage: Stage) -> Callable[[Mask, I64], F64]:
        return lambda known, rows: self.worth(stage, known, rows)

    def _decide(self, opened: Opened) -> Callable[[Mask, I64], NDArray[np.int32]]:
        edge, utility = self.asking.edge, self.asking.utility
        return lambda known, cases: heard_verdicts(edge, opened, known, cases, utility)

    def price_at(self, share: float) -> float:
        """The price of one human answer at which held-out cases buy `share` answers per case."""
        return float(self.demand.price(np.array([share]))[0])

    @property
    def question(self) -> Question:
        """What the model is asked."""
        return self.team.questions[0]

    def check_team(self, team: Team) -> None:
        """Refuses a team whose labels or utility are others than those learnt for; agents may come and go."""
        ours, theirs = self.question, {q.kind: q for q in team.questions}
        if ours.kind not in theirs:
            raise ModelError(
                f"The model was learnt for cases of kind '{ours.kind}'; the team '{team.name}' has "
                f"{listed(team.kinds)}. Learn a model for each of these kinds."
            )
        other = theirs[ours.kind]
        if set(other.labels) != set(ours.labels):
            raise ModelError(
                f"The model was learnt for the team '{self.team.name}' with the labels {listed(ours.labels)}; the team "
                f"'{team.name}' has {listed(other.labels)}. Learn a model for this team."
            )
        at = [other.labels.index(label) for label in ours.labels]
        if not np.array_equal(other.utility_matrix()[np.ix_(at, at)], ours.utility_matrix()):
            raise ModelError(
                f"The model was learnt for another utility than that of the team '{team.name}'. Learn a model for it."
            )


def about_of(history: History, pool: Pool, race: dict[str, float], how: Pooling) -> About:
    """Where the model came from."""
    pools = (n for n in race if n not in (TREES, ATTENTION))
    family = min(pools, key=lambda n: race[n], default=AGREEMENT if how.unlabelled else "pool")
    if pool.net is not None:
        family = f"{family} + attention"
    elif pool.trees is not None:
        family = f"{family} + boosting"
    a = history.answers
    digest = hashlib.sha256("\n".join([*history.case_id, *history.agent_id, *history.team.labels]).encode())
    for column in (history.truth, a.case, a.agent, a.label):
        digest.update(np.ascontiguousarray(column).tobytes())
    labelled = int((history.truth >= 0).sum())
    return About(
        history.team.name,
        labelled,
        digest.hexdigest(),
        version("mindshare"),
        how.seed,
        family,
        race,
        how.ridge,
        how.only,
        how.text,
        how.unlabelled,
    )
