"""Labels that are numbers on one scale: right or wrong as any label, or worth the more the nearer to the truth."""

from __future__ import annotations

from collections.abc import Sequence

from mindshare.core.errors import MindshareError, listed
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.questions import Questions
from mindshare.histories.intake.words import NUMBER

ACCURACY, ORDINAL = "accuracy", "ordinal"
LEAST, MOST = 3, 101  # steps of a scale: with two there is no near miss, and more is measured, not rated
Utility = dict[str, dict[str, float]]


def utility_of(labels: Sequence[str], questions: Questions, notes: Notes) -> Utility | str:
    """What team.yaml says a verdict is worth: accuracy or, as set, a matrix that falls evenly with the distance from the truth.

    That near misses count as wrong is said where labels are numbers. Raises MindshareError where they are none and
    `--set utility=ordinal` is given.
    """
    numbers = all(NUMBER.fullmatch(label) for label in labels)
    scale = sorted(labels, key=_value) if numbers else []
    is_scale = LEAST <= len({_value(label) for label in scale}) <= MOST
    chosen = questions.setting("utility")
    if chosen is not None:
        questions.about("utility", "How are labels judged?", (ACCURACY, ORDINAL))
    if chosen == ORDINAL and not is_scale and not questions.open:
        raise MindshareError(
            f"--set utility=ordinal: the labels are {listed(labels, 6)}; a scale has {LEAST} to {MOST} labels, and all are numbers."
        )
    if chosen == ORDINAL and is_scale:
        return _matrix(scale)
    if chosen is None and is_scale:
        near = _matrix(scale)[scale[0]][scale[1]]
        notes.say(
            f"The labels are numbers from {scale[0]} to {scale[-1]}, and a verdict is right or wrong, however near it is. If they are"
            f" ratings, --set utility=ordinal counts near misses too: for the truth {scale[0]} the verdict {scale[1]} is worth {near:g}."
        )
    return ACCURACY


def _value(label: str) -> float:
    return float(label.replace(",", "."))


def _matrix(labels: Sequence[str]) -> Utility:
    """1 for the truth itself, 0 for the far end of the scale."""
    values = [_value(label) for label in labels]
    span = max(values) - min(values)
    return {
        truth: {verdict: round(1 - abs(a - b) / span, 4) for verdict, b in zip(labels, values, strict=True)}
        for truth, a in zip(labels, values, strict=True)
    }
