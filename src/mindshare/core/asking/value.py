"""The value of asking: the expected gain of the best verdict (value of information, Howard 1966).

    value(k) = sum_a q(a) [ max_d u(d | belief after a) - u(now | belief after a) ],   u(d | b) = sum_y b(y) U(y, d)

Written so, the value is never negative, and it is right wherever the next answer is foreseen rightly and the belief
after it is calibrated. Where one answer cannot overturn the belief but two can, the two-step index speaks: the
largest price of an answer at which asking still pays when a second one may follow,

    index(k) = the p with  sum_a q(a) [ gain(a) + max(0, max_j value(j | a) - p) ] = p.

Labels far down the belief are left out of the sums: beyond the WIDE likeliest an answer cannot matter.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.channel import Channel
from mindshare.core.asking.outlook import foresee, outlook, survey
from mindshare.core.asking.verdict import best_verdict, expected, is_accuracy
from mindshare.core.belief.state import Opened, after, heard, state, tally, unheard

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
WIDE = 24
SETTLED = 2e-3  # doubts smaller than this are not worth a question
UNLIKELY = 1e-3  # answers less likely than a tenth of this are left out
SECOND_ANSWERS, SECOND_AGENTS = 3, 2  # how far the second step looks


def values(opened: Opened, known: Mask, rows: I64, channel: Channel, utility: F64) -> F64:
    """(len(rows),) expected gain in utility of asking each row next."""
    return looked(opened, known, rows, channel, utility, (False, False))


def indices(opened: Opened, known: Mask, rows: I64, channel: Channel, utility: F64) -> F64:
    """(len(rows),) the larger of the value and the two-step index of each row."""
    return looked(opened, known, rows, channel, utility, (True, True))


def looked(
    opened: Opened, known: Mask, rows: I64, channel: Channel, utility: F64, two: tuple[bool, bool]
) -> F64:
    """(len(rows),) the index of the kinds (machine, person) that `two` names, the value of the others."""
    return look(opened, known, rows.astype(np.int64), channel, utility, is_accuracy(utility), two)


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def one_step(  # type: ignore[no-untyped-def]
    opened, r, line, seen, here, then, channel, utility, accuracy, order, q, gain, scratch
):
    """The value of row r in a state; fills q and gain (W,) by answer; `then` and `scratch` (2, L) are scratch."""
    belief, next_score, verdict = scratch[0], scratch[1], seen.verdict[0]
    foresee(opened, r, line, seen, order, channel, gain, q)
    total = 0.0
    gain[:] = 0.0
    for j in range(len(order)):
        if q[j] < 0.1 * UNLIKELY:
            continue
        after(opened, r, order[j], line, here, then, next_score)
        peak = next_score.max()
        if accuracy and next_score[verdict] >= peak:
            continue
        z = 0.0
        for y in range(len(next_score)):
            belief[y] = np.exp(next_score[y] - peak)
            z += belief[y]
        d = best_verdict(belief, utility, accuracy)
        if d != verdict:
            now = expected(belief, utility, accuracy, verdict)
            gain[j] = (expected(belief, utility, accuracy, d) - now) / z
            total += q[j] * gain[j]
    return total


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def doubt(score):  # type: ignore[no-untyped-def]
    """One less the probability of the likeliest label."""
    top, total = score.max(), 0.0
    for y in range(len(score)):
        total += np.exp(score[y] - top)
    return 1.0 - 1.0 / total


@numba.njit(cache=True, error_model="numpy")
def root(q, gain, second):  # type: ignore[no-untyped-def]
    """The p >= 0 with sum q (gain + max(0, second - p)) = p; the left side falls, the right side rises."""
    low, high = 0.0, 0.0
    for j in range(len(q)):
        low += q[j] * gain[j]
        high += q[j] * (gain[j] + second[j])
    if high <= low:
        return low
    for _ in range(30):
        p = 0.5 * (low + high)
        left = 0.0
        for j in range(len(q)):
            left += q[j] * (gain[j] + max(0.0, second[j] - p))
        if left > p:
            low = p
        else:
            high = p
    return low


@numba.njit(cache=True, error_model="numpy")
def second_step(  # type: ignore[no-untyped-def]
    opened, known, r, lines, one, here, there, then, channel, utility, accuracy, order, q, gain, room
):
    """The two-step index of row r, whose value `one`, q and gain are known; at least that value."""
    next_seen, second, q2, gain2, scratch = room
    rows, i = opened.rows, opened.rows.case[r]
    first = rows.indptr[i]
    second[:] = 0.0
    for _ in range(SECOND_ANSWERS):
        j = -1
        for m in range(len(order)):
            if second[m] == 0.0 and q[m] > 0.02 and (j < 0 or q[m] > q[j]):
                j = m
        if j < 0:
            break
        second[j] = 1e-12
        after(opened, r, order[j], lines[r - first], here, there, next_seen.score)
        # under accuracy a second answer is not worth more than what the belief still doubts after the first
        if accuracy and doubt(next_seen.score) <= one:
            continue
        heard(opened, r, order[j], lines[r - first], here, there)
        survey(next_seen, there, rows.person[r], order, channel, utility, accuracy)
        met = 0
        for s in range(first, rows.indptr[i + 1]):
            if s == r or known[s] or rows.person[s] != rows.person[r] or met == SECOND_AGENTS:
                continue
            met += 1
            v = one_step(
                opened,
                s,
                lines[s - first],
                next_seen,
                there,
                then,
                channel,
                utility,
                accuracy,
                order,
                q2,
                gain2,
                scratch,
            )
            second[j] = max(second[j], v)
    return max(one, root(q, gain, second))


@numba.njit(cache=True, error_model="numpy")
def look(opened, known, asked, channel, utility, accuracy, two):  # type: ignore[no-untyped-def]
    """(len(asked),) the value of each of these rows, or its index where `two` says so of its kind (machine, person)."""
    rows, n_labels = opened.rows, opened.prior.shape[1]
    wide = min(n_labels, WIDE)
    out = np.zeros(len(asked))
    here, there, then = tally(opened), tally(opened), tally(opened)
    seen, next_seen = outlook(n_labels, wide), outlook(n_labels, wide)
    scratch, work = np.zeros((2, n_labels)), np.zeros((6, n_labels))
    q, gain = np.zeros(wide), np.zeros(wide)
    room = (next_seen, np.zeros(wide), np.zeros(wide), np.zeros(wide), scratch)
    lines = np.zeros((1, 4, n_labels))
    last, kind, settled = -1, -1, False
    order = np.arange(wide)
    for j in range(len(asked)):
        r = asked[j]
        i, g = rows.case[r], rows.person[r]
        if i != last:
            last, kind = i, -1
            state(opened, known, i, seen.score, here, work)
            if n_labels > wide:
                order = np.argsort(-seen.score)[:wide]
            # under accuracy no answer is worth more than what the belief still doubts
            settled = accuracy and doubt(seen.score) < SETTLED
            if not settled:
                first = rows.indptr[i]
                if rows.indptr[i + 1] - first > len(lines):
                    lines = np.zeros((rows.indptr[i + 1] - first, 4, n_labels))
                for s in range(first, rows.indptr[i + 1]):
                    if not known[s]:
                        unheard(opened, s, lines[s - first])
        if settled or not opened.shared.heard[rows.agent[r]]:
            continue
        if g != kind:
            kind = g
            survey(seen, here, g, order, channel, utility, accuracy)
        line = lines[r - rows.indptr[i]]
        out[j] = one_step(
            opened, r, line, seen, here, then, channel, utility, accuracy, order, q, gain, scratch
        )
        if two[g]:
            out[j] = second_step(
                opened,
                known,
                r,
                lines,
                out[j],
                here,
                there,
                then,
                channel,
                utility,
                accuracy,
                order,
                q,
                gain,
                room,
            )
    return out
