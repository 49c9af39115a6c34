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

from mindshare.core.channel import COEFFICIENTS, features, log_belief_of
from mindshare.core.evidence import prepare
from mindshare.core.opened import Open, after, heard, state, tally

F64 = NDArray[np.float64]
WIDE = 24
SETTLED = 2e-3  # doubts smaller than this are not worth a question
UNLIKELY = 1e-3  # answers and labels less likely than this are left out
SECOND_ANSWERS, SECOND_AGENTS = 3, 2  # how far the second step looks


def values(
    opened: Open, known: NDArray[np.bool_], rows: NDArray[np.int64], channel: F64, utility: F64
) -> F64:
    """(len(rows),) expected gain in utility of asking each row next; `channel` (2, COEFFICIENTS) by kind."""
    return _look(opened, known, rows, channel, utility, two=False)


def indices(
    opened: Open, known: NDArray[np.bool_], rows: NDArray[np.int64], channel: F64, utility: F64
) -> F64:
    """(len(rows),) the larger of the value and the two-step index of each row."""
    return _look(opened, known, rows, channel, utility, two=True)


def _look(
    opened: Open, known: NDArray[np.bool_], rows: NDArray[np.int64], channel: F64, utility: F64, *, two: bool
) -> F64:
    room = (tally(opened), tally(opened), tally(opened))
    return _values(
        opened, known, rows.astype(np.int64), channel, utility, is_accuracy(utility), two=two, room=room
    )


def best_verdicts(
    opened: Open, known: NDArray[np.bool_], cases: NDArray[np.int64], utility: F64
) -> NDArray[np.int32]:
    """(len(cases),) the verdict of the highest expected utility, given the rows that are known."""
    return _verdicts(opened, known, cases.astype(np.int64), utility, is_accuracy(utility), tally(opened))


def is_accuracy(utility: F64) -> bool:
    """A verdict is worth 1 where it is the truth, else nothing."""
    return bool(np.array_equal(utility, np.eye(len(utility))))


@numba.njit(cache=True, error_model="numpy")
def expected(belief, utility, accuracy, d):  # type: ignore[no-untyped-def]
    """u(d | belief)."""
    if accuracy:
        return belief[d]
    total = 0.0
    for y in range(len(belief)):
        total += belief[y] * utility[y, d]
    return total


@numba.njit(cache=True, error_model="numpy")
def best_verdict(belief, utility, accuracy):  # type: ignore[no-untyped-def]
    """The verdict of the highest expected utility; `belief` need not be normalised."""
    if accuracy:
        return np.argmax(belief)
    best, top = 0, -np.inf
    for d in range(utility.shape[1]):
        u = expected(belief, utility, accuracy, d)
        if u > top:
            best, top = d, u
    return best


@numba.njit(cache=True, error_model="numpy")
def foresee(opened, r, line, log_belief, top, entropy, best, here, order, channel, q):  # type: ignore[no-untyped-def]
    """Fill q (W,): the probability that row r answers order[j]."""
    wide = len(order)
    x, weight, alone = np.zeros(COEFFICIENTS), np.zeros(wide), np.zeros(wide)
    sheet, tables, g = opened.sheet, opened.tables, opened.person[r]
    usual, wrong = tables.usual[sheet.owner[r], sheet.cell[r]], tables.wrong[sheet.table[r]]
    c, votes, spoke = channel[g], here.sums[g, 2], here.spoke[g]
    for j in range(wide):
        # but for the reading, an answer's features are the same under every truth that is not itself
        features(0.0, log_belief, top, entropy, best, votes, spoke, -1, order[j], x)
        alone[j] = pull(c, x)
    mass = 0.0
    q[:] = 0.0
    for i in range(wide):
        y = order[i]
        if log_belief[y] < -6.9:  # UNLIKELY
            continue
        features(line[2, y], log_belief, top, entropy, best, votes, spoke, y, y, x)
        right = pull(c, x)
        z = 0.0
        for j in range(wide):
            odds = c[0] * (line[3, y] + wrong[y, order[j]] + usual[order[j]]) + alone[j]
            weight[j] = np.exp(min(right if j == i else odds, 500.0))
            z += weight[j]
        share = np.exp(log_belief[y])
        mass += share
        for j in range(wide):
            q[j] += share / z * weight[j]
    for j in range(wide):
        q[j] /= mass


@numba.njit(cache=True, error_model="numpy")
def pull(c, x):  # type: ignore[no-untyped-def]
    """The log-odds of an answer with features x."""
    total = 0.0
    for f in range(COEFFICIENTS):
        total += c[f] * x[f]
    return total


