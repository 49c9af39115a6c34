"""Several machines that answer together: the mean of their probabilities, at the sum of their costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import MindshareError
from mindshare.machines.parts.packed import Given, State, not_again
from mindshare.machines.task import Floats, TaskModel


class Ensemble:
    """``Ensemble([lambda: CNN(seed=0), lambda: CNN(seed=1)])``: each member is made anew when it learns."""

    def __init__(self, members: Sequence[Callable[[], TaskModel]]) -> None:
        if not members:
            raise ValueError("An ensemble needs at least one member.")
        self.members = members

    def fit(self, X: Any, y: ArrayLike) -> Self:
        self.members_ = [make().fit(X, y) for make in self.members]
        self.classes_ = np.unique(np.asarray(y))
        return self

    @classmethod
    def of_learnt(cls, members: Sequence[TaskModel], classes: NDArray[Any]) -> Self:
        """Members that have learnt, all of them the labels `classes`. It answers, and does not learn anew."""
        made = cls([not_again] * len(members))
        made.members_, made.classes_ = list(members), classes
        return made

    def predict_proba(self, X: Any) -> Floats:
        return np.mean([member.predict_proba(X) for member in self.members_], axis=0)

    def cost(self, X: Any) -> Mapping[str, Floats]:
        total: dict[str, Floats] = {}
        for member in self.members_:
            for resource, amounts in member.cost(X).items():
                total[resource] = total.get(resource, 0.0) + amounts
        return total

    def as_state(self) -> State:
        if not hasattr(self, "members_"):
            raise MindshareError("This ensemble has not learnt yet: call fit.")
        parts = {str(i): member for i, member in enumerate(self.members_)}
        return State({}, {"classes": self.classes_}, parts)

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:  # noqa: ARG003 - its members were handed what they need
        return cls.of_learnt(list(state.parts.values()), state.arrays["classes"])

    def explain(self, X: Any) -> list[Floats]:
        """The mean of where its members looked; nothing where one of them shows nothing."""
        every = [member.explain(X) for member in self.members_]
        if not all(every):
            return []
        return [np.mean(maps, axis=0) for maps in zip(*every, strict=True)]
