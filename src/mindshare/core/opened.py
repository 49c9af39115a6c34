"""Cases prepared for one belief, and how known answers make a score: what every value and verdict is computed from."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from mindshare.core.attention import Attention, correct, hear, width
from mindshare.core.evidence import Sheet, Tables, contextual_of, plain_of, read

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

SPOKE = 12  # weights know "n answers of this kind are in" up to this many
PEOPLE = 3  # and "n people gave this label" up to this many


class Open(NamedTuple):
    """N cases and their M answer rows prepared for one pool. Scores, weights of evidence and votes are in log-odds."""

    indptr: I64  # (N + 1,) rows of each case
    prior: F64  # (N, L) score before anybody has spoken
    sheet: Sheet
    weight: F64  # (M, 2) of the plain and the contextual reading
    speaks: Mask  # (M,) rows that the belief listens to
    person: I64  # (M,) 0 machine, 1 person
    tables: Tables
    spoke: F64  # (2, SPOKE + 1, 2)
    own: I64  # (M,) number of the machine's own weights, -1 = none
    own_spoke: F64  # (own, SPOKE + 1, 2)
    votes: F64  # (SPOKE + 1, PEOPLE + 1) what a label gains by how many machines and people gave it
    sharp: F64  # (SPOKE + 1,) temperature of the scores by how many people spoke
    attention: Attention | None = None  # what corrects the pool's score


class Tally(NamedTuple):
    """What the answers of one case add up to: all that one more answer needs to be foreseen.

    For people `sums` holds their summed evidence; for machines, whose weights depend on who they are, `sums[0, 0]`
    holds what the score gains from them when one more machine speaks. `sums[:, 2]` counts votes.
    """

    spoke: I64  # (2,) of each kind
    sums: F64  # (2 kinds, 2 readings and the votes, L)
    raw: F64  # (L,) score before attention and temperature
    mixed: F64  # (width, L) sums of the attention


def tally(opened: Open) -> Tally:
    """Room for the answers of one case."""
    n_labels = opened.prior.shape[1]
    return Tally(
        np.zeros(2, np.int64),
        np.zeros((2, 3, n_labels)),
        np.zeros(n_labels),
        np.zeros((width(opened.attention), n_labels)),
    )


def scores_of(opened: Open, known: Mask) -> F64:
    """(N, L) log belief up to a constant, given the rows that are known."""
    return _scores(opened, known, tally(opened))


@numba.njit(cache=True, error_model="numpy")
def _scores(opened, known, here):  # type: ignore[no-untyped-def]
    out = np.empty(opened.prior.shape)
    scratch = np.zeros((6, out.shape[1]))
    for i in range(len(opened.indptr) - 1):
        state(opened, known, i, out[i], here, scratch)
    return out


@numba.njit(cache=True, error_model="numpy")
def by_number(opened, r, n, e):  # type: ignore[no-untyped-def]
    """The part of row r's weight that depends on how many of its kind speak."""
    own = opened.own[r]
    w = opened.spoke[opened.person[r], n, e]
    return w + opened.own_spoke[own, n, e] if own >= 0 else w


@numba.njit(cache=True, error_model="numpy")
def by_votes(votes, machines, people):  # type: ignore[no-untyped-def]
    """What a label gains, in log-odds, that so many machines and people gave."""
    return votes[min(int(machines), SPOKE), min(int(people), PEOPLE)]


@numba.njit(cache=True, error_model="numpy")
def state(opened, known, i, score, here, scratch):  # type: ignore[no-untyped-def]
    """Fill the score of case i and the tally `here` of what is known of it."""
    n_labels = score.shape[0]
    count, sums, raw = here.spoke, here.sums, here.raw
    line, plain, contextual = scratch[:4], scratch[4], scratch[5]
    count[:] = 0
    sums[:] = 0.0
    here.mixed[:] = 0.0
    raw[:] = opened.prior[i]
    for r in range(opened.indptr[i], opened.indptr[i + 1]):
        if known[r] and opened.speaks[r] and opened.sheet.label[r] >= 0:
            count[opened.person[r]] += 1
    for r in range(opened.indptr[i], opened.indptr[i + 1]):
        if known[r] and opened.speaks[r] and opened.sheet.label[r] >= 0:
            g = opened.person[r]
            read(opened.sheet, opened.tables, r, line, plain, contextual)
            hear(opened.attention, r, opened.sheet.label[r], plain, contextual, here.mixed)
            sums[g, 2, opened.sheet.label[r]] += 1.0
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
        raw[y] += by_votes(opened.votes, sums[0, 2, y], sums[1, 2, y])
    finish(opened, i, here, score)


