"""Recalibrated boosting: trees on one row for each (case, likely label) correct the belief before people are asked.

The trees see what the pool says of a label (log belief, rank, gap to the likeliest), who voted for it and the
context; they answer "is this label true?" (gradient boosting, Friedman 2001), are normalised over the labels of the
case and mixed with the pool half and half in log space. They are fitted on held-out scores of the pool: evidence
that has seen its own case would leak its truth into a tree. scikit-learn grows them; here they are plain arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from mindshare.core.belief.design import Design
from mindshare.core.belief.state import Opened

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
CANDIDATES = 5
LEAST = 1_000  # held-out cases below which trees are not tried
COLUMNS = 64  # columns of the context and machines that get a feature of their own, each
OWN = 5  # features of a candidate but for who voted for it


class Trees(NamedTuple):
    """A forest of Q nodes in all; tree t begins at node `root[t]`. A leaf has `left` -1."""

    root: I32  # (T,)
    feature: I32  # (Q,)
    cut: F64  # (Q,) at most this goes left
    left: I32  # (Q,)
    right: I32  # (Q,)
    value: F64  # (Q,) of a leaf, log-odds
    start: float  # log-odds before the first tree
    machines: int  # agents below this number are machines with a feature of their own
    columns: int  # of the context that are features


class Part(NamedTuple):
    """Cases that the pool had not seen: its scores once all machines have spoken, and what was true."""

    opened: Opened
    scores: F64
    design: Design
    truth: I32


def grow(parts: Sequence[Part], machines: int, columns: int, seed: int) -> Trees:
    """The forest that learns from these cases."""
    empty = _empty(min(machines, COLUMNS), min(columns, COLUMNS))
    x = np.concatenate([_features(empty, p.opened.rows, p.scores, p.design) for p in parts])
    y = np.concatenate([(_likeliest(p.scores) == p.truth[:, None]).ravel() for p in parts])
    model = HistGradientBoostingClassifier(
        max_iter=120,
        learning_rate=0.06,
        max_leaf_nodes=12,
        min_samples_leaf=40,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=seed,
    ).fit(x, y)
    return _as_arrays(model, empty)


def shift(trees: Trees, opened: Opened, scores: F64, design: Design) -> F64:
    """(N, L) half the way, in log space, from the pool's belief to the trees'; labels no tree looked at keep theirs."""
    return _shift(trees, opened.rows, scores, design)


def _empty(machines: int, columns: int) -> Trees:
    """No tree yet, but what the features are."""
    none, nothing = np.zeros(0, np.int32), np.zeros(0)
    return Trees(none, none, nothing, none, none, nothing, 0.0, machines, columns)


def _as_arrays(model: HistGradientBoostingClassifier, empty: Trees) -> Trees:
    """The fitted trees of scikit-learn, node by node."""
    nodes: list[Any] = [predictor.nodes for (predictor,) in model._predictors]
    root = np.cumsum([0, *(len(n) for n in nodes[:-1])]).astype(np.int32)
    leaf = np.concatenate([n["is_leaf"].astype(bool) for n in nodes])
    first = np.repeat(root, [len(n) for n in nodes])

    def child(name: str) -> I32:
        places = np.concatenate([n[name].astype(np.int64) for n in nodes]) + first
        return np.where(leaf, -1, places).astype(np.int32)

    return empty._replace(
        root=root,
        feature=np.concatenate([n["feature_idx"].astype(np.int32) for n in nodes]),
        cut=np.concatenate([n["num_threshold"].astype(np.float64) for n in nodes]),
        left=child("left"),
        right=child("right"),
        value=np.concatenate([n["value"].astype(np.float64) for n in nodes]),
        start=float(np.ravel(model._baseline_prediction)[0]),
    )


def _likeliest(scores: F64) -> NDArray[np.int64]:
    return np.argsort(-scores, axis=1, kind="stable")[:, :CANDIDATES]


@numba.njit(cache=True, error_model="numpy")
def _features(trees, rows, scores, design):  # type: ignore[no-untyped-def]
    """(N x candidates, F) what the trees see of each candidate."""
    n, n_labels = scores.shape
    wide = min(n_labels, CANDIDATES)
    out = np.zeros((n * wide, _width(trees, wide)), np.float32)
    order, log_belief = np.zeros(wide, np.int64), np.zeros(n_labels)
    for i in range(n):
        _look(trees, rows, i, scores[i], design, order, log_belief, out[i * wide : (i + 1) * wide])
    return out


@numba.njit(cache=True, error_model="numpy")
def _width(trees, wide):  # type: ignore[no-untyped-def]
    return OWN + trees.machines + 1 + wide + trees.columns


@numba.njit(cache=True, error_model="numpy")
def _look(trees, rows, i, score, design, order, log_belief, out):  # type: ignore[no-untyped-def]
    """Fill the `order` of the candidates of case i, the pool's log belief, and (candidates, F) `out`, zeros before."""
    n_labels, wide, machines = len(score), len(order), trees.machines
    top, z, entropy = score.max(), 0.0, 0.0
    for y in range(n_labels):
        z += np.exp(score[y] - top)
    for y in range(n_labels):
        log_belief[y] = score[y] - top - np.log(z)
        entropy += np.exp(log_belief[y]) * log_belief[y]
    for j in range(wide):
        best = -1
        for y in range(n_labels):
            taken = False
            for k in range(j):
                taken |= order[k] == y
            if not taken and (best < 0 or score[y] > score[best]):
                best = y
        order[j] = best
    shared = OWN + machines
    for j in range(wide):
        seen = log_belief[order[j]]
        out[j, 0] = seen
        out[j, 1] = seen - log_belief[order[min(1, wide - 1)]] if j == 0 else seen - log_belief[order[0]]
        out[j, 2], out[j, 3] = j, order[j]
        out[j, shared] = entropy
        for k in range(wide):
            out[j, shared + 1 + k] = log_belief[order[k]]
        for c in design.of[design.at[i] : design.at[i + 1]]:
            if c < trees.columns:
                out[j, shared + 1 + wide + c] = 1.0
        for r in range(rows.indptr[i], rows.indptr[i + 1]):
            if rows.person[r] == 0 and rows.label[r] == order[j] and rows.agent[r] < machines:
                if out[j, OWN + rows.agent[r]] == 0.0:
                    out[j, 4] += 1.0
                out[j, OWN + rows.agent[r]] = 1.0


