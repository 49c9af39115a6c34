"""A sequence classifier of Hugging Face as a machine: weights from a folder of this computer, never from the net."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.extra import extra
from mindshare.machines.agents.measured import Measured, sizes_of, timed
from mindshare.machines.agents.said import from_scores, in_order, label_set
from mindshare.machines.parts.cut import Cut
from mindshare.machines.parts.packed import Given, State
from mindshare.machines.task import Floats
from mindshare.machines.threads import threads

BATCH = 32  # texts answered at once
MARKS = 8  # tokens that a tokenizer adds to those of a text, at most
NO_LIMIT = 10**9  # what a tokenizer says that knows none


class HuggingFace:
    """``HuggingFace("folder/of/a/model")``: texts in, the probabilities of its labels out.

    The folder holds what `save_pretrained` wrote of the model (safetensors) and of its tokenizer; no code of it is run. `classes`:
    the labels in the order of the model's outputs, its own `id2label` where None. `most`: tokens of a text that are read; None, or
    more than that: as many as the model has places for. Of longer texts the rest is not read, with a warning that says how many.
    """

    reads = "text"

    def __init__(
        self, folder: str | Path, classes: Sequence[Any] | None = None, *, most: int | None = None
    ) -> None:
        place = Path(folder)
        if not (place / "config.json").is_file():
            raise MindshareError(
                f"{place} holds no model: there is no config.json. Give a folder that save_pretrained wrote."
            )
        library = extra("transformers", "text")
        local = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._tokens = library.AutoTokenizer.from_pretrained(place, **local)
            self._model = library.AutoModelForSequenceClassification.from_pretrained(
                place, use_safetensors=True, attn_implementation="eager", **local
            ).eval()  # only eager attention tells where it looked
        except (OSError, ValueError) as wrong:
            raise MindshareError(
                f"{place} is not a sequence classifier with a tokenizer: {str(wrong).splitlines()[0]}"
            ) from wrong
        config = self._model.config
        if most is not None and most < 1:
            raise ValueError(f"most must be 1 or more tokens, or None. Got {most} instead.")
        own = [limit for limit in (most, *_own_limits(self._model, self._tokens)) if limit]
        self.folder, self.most = folder, min(own, default=None)
        if config.problem_type == "multi_label_classification":
            raise MindshareError(
                f"{place} holds a model that may name several labels of a case; one that names one is needed."
            )
        named = (config.id2label[k] for k in range(config.num_labels))
        self.classes = list(named if classes is None else classes)
        if len(self.classes) != config.num_labels:
            raise ValueError(f"The model tells {config.num_labels} labels apart, not {len(self.classes)}.")
        self.classes_, self.cost_ = label_set(self.classes), Measured()

    def fit(self, X: Any, y: ArrayLike) -> Self:  # noqa: ARG002 - used as it is
        """Times a few answers."""
        self.cost_ = timed(self.predict_proba, X)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        if not len(X):
            return np.zeros((0, len(self.classes_)))
        if many := sum(map(self._is_cut, X)):
            warnings.warn(Cut(many, len(X), f"texts are longer than {self.most} tokens"), stacklevel=2)
        scores = [self._run(X[at : at + BATCH]).logits for at in range(0, len(X), BATCH)]
        told = torch.cat(scores).double().numpy()
        return from_scores(told, len(X), len(self.classes_), "The model")[:, in_order(self.classes)]

    def _run(self, texts: Sequence[str], *, attention: bool = False) -> Any:
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise ValueError(f"Text {i} is {type(text).__name__}, not a string.")
        with torch.inference_mode(), threads(1):
            return self._model(**self._encoded(texts), output_attentions=attention)

    def _encoded(self, texts: Sequence[str]) -> Any:
        return self._tokens(
            list(texts),
            padding=True,
            truncation=self.most is not None,
            max_length=self.most,
            return_tensors="pt",
        )

    def _is_cut(self, text: Any) -> bool:
        """A token is a byte at least, so most texts need not be read to know that they are short."""
        if self.most is None or not isinstance(text, str) or len(text.encode()) + MARKS <= self.most:
            return False
        return len(self._tokens(text, truncation=False, verbose=False)["input_ids"]) > self.most

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`cpu_s` of answering each text alone, by its letters, once `fit` has timed it."""
        return self.cost_.expected(sizes_of(X))

    def as_state(self) -> State:
        """The place of its folder, not the folder."""
        header = {"folder": str(self.folder), "most": self.most, "cost": self.cost_.as_dict()}
        return State(header, {"classes": np.asarray(self.classes)})

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:  # noqa: ARG003 - no code of the folder is run
        made = cls(state.header["folder"], state.arrays["classes"].tolist(), most=state.header["most"])
        made.cost_ = Measured.of_dict(state.header["cost"])
        return made

    def explain(self, X: Any) -> list[Floats]:
        """For each text where the first token of the last layer looked, the mean of its heads: one weight a token."""
        maps = []
        for text in X:
            last = self._run([text], attention=True).attentions
            if not last:
                return []
            where = last[-1][0].mean(dim=0)[0].double().numpy()
            maps.append(where / where.sum())
        return maps

    def tokens(self, text: str) -> list[str]:
        """The tokens that the weights of `explain` belong to."""
        return [str(t) for t in self._tokens.convert_ids_to_tokens(self._encoded([text])["input_ids"][0])]


def _own_limits(model: Any, tokens: Any) -> list[int]:
    """How many tokens of a text the model has places for, and its tokenizer says that it reads; none where neither says it."""
    found = [limit for limit in (getattr(tokens, "model_max_length", None),) if limit and limit < NO_LIMIT]
    if places := getattr(model.config, "max_position_embeddings", None):
        rows = next((m for name, m in model.named_modules() if name.endswith("position_embeddings")), None)
        padding = getattr(rows, "padding_idx", None)  # RoBERTa counts its places from the one after it
        found.append(places if padding is None else places - padding - 1)
    return [int(limit) for limit in found]
