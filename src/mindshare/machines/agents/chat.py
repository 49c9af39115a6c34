"""A language model behind an OpenAI-compatible chat endpoint as a machine: it is asked for a label, and what it writes is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, Unpack

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.measured import Measured
from mindshare.machines.agents.post import Reply, line_to
from mindshare.machines.agents.questions import AskSettings, Questions, line_of, line_state, rows
from mindshare.machines.agents.said import from_sentence, label_set
from mindshare.machines.parts.packed import Given, State, name_of
from mindshare.machines.settings import check_names
from mindshare.machines.task import Floats

TOKENS_A_LETTER = 0.25  # of usual English, before anything was counted
MILLION = 1e6


class ChatSettings(AskSettings, total=False):
    """What else a chat may be told."""

    most_tokens: int  # that it may write, 16 where nothing is said
    show: Callable[[Any], str]  # case -> the text that it is asked about


class Chat:
    """``Chat("https://host/v1", "name of a model", ["refund", "password"])``: texts in, the label it names out.

    `question`: what stands before the text; the labels are listed where None. `per_million`: resource -> (a million tokens read, a
    million written), such as {"eur": (0.15, 0.60)}. An answer that names no label or several tells nothing, and is counted in
    `unread_`. Costs by case: `tokens`, `net_mb`, `cpu_s`, and what `per_million` names; where a reply comes without its usage,
    tokens are estimated by letters, and `uncounted_` counts it. `more`: `most_tokens`, `show`, `at_once`, `keep`, `patience`,
    `key_env`, `rng`, or a `line`. Learned: `failed_`, as of an `Endpoint`.
    """

    paid = True  # each answer is, so a ladder asks about no case twice

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
        self.questions = Questions(self.line, more)
        self.cost_, self.unread_, self.uncounted_, self.failed_ = Measured(), 0, 0, dict[int, str]()

    def fit(self, X: Any, y: ArrayLike) -> Self:  # noqa: ARG002 - it does not learn here, and asking costs
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`; one question a case, `at_once` under way, as of an `Endpoint`."""
        cases = list(X)

        def seen(place: int, reply: Reply) -> None:
            size = self._size(cases[place])
            self.cost_.see(size, {**reply.used, **self._tokens(*self._counted(size, reply.content))})

        told = self.questions.put([self._body(case) for case in cases], self._said, seen)
        self.failed_ = told.failed
        read = [None if said is None else from_sentence(said, self.classes_) for said in told.said]
        self.unread_ += sum(one is not None and not one[1] for one in read)
        return rows(told._replace(said=[one and one[0] for one in read]), len(self.classes_))

    def _body(self, case: Any) -> dict[str, Any]:
        messages = self._messages(case)
        return {"model": self.model, "messages": messages, "temperature": 0, "max_tokens": self.most_tokens}

    def _said(self, content: Any) -> str:
        """What it wrote; nothing where it wrote nothing, as one that declines."""
        try:
            said = content["choices"][0]["message"]["content"]
            return said if isinstance(said, str) else "".join(part.get("text", "") for part in said or [])
        except (KeyError, IndexError, TypeError, AttributeError) as wrong:
            raise MindshareError(
                f"{self.line!r} gave something else than a chat completion ({type(wrong).__name__}: {wrong})."
            ) from wrong

    def _counted(self, size: float, content: Any) -> tuple[float, float]:
        """Tokens read and written, as counted there; estimated by letters where they were not."""
        try:
            usage = content["usage"]
            return float(usage["prompt_tokens"]), float(usage["completion_tokens"])
        except (KeyError, TypeError, ValueError):
            self.uncounted_ += 1
            return TOKENS_A_LETTER * size, TOKENS_A_LETTER * len(self._said(content))

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

    def as_state(self) -> State:
        """Where and what it is asked, and what that costs; of `show` the name."""
        told = line_state(self.line, self.questions.at_once)
        show = None if self.show is str else name_of(self.show)
        asked = {"question": self.question, "per_million": self.per_million}
        header = {"line": told, "model": self.model, "asked": asked, "most_tokens": self.most_tokens}
        return State(
            {**header, "show": show, "cost": self.cost_.as_dict()}, {"classes": np.asarray(self.classes)}
        )

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:
        told, how = state.header, line_of(state.header["line"], given)
        show = str if told["show"] is None else given.function(told["show"])
        more: ChatSettings = {**how, "most_tokens": told["most_tokens"], "show": show}
        url = str(told["line"]["url"]).removesuffix("/chat/completions")
        made = cls(url, told["model"], state.arrays["classes"].tolist(), **told["asked"], **more)
        made.cost_ = Measured.of_dict(told["cost"])
        return made

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []
