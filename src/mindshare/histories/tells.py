"""How well a column of the cases tells an outcome, judged on cases whose parent it was not read from.

A column has two readings. By its levels: the outcome that most other cases of the level have, those of the same parent
left out, so that many levels with few cases each are not mistaken for knowledge. By cuts of its numbers: one range per
outcome, in the order of their means.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import lgamma
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import FloatArray, IntArray

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
LEAST = 20  # cases below which nothing is said
CLOSE, OF_USUAL = (
    0.03,
    0.2,
)  # most mistakes, of all cases and of those that always saying the usual outcome would make
MOST_RANGES = 20
CELLS = 4_000_000  # cases times outcomes that are counted at once


class Column(NamedTuple):
    """A column of n cases. `level` -1 = empty; `order` are the filled cases by rising `number`, both None for words."""

    level: IntArray
    number: FloatArray | None = None
    order: I64 | None = None

    @property
    def filled(self) -> Mask:
        """(n,) cases with a value."""
        return self.level >= 0 if self.number is None else ~np.isnan(self.number)

    @staticmethod
    def of_numbers(number: FloatArray) -> Column:
        """Every value that occurs is a level too."""
        order = np.argsort(number, kind="stable")[: len(number) - int(np.isnan(number).sum())]
        level = np.full(len(number), -1, np.int32)
        level[order] = np.unique(number[order], return_inverse=True)[1]
        return Column(level, number, order)


class Told(NamedTuple):
    """Of `cases` the outcome is told right on `right`; always saying the usual one would be right on `usual`.

    `codes`: the column has no more levels than there are outcomes (and one for empty): it may be the outcome in other
    words. `units` are parents. `surprise`: minus the log of the chance that a column without knowledge tells as many
    of the unusual cases apart.
    """

    right: int
    cases: int
    usual: int
    units: int
    surprise: float
    levels: int
    codes: bool
    cuts: bool = False


def readings(column: Column, outcome: IntArray, parent: IntArray) -> Iterator[Told]:
    """What each reading tells of `outcome` (n,), -1 = not known; readings that tell little are left out."""
    known = outcome >= 0
    filled = known & column.filled
    told: list[Told | None] = []
    if filled.sum() >= LEAST:
        told.append(by_levels(column.level[filled], outcome[filled], parent[filled]))
        if column.number is not None and column.order is not None:
            rows = column.order[known[column.order]]
            told.append(by_cuts(column.number[rows], outcome[rows], parent[rows]))
    if known.sum() >= LEAST and filled.sum() < known.sum():  # that a field is empty may tell it too
        told.append(by_levels(column.level[known] + 1, outcome[known], parent[known]))
    yield from (one for one in told if one is not None)


def by_levels(level: IntArray, outcome: IntArray, parent: IntArray) -> Told | None:
    """By what other parents' cases of the level have; None where the level tells too little."""
    levels, place = _numbered(level)
    outcomes, said = _numbered(outcome)
    if outcomes < 2:
        return None
    table = np.bincount(place * outcomes + said, minlength=levels * outcomes).reshape(levels, outcomes)
    codes, cases = levels <= outcomes + 1, table.sum(1)
    if not _close(int(table.max(1)[codes | (cases > 1)].sum()), said):
        return None
    some = slice(0, max(1, CELLS // outcomes))
    place, said, parent = place[some], said[some], parent[some]
    right, met = by_others(place, said, parent)
    judged = met if codes else np.ones(len(said), np.bool_)  # a word that occurs once is no evidence
    return _told(right[judged], said[judged], parent[judged], (levels, codes, False))


def by_others(level: I64, outcome: I64, parent: IntArray) -> tuple[Mask, Mask]:
    """(n,) whether most other parents' cases of the level have the outcome of this case, and whether there are any."""
    levels, outcomes = int(level.max()) + 1, int(outcome.max()) + 1
    table = np.bincount(level * outcomes + outcome, minlength=levels * outcomes).reshape(levels, outcomes)
    pairs, pair = _numbered(level * (int(parent.max()) + 1) + parent)
    own = np.bincount(pair * outcomes + outcome, minlength=pairs * outcomes).reshape(pairs, outcomes)
    others = table[level] - own[pair]
    most = others.max(1)
    alone = (others == most[:, None]).sum(1) == 1
    return (others[np.arange(len(outcome)), outcome] == most) & alone, most > 0


def by_cuts(number: FloatArray, outcome: IntArray, parent: IntArray) -> Told | None:
    """By ranges of rising numbers; None where they tell too little, or where there are too many outcomes."""
    outcomes, said = _numbered(outcome)
    if not 2 <= outcomes <= MOST_RANGES:
        return None
    place = np.bincount(said, np.arange(len(said))) / np.bincount(said)
    guess = np.zeros(len(said), np.int64)
    order = np.argsort(place, kind="stable")
    guess[:] = order[0]
    for below, above in pairwise(order):
        rows = np.flatnonzero((said == below) | (said == above))
        gain = np.cumsum(np.where(said[rows] == below, 1, -1))[:-1]
        gain[number[rows[1:]] == number[rows[:-1]]] = -len(rows)  # equal numbers are on one side
        guess[number > number[rows[int(np.argmax(gain))]]] = above
    right = guess == said
    if not _close(int(right.sum()), said):
        return None
    return _told(right, said, parent, (outcomes, False, True))


def _numbered(codes: IntArray | I64) -> tuple[int, I64]:
    """How many codes occur, and each as a number from 0."""
    names, number = np.unique(codes, return_inverse=True)
    return len(names), number.astype(np.int64)


def _close(right: int, outcome: I64) -> bool:
    """Whether so many right cases are worth a closer look."""
    wrong, unusual = len(outcome) - right, len(outcome) - int(np.bincount(outcome).max())
    return wrong <= min(CLOSE * len(outcome), OF_USUAL * unusual)


def _told(right: Mask, outcome: I64, parent: IntArray, how: tuple[int, bool, bool]) -> Told | None:
    if len(right) < LEAST:
        return None
    count = np.bincount(outcome)
    usual = int(count.argmax())
    units = len(np.unique(parent))
    apart = len(np.unique(parent[right & (outcome != usual)]))
    surprise = lgamma(units + 1) - lgamma(apart + 1) - lgamma(units - apart + 1)
    levels, codes, cuts = how
    return Told(int(right.sum()), len(right), int(count.max()), units, surprise, levels, codes, cuts)
