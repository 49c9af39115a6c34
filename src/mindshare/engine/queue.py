"""The cases of one kind that wait for a person, with what each person's answer would be worth: rows that come and go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
NEVER = -np.inf  # the worth of an answer by somebody who may not attend to the case


class Row(NamedTuple):
    """`worth` (P,); `due`: when waiting ends; `came`: number of the arrival; `judge`: which judge looked at it; `must`: a rule
    wants a person; `tags`: caps on exposure that the case falls under, as bits; `runs` (M,): what machines would bring that were not
    worth their price when it was looked at, NEVER for those that may not be run.
    """

    worth: F64
    due: float
    came: float
    judge: int
    must: bool
    tags: int = 0
    runs: F64 = np.zeros(0)


class Queue:
    """Rows [0, len) are in use, in any order. `worth` (n, P), `must` (n,) a rule wants a person, `due` (n,) when waiting ends,
    `came` (n,) the number of its arrival, `runs` (n, M) what machines would bring.
    """

    def __init__(self, people: int, machines: int = 0) -> None:
        self.id: list[str] = []
        self._at: dict[str, int] = {}
        self._runs = np.full((64, machines), NEVER)
        self._worth = np.zeros((people, 64))  # so that what one person is worth on all cases lies together
        self._most, self._must, self._due = np.zeros(64), np.zeros(64, bool), np.zeros(64)
        self._came, self._judge, self._tags = np.zeros(64), np.zeros(64, np.int64), np.zeros(64, np.int64)

    def __len__(self) -> int:
        return len(self.id)

    def __contains__(self, case: str) -> bool:
        return case in self._at

    @property
    def worth(self) -> F64:
        return self._worth[:, : len(self.id)].T

    @property
    def must(self) -> NDArray[np.bool_]:
        return self._must[: len(self.id)]

    @property
    def due(self) -> F64:
        return self._due[: len(self.id)]

    @property
    def came(self) -> F64:
        return self._came[: len(self.id)]

    def add(self, case: str, row: Row) -> None:
        """A case waits; one that waits already gets new values."""
        i = self._at.get(case, len(self.id))
        if i == len(self.id):
            if i == len(self._due):
                self._grow()
            self.id.append(case)
            self._at[case] = i
        self._worth[:, i], self._most[i] = row.worth, row.worth.max(initial=NEVER)
        self._due[i], self._came[i], self._judge[i], self._must[i], self._tags[i] = row[1:6]
        self._runs[i] = row.runs if len(row.runs) else NEVER

    def remove(self, case: str) -> None:
        """A case waits no more; the last row takes its place."""
        i, last = self._at.pop(case), len(self.id) - 1
        name = self.id.pop()
        if i != last:
            self.id[i], self._at[name] = name, i
            self._worth[:, i] = self._worth[:, last]
            for array in (
                self._most,
                self._must,
                self._due,
                self._came,
                self._judge,
                self._tags,
                self._runs,
            ):
                array[i] = array[last]

    def judge_of(self, case: str) -> int:
        """Which judge looked at it last."""
        return int(self._judge[self._at[case]])

    def tags_of(self, case: str) -> int:
        """The caps that it falls under."""
        return int(self._tags[self._at[case]])

    def row(self, case: str) -> F64:
        """(P,) what each person's answer is worth on a case."""
        return self._worth[:, self._at[case]].copy()

    def best(
        self, person: int, paid: float, soon: float, barred: int = 0, others: Sequence[int] = ()
    ) -> tuple[str, float, bool] | None:
        """The case this person should take, its net at what the answer costs (`paid`), and whether a rule wants somebody.

        First come cases on which a rule wants a person, oldest first; then those whose time is over before `soon`; then all
        others; among equals the best net. None where nothing is worth asking this person. `barred`: caps that the person has
        reached; `others`: people to whom the person leaves what they can do.
        """
        n = len(self.id)
        if not n:
            return None
        worth = self._worth[person, :n]
        if barred:
            worth = np.where(self._tags[:n] & barred, NEVER, worth)
        if others:
            theirs = self.worth[:, list(others)]
            can = np.where(self._must[:n, None], theirs > NEVER, theirs > 0).any(axis=1)
            worth = np.where(can, NEVER, worth)
        must = self._must[:n] & (worth > NEVER)
        if must.any():
            i = int(np.flatnonzero(must)[np.argmin(self._came[:n][must])])
            return self.id[i], float(max(worth[i], 0.0)) - paid, True
        net = np.where(worth > 0, worth - paid, NEVER)
        hurry = (net > 0) & (self._due[:n] < soon)
        net = np.where(hurry, net, NEVER) if hurry.any() else net
        equals = np.flatnonzero(net == net.max())
        i = int(equals[np.argmin(self._came[equals])])
        return (self.id[i], float(net[i]), False) if net[i] > 0 else None

    def over(self, now: float) -> list[str]:
        """The cases whose waiting is over, in the order of their coming."""
        n = len(self.id)
        at = np.flatnonzero(self._due[:n] <= now)
        return [self.id[i] for i in at[np.lexsort((at, self._came[:n][at]))].tolist()]

    def worthless(self, paid: F64) -> list[str]:
        """The cases on which no person's answer is worth what it costs now, `paid` (P,), and no rule wants one."""
        n = len(self.id)
        most, open_ = self._most[:n], ~self._must[:n]
        no = (most <= paid.min(initial=np.inf)) & open_
        unsure = np.flatnonzero((most <= paid.max(initial=NEVER)) & ~no & open_)
        best = (self._worth[:, unsure] - paid[:, None]).max(axis=0, initial=NEVER)
        no[unsure[best <= 0]] = True
        return [self.id[i] for i in np.flatnonzero(no).tolist()]

    def runnable(self, paid: F64) -> list[str]:
        """The cases on which some machine is worth what it costs now, `paid` (M,), and no rule wants a person."""
        n = len(self.id)
        best = (self._runs[:n] - paid).max(axis=1, initial=NEVER)
        return [self.id[i] for i in np.flatnonzero((best > 0) & ~self._must[:n]).tolist()]

    def _grow(self) -> None:
        self._runs = np.concatenate([self._runs, np.full_like(self._runs, NEVER)])
        self._worth = np.concatenate([self._worth, np.zeros_like(self._worth)], axis=1)
        self._must = np.concatenate([self._must, np.zeros_like(self._must)])
        self._most, self._due, self._came = (
            np.concatenate([a, np.zeros_like(a)]) for a in (self._most, self._due, self._came)
        )
        self._judge, self._tags = (np.concatenate([a, np.zeros_like(a)]) for a in (self._judge, self._tags))
