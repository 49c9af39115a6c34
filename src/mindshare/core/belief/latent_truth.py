"""What is likely true where nobody knows it, from how the answers of a case agree; and how often that makes each agent right.

Expectation and maximisation (Dawid and Skene 1979; known truths stay as they are: Nigam et al. 2000), in turns:

    belief(y)  =  softmax( log p(y) + sum over answers of log p(answer | y, agent) )    where the truth is unknown
    skill      =  how often each agent is right under these beliefs, held to its kind by a beta prior

Agreement tells only how often an agent is right, in each cell: one coin an agent. Which labels an agent takes for which is not
learnt here: tables of confusions learnt from agreement explain it by themselves, at a cost of up to 14 points on public crowd
sets (`docs/tried.md`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.counts import Counts, Graded, Size, count_skill
from mindshare.core.belief.evidence import (
    FLOOR,
    contextual_of,
    learn_back_off,
    log_right,
    make_tables,
    plain_of,
    prepare,
)
from mindshare.core.belief.rows import Rows
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
TURNS = 100
STILL = 1e-4  # mean change of a belief, over all labels, at which the turns end


class Latent(NamedTuple):
    """What n cases teach, R answers to them that are not empty."""

    belief: F64  # (n, L) rows sum to 1; a known truth has a row of 0 and 1
    row: I64  # (R,)
    right: F64  # (R,) the chance that the answer is right
    counts: Counts  # how often who is right; nothing of what is taken for what


def latent_truth(rows: Rows, cell: I32, truth: I32, cases: I64, size: Size, known: Counts) -> Latent:
    """Of these `cases` (n,), in rising order. `truth` (N,) -1 = unknown; `known`: what was counted where it is known.

    A belief was made from the answers of the case, so it flatters them: skill may be counted with it, as maximum likelihood
    does, but no weight, channel or gate may be fitted to it.
    """
    row = _answered(rows, cases)
    case = np.searchsorted(cases, rows.case[row])
    agent, answer = rows.agent[row].astype(np.int64), rows.label[row].astype(np.int64)
    where = cell[rows.case[row]].astype(np.int64)
    told = truth[cases] >= 0
    belief = _votes(case, answer, (len(cases), size.labels))
    belief[told] = np.eye(size.labels)[truth[cases[told]]]
    guessed, open_ = ~told[case], np.flatnonzero(~told)
    counts = known = known.skill()
    for _ in range(TURNS):
        right = belief[case, answer]
        graded = Graded(agent[guessed], where[guessed], right[guessed])
        counts = count_skill(size, graded, known)
        tables = make_tables(counts, size, learn_back_off(counts, size))
        before, prior = belief.copy(), belief.sum(0) + 0.5
        log_prior = np.log(prior / prior.sum())
        _believe(tables, log_right(tables), rows, cell, cases[open_], log_prior, belief, open_)
        if np.abs(belief - before).sum() <= STILL * len(open_):
            break
    return Latent(belief, row, belief[case, answer], counts)


def _answered(rows: Rows, cases: I64) -> I64:
    """(R,) the rows of these cases that are not empty."""
    wanted = np.zeros(len(rows.indptr) - 1, bool)
    wanted[cases] = True
    return np.flatnonzero(wanted[rows.case] & (rows.label >= 0))


def _votes(case: I64, answer: I64, shape: tuple[int, int]) -> F64:
    """(n, L) the share of votes that each label has, one more vote being shared by all labels: where the turns begin."""
    out = np.full(shape, 1.0 / shape[1])
    np.add.at(out, (case, answer), 1.0)
    return out / out.sum(1, keepdims=True)


@kernel(allocates=True)
def _believe(tables, right, rows, cell, cases, log_prior, belief, places):  # type: ignore[no-untyped-def]
    """Fill row `places[j]` of `belief` (n, L) with the belief in `cases[j]`: half of each of both readings."""
    n_labels = len(log_prior)
    line, score = np.zeros((4, n_labels)), np.zeros(n_labels)
    for j in range(len(cases)):
        i = cases[j]
        for y in range(n_labels):
            score[y] = log_prior[y]
        for r in range(rows.indptr[i], rows.indptr[i + 1]):
            answer = rows.label[r]
            if answer < 0:
                continue
            k, c, p = rows.agent[r], cell[i], rows.proba_row[r]
            prepare(tables, right, k, c, 0.0, 0.0, line)
            for y in range(n_labels):
                if p < 0:
                    score[y] += 0.5 * plain_of(tables, k, line, y, answer)
                else:
                    score[y] += 0.5 * np.log(max(np.float64(rows.proba[p, y]), FLOOR))
                score[y] += 0.5 * contextual_of(tables, k, c, line, y, answer)
        top, total = score.max(), 0.0
        for y in range(n_labels):
            total += np.exp(score[y] - top)
        for y in range(n_labels):
            belief[places[j], y] = np.exp(score[y] - top) / total
