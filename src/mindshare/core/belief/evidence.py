"""What one answer says about the truth: log p(answer | truth, agent, context), from smoothed confusion tables.

An agent's table backs off to its kind's table, that one to accuracy alone (Dawid and Skene 1979 give the model of
the answer, Kerrigan et al. 2021 the use of it beside a machine's probabilities). Context enters twice: how often the
agent is right in this cell, and which wrong answers are usual there. Every answer gives two readings of itself:

    plain       log p(answer | truth, agent), or the machine's own log probabilities where it gives them
    contextual  log p(answer | truth, agent, cell, confidence)

The pool weighs both. Tables are counted from labelled cases only, and never from the case that they are applied to:
the caller cross-fits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.counts import Counts, Size
from mindshare.core.belief.response import logit
from mindshare.core.belief.seated import held_counts, held_in_cells, held_tables
from mindshare.core.kernel import kernel

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

BACK_OFFS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)  # pseudo-answers a row of a table may borrow
CELL_BACK_OFF = 10.0  # pseudo-answers a cell borrows from the agent's overall rate
WRONG_BACK_OFF = 20.0  # pseudo-answers behind the usual wrong answers of a cell
WRONG_TEMPER = 0.7  # the cell's usual wrong answers and the agent's own are not independent
FLOOR = 1e-6  # a probability of a machine is never taken to be smaller


class Tables(NamedTuple):
    """Arrays of the evidence; K agents, T tables, O wrong-answer owners, U (table, owner) pairs, C cells, L labels."""

    plain: F32  # (K,) log-odds of being right, without context
    here: F32  # (K, C) the same in each cell
    table_of: I32  # (K,)
    owner_of: I32  # (K,)
    pair_of: I32  # (K,)
    shift: F32  # (T, L) log-odds of being right when `truth` is y, relative to the agent's overall
    wrong: F32  # (T, L, L) log p(answer | truth, the answer is wrong)
    usual: F32  # (O, C, L) log-ratio of a wrong answer in this cell to its overall frequency
    norm: F32  # (U, C, L) log normaliser of wrong + usual


class BackOff(NamedTuple):
    """How much machines (0) and people (1) borrow from others of their kind, in pseudo-answers."""

    table: F64  # (2,) a row of a confusion table
    skill: F64  # (2,) how often somebody is right


def learn_back_off(counts: Counts, size: Size) -> BackOff:
    """The amounts that foretell each answer best from the other answers of the same agent (leave-one-out likelihood)."""
    base, accuracy = _of_kind(counts, size)
    _, expected = _rates(counts, size, accuracy)
    table, skill = np.full(2, BACK_OFFS[-1]), np.full(2, BACK_OFFS[-1])
    for g in (0, 1):
        if len(counts.own):
            table[g] = _table_back_off(counts.own[size.person == g], base[g])
        mine = np.flatnonzero((size.person == g) & (counts.agent[0] > 0))
        skill[g] = _skill_back_off(counts.agent[1, mine], counts.agent[0, mine], expected[mine])
    return BackOff(table, skill)


def make_tables(counts: Counts, size: Size, back_off: BackOff, alone: I64 | None = None) -> Tables:
    """The tables that these counts give; whoever has not answered has those of the kind.

    `alone` (K,): a seat that is shown what machines say borrows from the same person alone instead (`seated.py`).
    """
    base, accuracy = _of_kind(counts, size)
    shift, off, table_of = _confusions(counts, size, back_off, base, alone)
    plain, here = _skills(counts, size, back_off, accuracy, alone)
    overall = counts.wrong.sum(1) + 1.0
    overall /= overall.sum(1, keepdims=True)
    there = counts.wrong + WRONG_BACK_OFF * overall[:, None]
    there /= counts.wrong.sum(2, keepdims=True) + WRONG_BACK_OFF
    usual = (WRONG_TEMPER * np.log(there / overall[:, None])).astype(np.float32)
    owner_of, owners = size.owners()
    pairs, pair_of = np.unique(table_of.astype(np.int64) * owners + owner_of, return_inverse=True)
    norm = np.exp(usual[pairs % owners]) @ off[pairs // owners].transpose(0, 2, 1)
    return Tables(
        plain=plain.astype(np.float32),
        here=here.astype(np.float32),
        table_of=table_of,
        owner_of=owner_of,
        pair_of=pair_of.ravel().astype(np.int32),
        shift=shift.astype(np.float32),
        wrong=np.log(np.maximum(off, 1e-9)).astype(np.float32),
        usual=usual,
        norm=np.log(np.maximum(norm, 1e-9)).astype(np.float32),
    )


def log_proba_of(proba: F32) -> F64:
    """(P, L) what machines said by their probabilities, log p, none taken to be smaller than FLOOR."""
    return np.asarray(_log_proba_of(proba))


@kernel(allocates=True)
def _log_proba_of(proba):  # type: ignore[no-untyped-def]
    out = np.empty(proba.shape)
    for p in range(proba.shape[0]):
        for y in range(proba.shape[1]):
            out[p, y] = np.log(max(np.float64(proba[p, y]), FLOOR))
    return out


def chances(tables: Tables, agent: I64, cell: I64) -> F64:
    """(R, 2) chances of being right of these agents in these cells, by the plain and the contextual reading."""
    log_odds = np.stack([tables.plain[agent], tables.here[agent, cell]], axis=1).astype(np.float64)
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def _of_kind(counts: Counts, size: Size) -> tuple[F64, F64]:
    """(2, L, L) p(answer | truth) and (2,) accuracy of machines and of people."""
    n, kinds = size.labels, counts.kind.astype(float)
    accuracy = (counts.cell[1].sum(1) + 1.0) / (counts.cell[0].sum(1) + 2.0)
    base = np.repeat(((1 - accuracy) / max(n - 1, 1))[:, None, None], n, 1).repeat(n, 2)
    base[:, np.arange(n), np.arange(n)] = accuracy[:, None]
    return (kinds + 2.0 * n * base) / (kinds.sum(2, keepdims=True) + 2.0 * n), accuracy


def _confusions(
    counts: Counts, size: Size, back_off: BackOff, base: F64, alone: I64 | None
) -> tuple[F64, F64, I32]:
    """(T, L) shift, (T, L, L) p(answer | truth, wrong), (K,) whose table is whose."""
    each = np.arange(size.labels)
    if len(counts.own):
        table = held_tables(counts, base[size.person], back_off.table[size.person], alone)
        table_of = np.arange(len(size.person), dtype=np.int32)
    else:
        table, table_of = base, size.person.astype(np.int32)
    diagonal = np.clip(table[:, each, each], 1e-4, 1 - 1e-4)
    mean = np.clip(diagonal.mean(1, keepdims=True), 1e-4, 1 - 1e-4)
    off = table.copy()
    off[:, each, each] = 0
    off = np.maximum(off, 1e-9)
    off[:, each, each] = 0
    return logit(diagonal) - logit(mean), off / np.maximum(off.sum(2, keepdims=True), 1e-9), table_of


def _rates(counts: Counts, size: Size, accuracy: F64) -> tuple[F64, F64]:
    """(2, C) how often each kind is right in a cell, (K,) how often one of its kind would have been right where each answered."""
    seen, hits = counts.cell
    rate = (hits + CELL_BACK_OFF * accuracy[:, None]) / (seen + CELL_BACK_OFF)
    agent, cell = counts.pair // size.cells, counts.pair % size.cells
    expected = np.bincount(agent, rate[size.person[agent], cell] * counts.own_cell[0], len(size.person))
    return rate, expected.astype(np.float64)


def _skills(
    counts: Counts, size: Size, back_off: BackOff, accuracy: F64, alone: I64 | None
) -> tuple[F64, F64]:
    """Log-odds of being right, by agent (K,) and by agent and cell (K, C); a skill is relative to where the agent answered."""
    rate, expected = _rates(counts, size, accuracy)
    count, correct = counts.agent[0], counts.agent[1]
    held = back_off.skill[size.person]
    of_kind = held * accuracy[size.person]
    prior, usual = (held_counts(x, count, of_kind, held, alone) for x in (correct, expected))
    skill = np.log((correct + prior) / (count - correct + (held - prior))) - np.log(
        (expected + usual) / (count - expected + (held - usual))
    )
    plain = logit((correct + prior) / (count + held))
    here = logit(rate)[size.person] + skill[:, None]
    if size.own_cells:
        held_in_cells(counts, here, 2 * CELL_BACK_OFF, alone)
    return plain, here


def _table_back_off(own: I64, base: F64) -> float:
    """Leave-one-out likelihood of the Dirichlet-multinomial."""
    seen = own > 0
    if not seen.any():
        return BACK_OFFS[-1]
    count = own[seen].astype(float)
    total = np.broadcast_to(own.sum(2, keepdims=True), own.shape)[seen]
    prior = np.broadcast_to(base, own.shape)[seen]
    fit = [float((count * np.log((count - 1 + m * prior) / (total - 1 + m))).sum()) for m in BACK_OFFS]
    return BACK_OFFS[int(np.argmax(fit))]


def _skill_back_off(correct: F64, count: F64, expected: F64) -> float:
    """Leave-one-out likelihood of the beta-binomial."""
    if len(count) < 2:
        return BACK_OFFS[-1]
    p = np.clip(expected / count, 1e-3, 1 - 1e-3)
    wrong = count - correct
    fit = [
        float(
            (correct * np.log((np.maximum(correct - 1, 0) + m * p) / (count - 1 + m))).sum()
            + (wrong * np.log((np.maximum(wrong - 1, 0) + m * (1 - p)) / (count - 1 + m))).sum()
        )
        for m in BACK_OFFS
    ]
    return BACK_OFFS[int(np.argmax(fit))]


def log_right(tables: Tables) -> F64:
    """(K, C + 1, L) log p(right) of an answer whose manner is not known, in each cell and, last, without context."""
    return np.asarray(_log_right(tables))


@kernel(allocates=True)
def _log_right(tables):  # type: ignore[no-untyped-def]
    n_agents, n_cells = tables.here.shape
    out = np.empty((n_agents, n_cells + 1, tables.shift.shape[1]))
    for k in range(n_agents):
        for c in range(n_cells + 1):
            skill = tables.plain[k] if c == n_cells else tables.here[k, c]
            for y in range(out.shape[2]):
                out[k, c, y] = log_chance(skill + 0.0 + tables.shift[tables.table_of[k], y])
    return out


@kernel(inline=True)
def log_chance(log_odds):  # type: ignore[no-untyped-def]
    """The logarithm of the chance that has these log-odds."""
    return -np.log1p(np.exp(-log_odds))


@kernel
def prepare(tables, right, agent, cell, said0, said1, line):  # type: ignore[no-untyped-def]
    """Fill `line` (4, L): log p(right) and log p(wrong), plain and contextual, by truth, for an agent in a cell.

    `right`: see `log_right`; `said0`, `said1`: what the manner of the answer adds to both log-odds, 0 before it is known.
    """
    prepare_plain(tables, right, agent, said0, line)
    prepare_contextual(tables, right, agent, cell, said1, line)


@kernel
def prepare_plain(tables, right, agent, said, line):  # type: ignore[no-untyped-def]
    """The first two rows of `line` only: all that does not look at the cell."""
    t, last = tables.table_of[agent], right.shape[1] - 1
    for y in range(line.shape[1]):
        plain = tables.plain[agent] + said + tables.shift[t, y]
        line[0, y] = right[agent, last, y] if said == 0.0 else log_chance(plain)
        line[1, y] = line[0, y] - plain


@kernel
def prepare_contextual(tables, right, agent, cell, said, line):  # type: ignore[no-untyped-def]
    """The last two rows of `line` only."""
    t, u = tables.table_of[agent], tables.pair_of[agent]
    for y in range(line.shape[1]):
        contextual = tables.here[agent, cell] + said + tables.shift[t, y]
        line[2, y] = right[agent, cell, y] if said == 0.0 else log_chance(contextual)
        line[3, y] = line[2, y] - contextual - tables.norm[u, cell, y]


@kernel
def plain_of(tables, agent, line, y, answer):  # type: ignore[no-untyped-def]
    """Log p(answer | truth y) without context."""
    return line[0, y] if y == answer else line[1, y] + tables.wrong[tables.table_of[agent], y, answer]


@kernel
def contextual_of(tables, agent, cell, line, y, answer):  # type: ignore[no-untyped-def]
    """Log p(answer | truth y) in the cell."""
    if y == answer:
        return line[2, y]
    usual = tables.usual[tables.owner_of[agent], cell, answer]
    return line[3, y] + tables.wrong[tables.table_of[agent], y, answer] + usual


@kernel
def plain_says(tables, agent, line, answer, out):  # type: ignore[no-untyped-def]
    """Fill `out` (L,) with log p(answer | truth) without context."""
    t = tables.table_of[agent]
    for y in range(len(out)):
        out[y] = line[1, y] + tables.wrong[t, y, answer]
    out[answer] = line[0, answer]


@kernel
def contextual_says(tables, agent, cell, line, answer, out):  # type: ignore[no-untyped-def]
    """Fill `out` (L,) with log p(answer | truth) in the cell."""
    t, usual = tables.table_of[agent], tables.usual[tables.owner_of[agent], cell, answer]
    for y in range(len(out)):
        out[y] = line[3, y] + tables.wrong[t, y, answer] + usual
    out[answer] = line[2, answer]
