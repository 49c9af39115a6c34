"""The value of asking: the expected gain of the best verdict (value of information, Howard 1966).

    value(k) = sum_a q(a) [ max_d u(d | belief after a) - u(now | belief after a) ],   u(d | b) = sum_y b(y) U(y, d)

Written so, the value is never negative, and it is right wherever the next answer is foreseen rightly and the belief
after it is calibrated. Where one answer cannot overturn the belief but two can, the two-step index speaks: the
largest price of an answer at which asking still pays when a second one may follow,

    index(k) = the p with  sum_a q(a) [ gain(a) + max(0, max_j value(j | a) - p) ] = p.

Where even two cannot, `many.py` says what each of many is worth. The largest counts.

Labels far down the belief are left out of the sums: beyond the WIDE likeliest an answer cannot matter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.channel import COEFFICIENTS, Channel
from mindshare.core.asking.many import of_many, rivals
from mindshare.core.asking.outlook import (
    SLOTS,
    ahead_of,
    look_ahead,
    other_seat_of,
    outlook,
    slot_of,
    survey,
    weigh,
    who_follows,
)
from mindshare.core.asking.steps import imagine, one_step, second_step
from mindshare.core.asking.verdict import is_accuracy
from mindshare.core.belief.state import Opened, likeliest, state, tally
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
WIDE = 24
SETTLED = 2e-3  # doubts smaller than this are not worth a question


def values(opened: Opened, known: Mask, rows: I64, channel: Channel, utility: F64) -> F64:
    """(len(rows),) expected gain in utility of asking each row next."""
    return looked(opened, known, rows, channel, utility, (False, False))


def indices(opened: Opened, known: Mask, rows: I64, channel: Channel, utility: F64) -> F64:
    """(len(rows),) the largest of the value, the two-step index and the index of many answers of each row."""
    return looked(opened, known, rows, channel, utility, (True, True))


def looked(
    opened: Opened, known: Mask, rows: I64, channel: Channel, utility: F64, two: tuple[bool, bool]
) -> F64:
    """(len(rows),) the index of the kinds (machine, person) that `two` names, the value of the others."""
    return look(
        opened, known, rows.astype(np.int64, copy=False), channel.coefficient, channel.wrong, utility, two
    )


@kernel(allocates=True)
def look(opened, known, asked, coefficient, odds, utility, two):  # type: ignore[no-untyped-def]
    """(len(asked),) the value of each of these rows, or its index where `two` says so of its kind (machine, person)."""
    n_labels = opened.prior.shape[1]
    wide = min(n_labels, WIDE)
    room = (
        (tally(opened), tally(opened), tally(opened)),
        (outlook(n_labels, wide), outlook(n_labels, wide)),
        ahead_of(n_labels, wide),
        np.arange(wide),
        np.empty((8, n_labels)),
        np.empty((5, wide)),
    )
    out = np.zeros(len(asked))
    _look(opened, known, asked, coefficient, odds, utility, two, room, out)
    return out


@kernel
def _look(opened, known, asked, coefficient, odds, utility, two, room, out):  # type: ignore[no-untyped-def]
    """Fill `out` (len(asked),), which is 0 before."""
    states, outlooks, ahead, order, scratch, answers = room
    rows, shared, attention = opened.rows, opened.shared, opened.attention
    agent, person, indptr, weight = rows.agent, rows.person, rows.indptr, opened.weight
    tables, spoke, own_spoke, heard = shared.tables, shared.spoke, shared.own_spoke, shared.heard
    how, accuracy = (shared.votes, shared.temperature), is_accuracy(utility)
    here, there, then = states
    seen, then_seen = outlooks
    then_seen.mark[2], then_seen.mark[3] = 1, -1
    work, beliefs, q, gain = scratch[:6], scratch[6:], answers[0], answers[1]
    second = (then_seen, answers[2], answers[3], answers[4], beliefs)
    last, kind, doubt, follows, left, filled = np.int64(-1), -1, 0.0, 0, 0, 0
    for j in range(len(asked)):
        r = asked[j]
        i, g = np.int64(rows.case[r]), person[r]
        other_seat = other_seat_of(rows.other, r)
        if not heard[agent[r]] or (other_seat >= 0 and known[other_seat]):  # one seat of a person is asked
            continue
        if i != last:
            last, kind = i, -1
            state(opened, known, i, here, work, seen.score)
            if len(seen.score) > len(order):
                likeliest(seen.score, order)
        if g != kind:
            kind = g
            doubt = survey(seen, here, g, order, coefficient[g], spoke, utility, accuracy)
            follows, left = who_follows(ahead, known, person, rows.other, g, indptr[i], indptr[i + 1], two[g])
            rivals(seen, order, utility, accuracy)
            filled = 0
        # under accuracy no answer is worth more than what the belief still doubts
        if accuracy and doubt < SETTLED:
            continue
        slot = slot_of(ahead, rows.other, r)
        for f in range(SLOTS):
            fresh = f >= filled if f < follows else f == slot
            if fresh:
                s, line = ahead.row[f], work[:4]
                k = agent[s]
                look_ahead(
                    ahead, f, tables, shared.right, odds, k, opened.cell[i], coefficient[g, 0], order, line
                )
                weigh(ahead, f, weight[s, 0], weight[s, 1], spoke, own_spoke, g, shared.own[k], here.spoke[g])
        filled = follows
        out[j] = one_step(
            attention, i, ahead, slot, g, seen, here, then, how, utility, accuracy, order, q, gain, beliefs
        )
        if two[g]:
            far = of_many(ahead, slot, seen, order, left, answers[2])
            out[j] = second_step(
                attention, i, ahead, slot, g, out[j], seen, here, there, then, how, coefficient[g], spoke,
                utility, accuracy, order, q, gain, second,
            )  # fmt: skip
            out[j] = max(out[j], far)


def foreseen(opened: Opened, known: Mask, r: int, answer: int) -> F64:
    """(L,) the scores of the case of row r if it answered `answer`, as values foresee them."""
    return _foreseen(opened, known, r, answer)


@kernel(allocates=True)
def _foreseen(opened, known, r, answer):  # type: ignore[no-untyped-def]
    i, g, k = np.int64(opened.rows.case[r]), opened.rows.person[r], opened.rows.agent[r]
    n_labels, shared, tables = opened.prior.shape[1], opened.shared, opened.shared.tables
    here, then, seen, order = tally(opened), tally(opened), outlook(n_labels, n_labels), np.arange(n_labels)
    ahead, work, score = ahead_of(n_labels, n_labels), np.empty((6, n_labels)), np.empty(n_labels)
    state(opened, known, i, here, work, seen.score)
    survey(seen, here, g, order, np.zeros(COEFFICIENTS), shared.spoke, np.eye(n_labels), True)  # noqa: FBT003
    odds = np.ones((len(tables.wrong), n_labels, n_labels))
    look_ahead(ahead, 0, tables, shared.right, odds, k, opened.cell[i], 1.0, order, work[:4])
    own, weight = shared.own[k], opened.weight
    weigh(ahead, 0, weight[r, 0], weight[r, 1], shared.spoke, shared.own_spoke, g, own, here.spoke[g])
    ahead.row[0] = r
    how = (shared.votes, shared.temperature)
    imagine(opened.attention, i, ahead, 0, answer, answer, g, seen, here, then, how, score)
    return score
