"""How often who said what when what was true: all that the tables of the evidence are made from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

OWN_TABLES = 4_000_000  # numbers; beyond, agents share the table of their kind


class Said(NamedTuple):
    """Answers whose truth is known, (R,) each: who answered, in which cell, what was true, what was said."""

    agent: I64
    cell: I64
    truth: I64
    answer: I64


class Graded(NamedTuple):
    """Answers that are right by some chance, (R,) each: who answered, in which cell, how likely it is right."""

    agent: I64
    cell: I64
    right: F64


class Size(NamedTuple):
    """Of K agents, C cells and L labels."""

    person: I64  # (K,) 0 machine, 1 person
    cells: int
    labels: int

    @property
    def own_tables(self) -> bool:
        """Whether each agent has a table of its own."""
        return len(self.person) * self.labels**2 <= OWN_TABLES

    @property
    def own_cells(self) -> bool:
        """Whether each agent has a skill of its own in each cell."""
        return len(self.person) * self.cells <= OWN_TABLES

    def owners(self) -> tuple[NDArray[np.int32], int]:
        """(K,) who owns the usual wrong answers of an agent: each machine its own, all people together; how many own any."""
        machines = np.flatnonzero(self.person == 0)
        if len(machines) * self.cells * self.labels > OWN_TABLES:
            return (1 - self.person).astype(np.int32), 2
        owner = np.zeros(len(self.person), np.int32)
        owner[machines] = 1 + np.arange(len(machines))
        return owner, 1 + len(machines)


class Counts(NamedTuple):
    """Answers of K agents, counted."""

    own: I64  # (K, L, L) truth x answer; (0, L, L) where agents share tables
    kind: I64  # (2, L, L) the same for machines and people
    cell: F64  # (2, 2, C) seen and right, of each kind in each cell
    agent: F64  # (2, K) seen and right, of each agent
    pair: I64  # (P,) sorted, agent * C + cell: who answered where
    own_cell: F64  # (2, P) seen and right there
    wrong: F64  # (O, C, L) wrong answers of each owner in each cell

    @staticmethod
    def nothing(size: Size) -> Counts:
        """Before the first answer."""
        k, c, n = len(size.person), size.cells, size.labels
        return Counts(
            own=np.zeros((k if size.own_tables else 0, n, n), np.int64),
            kind=np.zeros((2, n, n), np.int64),
            cell=np.zeros((2, 2, c)),
            agent=np.zeros((2, k)),
            pair=np.zeros(0, np.int64),
            own_cell=np.zeros((2, 0)),
            wrong=np.zeros((size.owners()[1], c, n)),
        )

    def skill(self) -> Counts:
        """Only how often who is right, and where."""
        return self._replace(own=0 * self.own, kind=0 * self.kind, wrong=0 * self.wrong)


def count(size: Size, said: Said, before: Counts | None = None) -> Counts:
    """These answers, added to those counted `before`, which stays as it is."""
    agent, cell, truth, answer = said
    right = (answer == truth).astype(np.float64)
    out = count_skill(size, Graded(agent, cell, right), before)
    if len(out.own):
        np.add.at(out.own, (agent, truth, answer), 1)
    np.add.at(out.kind, (size.person[agent], truth, answer), 1)
    owner = size.owners()[0][agent]
    missed = right == 0
    np.add.at(out.wrong, (owner[missed], cell[missed], answer[missed]), 1.0)
    return out


def less(counts: Counts, gone: Counts) -> Counts:
    """Without answers that were counted before; what was never counted takes nothing below zero."""
    place = np.searchsorted(counts.pair, gone.pair)
    own_cell = counts.own_cell.copy()
    own_cell[:, place] -= gone.own_cell
    left = {
        name: getattr(counts, name) - getattr(gone, name)
        for name in ("own", "kind", "cell", "agent", "wrong")
    }
    left["own_cell"] = own_cell
    return counts._replace(**{name: np.maximum(x, 0) for name, x in left.items()})


def count_skill(size: Size, graded: Graded, before: Counts | None = None) -> Counts:
    """How often who is right, and where, added to what was counted `before`: nothing of what is taken for what."""
    out = Counts._make(x.copy() for x in before) if before is not None else Counts.nothing(size)
    agent, cell, right = graded
    for j, amount in enumerate((np.ones(len(agent)), right)):
        np.add.at(out.cell[j], (size.person[agent], cell), amount)
        np.add.at(out.agent[j], agent, amount)
    pair, own_cell = _merged(out, agent * size.cells + cell, right)
    return out._replace(pair=pair, own_cell=own_cell)


def _merged(before: Counts, pair: I64, right: F64) -> tuple[I64, F64]:
    """Who answered where, and what was seen and right there, with these answers."""
    found, place = np.unique(np.concatenate([before.pair, pair]), return_inverse=True)
    seen = np.concatenate([before.own_cell[0], np.ones(len(pair))])
    hits = np.concatenate([before.own_cell[1], right])
    return found, np.stack([np.bincount(place, amount, len(found)) for amount in (seen, hits)])
