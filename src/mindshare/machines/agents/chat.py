"""A language model behind an OpenAI-compatible chat endpoint as a machine: it is asked for a label, and what it writes is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, Unpack

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.measured import Measured
from mindshare.machines.agents.post import LineSettings, line_to
from mindshare.machines.agents.said import from_sentence, label_set
from mindshare.machines.settings import check_names
from mindshare.machines.task import Floats

TOKENS_A_LETTER = 0.25  # of usual English, before anything was counted
MILLION = 1e6


class ChatSettings(LineSettings, total=False):
    """What else a chat may be told."""

    most_tokens: int  # that it may write, 16 where nothing is said
    show: Callable[[Any], str]  # case -> the text that it is asked about


class Chat:
    """``Chat("https://host/v1", "name of a model", ["refund", "password"])``: texts in, the label it names out.

    `question`: what stands before the text; the labels are listed where None. `per_million`: resource -> (a million tokens read, a
    million written), such as {"eur": (0.15, 0.60)}. An answer that names no label or several tells nothing, and is counted in
    `unread_`. Costs by case: `tokens`, `net_mb`, `cpu_s`, and what `per_million` names. `more`: `most_tokens`, `show`,
    `patience`, `key_env`, `rng`, or a `line`.
    """

    def __init__(
        self,
        url: str,
        model: str,
        classes: Sequence[Any],
        *,
        question: str | None = None,
        per_million: Mapping[str, tuple[float, float]] | None = None,
        **more: Unpack[ChatSettings],
    ) -> None:
        check_names(more, ChatSettings, "Chat")
        self.classes_ = label_set(classes)
        names = ", ".join(str(label) for label in classes)
        self.model, self.classes, self.show = model, classes, more.get("show", str)
        self.question = question or f"Which of these labels fits best: {names}? Answer with the label only."
        self.per_million, self.most_tokens = dict(per_million or {}), more.get("most_tokens", 16)
        self.line = line_to(f"{url.rstrip('/')}/chat/completions", more)
        self.cost_, self.unread_ = Measured(), 0

    def fit(self, X: Any, y: ArrayLike) -> Self:  # noqa: ARG002 - it does not learn here, and asking costs
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`; one question a case, one after the other."""
        return np.stack([self._one(case) for case in X]) if len(X) else np.zeros((0, len(self.classes_)))

    def _one(self, case: Any) -> Floats:
        messages = self._messages(case)
        reply = self.line.ask(
            {"model": self.model, "messages": messages, "temperature": 0, "max_tokens": self.most_tokens}
        )
        try:
            said = reply.content["choices"][0]["message"]["content"]
            usage = reply.content.get("usage") or {}
            read, wrote = float(usage["prompt_tokens"]), float(usage["completion_tokens"])
        except (KeyError, IndexError, TypeError, AttributeError) as wrong:
            raise MindshareError(
                f"{self.line!r} gave something else than a chat completion with its usage ({type(wrong).__name__}: {wrong})."
            ) from wrong
        self.cost_.see(self._size(case), {**reply.used, **self._tokens(read, wrote)})
        proba, understood = from_sentence(str(said), self.classes_)
        self.unread_ += not understood
        return proba

    def _messages(self, case: Any) -> list[dict[str, str]]:
        return [{"role": "system", "content": self.question}, {"role": "user", "content": self.show(case)}]

    def _size(self, case: Any) -> float:
        return float(sum(len(message["content"]) for message in self._messages(case)))

    def _tokens(self, read: float, wrote: float) -> dict[str, float]:
        paid = {r: (a * read + b * wrote) / MILLION for r, (a, b) in self.per_million.items()}
        return {"tokens": read + wrote, **paid}

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """What answers used, by the letters of the question; before the first one, tokens as of usual English."""
        sizes = np.array([self._size(case) for case in X], np.float64)
        found = self.cost_.expected(sizes)
        if found:
            return found
        each = [self._tokens(TOKENS_A_LETTER * s, self.most_tokens) for s in sizes.tolist()]
        return {r: np.array([tokens[r] for tokens in each]) for r in self._tokens(0.0, 0.0)}

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []
