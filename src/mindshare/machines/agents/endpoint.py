"""An HTTP endpoint that takes and gives JSON as a machine: one question a case, in bounded time, at a cost that is measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, Unpack

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.measured import Measured
from mindshare.machines.agents.post import LineSettings, line_to
from mindshare.machines.agents.said import from_labels, from_proba, in_order, label_set
from mindshare.machines.settings import check_names
from mindshare.machines.task import Floats


def as_input(case: Any) -> dict[str, Any]:
    """`{"input": ...}`: a text, or nested lists of numbers."""
    if isinstance(case, str):
        return {"input": case}
    numbers = np.asarray(case)
    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        raise ValueError(
            "A case holds numbers that are not finite, which JSON cannot say; fill or drop what is missing first."
        )
    return {"input": numbers.tolist()}


class Endpoint:
    """``Endpoint("https://host/answer", ["faulty", "sound"])``: what it is sent and what it gives can be told.

    `ask`: case -> JSON body, `{"input": ...}` where nothing is said. `read`: JSON -> a list of probabilities in the order of
    `classes`, or {label: probability}, or a label; where nothing is said, the entry `probabilities` or `label` of what comes.
    `state`: resource -> what an answer is known to cost beyond `net_mb` and `cpu_s`, which are measured. `reached`: `patience`,
    `key_env`, `rng`, or a `line`.
    """

    def __init__(
        self,
        url: str,
        classes: Sequence[Any],
        *,
        ask: Callable[[Any], Mapping[str, Any]] = as_input,
        read: Callable[[Any], Any] | None = None,
        state: Mapping[str, float] | None = None,
        **reached: Unpack[LineSettings],
    ) -> None:
        check_names(reached, LineSettings, "Endpoint")
        self.classes, self.ask, self.read, self.state = classes, ask, read or _usual, dict(state or {})
        self.line = line_to(url, reached)
        self.classes_, self.cost_ = label_set(classes), Measured()

    def fit(self, X: Any, y: ArrayLike) -> Self:  # noqa: ARG002 - it does not learn here, and asking costs
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`; one question a case, one after the other."""
        return np.stack([self._one(case) for case in X]) if len(X) else np.zeros((0, len(self.classes_)))

    def _one(self, case: Any) -> Floats:
        body = self.ask(case)
        reply = self.line.ask(body)
        self.cost_.see(self._size(body), reply.used)
        try:
            told = self.read(reply.content)
        except (KeyError, IndexError, TypeError, ValueError) as wrong:
            raise MindshareError(
                f"{self.line!r} gave JSON of another shape than expected: {_short(reply.content)}"
                f" ({type(wrong).__name__}: {wrong})."
            ) from wrong
        return self._proba(told)

    def _proba(self, told: Any) -> Floats:
        who = repr(self.line)
        if isinstance(told, str | int | bool):
            return from_labels([told], self.classes_, who)[0]
        if isinstance(told, Mapping):
            known = {str(label) for label in self.classes_.tolist()}
            if {str(label) for label in told} != known:
                raise MindshareError(
                    f"{who} told of the labels {sorted(map(str, told))}, not of {sorted(known)}."
                )
            by_name = {str(label): p for label, p in told.items()}
            told = [by_name[str(label)] for label in self.classes]
        return from_proba([told], 1, len(self.classes), who)[0, in_order(self.classes)]

    def _size(self, body: Mapping[str, Any]) -> float:
        return float(len(json.dumps(body)))

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`net_mb` and `cpu_s` as they were measured, by the bytes of the question; before the first answer `net_mb` of the question."""
        sizes = np.array([self._size(self.ask(case)) for case in X], np.float64)
        found = self.cost_.expected(sizes) or {"net_mb": sizes / 1e6}
        return {**found, **{r: np.full(len(sizes), x) for r, x in self.state.items()}}

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []


def _usual(content: Any) -> Any:
    if not isinstance(content, Mapping):
        raise TypeError("an object with the key 'probabilities' or 'label' was expected")
    return content["probabilities"] if "probabilities" in content else content["label"]


def _short(content: Any) -> str:
    text = json.dumps(content)
    return text if len(text) <= 120 else text[:120] + "..."
