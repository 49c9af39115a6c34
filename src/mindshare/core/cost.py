"""What asking is expected to cost before it is done, and what the rows did cost.

Stated costs are known beforehand. A person's seconds are not: before asking they are the person's own mean of what
was charged (`charge.py`), held to the mean of all people while few answers are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.history import History
from mindshare.core.records import MINUTES, PEOPLE_MINUTES
from mindshare.core.seat import person_of

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
BACK_OFF = 10.0  # answers


class Speed(NamedTuple):
    """Minutes that an answer of each of K people takes, learnt from those recorded.

    Whoever is new takes the mean of all people. Of a person whose answers never had seconds that mean is expected, and
    one `answers`, which is what `History.cost` will count: a limit on minutes steers such a person, but does not hold
    them (`cannot_tell` says so).
    """

    agent_id: tuple[str, ...]
    timed: Mask  # (K,) people whose cost nobody states
    untimed: Mask  # (K,) those of them who answered and never with seconds
    answers: F64  # (K,) timed answers
    total: F64  # (K,) their minutes
    stated: tuple[
        tuple[str, float], ...
    ] = ()  # resource -> mean of what an answer of those uses whose cost is stated

    @property
    def minutes(self) -> F64:
        """(K,) mean minutes of an answer, held to everybody's mean; NaN where nothing was ever recorded."""
        mean = self.mean
        return np.where(self.timed, (self.total + BACK_OFF * mean) / (self.answers + BACK_OFF), np.nan)

    @property
    def mean(self) -> float:
        """Minutes of an answer of all people together; NaN where nothing was ever recorded."""
        return float(self.total.sum() / self.answers.sum()) if self.answers.sum() else math.nan

    def of_each(self) -> dict[str, float]:
        """Id -> minutes that an answer of this person is expected to take, NaN = nobody was timed; `""`: whoever is new."""
        minutes = np.where(self.untimed, np.nan, self.minutes)
        return {"": self.mean} | dict(zip(self.agent_id, minutes.tolist(), strict=True))

    def expected(self, history: History, only: str | None = None) -> dict[str, F64]:
        """Resource -> (M,) expected cost of each row, asked or not; of the resource `only`, where it is named."""
        out = {name: column.astype(np.float64) for name, column in history.cost(only).items()}
        if math.isnan(self.mean):
            return out
        timed, untimed, minutes = self._of(history)
        rows = np.flatnonzero(timed[history.answers.agent])
        agent = history.answers.agent[rows]
        if len(rows) and "answers" in out:
            out["answers"][rows] = untimed[agent]
        if len(rows) and only in (None, PEOPLE_MINUTES):
            out.setdefault(PEOPLE_MINUTES, np.zeros(len(history.answers)))[rows] = minutes[agent]
        for k in np.unique(agent):
            name = person_of(history.agent_id[k]) + MINUTES
            if only in (None, name):
                out.setdefault(name, np.zeros(len(history.answers)))[rows[agent == k]] = minutes[k]
        return out

    def _of(self, history: History) -> tuple[Mask, Mask, F64]:
        """The columns `timed`, `untimed` and `minutes` of the agents of this history."""
        if history.agent_id == self.agent_id:
            return self.timed, self.untimed, self.minutes
        place = {name: k for k, name in enumerate(self.agent_id)}
        at = np.array([place.get(name, len(self.agent_id)) for name in history.agent_id], np.int64)
        new = (at == len(self.agent_id)) & unstated(history)
        timed, untimed = np.append(self.timed, False)[at] | new, np.append(self.untimed, False)[at]
        return timed, untimed, np.append(self.minutes, self.mean)[at]


def learn_speed(history: History) -> Speed:
    """How long people took."""
    n, minutes = len(history.agent_id), history.cost().get(PEOPLE_MINUTES)
    stated = tuple(stated_use(history).items())
    if minutes is None:
        return Speed(history.agent_id, np.zeros(n, bool), untimed(history), np.zeros(n), np.zeros(n), stated)
    timed = unstated(history) & ~untimed(history)  # a time of 0 counts: it is charged as 0
    rows = np.flatnonzero((minutes > 0) | timed[history.answers.agent])
    agent = history.answers.agent[rows]
    count = np.bincount(agent, minlength=n).astype(np.float64)
    total = np.bincount(agent, minutes[rows].astype(np.float64), n).astype(np.float64)
    return Speed(history.agent_id, unstated(history), untimed(history), count, total, stated)


def stated_use(history: History) -> dict[str, float]:
    """Resource -> mean of what an answer of a person uses whose cost is stated; nothing where nobody's is."""
    people = history.is_person & ~unstated(history)
    rows = people[history.answers.agent]
    if not rows.any():
        return {}
    return {name: float(column[rows].mean()) for name, column in history.cost().items() if column[rows].any()}


def human_answers(history: History) -> F64:
    """(M,) 1 for a row of a person, 0 for one of a machine: what the human share counts."""
    return history.is_person[history.answers.agent].astype(np.float64)


def machine_resources(history: History) -> list[str]:
    """Resources that machines use."""
    rows = ~history.is_person[history.answers.agent]
    return [name for name, column in history.cost().items() if column[rows].sum() > 0]


def resources(history: History) -> tuple[str, ...]:
    """What a limit may name: every resource that an answer of somebody can use, and `human_answers` where there are people."""
    names = {"human_answers"} if history.is_person.any() else set()
    by_seconds, by_answers = unstated(history), untimed(history)
    for k, agent_id in enumerate(history.agent_id):
        agent = history.team.agent(agent_id)
        if by_seconds[k]:
            names |= {"answers"} if by_answers[k] else {PEOPLE_MINUTES, person_of(agent_id) + MINUTES}
        elif agent is not None:
            names |= set(agent.cost)
    return tuple(sorted(names))


def unstated(history: History) -> Mask:
    """(K,) people whose cost nobody states: they cost the seconds that were recorded."""
    agents = [history.team.agent(agent_id) for agent_id in history.agent_id]
    return history.is_person & np.array([agent is None or not agent.cost for agent in agents], np.bool_)


def untimed(history: History) -> Mask:
    """(K,) those of them who answered and never with seconds: they cost one `answers` each time, and no minutes."""
    a, n = history.answers, len(history.agent_id)
    given = np.bincount(a.agent, minlength=n)
    missing = np.bincount(a.agent[np.isnan(a.seconds)], minlength=n)
    return unstated(history) & (given > 0) & (missing == given)


def check_limits(limits: Mapping[str, float], known: Iterable[str]) -> None:
    """Refuses a limit on what nobody uses (mistyped, it would leave unlimited what it was meant for), or below zero."""
    every = list(known)
    for resource, amount in limits.items():
        if not amount >= 0:
            raise MindshareError(f"The limit on '{resource}' must be a number >= 0. Got {amount!r} instead.")
        if resource not in every:
            raise MindshareError(
                f"Nobody uses '{resource}', so a limit on it would limit nothing;"
                f" the resources are {listed(every) or 'none'}.{nearest(resource, every)}"
            )
