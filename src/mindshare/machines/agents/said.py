"""What somebody said, as probabilities: of probabilities, scores, labels, or a sentence that names a label."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from mindshare.core.errors import MindshareError, listed
from mindshare.machines.task import Floats

NEAR = 1e-3  # how far a row of probabilities may sum from 1


def label_set(classes: ArrayLike) -> NDArray[Any]:
    """(L,) labels, sorted; refused where there are fewer than two, or one twice."""
    given = np.asarray(classes)
    found = np.unique(given)
    if given.ndim != 1 or len(found) < 2 or len(found) != len(given):
        raise ValueError(f"classes must be two or more different labels. Got {list(given.flat)!r} instead.")
    return found


def in_order(classes: ArrayLike) -> NDArray[np.int64]:
    """Where each of the sorted labels stands among `classes`: columns of somebody else's order, in ours."""
    return np.argsort(np.asarray(classes), kind="stable")


def check_shape(given: Sequence[int], takes: Any, who: str) -> None:
    """Refuses cases of another shape than `who` takes, (any number, ...) with a number wherever it is fixed."""
    if not isinstance(takes, tuple | list) or not takes or isinstance(takes[0], tuple | list):
        return  # it does not say, or takes several inputs
    same = len(given) == len(takes)
    if same and all(not isinstance(b, int) or a == b for a, b in zip(given[1:], takes[1:], strict=True)):
        return
    wanted = ", ".join(str(size) if isinstance(size, int) else "any" for size in takes[1:])
    raise MindshareError(
        f"{who} takes cases of shape ({wanted}); these are of shape ({', '.join(map(str, given[1:]))})."
    )


def look_like_proba(told: NDArray[Any], n: int) -> bool:
    """Whether all of these numbers are probabilities of a row that sum to 1."""
    if told.ndim != 2 or told.shape[1] < 2 or len(told) != n:
        return False
    return bool((told >= 0).all() and (abs(told.sum(axis=1, dtype=np.float64) - 1.0) <= NEAR).all())


def from_proba(told: Any, n: int, labels: int, who: str) -> Floats:
    """(n, labels) probabilities as told, which sum to 1; one column is the probability of the second of two labels."""
    try:
        proba = np.asarray(told, np.float64)
    except (TypeError, ValueError) as wrong:
        raise MindshareError(f"{who} gave something else than a table of numbers.") from wrong
    if labels == 2 and proba.shape in ((n,), (n, 1)):
        proba = np.stack([1.0 - proba.reshape(n), proba.reshape(n)], axis=1)
    if proba.shape != (n, labels):
        raise MindshareError(f"{who} gave numbers of shape {proba.shape}; ({n}, {labels}) were expected.")
    if not np.isfinite(proba).all():
        raise MindshareError(
            f"{who} gave a probability that is not a number, for case {_first(~np.isfinite(proba))}."
        )
    total = proba.sum(axis=1)
    off = (proba < 0).any(axis=1) | (abs(total - 1.0) > NEAR)
    if off.any():
        i = _first(off[:, None])
        raise MindshareError(
            f"{who} gave {np.round(proba[i], 4).tolist()} for case {i}, which are no probabilities that sum to 1."
        )
    return cast(Floats, proba / total[:, None])


def from_named(told: Mapping[Any, Any], classes: NDArray[Any], who: str) -> Floats:
    """(L,) probabilities in the order of `classes` of {label: probability}; what they lack to 1 is shared evenly by those that
    are not named. A label that is not known is refused.
    """
    known = [str(label) for label in classes.tolist()]
    given = {str(label): p for label, p in told.items()}
    if not given or not given.keys() <= set(known):
        raise MindshareError(f"{who} told of the labels {sorted(given)}, not of {sorted(known)}.")
    missing = [label for label in known if label not in given]
    try:
        rest = 1.0 - sum(float(p) for p in given.values())
    except (TypeError, ValueError) as wrong:
        raise MindshareError(f"{who} gave something else than numbers by label.") from wrong
    if missing and rest > -NEAR:
        given |= dict.fromkeys(missing, max(rest, 0.0) / len(missing))
    row = [given.get(label, 0.0) for label in known]
    return cast(Floats, from_proba([row], 1, len(known), who)[0])


def from_scores(told: Any, n: int, labels: int, who: str) -> Floats:
    """(n, labels) softmax of scores (logits, distances); one column is the score of the second of two labels."""
    scores = np.asarray(told, np.float64)
    if labels == 2 and scores.shape in ((n,), (n, 1)):
        scores = np.stack([np.zeros(n), scores.reshape(n)], axis=1)
    if scores.shape != (n, labels):
        raise MindshareError(f"{who} gave numbers of shape {scores.shape}; ({n}, {labels}) were expected.")
    if not np.isfinite(scores).all():
        raise MindshareError(
            f"{who} gave a score that is not a number, for case {_first(~np.isfinite(scores))}."
        )
    return cast(Floats, softmax(scores, axis=1))


def from_labels(told: Sequence[Any], classes: NDArray[Any], who: str) -> Floats:
    """(n, labels) 1 for the label said, else 0. A label that is not known is refused."""
    known = {str(label): k for k, label in enumerate(classes.tolist())}
    proba = np.zeros((len(told), len(classes)))
    for i, label in enumerate(told):
        at = known.get(str(label))
        if at is None:
            raise MindshareError(f"{who} said '{label}' of case {i}; the labels are {listed(known)}.")
        proba[i, at] = 1.0
    return proba


def from_sentence(sentence: str, classes: NDArray[Any]) -> tuple[Floats, bool]:
    """((labels,) probabilities, whether it was understood): one label named is the answer; none or several tell nothing.

    A label counts where it stands as words of its own, in any case; of labels within each other ("no", "no fault") the longest.
    """
    left, found = sentence.lower(), []
    for k in sorted(range(len(classes)), key=lambda k: -len(str(classes[k]))):
        left, times = re.subn(rf"(?<!\w){re.escape(str(classes[k]).lower())}(?!\w)", " ", left)
        found += [k] if times else []
    if len(found) != 1:
        return np.full(len(classes), 1.0 / len(classes)), False
    return np.eye(len(classes))[found[0]], True


def _first(wrong: NDArray[np.bool_]) -> int:
    return int(np.argwhere(wrong.reshape(len(wrong), -1).any(axis=1))[0][0])
