"""The honest opponent: post-hoc deferral on top of our calibrated machines.

Two logistic regressions, P(machines right) and P(person right), on what the belief of all machines looks like (its
top probabilities, margin, log-odds, entropy and likeliest label) and the context; the case with the largest
difference goes first and the answer of the person drawn for it stands (after Madras et al. 2018 and Raghu et al.
2019, who learn when to defer after the machine is trained). `skill` also tells who the person is, by the log-odds of
being right that were learnt from other folds, and asks the best person of a case: the policy `posthoc_skill`. Frozen:
both are fitted on the same held-out stages as ours and are not to be tuned against.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from mindshare.core.asking.verdict import best_verdicts
from mindshare.core.belief.holdout import Stage
from mindshare.core.learn import Learned

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
WIDE = 100  # labels beyond this are not told apart


class Posthoc:
    """``fit(learned)``, then ``best(learned, stage)`` -> the person to ask on each case and how much that promises."""

    def __init__(self, skill: bool = False) -> None:
        self.skill = skill

    def fit(self, learned: Learned) -> Posthoc:
        machine_x, machine_right, person_x, person_right = [], [], [], []
        for stage in learned.holdout:
            x, verdict = _describe(learned, stage)
            truth = stage.history.truth
            machine_x.append(x)
            machine_right.append(verdict == truth)
            rows = np.flatnonzero((stage.opened.person == 1) & (stage.opened.label >= 0))
            person_x.append(self._of_person(x, stage, rows))
            person_right.append(stage.opened.label[rows] == truth[stage.opened.case[rows]])
        self.machine_ = _Right().fit(machine_x, machine_right)
        self.person_ = _Right().fit(person_x, person_right)
        return self

    def _of_person(self, x: sparse.csr_matrix, stage: Stage, rows: I64) -> sparse.csr_matrix:
        return _with_person(x, stage, rows) if self.skill else x[stage.opened.case[rows]].tocsr()

    def best(self, learned: Learned, stage: Stage, rows: I64) -> tuple[I64, F64]:
        """Of the people's `rows`, (N,) the best a case, -1 = none; (N,) P(person right) - P(machines right)."""
        x, _ = _describe(learned, stage)
        best, promise = np.full(len(stage.history), -1, np.int64), np.full(len(stage.history), -np.inf)
        if not len(rows):
            return best, promise
        case = stage.opened.case[rows]
        edge = self.person_(self._of_person(x, stage, rows)) - self.machine_(x)[case]
        order = np.argsort(edge, kind="stable")
        best[case[order]], promise[case[order]] = rows[order], edge[order]
        return best, promise


class _Right:
    """P(right); where all that was seen is right, or wrong, that share."""

    def fit(self, x: list[sparse.csr_matrix], right: list[NDArray[np.bool_]]) -> _Right:
        hit = np.concatenate(right) if right else np.zeros(0, bool)
        self.share_ = (hit.sum() + 1) / (len(hit) + 2)
        self.model_ = None
        if 0 < hit.sum() < len(hit):
            self.model_ = LogisticRegression(C=1.0, max_iter=500).fit(sparse.vstack(x).tocsr(), hit)
        return self

    def __call__(self, x: sparse.csr_matrix) -> F64:
        if self.model_ is None:
            return np.full(x.shape[0], self.share_)
        return np.asarray(self.model_.predict_proba(x)[:, 1])


def _describe(learned: Learned, stage: Stage) -> tuple[sparse.csr_matrix, NDArray[np.int32]]:
    """(N, .) features of each case once all machines have spoken, and their joint verdict."""
    scores = stage.belief.scores(stage.opened, stage.machines())
    belief = np.exp(scores - scores.max(1, keepdims=True))
    belief /= belief.sum(1, keepdims=True)
    top = -np.sort(-belief, axis=1)[:, :2]
    entropy = -(belief * np.log(belief + 1e-12)).sum(1)
    log_odds = np.log(top[:, 0] + 1e-9) - np.log1p(-top[:, 0] + 1e-9)
    dense = np.stack([top[:, 0], top[:, 0] - top[:, -1], log_odds, entropy, top[:, -1]], axis=1)
    parts = [sparse.csr_matrix(dense), _context(learned, stage)]
    if belief.shape[1] <= WIDE:
        parts.append(sparse.csr_matrix(np.eye(belief.shape[1])[belief.argmax(1)]))
    verdict = best_verdicts(
        stage.opened, stage.machines(), np.arange(len(belief)), learned.model.asking.utility
    )
    return sparse.hstack(parts).tocsr(), verdict


def _with_person(x: sparse.csr_matrix, stage: Stage, rows: I64) -> sparse.csr_matrix:
    """Who the person is: the log-odds of being right, overall and in this cell, as learnt from other folds."""
    opened, tables = stage.opened, stage.opened.shared.tables
    agent, case = opened.rows.agent[rows], opened.case[rows]
    who = np.stack([tables.plain[agent], tables.here[agent, opened.cell[case]]], axis=1)
    return sparse.hstack([x[case], sparse.csr_matrix(who)]).tocsr()


def _context(learned: Learned, stage: Stage) -> sparse.csr_matrix:
    """(N, .) the columns of the context that hold for each case."""
    reading = learned.model.pool.reading
    return stage.design(reading).matrix(reading.width)[:, : len(reading.context.how)]
