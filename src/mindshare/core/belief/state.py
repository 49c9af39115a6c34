"""Cases prepared for one belief, and how known answers make a score: every value and verdict is computed from this."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.attention import Attention, correct, hear, width
from mindshare.core.belief.design import Design
from mindshare.core.belief.evidence import (
    Tables,
    contextual_says,
    plain_says,
    prepare,
    prepare_contextual,
    prepare_plain,
)
from mindshare.core.belief.rows import Rows
from mindshare.core.belief.weights import PEOPLE, SPOKE
from mindshare.core.kernel import kernel

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Shared(NamedTuple):
    """What all cases share: how answers are read and weighed."""

    tables: Tables
    heard: Mask  # (K,) agents that the belief listens to
    spoke: F64  # (2, SPOKE + 1, 2) of a weight: what it gains by how many of the kind speak
    own: I64  # (K,) number of the machine's own weights, -1 = none
    own_spoke: F64  # (own, SPOKE + 1, 2)
    votes: F64  # (SPOKE + 1, PEOPLE + 1) what a label gains by how many machines and people gave it
    temperature: F64  # (SPOKE + 1,) what scores are multiplied by, by how many people spoke
    right: F64  # (K, C + 1, L) log p(right) before the manner of an answer is known, see `log_right`


class Opened(NamedTuple):
    """N cases and their M answer rows prepared for one pool. Scores, weights of evidence and votes are in log-odds."""

    rows: Rows
    cell: I32  # (N,)
    prior: F64  # (N, L) score before anybody has spoken
    weight: F64  # (M, 2) of the plain and the contextual reading
    said: F32  # (M, 2) what the manner of the answer adds to both log-odds of being right
    log_proba: F64  # (P, L) log of the probabilities that machines gave, at least of FLOOR
    design: Design  # the columns that hold for each case
    shared: Shared
    attention: Attention | None = None  # what corrects the pool's score

    @property
    def person(self) -> I64:
        """(M,) 0 machine, 1 person."""
        return self.rows.person

    @property
    def case(self) -> I32:
        """(M,) the case of each row."""
        return self.rows.case

    @property
    def label(self) -> I32:
        """(M,) what each row answered; read only where it is known."""
        return self.rows.label

    @property
    def n_cases(self) -> int:
        """How many cases are prepared."""
        return len(self.cell)


class Tally(NamedTuple):
    """What the answers of one case add up to: all that one more answer needs to be foreseen.

    For people `sums` holds their summed evidence; for machines, whose weights depend on who they are, `sums[0, 0]`
    holds what the score gains from them when one more machine speaks. `sums[:, 2]` counts votes.
    """

    spoke: I64  # (2,) of each kind
    sums: F64  # (2 kinds, 2 readings and the votes, L)
    raw: F64  # (L,) score before attention and temperature
    mixed: F64  # (width, L) sums of the attention


@kernel(allocates=True)
def tally(opened):  # type: ignore[no-untyped-def]
    """Room for the answers of one case."""
    n_labels = opened.prior.shape[1]
    return Tally(
        np.zeros(2, np.int64),
        np.zeros((2, 3, n_labels)),
        np.zeros(n_labels),
        np.zeros((width(opened.attention), n_labels)),
    )


def scores_of(opened: Opened, known: Mask, cases: I64 | None = None) -> F64:
    """(N, L) log belief up to a constant, given the rows that are known; of these `cases` only, where they are named."""
    return _scores(opened, known, np.arange(opened.n_cases) if cases is None else cases)


@kernel(allocates=True)
def _scores(opened, known, cases):  # type: ignore[no-untyped-def]
    n_labels = opened.prior.shape[1]
    out, here, scratch = np.empty((len(cases), n_labels)), tally(opened), np.empty((6, n_labels))
    for j in range(len(cases)):
        state(opened, known, cases[j], here, scratch, out[j])
    return out


@kernel
def read(opened, r, line, plain, contextual):  # type: ignore[no-untyped-def]
    """Fill (L,) `plain` and `contextual` with what the known answer of row r says; `line` (4, L) is scratch."""
    rows, tables, right = opened.rows, opened.shared.tables, opened.shared.right
    k, cell, answer, p = rows.agent[r], opened.cell[rows.case[r]], np.int64(rows.label[r]), rows.proba_row[r]
    prepare_contextual(tables, right, k, cell, np.float64(opened.said[r, 1]), line)
    contextual_says(tables, k, cell, line, answer, contextual)
    if p < 0:
        prepare_plain(tables, right, k, np.float64(opened.said[r, 0]), line)
        plain_says(tables, k, line, answer, plain)
        return
    for y in range(len(plain)):
        plain[y] = opened.log_proba[p, y]


@kernel
def unheard(opened, r, line):  # type: ignore[no-untyped-def]
    """Fill `line` (4, L) for row r before it is asked: what it said, and how, stays unread."""
    rows, shared = opened.rows, opened.shared
    prepare(shared.tables, shared.right, rows.agent[r], opened.cell[rows.case[r]], 0.0, 0.0, line)


@kernel
def by_votes(votes, machines, people):  # type: ignore[no-untyped-def]
    """What a label gains, in log-odds, that so many machines and people gave."""
    return votes[min(int(machines), SPOKE), min(int(people), PEOPLE)]


@kernel
def by_number(spoke, own_spoke, g, own, n):  # type: ignore[no-untyped-def]
    """What both weights gain by how many of the kind speak; `own`: number of the machine's own weights, -1 = none."""
    if own < 0:
        return spoke[g, n, 0], spoke[g, n, 1]
    return spoke[g, n, 0] + own_spoke[own, n, 0], spoke[g, n, 1] + own_spoke[own, n, 1]