@numba.njit(cache=True, error_model="numpy")
def one_step(  # type: ignore[no-untyped-def]
    opened, r, line, score, here, then, channel, utility, accuracy, order, log_belief, q, gain, scratch
):
    """The value of row r in a state; fills q and gain (W,) by answer, `line` as prepared for r; `then` is scratch."""
    top, entropy, best = log_belief_of(score, log_belief)
    belief, next_score = scratch[0], scratch[1]
    for y in range(len(score)):
        belief[y] = np.exp(log_belief[y])
    verdict = best_verdict(belief, utility, accuracy)
    prepare(opened.sheet, opened.tables, r, known=False, line=line)
    foresee(opened, r, line, log_belief, top, entropy, best, here, order, channel, q)
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
        for y in range(len(score)):
            belief[y] = np.exp(next_score[y] - peak)
            z += belief[y]
        d = best_verdict(belief, utility, accuracy)
        if d != verdict:
            now = expected(belief, utility, accuracy, verdict)
            gain[j] = (expected(belief, utility, accuracy, d) - now) / z
            total += q[j] * gain[j]
    return total


@numba.njit(cache=True, error_model="numpy")
def doubt(score):  # type: ignore[no-untyped-def]
    """One less the probability of the likeliest label."""
    return 1.0 - 1.0 / np.exp(score - score.max()).sum()


@numba.njit(cache=True, error_model="numpy")
def root(q, gain, second):  # type: ignore[no-untyped-def]
    """The p >= 0 with sum q (gain + max(0, second - p)) = p; the left side falls, the right side rises."""
    low, high = 0.0, 0.0
    for j in range(len(q)):
        low += q[j] * gain[j]
        high += q[j] * (gain[j] + second[j])
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
def _values(opened, known, rows, channel, utility, accuracy, two, room):  # type: ignore[no-untyped-def]
    n_labels = opened.prior.shape[1]
    wide = min(n_labels, WIDE)
    out = np.zeros(len(rows))
    score, next_score = np.zeros(n_labels), np.zeros(n_labels)
    log_belief, log_next = np.zeros(n_labels), np.zeros(n_labels)
    here, there, then = room
    scratch = np.zeros((6, n_labels))
    line, line2 = np.zeros((4, n_labels)), np.zeros((4, n_labels))
    q, gain, second = np.zeros(wide), np.zeros(wide), np.zeros(wide)
    q2, gain2 = np.zeros(wide), np.zeros(wide)
    last, settled = -1, False
    order = np.arange(wide)
    for k in range(len(rows)):
        r = rows[k]
        i = opened.sheet.case[r]
        if i != last:
            last = i
            state(opened, known, i, score, here, scratch)
            if n_labels > wide:
                order = np.argsort(-score)[:wide]
            # under accuracy no answer is worth more than what the belief still doubts
            settled = accuracy and doubt(score) < SETTLED
        if settled or not opened.speaks[r]:
            continue
        out[k] = one_step(
            opened,
            r,
            line,
            score,
            here,
            then,
            channel,
            utility,
            accuracy,
            order,
            log_belief,
            q,
            gain,
            scratch,
        )
        if not two:
            continue
        second[:] = 0.0
        for _ in range(SECOND_ANSWERS):
            j = -1
            for m in range(wide):
                if second[m] == 0.0 and q[m] > 0.02 and (j < 0 or q[m] > q[j]):
                    j = m
            if j < 0:
                break
            second[j] = 1e-12
            after(opened, r, order[j], line, here, there, next_score)
            # under accuracy a second answer is not worth more than what the belief still doubts after the first
            if accuracy and doubt(next_score) <= out[k]:
                continue
            heard(opened, r, order[j], line, here, there)
            seen = 0
            for s in range(opened.indptr[i], opened.indptr[i + 1]):
                if s == r or known[s] or opened.person[s] != opened.person[r] or seen == SECOND_AGENTS:
                    continue
                seen += 1
                v = one_step(
                    opened,
                    s,
                    line2,
                    next_score,
                    there,
                    then,
                    channel,
                    utility,
                    accuracy,
                    order,
                    log_next,
                    q2,
                    gain2,
                    scratch,
                )
                second[j] = max(second[j], v)
        out[k] = max(out[k], root(q, gain, second))
    return out


@numba.njit(cache=True, error_model="numpy")
def _verdicts(opened, known, cases, utility, accuracy, here):  # type: ignore[no-untyped-def]
    n_labels = opened.prior.shape[1]
    out = np.zeros(len(cases), np.int32)
    score = np.zeros(n_labels)
    scratch = np.zeros((6, n_labels))
    for k in range(len(cases)):
        state(opened, known, cases[k], score, here, scratch)
        out[k] = best_verdict(np.exp(score - score.max()), utility, accuracy)
    return out
