"""Random subsets of the answers of held-out cases, as tensors: what answer attention learns from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from mindshare.core.belief.holdout import Seen
from mindshare.core.belief.state import read, scores_of
from mindshare.core.belief.subsets import random_subset
from mindshare.core.belief.weights import PEOPLE
from mindshare.core.kernel import kernel

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


class Batch(NamedTuple):
    """B cases and their R known answers; `draw` (R,) is the case of each."""

    raw: Tensor  # (B, L) the pool's score
    prior: Tensor  # (B, L) log belief before anybody has spoken
    design: Tensor  # (B, D)
    people: Tensor  # (B,) who have spoken
    truth: Tensor  # (B,)
    evidence: Tensor  # (R, L, 2) how each answer reads
    answer: Tensor  # (R,)
    agent: Tensor  # (R,)
    draw: Tensor  # (R,)


class Turn(NamedTuple):
    """One random subset of the answers of every case; rows `indptr[i]:indptr[i + 1]` are those of case i."""

    raw: F32
    prior: F32
    design: sparse.csr_matrix
    people: I64
    truth: I64
    indptr: I64
    evidence: F32
    answer: I64
    agent: I64

    def batch(self, cases: I64) -> Batch:
        """These cases as tensors."""
        low, count = self.indptr[cases], np.diff(self.indptr)[cases]
        before = np.cumsum(count) - count
        rows = np.repeat(low - before, count) + np.arange(count.sum())
        return Batch(
            raw=torch.as_tensor(self.raw[cases]),
            prior=torch.as_tensor(self.prior[cases]),
            design=torch.as_tensor(self.design[cases].toarray().astype(np.float32)),
            people=torch.as_tensor(self.people[cases]),
            truth=torch.as_tensor(self.truth[cases]),
            evidence=torch.as_tensor(self.evidence[rows]),
            answer=torch.as_tensor(self.answer[rows]),
            agent=torch.as_tensor(self.agent[rows]),
            draw=torch.as_tensor(np.repeat(np.arange(len(cases)), count)),
        )


def drawn(seen: Sequence[Seen], turn: int, rng: np.random.Generator) -> Turn:
    """The `turn`-th draw from all of these cases."""
    parts = [_drawn(s, turn, rng) for s in seen]
    counts = np.concatenate([np.diff(p.indptr) for p in parts])
    whole = {
        name: np.concatenate([getattr(p, name) for p in parts])
        for name in Turn._fields
        if name not in ("design", "indptr")
    }
    design = sparse.vstack([p.design for p in parts]).tocsr()
    return Turn(**whole, design=design, indptr=np.concatenate([[0], np.cumsum(counts)]))


def _drawn(seen: Seen, turn: int, rng: np.random.Generator) -> Turn:
    opened, n = seen.opened, len(seen.truth)
    heard = (opened.label >= 0) & opened.shared.heard[opened.rows.agent]
    # where machines are asked one by one, a person may be heard before any: subsets of machines are drawn too
    known = heard & random_subset(opened.rows, np.arange(n), turn, seen.machines_always, rng)
    rows = np.flatnonzero(known)
    counts = np.bincount(opened.case[rows], minlength=n)
    spoke = np.bincount(opened.case[rows[opened.person[rows] == 1]], minlength=n)
    plain = opened.shared._replace(temperature=np.ones_like(opened.shared.temperature))
    alone = opened._replace(attention=None, shared=plain)
    return Turn(
        raw=scores_of(alone, known).astype(np.float32),
        prior=(opened.prior - np.logaddexp.reduce(opened.prior, axis=1)[:, None]).astype(np.float32),
        design=seen.design.matrix(seen.width),
        people=np.minimum(spoke, PEOPLE),
        truth=seen.truth.astype(np.int64),
        indptr=np.concatenate([[0], np.cumsum(counts)]),
        evidence=_read(opened, rows),
        answer=opened.label[rows].astype(np.int64),
        agent=opened.rows.agent[rows].astype(np.int64),
    )


@kernel(allocates=True)
def _read(opened, rows):  # type: ignore[no-untyped-def]
    """(R, L, 2) how each of these answers reads."""
    labels = opened.prior.shape[1]
    out = np.zeros((len(rows), labels, 2), np.float32)
    plain, contextual, line = np.zeros(labels), np.zeros(labels), np.zeros((4, labels))
    for j in range(len(rows)):
        read(opened, rows[j], line, plain, contextual)
        for y in range(labels):
            out[j, y, 0], out[j, y, 1] = plain[y], contextual[y]
    return out
