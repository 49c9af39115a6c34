"""A small net learns what a large machine believes, not only what is true: what the large one finds likely too is told as well.

Distillation (Hinton, Vinyals & Dean 2015): the target of a case is a mix of its truth and the teacher's softened belief. The
teacher is any machine with `predict_proba`; it speaks once about each case, best one that it has not learnt from.
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.machines.learn.learner import M
from mindshare.machines.learn.plan import FitSettings

SOFTEN, TRUTH = 2.0, 0.5  # temperature of the teacher's belief; weight of the truth


def distil(
    student: M, X: Any, y: ArrayLike, teacher: NDArray[np.float64], **settings: Unpack[FitSettings]
) -> M:
    """`student` fitted; `teacher` (N, L): its probabilities, labels sorted as in `classes_`. `settings` as in `student.fit`."""
    labels = np.unique(np.asarray(y))
    belief = np.asarray(teacher, np.float64)
    if (
        belief.shape != (len(np.asarray(y)), len(labels))
        or not np.isfinite(belief).all()
        or (belief < 0).any()
    ):
        raise ValueError(
            f"teacher must hold ({len(np.asarray(y))}, {len(labels)}) probabilities, a row a case, a column a label. Got {belief.shape}."
        )
    soft = np.maximum(belief, 1e-9) ** (1 / SOFTEN)
    soft /= soft.sum(axis=1, keepdims=True)
    hard = np.eye(len(labels))[np.searchsorted(labels, np.asarray(y))]
    settings["soft"] = TRUTH * hard + (1 - TRUTH) * soft
    return student.fit(X, y, **settings)
