"""Recalibrated boosting: trees on one row a (case, likely label) correct the belief before people are asked.

The trees see what the pool says of a label (log belief, rank, gap to the likeliest), who voted for it and the
context; they answer "is this label true?" (gradient boosting, Friedman 2001), are normalised over the labels of the
case and mixed with the pool half and half in log space. They are fitted on held-out scores of the pool: evidence
that has seen its own case would leak its truth into a tree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier

from mindshare.core.opened import Open

F64 = NDArray[np.float64]
CANDIDATES = 5
LEAST = 1_000  # held-out cases below which trees are not tried
COLUMNS = 64  # context columns and machines that get a feature of their own, each


class Boost:
    """``fit`` on held-out stages, then ``shift(opened, scores, design)`` (N, L) to add to the pool's scores.

    `machines`: agents are machines below this number, whether or not they answered any of the cases.
    """

    def __init__(self, seed: int, machines: int) -> None:
        self.seed, self.machines = seed, min(machines, COLUMNS)

    def fit(self, parts: list[tuple[Open, F64, sparse.csr_matrix, NDArray[np.int32]]]) -> Boost:
        """`parts`: (opened, scores of all machines, design, truth) of cases that the pool had not seen."""
        x, y = [], []
        for opened, scores, design, truth in parts:
            order = _likeliest(scores)
            x.append(self._features(opened, scores, design, order))
            y.append((order == truth[:, None]).ravel())
        self.trees_ = HistGradientBoostingClassifier(
            max_iter=120,
            learning_rate=0.06,
            max_leaf_nodes=12,
            min_samples_leaf=40,
            l2_regularization=5.0,
            early_stopping=False,
            random_state=self.seed,
        ).fit(np.concatenate(x), np.concatenate(y))
        return self

    def shift(self, opened: Open, scores: F64, design: sparse.csr_matrix) -> F64:
        """Half the way, in log space, from the pool's belief to the trees'; labels no tree looked at keep theirs."""
        order = _likeliest(scores)
        chance = self.trees_.predict_proba(self._features(opened, scores, design, order))[:, 1].reshape(
            order.shape
        )
        log_belief = _log_normalised(scores)
        seen = np.take_along_axis(log_belief, order, axis=1)
        # the candidates keep the mass that the pool gives them together
        mass = np.log(np.exp(seen).sum(1, keepdims=True))
        theirs = np.log(np.maximum(chance, 1e-6))
        theirs += mass - np.log(np.exp(theirs).sum(1, keepdims=True))
        out = np.zeros(scores.shape)
        np.put_along_axis(out, order, 0.5 * (theirs - seen), axis=1)
        return out

    def _features(
        self, opened: Open, scores: F64, design: sparse.csr_matrix, order: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """(N x candidates, F)."""
        log_belief = _log_normalised(scores)
        seen = np.take_along_axis(log_belief, order, axis=1)
        n, wide = order.shape
        runner_up = seen[:, 1:2] if wide > 1 else seen
        gap = np.where(np.arange(wide) == 0, seen - runner_up, seen - seen[:, :1])
        entropy = (np.exp(log_belief) * log_belief).sum(1)
        votes = _votes(opened, order, self.machines)
        shared = np.column_stack([entropy, seen, design[:, :COLUMNS].toarray()])
        own = np.stack([seen, gap, np.broadcast_to(np.arange(wide), (n, wide)), order, votes.sum(2)], axis=2)
        both = [own, votes, np.broadcast_to(shared[:, None], (n, wide, shared.shape[1]))]
        return np.concatenate(both, axis=2).reshape(n * wide, -1).astype(np.float32)


def _log_normalised(scores: F64) -> F64:
    top = scores.max(1, keepdims=True)
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True)))


def _likeliest(scores: F64) -> NDArray[np.int64]:
    return np.argsort(-scores, axis=1, kind="stable")[:, :CANDIDATES]


def _votes(opened: Open, order: NDArray[np.int64], machines: int) -> F64:
    """(N, candidates, machines): 1 where the machine answered that label."""
    sheet = opened.sheet
    rows = np.flatnonzero((opened.person == 0) & (sheet.label >= 0) & (sheet.agent < machines))
    out = np.zeros((*order.shape, max(machines, 1)))
    hit = order[sheet.case[rows]] == sheet.label[rows][:, None]
    at, place = np.nonzero(hit)
    out[sheet.case[rows[at]], place, sheet.agent[rows[at]]] = 1.0
    return out
