"""What the benchmark of a batch allocates: made-up families, and the values and costs of real beliefs."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.allocate import Plan, allocate
from mindshare.core.history import History
from mindshare.core.plan import Policy
from mindshare.core.records import Budget

OPTIONS, ROWS = 20, 10


class Ask(NamedTuple):
    """What `allocate` takes; `minutes` (N, K) holds all costs, option k's in row k % R."""

    value: NDArray[np.float32]
    minutes: NDArray[np.float32]
    limit: dict[str, float]
    more: dict[str, Any]

    def cost(self) -> dict[str, dict[int, Any]]:
        cost: dict[str, dict[int, Any]] = {name: {} for name in self.limit}
        for k in range(1, self.value.shape[1]):
            cost[f"r{k % len(self.limit)}"][k] = self.minutes[:, k]
        return cost

    def plan(self) -> Plan:
        return allocate(self.value, self.cost(), self.limit, **self.more)


def skills(n: int, k: int = OPTIONS, r: int = ROWS, seed: int = 0) -> Ask:
    """Hard cases are hard for everybody, long ones long for everybody; option 0 is a free stop; about 7 in 10 are served."""
    rng = np.random.default_rng(seed)
    hard, skill = rng.normal(0, 1, n).astype(np.float32), rng.normal(0, 0.7, k).astype(np.float32)
    long = rng.lognormal(0, 0.5, n).astype(np.float32)
    value, minutes = np.zeros((n, k), np.float32, order="F"), np.zeros((n, k), np.float32, order="F")
    for j in range(1, k):
        value[:, j] = 1 / (1 + np.exp(hard - skill[j] - 0.7 * rng.standard_normal(n, dtype=np.float32)))
        minutes[:, j] = long * np.exp(0.4 * rng.standard_normal(n, dtype=np.float32)) * (0.5 + rng.random())
    return Ask(value, minutes, {f"r{i}": 0.77 * n / k for i in range(r)}, {})


def ties(n: int) -> Ask:
    """Values in tenths and one minute each: everything ties."""
    ask = skills(n)
    return Ask(
        np.asfortranarray(np.round(ask.value, 1)),
        np.ones_like(ask.minutes),
        dict.fromkeys(ask.limit, 0.03 * n),
        {},
    )


def sparse(n: int) -> Ask:
    """Each person may see 5 % of the cases."""
    ask = skills(n)
    allowed = np.asfortranarray(np.random.default_rng(1).random(ask.value.shape, np.float32) < 0.05)
    allowed[:, 0] = True
    return ask._replace(more={"allowed": allowed}, limit={r: 0.2 * x for r, x in ask.limit.items()})


def level(n: int) -> Ask:
    """Shares of ten groups within a point of each other."""
    group = np.random.default_rng(2).integers(0, 10, n)
    return skills(n)._replace(more={"parity": (group, [1, 2, 3], 0.01)})


class Belief(NamedTuple):
    """What `Policy.plan` handed to `allocate`."""

    value: NDArray[np.float32]
    cost: dict[str, dict[int, Any]]
    limit: dict[str, float]
    allowed: NDArray[np.bool_]

    def plan(self, warm: dict[str, float] | None = None) -> Plan:
        return allocate(self.value, self.cost, self.limit, self.allowed, warm=warm)


def cell(n: int) -> Belief:
    """300 rows: 60 people, each with a limit in each of five time slices."""
    ask = skills(n, k=61)
    slot = np.random.default_rng(3).integers(0, 5, n)
    cost = {
        f"p{k}s{s}": {k: np.where(slot == s, ask.minutes[:, k], 0).astype(np.float32)}
        for k in range(1, 61)
        for s in range(5)
    }
    return Belief(ask.value, cost, dict.fromkeys(cost, 0.001 * n), np.ones(ask.value.shape, bool))


def beliefs(name: str) -> Belief:
    """A public set: learnt on one half of the parents, planned for the other half, whose machines have answered.

    All people together have a fifth of the minutes that one answer a case would take, each one three times their part;
    where no minutes are known, a fifth of the cases gets an answer.
    """
    from mindshare.histories.public import convert
    from mindshare.histories.read import read_history

    with tempfile.TemporaryDirectory() as folder:
        convert(name, None, Path(folder) / name)
        history = read_history(Path(folder) / name)
    parents = np.unique(history.parent)
    first = np.isin(history.parent, np.random.default_rng(0).permutation(parents)[: len(parents) // 2])
    policy = Policy(history.team, machines_always=True).fit(history.take(np.flatnonzero(first)))
    pile = unanswered(history.take(np.flatnonzero(~first)))
    limit = {"human_answers": float(len(pile) // 5)}
    if "people.minutes" in policy.resources_:
        cost = policy.plan(pile, Budget(limit={})).costs
        minutes = np.mean([np.mean(amount) for amount in cost["people.minutes"].values()])
        people = [r for r in cost if r.endswith(".minutes") and r != "people.minutes"]
        limit = {"people.minutes": 0.2 * float(minutes) * len(pile)}
        limit |= {r: 3 * limit["people.minutes"] / len(people) for r in people}
    free = policy.plan(pile, Budget(limit=limit))
    allowed = free.values > 0
    allowed[:, 0] = True
    return Belief(free.values, dict(free.costs), limit, allowed)


def unanswered(history: History) -> History:
    """The same cases as only the machines have answered them."""
    a = history.answers
    kept = ~history.is_person[a.agent]
    columns = ("case", "agent", "label", "seconds", "confidence", "proba_row")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(a.case[kept], minlength=len(history)))])
    answers = replace(a, indptr=indptr, **{c: getattr(a, c)[kept] for c in columns})
    return replace(history, answers=answers, truth=np.full(len(history), -1, np.int32))