@kernel
def state(opened, known, i, here, scratch, score):  # type: ignore[no-untyped-def]
    """Fill the tally `here` of what is known of case i, and its score; `scratch` (6, L)."""
    rows, shared = opened.rows, opened.shared
    spoke, own_spoke, heard = shared.spoke, shared.own_spoke, shared.heard
    agent, person, label, weight = rows.agent, rows.person, rows.label, opened.weight
    count, sums, raw = here.spoke, here.sums, here.raw
    line, plain, contextual = scratch[:4], scratch[4], scratch[5]
    n_labels = len(raw)
    clear(here, opened.prior, i)
    first, end = rows.indptr[i], rows.indptr[i + 1]
    for r in range(first, end):
        if known[r] and label[r] >= 0 and heard[agent[r]]:
            count[person[r]] += 1
    for r in range(first, end):
        if not (known[r] and label[r] >= 0 and heard[agent[r]]):
            continue
        g, answer, own = person[r], label[r], shared.own[agent[r]]
        read(opened, r, line, plain, contextual)
        hear(opened.attention, r, answer, plain, contextual, here.mixed)
        sums[g, 2, answer] += 1.0
        n, m = min(count[g], SPOKE), min(count[g] + 1, SPOKE)
        u0, u1 = by_number(spoke, own_spoke, g, own, n)
        then0, then1 = by_number(spoke, own_spoke, g, own, m)
        d0, d1 = then0 - u0, then1 - u1
        w0, w1 = weight[r, 0] + u0, weight[r, 1] + u1
        for y in range(n_labels):
            raw[y] += w0 * plain[y] + w1 * contextual[y]
        if g == 1:
            for y in range(n_labels):
                sums[1, 0, y] += plain[y]
                sums[1, 1, y] += contextual[y]
        else:
            for y in range(n_labels):
                sums[0, 0, y] += d0 * plain[y] + d1 * contextual[y]
    for y in range(n_labels):
        raw[y] += by_votes(shared.votes, sums[0, 2, y], sums[1, 2, y])
    finish(opened.attention, shared.temperature, i, here, score)


@kernel
def clear(here, prior, i):  # type: ignore[no-untyped-def]
    """The tally of case i before anybody has spoken."""
    n_labels = len(here.raw)
    here.spoke[0], here.spoke[1] = 0, 0
    for y in range(n_labels):
        here.raw[y] = prior[i, y]
        for g in range(2):
            for e in range(3):
                here.sums[g, e, y] = 0.0
        for w in range(len(here.mixed)):
            here.mixed[w, y] = 0.0


@kernel
def finish(attention, temperature, i, here, out):  # type: ignore[no-untyped-def]
    """Fill the score of case i from its tally: attention corrects the pool, the temperature has the last word."""
    correct(attention, i, here.spoke[1], here.raw, here.mixed, out)
    times = temperature[min(here.spoke[1], SPOKE)]
    for y in range(len(out)):
        out[y] *= times


@kernel
def likeliest(score, order):  # type: ignore[no-untyped-def]
    """Fill `order` with the labels of the largest scores, largest first."""
    for j in range(len(order)):
        best = -1
        for y in range(len(score)):
            if best >= 0 and not score[y] > score[best]:
                continue
            taken = False
            for k in range(j):
                taken |= order[k] == y
            if not taken:
                best = y
        order[j] = best
