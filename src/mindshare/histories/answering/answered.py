"""Answers of a machine as a table, and in the history that they belong to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from mindshare.core.history import Answers, History
from mindshare.core.records import Agent, Cost
from mindshare.histories.answers import PROBA
from mindshare.machines.task import Floats

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a machine said of cases.

    `proba` (N, L) in the order of the labels of `cases`, NaN where there is no answer and for labels of other kinds, and all the same
    where it says nothing;
    `cost`: resource -> what an answer used, as measured on this computer; `cases`: those that the machine had not seen, with
    parents that keep near-duplicates together; `said`: what was decided, a sentence each.
    """

    agent: str
    cases: History
    proba: Floats
    cost: dict[str, float]
    said: tuple[str, ...]

    @property
    def label(self) -> NDArray[np.int64]:
        """(N,) likeliest label, -1 where there is no answer, or one that says nothing."""
        most, least = np.fmax.reduce(self.proba, axis=1), np.fmin.reduce(self.proba, axis=1)
        dull = np.isnan(most) | (most <= least)
        found: NDArray[np.int64] = np.where(dull, -1, np.nan_to_num(self.proba).argmax(axis=1))
        return found

    @property
    def rows(self) -> NDArray[np.int64]:
        """The cases that got an answer."""
        return np.flatnonzero(~np.isnan(self.proba).all(axis=1))

    @property
    def accuracy(self) -> float:
        """The share of the answers to cases with a known truth that are right; NaN where there is none."""
        known = (self.cases.truth >= 0) & (self.label >= 0)
        return float((self.label[known] == self.cases.truth[known]).mean()) if known.any() else float("nan")

    @property
    def table(self) -> pl.DataFrame:
        """case, agent, answer, p:LABEL: one row an answer."""
        import polars as pl

        rows, names = self.rows, self.cases.team.labels
        label = self.label[rows].tolist()
        return pl.DataFrame(
            {
                "case": [self.cases.case_id[i] for i in rows.tolist()],
                "agent": [self.agent] * len(rows),
                "answer": [names[y] if y >= 0 else None for y in label],
                **{PROBA + name: self.proba[rows, k].round(6).tolist() for k, name in enumerate(names)},
            },
            schema_overrides={"answer": pl.String},
        )

    @property
    def history(self) -> History:
        """The cases with these answers beside those that they had, and the machine in the team with its measured cost."""
        h = self.cases
        ids = h.agent_id if self.agent in h.agent_id else (*h.agent_id, self.agent)
        cost = {resource: Cost(fixed=amount) for resource, amount in self.cost.items()}
        stated = h.team.agent(self.agent)
        mine = (
            structs.replace(stated, cost={**stated.cost, **cost})
            if stated is not None and stated.kind == "machine" and self.agent in h.agent_id
            else Agent(id=self.agent, kind="machine", cost=cost)
        )
        agents = (*(a for a in h.team.agents if a.id != self.agent), mine)
        new = len(ids) - len(h.agent_id)
        most = h.most_seconds
        return replace(
            h,
            team=replace(h.team, agents=agents),
            agent_id=ids,
            is_person=np.append(h.is_person, np.zeros(new, np.bool_)),
            most_seconds=None if most is None else np.append(most, np.full(new, np.inf)),
            answers=self._beside(h.answers, ids.index(self.agent)),
        )

    def _beside(self, a: Answers, agent: int) -> Answers:
        rows = self.rows.astype(np.int32)
        n, gaps = len(rows), np.full(len(rows), np.nan, np.float32)
        case, agents = np.append(a.case, rows), np.append(a.agent, np.full(n, agent, np.int32))
        order = np.lexsort((agents, case))
        return Answers(
            indptr=np.concatenate([[0], np.cumsum(np.bincount(case, minlength=len(self.cases)))]).astype(
                np.int64
            ),
            case=case[order].astype(np.int32),
            agent=agents[order].astype(np.int32),
            label=np.append(a.label, self.label[rows])[order].astype(np.int32),
            seconds=np.append(a.seconds, gaps)[order],
            confidence=np.append(a.confidence, gaps)[order],
            proba_row=np.append(a.proba_row, len(a.proba) + np.arange(n))[order].astype(np.int32),
            proba=np.concatenate(
                [a.proba.reshape(-1, self.proba.shape[1]), np.nan_to_num(self.proba[rows])]
            ).astype(np.float32),
        )
