"""An HTTP endpoint that takes and gives JSON as a machine: one question a case, in bounded time, at a cost that is measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, Unpack

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.measured import Measured
from mindshare.machines.agents.post import Reply, line_to
from mindshare.machines.agents.questions import AskSettings, Questions, line_of, line_state, rows
from mindshare.machines.agents.said import from_labels, from_named, from_proba, in_order, label_set
from mindshare.machines.parts.packed import Given, State, name_of
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
    `classes`, or {label: probability}, or a label; where nothing is said, what `usual` finds in what comes.
    `state`: resource -> what an answer is known to cost beyond `net_mb` and `cpu_s`, which are measured. `reached`: `at_once`
    (questions under way at the same time, 4), `keep` (a file for all answers), `patience`, `key_env`, `rng`, or a `line`.
    Learned: `failed_`, of the last cases asked about: place -> why there was no answer.
    """

    paid = True  # each answer is, so a ladder asks about no case twice

    def __init__(
        self,
        url: str,
        classes: Sequence[Any],
        *,
        ask: Callable[[Any], Mapping[str, Any]] = as_input,
        read: Callable[[Any], Any] | None = None,
        state: Mapping[str, float] | None = None,
        **reached: Unpack[AskSettings],
    ) -> None:
        check_names(reached, AskSettings, "Endpoint")
        self.classes, self.ask, self.read, self.state = classes, ask, read or usual, dict(state or {})
        self.line = line_to(url, reached)
        self.questions = Questions(self.line, reached)
        self.classes_, self.cost_, self.failed_ = label_set(classes), Measured(), dict[int, str]()

    def fit(self, X: Any, y: ArrayLike) -> Self:  # noqa: ARG002 - it does not learn here, and asking costs
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`; one question a case, `at_once` under way.

        A case without an answer (`failed_` says why, and so does a warning) has the same probability for all labels. Raises
        MindshareError where no case gets one, and where the endpoint is gone: what came is kept, so ask again to go on.
        """
        bodies = [self.ask(case) for case in X]

        def seen(place: int, reply: Reply) -> None:
            self.cost_.see(self._size(bodies[place]), reply.used)

        told = self.questions.put(bodies, self._proba, seen)
        self.failed_ = told.failed
        return rows(told, len(self.classes_))

    def _proba(self, content: Any) -> Floats:
        who = repr(self.line)
        try:
            told = self.read(content)
        except (KeyError, IndexError, TypeError, ValueError) as wrong:
            raise MindshareError(
                f"{self.line!r} gave JSON of another shape than expected: {_short(content)}"
                f" ({type(wrong).__name__}: {wrong})."
            ) from wrong
        if isinstance(told, str | int | bool):
            return from_labels([told], self.classes_, who)[0]
        if isinstance(told, Mapping):
            return from_named(told, self.classes_, who)
        return from_proba([told], 1, len(self.classes), who)[0, in_order(self.classes)]

    def _size(self, body: Mapping[str, Any]) -> float:
        return float(len(json.dumps(body)))

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`net_mb` and `cpu_s` as they were measured, by the bytes of the question; before the first answer `net_mb` of the question."""
        sizes = np.array([self._size(self.ask(case)) for case in X], np.float64)
        found = self.cost_.expected(sizes) or {"net_mb": sizes / 1e6}
        return {**found, **{r: np.full(len(sizes), x) for r, x in self.state.items()}}

    def as_state(self) -> State:
        """Where and how it is asked, and what that costs; of functions the names."""
        told = line_state(self.line, self.questions.at_once)
        ask = None if self.ask is as_input else name_of(self.ask)
        read = None if self.read is usual else name_of(self.read)
        header = {"line": told, "ask": ask, "read": read, "state": self.state, "cost": self.cost_.as_dict()}
        return State(header, {"classes": np.asarray(self.classes)})

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:
        told = state.header
        ask = as_input if told["ask"] is None else given.function(told["ask"])
        read = None if told["read"] is None else given.function(told["read"])
        how, labels = line_of(told["line"], given), state.arrays["classes"].tolist()
        made = cls(told["line"]["url"], labels, ask=ask, read=read, state=told["state"], **how)
        made.cost_ = Measured.of_dict(told["cost"])
        return made

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []


def usual(content: Any) -> Any:
    """`probabilities`, with the names beside them where there are `labels` or `classes`; or `label`; or a list of
    {label, score}, as classifiers behind an endpoint often give it.
    """
    if isinstance(content, list) and content:
        named = content[0] if isinstance(content[0], list) else content
        if all(isinstance(one, Mapping) and {"label", "score"} <= one.keys() for one in named):
            return _paired([one["label"] for one in named], [one["score"] for one in named])
    if not isinstance(content, Mapping):
        raise TypeError("an object with the key 'probabilities' or 'label' was expected")
    if "probabilities" not in content:
        label = content["label"]
        return int(label) if isinstance(label, float) and label.is_integer() else str(label)
    proba = content["probabilities"]
    names = content.get("labels", content.get("classes"))
    return proba if names is None or isinstance(proba, Mapping) else _paired(names, proba)


def _paired(names: Sequence[Any], numbers: Sequence[Any]) -> dict[str, Any]:
    pairs = {str(name): number for name, number in zip(names, numbers, strict=True)}
    if len(pairs) < len(names):
        raise ValueError("a label is told twice")
    return pairs


def _short(content: Any) -> str:
    text = json.dumps(content)
    return text if len(text) <= 120 else text[:120] + "..."