@numba.njit(cache=True, error_model="numpy")
def _shift(trees, rows, scores, design):  # type: ignore[no-untyped-def]
    n, n_labels = scores.shape
    wide = min(n_labels, CANDIDATES)
    out = np.zeros((n, n_labels))
    order, log_belief, theirs = np.zeros(wide, np.int64), np.zeros(n_labels), np.zeros(wide)
    x = np.zeros((wide, _width(trees, wide)), np.float32)
    for i in range(n):
        x[:] = 0.0
        _look(trees, rows, i, scores[i], design, order, log_belief, x)
        mass, total = 0.0, 0.0
        for j in range(wide):
            mass += np.exp(log_belief[order[j]])
            theirs[j] = max(1.0 / (1.0 + np.exp(-_odds(trees, x[j]))), 1e-6)
            total += theirs[j]
        for j in range(wide):
            # the candidates keep the mass that the pool gives them together
            ours = np.log(theirs[j]) + np.log(mass) - np.log(total)
            out[i, order[j]] = 0.5 * (ours - log_belief[order[j]])
    return out


@numba.njit(cache=True, error_model="numpy")
def _odds(trees, x):  # type: ignore[no-untyped-def]
    """The log-odds that the candidate with features x is true."""
    total = trees.start
    for t in range(len(trees.root)):
        node = trees.root[t]
        while trees.left[node] >= 0:
            node = (
                trees.left[node]
                if np.float64(x[trees.feature[node]]) <= trees.cut[node]
                else trees.right[node]
            )
        total += trees.value[node]
    return total
