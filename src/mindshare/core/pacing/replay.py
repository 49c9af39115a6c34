"""Old cases played again in a stated order of arrival, through the prices and the ledger of the `Pacer`.

A policy's questions are on a path for each case, each with its worth; the case comes, its first question is decided, and
while it is asked the next one, until one is not. That is done for all cases in one compiled loop with the kernels that the
`Pacer` itself calls, so every policy is cut by the same means and knows no later case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.kernel import kernel
from mindshare.core.pacing.demand import Demand
from mindshare.core.pacing.ledger import Floats, add, correct
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.pacing.price_update import PriceState, Shared, decide, meet, price_state

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
ROUNDING = 1e-9  # what an answer may use beyond a limit and still be whole: sums of costs are rounded
Index = Callable[[Mask, Ints], Floats]  # (known, rows of one case) -> what asking each is worth next


class Path(NamedTuple):
    """Questions (Q,) of some cases, those of a case in the order of asking; of one resource."""

    case: Ints
    worth: Floats  # > 0 where it may be asked at all
    expected: Floats  # use
    actual: Floats  # use, known when the answer is in


class Replayed(NamedTuple):
    """`bought` (Q,) questions that were paid for, `heard` (Q,) whose answer came, what was spent, (N,) the price as each case came."""

    bought: Mask
    heard: Mask
    used: float
    price: Floats


class Rows(NamedTuple):
    """What may be asked, in rows (M,): `indptr` (N + 1,) of each case, whether it may be asked; (M, R) use."""

    indptr: Ints
    askable: Mask
    expected: Floats
    actual: Floats  # known when the answer is in


class Spent(NamedTuple):
    """`asked` (M,) rows that were paid for, in `row` in that order, `known` (M,) whose answer is in; `price` (R,) the median on the way."""

    known: Mask
    asked: Mask
    row: Ints
    used: Floats
    price: Floats


def in_order(arrived: Floats | None, cases: int, seed: int) -> Ints:
    """(N,) the cases as they arrived, in random order by the seed where that is not known."""
    chance = np.random.default_rng(seed).random(cases)
    return np.lexsort((chance,) if arrived is None else (chance, arrived))


def replay(path: Path, order: Ints, limit: float, demand: Demand) -> Replayed:
    """What is asked when the cases come in `order` (N,) and no more than `limit` may be spent in all.

    An answer that uses more than is left ends at the limit: what is left is spent, the answer is lost, its case is over.
    """
    n = len(order)
    by_case = np.argsort(path.case, kind="stable")
    edges = np.searchsorted(path.case[by_case], np.arange(n + 1))
    one = np.zeros(1)
    prices = price_state(one, np.full((1, 1), np.nan), demand=True)
    shared = Shared(np.array([limit]), np.zeros(1), np.zeros(1, np.bool_), np.zeros(1), one, *demand.line())
    became, told = np.zeros(len(path.case), np.int8), np.zeros(n)
    columns = (path.worth[by_case], path.expected[by_case], path.actual[by_case])
    _run(
        prices, shared, columns, edges, order, became, told, (np.zeros((1, 1)), np.zeros(2), np.zeros((2, 1)))
    )
    back = np.empty_like(became)
    back[by_case] = became
    return Replayed(back > 0, back == 2, float(shared.used[0]), told)


@kernel
def _run(
    c: PriceState,
    shared: Shared,
    columns: tuple[Floats, Floats, Floats],
    edges: Ints,
    order: Ints,
    became: NDArray[np.int8],
    told: Floats,
    room: tuple[Floats, Floats, Floats],
) -> None:
    """Plays all cases; writes what became of each question (1 = lost at the limit, 2 = heard) and the price (N,) as each case came."""
    worth, expected, actual = columns
    (coming, value, use), n, lasts = room, len(order), float(len(order))
    for i in range(n):
        coming[0, 0] = n - 1 - i
        meet(c, shared, 0, coming, lasts)
        told[order[i]] = shared.price[0]
        for q in range(edges[order[i]], edges[order[i] + 1]):
            if worth[q] <= 0:
                break
            value[1], use[1, 0] = worth[q], expected[q]
            if decide(c, shared, value, use, (0, 0, lasts, -1), coming)[0] != 1:
                break
            add(shared.used, shared.limit, use[1])
            became[q] = 1
            if correct(shared.used, shared.limit, 0, expected[q], actual[q], same_period=True) > ROUNDING:
                break
            became[q] = 2


def replay_limits(rows: Rows, known: Mask, index: Index, pacer: Pacer, order: Ints) -> Spent:
    """Several limits: each case comes once, and its askable rows are decided on until stopping is best; `known` is heard before.

    What an answer has cost is settled before the next question. One that ends at a limit is paid as far as there is left, and
    lost. Nobody is asked whose answer is worth nothing.
    """
    known, asked, bought = known.copy(), np.zeros(len(known), bool), list[int]()
    prices = np.zeros((len(order), len(pacer.resources)))
    for i, case in enumerate(order.tolist()):
        pacer.arrive()
        mine = np.arange(rows.indptr[case], rows.indptr[case + 1])
        while True:
            open_ = mine[rows.askable[mine] & ~asked[mine] & ~known[mine]]
            worth = index(known, open_) if len(open_) else np.zeros(0)
            at, worth = open_[worth > 0], worth[worth > 0]
            use = np.concatenate([np.zeros((1, len(pacer.resources))), rows.expected[at]])
            told = pacer.decide(np.concatenate([[0.0], worth]), use)
            prices[i] = told.price
            if told.option == 0:
                break
            row = int(at[told.option - 1])
            asked[row] = True
            bought.append(row)
            over = pacer.settle(told, dict(zip(pacer.resources, rows.actual[row].tolist(), strict=True)))
            known[row] = max(over.values(), default=0.0) <= ROUNDING
    return Spent(
        known,
        asked,
        np.array(bought, np.int64),
        np.array(list(pacer.used.values())),
        np.median(prices, axis=0),
    )
