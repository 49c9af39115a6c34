"""Cases prepared for one belief, and how known answers make a score: every value and verdict is computed from this."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.attention import Attention, correct, hear, width
from mindshare.core.belief.evidence import FLOOR, Tables, contextual_of, plain_of, prepare
from mindshare.core.belief.rows import Rows
from mindshare.core.belief.weights import PEOPLE, SPOKE

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


class Opened(NamedTuple):
    """N cases and their M answer rows prepared for one pool. Scores, weights of evidence and votes are in log-odds."""

    rows: Rows
    cell: I32  # (N,)
    prior: F64  # (N, L) score before anybody has spoken
    weight: F64  # (M, 2) of the plain and the contextual reading
    said: F32  # (M, 2) what the manner of the answer adds to both log-odds of being right
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


@numba.njit(cache=True, error_model="numpy")
def tally(opened):  # type: ignore[no-untyped-def]
    """Room for the answers of one case."""
    n_labels = opened.prior.shape[1]
    return Tally(
        np.zeros(2, np.int64),
        np.zeros((2, 3, n_labels)),
        np.zeros(n_labels),
        np.zeros((width(opened.attention), n_labels)),
    )


def scores_of(opened: Opened, known: Mask) -> F64:
    """(N, L) log belief up to a constant, given the rows that are known."""
    return _scores(opened, known)


@numba.njit(cache=True, error_model="numpy")
def _scores(opened, known):  # type: ignore[no-untyped-def]
    out = np.empty(opened.prior.shape)
    scratch, here = np.zeros((6, out.shape[1])), tally(opened)
    for i in range(len(opened.cell)):
        state(opened, known, i, out[i], here, scratch)
    return out


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def by_number(opened, r, n, e):  # type: ignore[no-untyped-def]
    """The part of row r's weight that depends on how many of its kind speak."""
    shared, rows = opened.shared, opened.rows
    own = shared.own[rows.agent[r]]
    w = shared.spoke[rows.person[r], n, e]
    return w + shared.own_spoke[own, n, e] if own >= 0 else w


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def speaks(opened, r):  # type: ignore[no-untyped-def]
    """Whether row r holds an answer that the belief listens to; read it only where it is known."""
    return opened.rows.label[r] >= 0 and opened.shared.heard[opened.rows.agent[r]]


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def read(opened, r, line, plain, contextual):  # type: ignore[no-untyped-def]
    """Fill (L,) `plain` and `contextual` with what the known answer of row r says; `line` (4, L) is scratch."""
    rows, tables = opened.rows, opened.shared.tables
    k, cell, answer, p = rows.agent[r], opened.cell[rows.case[r]], rows.label[r], rows.proba_row[r]
    prepare(tables, k, cell, np.float64(opened.said[r, 0]), np.float64(opened.said[r, 1]), line)
    for y in range(plain.shape[0]):
        if p < 0:
            plain[y] = plain_of(tables, k, line, y, answer)
        else:
            plain[y] = np.log(max(np.float64(rows.proba[p, y]), FLOOR))
        contextual[y] = contextual_of(tables, k, cell, line, y, answer)


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def unheard(opened, r, line):  # type: ignore[no-untyped-def]
    """Fill `line` (4, L) for row r before it is asked: what it said, and how, stays unread."""
    rows = opened.rows
    prepare(opened.shared.tables, rows.agent[r], opened.cell[rows.case[r]], 0.0, 0.0, line)


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def by_votes(votes, machines, people):  # type: ignore[no-untyped-def]
    """What a label gains, in log-odds, that so many machines and people gave."""
    return votes[min(int(machines), SPOKE), min(int(people), PEOPLE)]


@numba.njit(cache=True, error_model="numpy")
def state(opened, known, i, score, here, scratch):  # type: ignore[no-untyped-def]
    """Fill the score of case i and the tally `here` of what is known of it."""
    n_labels, rows = score.shape[0], opened.rows
    count, sums, raw = here.spoke, here.sums, here.raw
    line, plain, contextual = scratch[:4], scratch[4], scratch[5]
    count[:] = 0
    sums[:] = 0.0
    here.mixed[:] = 0.0
    raw[:] = opened.prior[i]
    for r in range(rows.indptr[i], rows.indptr[i + 1]):
        if known[r] and speaks(opened, r):
            count[rows.person[r]] += 1
    for r in range(rows.indptr[i], rows.indptr[i + 1]):
        if not (known[r] and speaks(opened, r)):
            continue
        g, answer = rows.person[r], rows.label[r]
        read(opened, r, line, plain, contextual)
        hear(opened.attention, r, answer, plain, contextual, here.mixed)
        sums[g, 2, answer] += 1.0
        n, m = min(count[g], SPOKE), min(count[g] + 1, SPOKE)
        u0, u1 = by_number(opened, r, n, 0), by_number(opened, r, n, 1)
        d0, d1 = by_number(opened, r, m, 0) - u0, by_number(opened, r, m, 1) - u1
        w0, w1 = opened.weight[r, 0] + u0, opened.weight[r, 1] + u1
        for y in range(n_labels):
            raw[y] += w0 * plain[y] + w1 * contextual[y]
            if g == 1:
                sums[1, 0, y] += plain[y]
                sums[1, 1, y] += contextual[y]
            else:
                sums[0, 0, y] += d0 * plain[y] + d1 * contextual[y]
    for y in range(n_labels):
        raw[y] += by_votes(opened.shared.votes, sums[0, 2, y], sums[1, 2, y])
    finish(opened, i, here, score)


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def finish(opened, i, here, out):  # type: ignore[no-untyped-def]
    """Fill the score of case i from its tally: attention corrects the pool, the temperature has the last word."""
    correct(opened.attention, i, here.spoke[1], here.raw, here.mixed, out)
    temperature = opened.shared.temperature[min(here.spoke[1], SPOKE)]
    for y in range(len(out)):
        out[y] *= temperature


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def after(opened, r, answer, line, here, then, out):  # type: ignore[no-untyped-def]
    """Fill the score of the case of row r if it answered `answer`, and the tally `then`, from its tally `here`.

    `line` as `unheard` fills it. Of `then`, `sums` are left alone: `heard` fills them where a second answer is foreseen.
    """
    rows, shared, sums = opened.rows, opened.shared, here.sums
    tables, g, k, i = shared.tables, rows.person[r], rows.agent[r], rows.case[r]
    n, m = min(here.spoke[g], SPOKE), min(here.spoke[g] + 1, SPOKE)
    w0, w1 = (
        opened.weight[r, 0] + by_number(opened, r, m, 0),
        opened.weight[r, 1] + by_number(opened, r, m, 1),
    )
    d0, d1 = 1.0, 0.0
    if g == 1:
        d0 = shared.spoke[1, m, 0] - shared.spoke[1, n, 0]
        d1 = shared.spoke[1, m, 1] - shared.spoke[1, n, 1]
    wrong = tables.wrong[tables.table_of[k], :, answer]
    usual = tables.usual[tables.owner_of[k], opened.cell[i], answer]
    for y in range(len(out)):
        plain, contextual = line[1, y] + wrong[y], line[3, y] + wrong[y] + usual
        if y == answer:
            plain, contextual = line[0, y], line[2, y]
        then.raw[y] = here.raw[y] + d0 * sums[g, 0, y] + d1 * sums[g, 1, y] + w0 * plain + w1 * contextual
    machines, people = sums[0, 2, answer], sums[1, 2, answer]
    then.raw[answer] -= by_votes(shared.votes, machines, people)
    then.raw[answer] += by_votes(shared.votes, machines + (1 - g), people + g)
    then.spoke[:] = here.spoke
    then.spoke[g] += 1
    foretell(opened.attention, opened, r, answer, line, here.mixed, then.mixed)
    finish(opened, i, then, out)


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def foretell(attention, opened, r, answer, line, mixed, out):  # type: ignore[no-untyped-def]
    """Fill the sums of the attention once row r has answered `answer`."""
    if attention is None:
        return
    n_labels, tables, k = mixed.shape[1], opened.shared.tables, opened.rows.agent[r]
    cell = opened.cell[opened.rows.case[r]]
    plain, contextual = np.empty(n_labels), np.empty(n_labels)
    for y in range(n_labels):
        plain[y] = plain_of(tables, k, line, y, answer)
        contextual[y] = contextual_of(tables, k, cell, line, y, answer)
    out[:] = mixed
    hear(attention, r, answer, plain, contextual, out)


@numba.njit(cache=True, error_model="numpy", forceinline=True)
def heard(opened, r, answer, line, here, then):  # type: ignore[no-untyped-def]
    """Fill the sums of `then`, which `after` has filled but for them: row r, a person, answered `answer`."""
    tables, g, k = opened.shared.tables, opened.rows.person[r], opened.rows.agent[r]
    cell = opened.cell[opened.rows.case[r]]
    then.sums[:] = here.sums
    then.sums[g, 2, answer] += 1.0
    for y in range(then.sums.shape[2]):
        then.sums[g, 0, y] += plain_of(tables, k, line, y, answer)
        then.sums[g, 1, y] += contextual_of(tables, k, cell, line, y, answer)