@numba.njit(cache=True, error_model="numpy")
def finish(opened, i, here, out):  # type: ignore[no-untyped-def]
    """Fill the score of case i from its tally: attention corrects the pool, the temperature has the last word."""
    correct(opened.attention, i, here.spoke[1], here.raw, here.mixed, out)
    sharp = opened.sharp[min(here.spoke[1], SPOKE)]
    for y in range(len(out)):
        out[y] *= sharp


@numba.njit(cache=True, error_model="numpy")
def after(opened, r, answer, line, here, then, out):  # type: ignore[no-untyped-def]
    """Fill the score of the case of row r if it answered `answer`, and the tally `then`, from its tally `here`.

    `line` as prepared. Of `then`, `sums` are left alone: `heard` fills them where a second answer is foreseen.
    """
    sheet, tables, sums = opened.sheet, opened.tables, here.sums
    g = opened.person[r]
    n, m = min(here.spoke[g], SPOKE), min(here.spoke[g] + 1, SPOKE)
    w0, w1 = (
        opened.weight[r, 0] + by_number(opened, r, m, 0),
        opened.weight[r, 1] + by_number(opened, r, m, 1),
    )
    d0, d1 = 1.0, 0.0
    if g == 1:
        d0 = opened.spoke[1, m, 0] - opened.spoke[1, n, 0]
        d1 = opened.spoke[1, m, 1] - opened.spoke[1, n, 1]
    wrong = tables.wrong[sheet.table[r], :, answer]
    usual = tables.usual[sheet.owner[r], sheet.cell[r], answer]
    for y in range(len(out)):
        plain, contextual = line[1, y] + wrong[y], line[3, y] + wrong[y] + usual
        if y == answer:
            plain, contextual = line[0, y], line[2, y]
        then.raw[y] = here.raw[y] + d0 * sums[g, 0, y] + d1 * sums[g, 1, y] + w0 * plain + w1 * contextual
    machines, people = sums[0, 2, answer], sums[1, 2, answer]
    then.raw[answer] -= by_votes(opened.votes, machines, people)
    then.raw[answer] += by_votes(opened.votes, machines + (1 - g), people + g)
    then.spoke[:] = here.spoke
    then.spoke[g] += 1
    foretell(opened.attention, opened, r, answer, line, here.mixed, then.mixed)
    finish(opened, sheet.case[r], then, out)


@numba.njit(cache=True, error_model="numpy")
def foretell(attention, opened, r, answer, line, mixed, out):  # type: ignore[no-untyped-def]
    """Fill the sums of the attention once row r has answered `answer`."""
    if attention is None:
        return
    n_labels = mixed.shape[1]
    plain, contextual = np.empty(n_labels), np.empty(n_labels)
    for y in range(n_labels):
        plain[y] = plain_of(opened.sheet, opened.tables, r, line, y, answer)
        contextual[y] = contextual_of(opened.sheet, opened.tables, r, line, y, answer)
    out[:] = mixed
    hear(attention, r, answer, plain, contextual, out)


@numba.njit(cache=True, error_model="numpy")
def heard(opened, r, answer, line, here, then):  # type: ignore[no-untyped-def]
    """Fill the sums of `then`, which `after` has filled but for them: row r, a person, answered `answer`."""
    g = opened.person[r]
    then.sums[:] = here.sums
    then.sums[g, 2, answer] += 1.0
    for y in range(then.sums.shape[2]):
        then.sums[g, 0, y] += plain_of(opened.sheet, opened.tables, r, line, y, answer)
        then.sums[g, 1, y] += contextual_of(opened.sheet, opened.tables, r, line, y, answer)
