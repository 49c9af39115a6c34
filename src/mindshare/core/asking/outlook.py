"""What would be answered in the state of a case: the state's own part once, and q(a) for everyone who may be asked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.channel import log_belief_of, odds_without_reading
from mindshare.core.asking.verdict import best_verdict
from mindshare.core.belief.evidence import contextual_says, plain_says, prepare
from mindshare.core.belief.state import by_number, by_votes
from mindshare.core.belief.weights import SPOKE
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
LOG_UNLIKELY = -6.9  # about the logarithm of what makes a label too unlikely to count
STEEPEST = 500.0  # odds beyond the exponential of this say the same
SECOND_AGENTS = 2  # how many may follow the one who is asked
SLOTS = (
    SECOND_AGENTS + 2
)  # one of those who may follow may be asked herself, and whoever else is asked needs a place


class Outlook(NamedTuple):
    """A state of a case, as all of one kind that may be asked in it share it; W the labels looked at, in `order`."""

    score: F64  # (L,)
    log_belief: F64  # (L,)
    belief: F64  # (L,)
    base: F64  # (L,) raw score once one more speaks, but for what is said
    alone: F64  # (W,) log-odds of each answer under a truth that it misses, but for the reading
    right: F64  # (W,) the same under its own truth
    odds: F64  # (W + 1,) of each answer under a truth that it misses, but for the usual mistakes; what they are scaled by
    rival: F64  # (2,) what the verdict's rival would win, and lose, against it
    tilt: F64  # (W,) log-odds of the rival that each answer adds
    mark: I64  # (5,) what would be decided now; whose usual mistakes `odds` are of; 1 where one answer is imagined already;
    # the likeliest truth under which the rival is better, and under which it is worse


class Ahead(NamedTuple):
    """What some agents of one kind may answer on one case, each in a slot: the first who may follow, then who is asked."""

    row: I64  # (SLOTS,) the answer row, -1 = nobody
    other_seat: I64  # (SLOTS,) that of the same person's other seat, -1 = none
    owner: I64  # (SLOTS,) of the usual mistakes
    says: F64  # (SLOTS, 2, W, L) plain and contextual log p(answer | truth)
    lift: F64  # (SLOTS, W) what being right adds to the log-odds of an answer
    usual: F64  # (SLOTS, W) what the usual mistakes of the cell add
    wrong: F64  # (SLOTS, W, W) odds of an answer (last) under a truth that it misses
    weight: F64  # (SLOTS, 2, 2) of both readings, if it comes next, and if another answer comes before


@kernel(allocates=True)
def outlook(n_labels, wide):  # type: ignore[no-untyped-def]
    """Room for a state."""
    return Outlook(
        np.empty(n_labels),
        np.empty(n_labels),
        np.empty(n_labels),
        np.empty(n_labels),
        np.empty(wide),
        np.empty(wide),
        np.empty(wide + 1),
        np.zeros(2),
        np.zeros(wide),
        np.zeros(5, np.int64),
    )


@kernel(allocates=True)
def ahead_of(n_labels, wide):  # type: ignore[no-untyped-def]
    """Room for what may be answered."""
    return Ahead(
        np.empty(SLOTS, np.int64),
        np.empty(SLOTS, np.int64),
        np.empty(SLOTS, np.int64),
        np.empty((SLOTS, 2, wide, n_labels)),
        np.empty((SLOTS, wide)),
        np.empty((SLOTS, wide)),
        np.empty((SLOTS, wide, wide)),
        np.empty((SLOTS, 2, 2)),
    )


@kernel
def who_follows(ahead, known, person, other, g, first, end, two):  # type: ignore[no-untyped-def]
    """Empty all slots, but name in them the first agents of kind g on the case who may follow, if `two` do; returns how many.

    And how many of the kind are left in all. Of a person's two seats the first one counts, and none once she has answered.
    """
    for slot in range(SLOTS):
        ahead.row[slot], ahead.other_seat[slot] = -1, -1
    count, left = 0, 0
    for r in range(first, end if two else first):
        if known[r] or person[r] != g:
            continue
        other_seat = other_seat_of(other, r)
        if other_seat >= 0 and (known[other_seat] or other_seat < r):
            continue
        left += 1
        if count <= SECOND_AGENTS:
            ahead.row[count], ahead.other_seat[count] = r, other_seat
            count += 1
    return count, left


@kernel
def other_seat_of(other, r):  # type: ignore[no-untyped-def]
    """The row of the other seat of whoever sits in row r, -1 = none."""
    if other is None:
        return -1
    return other[r]


@kernel
def slot_of(ahead, other, r):  # type: ignore[no-untyped-def]
    """The slot of row r: its own among those who may follow, else the last one, which it takes."""
    ahead.row[SLOTS - 1], ahead.other_seat[SLOTS - 1] = r, other_seat_of(other, r)
    slot = 0
    while ahead.row[slot] != r:
        slot += 1
    return slot


@kernel
def look_ahead(ahead, slot, tables, right, channel_wrong, k, cell, reading, order, line):  # type: ignore[no-untyped-def]
    """Fill a slot, but for its row and weight, with what agent k may answer in the cell; `line` (4, L) is scratch."""
    wide, t, owner = len(order), tables.table_of[k], tables.owner_of[k]
    prepare(tables, right, k, cell, 0.0, 0.0, line)
    ahead.owner[slot] = owner
    for j in range(wide):
        a = order[j]
        plain_says(tables, k, line, a, ahead.says[slot, 0, j])
        contextual_says(tables, k, cell, line, a, ahead.says[slot, 1, j])
        ahead.lift[slot, j] = reading * (line[2, a] - line[3, a])
        ahead.usual[slot, j] = reading * tables.usual[owner, cell, a]
        for m in range(wide):
            ahead.wrong[slot, j, m] = channel_wrong[t, a, order[m]]
        ahead.wrong[slot, j, j] = 0.0


@kernel
def weigh(ahead, slot, weight0, weight1, spoke, own_spoke, g, own, spoken):  # type: ignore[no-untyped-def]
    """Fill the weight of a slot, of an agent of kind g of whom `spoken` have spoken."""
    for turn in range(2):
        n = min(spoken + 1 + turn, SPOKE)
        u0, u1 = by_number(spoke, own_spoke, g, own, n)
        ahead.weight[slot, turn, 0], ahead.weight[slot, turn, 1] = weight0 + u0, weight1 + u1


@kernel
def survey(out, here, g, order, coefficient, spoke, utility, accuracy):  # type: ignore[no-untyped-def]
    """Fill all of the outlook but its `score` and `odds`, for agents of kind g; returns the doubt of the likeliest label."""
    top, entropy, best, z = log_belief_of(out.score, out.log_belief, out.belief)
    out.mark[0] = best_verdict(out.belief, utility, accuracy)
    out.mark[1] = -1
    spoken, sums, log_belief = here.spoke[g], here.sums, out.log_belief
    for j in range(len(order)):
        a = order[j]
        out.alone[j], out.right[j] = odds_without_reading(
            coefficient, log_belief[a], top, entropy, a == best, sums[g, 2, a] > 0, spoken > 0
        )
    n, m = min(spoken, SPOKE), min(spoken + 1, SPOKE)
    d0, d1 = 1.0, 0.0
    if g == 1:
        d0, d1 = spoke[1, m, 0] - spoke[1, n, 0], spoke[1, m, 1] - spoke[1, n, 1]
    for y in range(len(log_belief)):
        out.base[y] = here.raw[y] + d0 * sums[g, 0, y] + d1 * sums[g, 1, y]
    return 1.0 - 1.0 / z


@kernel(inline=True)
def foresee(ahead, slot, seen, order, q):  # type: ignore[no-untyped-def]
    """Fill q (W,): the probability that whoever is in the slot answers order[j]."""
    wide, odds, wrong = len(order), seen.odds, ahead.wrong
    if seen.mark[1] != ahead.owner[slot]:
        seen.mark[1] = ahead.owner[slot]
        most = -np.inf
        for j in range(wide):
            odds[j] = ahead.usual[slot, j] + seen.alone[j]
            most = max(most, odds[j])
        for j in range(wide):
            odds[j] = np.exp(odds[j] - most)
        odds[wide] = most
    most, mass = odds[wide], 0.0
    for j in range(wide):
        q[j] = 0.0
    for i in range(wide):
        y = order[i]
        if seen.log_belief[y] < LOG_UNLIKELY:
            continue
        right = np.exp(min(seen.right[i] + ahead.lift[slot, i] - most, STEEPEST))
        z = right
        for j in range(wide):
            z += wrong[slot, i, j] * odds[j]
        share = seen.belief[y] / z
        mass += seen.belief[y]
        for j in range(wide):
            q[j] += share * (wrong[slot, i, j] * odds[j])
        q[i] += share * right
    for j in range(wide):
        q[j] /= mass


@kernel(inline=True)
def after(ahead, slot, turn, j, a, g, base, sums, votes, out):  # type: ignore[no-untyped-def]
    """Fill `out` (L,): the raw score once whoever is in the slot has given the j-th answer looked at, label a."""
    w0, w1, says = ahead.weight[slot, turn, 0], ahead.weight[slot, turn, 1], ahead.says
    for y in range(len(out)):
        out[y] = base[y] + w0 * says[slot, 0, j, y] + w1 * says[slot, 1, j, y]
    machines, people = sums[0, 2, a], sums[1, 2, a]
    out[a] -= by_votes(votes, machines, people)
    out[a] += by_votes(votes, machines + (1 - g), people + g)
