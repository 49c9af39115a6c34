"""Recalibrated boosting: trees on one row for each (case, likely label) correct the belief before people are asked.

The trees see what the pool says of a label (log belief, rank, gap to the likeliest), who voted for it and the
context; they answer "is this label true?" (gradient boosting, Friedman 2001), are normalised over the labels of the
case and mixed with the pool half and half in log space. They are fitted on held-out scores of the pool: evidence
that has seen its own case would leak its truth into a tree. scikit-learn grows them; here they are plain arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from mindshare.core.belief.design import Design
from mindshare.core.belief.state import Opened, likeliest
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
CANDIDATES = 5
LEAST = 1_000  # held-out cases below which trees are not tried
COLUMNS = 64  # columns of the context and machines that get a feature of their own, each
OWN = 5  # features of a candidate but for who voted for it


class Branches(NamedTuple):
    """The same forest as it is walked: whoever goes right takes the next child, and a leaf leads to itself."""

    feature: I32  # (Q,)
    cut: F64  # (Q,)
    child: I32  # (Q, 2) left, right
    depth: I32  # (T,) steps to the deepest leaf


class Forest(NamedTuple):
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


class Trees(Forest):
    """A forest that walks."""

    @cached_property
    def branches(self) -> Branches:
        """The nodes as they are walked."""
        leaf, itself = self.left < 0, np.arange(len(self.left), dtype=np.int32)
        child = np.stack([np.where(leaf, itself, self.left), np.where(leaf, itself, self.right)], axis=1)
        at, tree = self.root[~leaf[self.root]], np.flatnonzero(~leaf[self.root])
        depth = np.zeros(len(self.root), np.int32)
        while len(at):
            depth[tree] += 1
            at, tree = child[at].ravel(), np.repeat(tree, 2)
            at, tree = at[~leaf[at]], tree[~leaf[at]]
        return Branches(np.where(leaf, 0, self.feature), np.where(leaf, 0.0, self.cut), child, depth)


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
    return _shift(trees, trees.branches, opened.rows, scores, design)


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


def _odds(trees: Trees, x: NDArray[np.float32]) -> float:
    """The log-odds that the candidate with features x is true."""
    out = np.empty(1)
    _walk(trees, trees.branches, x[None], np.empty(1, np.int64), out)
    return float(out[0])


def _likeliest(scores: F64) -> NDArray[np.int64]:
    return np.argsort(-scores, axis=1, kind="stable")[:, :CANDIDATES]


@kernel(allocates=True)
def _features(trees, rows, scores, design):  # type: ignore[no-untyped-def]
    """(N x candidates, F) what the trees see of each candidate."""
    n, n_labels = scores.shape
    wide = min(n_labels, CANDIDATES)
    out = np.zeros((n * wide, _width(trees, wide)), np.float32)
    order, log_belief = np.zeros(wide, np.int64), np.zeros(n_labels)
    for i in range(n):
        _look(trees, rows, i, scores[i], design, order, log_belief, out[i * wide : (i + 1) * wide])
    return out


@kernel
def _width(trees, wide):  # type: ignore[no-untyped-def]
    return OWN + trees.machines + 1 + wide + trees.columns


@kernel
def _look(trees, rows, i, score, design, order, log_belief, out):  # type: ignore[no-untyped-def]
    """Fill the `order` of the candidates of case i, the pool's log belief, and (candidates, F) `out`, zeros before."""
    n_labels, wide, machines = len(score), len(order), trees.machines
    top, z, entropy = score[0], 0.0, 0.0
    for y in range(n_labels):
        top = max(top, score[y])
    for y in range(n_labels):
        z += np.exp(score[y] - top)
    log_z = np.log(z)
    for y in range(n_labels):
        log_belief[y] = score[y] - top - log_z
        entropy += np.exp(log_belief[y]) * log_belief[y]
    likeliest(score, order)
    shared = OWN + machines
    for j in range(wide):
        seen = log_belief[order[j]]
        out[j, 0] = seen
        out[j, 1] = seen - log_belief[order[min(1, wide - 1)]] if j == 0 else seen - log_belief[order[0]]
        out[j, 2], out[j, 3] = j, order[j]
        out[j, shared] = entropy
        for k in range(wide):
            out[j, shared + 1 + k] = log_belief[order[k]]
        for d in range(design.at[i], design.at[i + 1]):
            if design.of[d] < trees.columns:
                out[j, shared + 1 + wide + design.of[d]] = 1.0
        for r in range(rows.indptr[i], rows.indptr[i + 1]):
            if rows.person[r] == 0 and rows.label[r] == order[j] and rows.agent[r] < machines:
                if out[j, OWN + rows.agent[r]] == 0.0:
                    out[j, 4] += 1.0
                out[j, OWN + rows.agent[r]] = 1.0


@kernel(allocates=True)
def _shift(trees, branches, rows, scores, design):  # type: ignore[no-untyped-def]
    n, n_labels = scores.shape
    wide = min(n_labels, CANDIDATES)
    out = np.zeros((n, n_labels))
    order, log_belief, theirs = np.zeros(wide, np.int64), np.zeros(n_labels), np.zeros(wide)
    x, at = np.zeros((wide, _width(trees, wide)), np.float32), np.zeros(wide, np.int64)
    for i in range(n):
        for j in range(wide):
            for f in range(x.shape[1]):
                x[j, f] = 0.0
        _look(trees, rows, i, scores[i], design, order, log_belief, x)
        _walk(trees, branches, x, at, theirs)
        mass, total = 0.0, 0.0
        for j in range(wide):
            mass += np.exp(log_belief[order[j]])
            theirs[j] = max(1.0 / (1.0 + np.exp(-theirs[j])), 1e-6)
            total += theirs[j]
        for j in range(wide):
            # the candidates keep the mass that the pool gives them together
            ours = np.log(theirs[j]) + np.log(mass) - np.log(total)
            out[i, order[j]] = 0.5 * (ours - log_belief[order[j]])
    return out


@kernel
def _walk(trees, branches, x, at, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the log-odds that each candidate, of features x, is true; all walk one tree together."""
    feature, cut, child, wide = branches.feature, branches.cut, branches.child, len(out)
    for j in range(wide):
        out[j] = trees.start
    for t in range(len(trees.root)):
        for j in range(wide):
            at[j] = trees.root[t]
        for _ in range(branches.depth[t]):
            for j in range(wide):
                node = at[j]
                right = 0 if np.float64(x[j, feature[node]]) <= cut[node] else 1
                at[j] = child[node, right]
        for j in range(wide):
            out[j] += trees.value[at[j]]
