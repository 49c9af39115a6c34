"""Any function as a machine: it may return labels, probabilities or sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from mindshare.machines.agents.measured import Measured, sizes_of, timed
from mindshare.machines.agents.said import (
    from_labels,
    from_named,
    from_proba,
    from_sentence,
    in_order,
    label_set,
)
from mindshare.machines.parts.packed import Given, State, name_of
from mindshare.machines.task import Floats

Returns = Literal["labels", "probabilities", "sentences"]


class Function:
    """``Function(rule, ["faulty", "sound"])``: `call(X)` gives one entry a case, in the order of X.

    `returns`: `labels` (each one of `classes`), `probabilities` (N, L, columns as in `classes`, or {label: probability} a case) or
    `sentences` (the label that one names; one that names none or several tells nothing, and is counted in `unread_`). Nothing is
    learnt but what it costs. No cases are answered without a call.
    """

    def __init__(
        self, call: Callable[[Any], Any], classes: Sequence[Any], returns: Returns = "labels"
    ) -> None:
        if returns not in ("labels", "probabilities", "sentences"):
            raise ValueError(f"returns must be labels, probabilities or sentences. Got {returns!r} instead.")
        self.call, self.classes, self.returns = call, classes, returns
        self.classes_, self.cost_, self.unread_ = label_set(classes), Measured(), 0

    def fit(self, X: Any, y: ArrayLike) -> Self:  # noqa: ARG002 - nothing to learn from a truth
        """Times a few answers."""
        self.cost_ = timed(self.call, X)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        if not len(X):
            return np.zeros((0, len(self.classes_)))
        told, who = self.call(X), getattr(self.call, "__name__", type(self.call).__name__)
        if self.returns == "probabilities":
            if isinstance(told, Sequence) and all(isinstance(one, Mapping) for one in told):
                told = [from_named(one, self.classes_, who) for one in told]
                return from_proba(told, len(X), len(self.classes_), who)
            return from_proba(told, len(X), len(self.classes_), who)[:, in_order(self.classes)]
        every = list(told)
        if len(every) != len(X):
            raise ValueError(f"{who} gave {len(every)} answers to {len(X)} cases; give one for each case.")
        if self.returns == "labels":
            return from_labels(every, self.classes_, who)
        read = [from_sentence(str(sentence), self.classes_) for sentence in every]
        self.unread_ += sum(not understood for _, understood in read)
        return np.stack([proba for proba, _ in read])

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`cpu_s` of answering each case alone, once `fit` has timed it."""
        return self.cost_.expected(sizes_of(X))

    def as_state(self) -> State:
        header = {"call": name_of(self.call), "returns": self.returns, "cost": self.cost_.as_dict()}
        return State(header, {"classes": np.asarray(self.classes)})

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:
        call = given.function(state.header["call"])
        made = cls(call, state.arrays["classes"].tolist(), state.header["returns"])
        made.cost_ = Measured.of_dict(state.header["cost"])
        return made

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []
