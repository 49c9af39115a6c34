"""What cases turned out to be, as labels or as numbers, refused where it makes no sense."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def labels(y: ArrayLike, n: int) -> NDArray[Any]:
    """(n,) labels of one kind, none of them missing."""
    given = _counted(y, n)
    if given.ndim != 1:
        raise ValueError(f"Labels must be (N,), one for each case. Got {given.shape} instead.")
    each = given.tolist()
    if given.dtype.kind in "fc" and np.isfinite(given).all() and (given != np.round(given.real)).any():
        raise ValueError(
            f"Unknown label type: continuous. Label {given[given != np.round(given.real)][0]} is no class; for numbers set task='regress'."
        )
    missing = [i for i, label in enumerate(each) if label is None or label != label]  # nan is not itself
    if missing:
        raise ValueError(f"The truth of case {missing[0]} is missing; a case without one cannot teach.")
    if given.dtype != object:
        return given
    words = sum(isinstance(label, str) for label in each)
    plain = np.asarray(each)  # what a file can hold
    if words not in (0, n) or plain.dtype == object or plain.ndim != 1:
        raise ValueError("Labels must be all words or all numbers.")
    return plain


def places(classes: NDArray[Any], y: ArrayLike, n: int) -> NDArray[np.int64]:
    """(n,) places of labels in `classes`, which are sorted; refused where one is not among them."""
    given = labels(y, n)
    at = np.searchsorted(classes, given)
    known = classes[np.minimum(at, len(classes) - 1)] == given
    if not known.all():
        raise ValueError(
            f"Label '{given[~known][0]}' was not seen in training; known are {', '.join(map(str, classes[:8]))}."
        )
    return at.astype(np.int64)


def numbers(y: ArrayLike, n: int) -> tuple[NDArray[np.float32], tuple[int, ...]]:
    """(n, M) finite numbers, and the shape that those of one case came in."""
    given = _counted(y, n)
    try:
        target = given.astype(np.float32).reshape(n, -1)
    except (TypeError, ValueError) as wrong:
        raise ValueError(
            f"Truths must be numbers here. The first one is '{given.reshape(-1)[0]}' instead."
        ) from wrong
    if not np.isfinite(target).all():
        at = np.argwhere(~np.isfinite(target))[0][0]
        raise ValueError(f"The truth of case {at} is not a finite number.")
    return target, given.shape[1:]


def _counted(y: ArrayLike, n: int) -> NDArray[Any]:
    if y is None:
        raise ValueError("Learning requires y to be passed, but the target y is None.")
    try:
        given = np.asarray(y)
    except ValueError as wrong:
        raise ValueError("Truths must all have one shape.") from wrong
    if given.ndim == 0 or len(given) != n:
        raise ValueError(f"There are {n} cases and {given.size} truths; give one for each case.")
    return given
