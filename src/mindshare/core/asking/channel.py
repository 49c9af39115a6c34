"""What an agent would answer, given what is believed by now: the answer channel.

    p(answer a | truth y, belief b, agent) ~ exp(c . features(a, y, b)),  q(a) = sum_y b(y) p(a | y, b)

Hard cases are hard for people too: with belief times confusion table a person looks far more useful than they are.
The coefficients of a kind of agent are fitted by conditional logistic regression on answers given in states
that the belief reached out of fold (McFadden 1974).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.evidence import Tables, contextual_of, prepare
from mindshare.core.belief.state import Opened, state, tally
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
COEFFICIENTS = 11
LEAST = -8.0  # log-beliefs below this say the same
RIDGE = 2.0
STEPS, SHORTEST = 30, 1e-6  # of Newton, and the part of one that is tried last
ENOUGH = 1e-8  # log-likelihood per answer that may be left to gain
NUMBERS = 6_000_000  # of features held while fitting


class Channel(NamedTuple):
    """The coefficients of machines (0) and people (1), and what they make of the tables of one belief."""

    coefficient: F64  # (2, COEFFICIENTS)
    wrong: F64  # (T, L, L) odds of an answer under a truth that it misses, before state and manner


def channel_for(coefficient: F64, tables: Tables, person: NDArray[np.bool_]) -> Channel:
    """The channel of a belief with these tables; `person` (K,) tells who is one."""
    kind = np.zeros(len(tables.wrong), np.int64)
    kind[tables.table_of] = person
    return Channel(coefficient, np.exp(coefficient[kind, 0][:, None, None] * tables.wrong))


def identity() -> F64:
    """Coefficients that take the answer to depend on the truth alone."""
    out = np.zeros(COEFFICIENTS)
    out[0] = 1.0
    return out


def fit_channel(states: list[tuple[Opened, NDArray[np.bool_], I64, I64]]) -> F64:
    """Coefficients from (opened, known, rows asked next, truth of each row's case); too few rows: the identity."""
    parts = []
    for opened, known, rows, truth in states:
        most = NUMBERS // (len(states) * COEFFICIENTS * opened.prior.shape[1])
        chosen = rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
        of = truth if len(rows) <= most else truth[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
        parts.append((_features(opened, known, chosen, of), opened.label[chosen]))
    x = np.concatenate([p[0] for p in parts])
    answer = np.concatenate([p[1] for p in parts]).astype(np.int64)
    if len(answer) < 50:
        return identity()
    return _newton(x, answer)


def _newton(x: NDArray[np.float32], answer: I64) -> F64:
    """The coefficients of the greatest penalised likelihood, by Newton's steps, each halved until it brings something."""
    c = identity()
    value, slope, bend = _likelihood_of(x, answer, c)
    for _ in range(STEPS):
        slope, bend = slope + RIDGE * (c - identity()), bend + RIDGE * np.eye(COEFFICIENTS)
        step = -np.linalg.solve(bend, slope)
        foreseen = -float(slope @ step)
        if foreseen <= ENOUGH * len(answer):
            break
        length = 1.0
        while length > SHORTEST:
            then = c + length * step
            found = _likelihood_of(x, answer, then)
            held = 0.5 * RIDGE * float(np.sum((then - identity()) ** 2) - np.sum((c - identity()) ** 2))
            if found[0] + held <= value - 1e-4 * length * foreseen:
                break
            length /= 2
        else:
            break
        c, (value, slope, bend) = then, found
    return c


def _likelihood_of(x: NDArray[np.float32], answer: I64, c: F64) -> tuple[float, F64, F64]:
    """Minus the log-likelihood of the `answer` (n,) under features `x` (n, L, COEFFICIENTS), its slope and its curvature."""
    wide = x.shape[2]
    slope, bend, line = np.zeros(wide), np.zeros((wide, wide)), np.zeros((2, wide))
    value = _likelihood(x, answer, c, slope, bend, np.zeros(x.shape[1]), line[0], line[1])
    return value, slope, bend


@kernel
def _likelihood(x, answer, c, slope, bend, p, mean, row):  # type: ignore[no-untyped-def]
    """Fill the slope and the curvature, which are 0 before; returns the value. `p` (L,), `mean` and `row` are scratch."""
    n, n_labels, wide = x.shape
    value = 0.0
    for i in range(n):
        top, total = -np.inf, 0.0
        for a in range(n_labels):
            p[a] = 0.0
            for k in range(wide):
                p[a] += x[i, a, k] * c[k]
            top = max(top, p[a])
        value += top - p[answer[i]]
        for a in range(n_labels):
            p[a] = np.exp(p[a] - top)
            total += p[a]
        value += np.log(total)
        for k in range(wide):
            mean[k] = 0.0
        for a in range(n_labels):
            share = p[a] / total
            for k in range(wide):
                row[k] = x[i, a, k]
                mean[k] += share * row[k]
            for k in range(wide):
                part = share * row[k]
                for m in range(k + 1):
                    bend[k, m] += part * row[m]
        for k in range(wide):
            slope[k] += mean[k] - x[i, answer[i], k]
            for m in range(k + 1):
                bend[k, m] -= mean[k] * mean[m]
    for k in range(wide):
        for m in range(k):
            bend[m, k] = bend[k, m]
    return value


@kernel
def features(read_a, log_belief, top, entropy, best, votes, spoke, y, a, out):  # type: ignore[no-untyped-def]
    """Fill the COEFFICIENTS features of answer a under truth y; `read_a` is the contextual log p(a | y).

    `votes` (L,): how many of the agent's kind gave each label before; `spoke`: how many of them spoke. People who look
    at one case err alike, so what another one said tells what the next will say, beyond the belief.
    """
    same = 1.0 if a == y else 0.0
    lb_y, lb_a = max(log_belief[y], LEAST), max(log_belief[a], LEAST)
    out[0] = read_a
    out[1] = lb_a
    out[2] = same
    out[3] = same * lb_y
    out[4] = same * top
    out[5] = same * entropy
    out[6] = 1.0 if a == best else 0.0
    out[7] = same if y == best else 0.0
    said = 1.0 if votes[a] > 0 else 0.0
    out[8] = said
    out[9] = said * same
    out[10] = same if spoke > 0 else 0.0


@kernel
def odds_without_reading(c, log_belief, top, entropy, best, said, spoke):  # type: ignore[no-untyped-def]
    """The log-odds c . features of an answer but for its reading, under any truth that it misses and under its own.

    `log_belief` is that of the answered label; `best`: it is the likeliest, `said`: one of the kind said so before.
    """
    lb = max(log_belief, LEAST)
    alone, right = c[1] * lb, c[1] * lb + c[2] + c[3] * lb + c[4] * top + c[5] * entropy
    if best:
        alone += c[6]
        right = right + c[6] + c[7]
    if said:
        alone += c[8]
        right = right + c[8] + c[9]
    return alone, right + c[10] if spoke else right


@kernel
def log_belief_of(score, out, belief):  # type: ignore[no-untyped-def]
    """Fill the normalised log belief and the belief.

    Returns the top of the first, its negative entropy, the best label, and one over the belief of that.
    """
    best = 0
    for y in range(len(score)):
        if score[y] > score[best]:
            best = y
    z = 0.0
    for y in range(len(score)):
        belief[y] = np.exp(score[y] - score[best])
        z += belief[y]
    log_z, entropy = np.log(z) + score[best], 0.0
    for y in range(len(score)):
        out[y] = score[y] - log_z
        belief[y] /= z
        entropy += belief[y] * out[y]
    return out[best], entropy, best, z


@kernel(allocates=True)
def _features(opened, known, rows, truth):  # type: ignore[no-untyped-def]
    n_labels, here = opened.prior.shape[1], tally(opened)
    of, agent, person, tables = opened.rows.case, opened.rows.agent, opened.rows.person, opened.shared.tables
    out = np.zeros((len(rows), n_labels, COEFFICIENTS), np.float32)
    score, log_belief, belief = np.empty(n_labels), np.empty(n_labels), np.empty(n_labels)
    line, scratch = np.empty((4, n_labels)), np.empty((6, n_labels))
    last, top, entropy, best = np.int64(-1), 0.0, 0.0, 0
    for j in range(len(rows)):
        r = rows[j]
        i, k, g = np.int64(of[r]), agent[r], person[r]
        if i != last:
            last = i
            state(opened, known, i, here, scratch, score)
            top, entropy, best, _ = log_belief_of(score, log_belief, belief)
        prepare(tables, opened.shared.right, k, opened.cell[i], 0.0, 0.0, line)
        votes, spoke = here.sums[g, 2], here.spoke[g]
        for a in range(n_labels):
            says = contextual_of(tables, k, opened.cell[i], line, truth[j], a)
            features(says, log_belief, top, entropy, best, votes, spoke, truth[j], a, out[j, a])
    return out
