"""Embeddings of texts: a vector for each piece of a word, learnt beforehand from much English text; the mean is that of the text.

Two files of the package wordllama (extra `embeddings`) are read, and none of its code runs: its loader looks for one of them in the
wrong folder and would fetch it from the net. Its licence is MIT; the vectors were learnt from those of Llama 2 and Phi-3.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.extra import extra
from mindshare.machines.simple.texts import strings
from mindshare.machines.task import Floats

MISSING = (
    "Embeddings of texts are not installed; the extra brings them, where its package has a wheel for the system:"
    " pip install 'mindshare[embeddings]'."
)
WEIGHTS, TOKENS = "weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json"


class Embeddings(TransformerMixin, BaseEstimator):
    """``Embeddings().fit_transform(texts)``: (N, 256), each row of length 1; of a text without a letter or sign all 0.

    It learns nothing from the texts. Which word stands where is not in it, as of words that are counted. Other languages are read
    letter by letter at worst, and mean little. Errors: MindshareError where the extra `embeddings` is not installed.
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's manners
        _files()
        return self

    def transform(self, X: Any) -> Floats:
        table, tokens = _files()
        out = np.zeros((len(X), table.shape[1]))
        for i, text in enumerate(strings(X)):
            if pieces := tokens.encode(text, add_special_tokens=False).ids:
                mean = table[pieces].astype(np.float64).mean(axis=0)
                out[i] = mean / np.sqrt((mean * mean).sum())
        return out


def has_embeddings() -> bool:
    """Whether the extra `embeddings` is installed."""
    return all(find_spec(name) is not None for name in ("wordllama", "safetensors", "tokenizers"))


@cache
def _files() -> tuple[Any, Any]:
    """(32000, 256) vectors, and what cuts a text into pieces; read once, they take a third of a second."""
    if not has_embeddings():
        raise MindshareError(MISSING)
    spec = find_spec("wordllama")
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    places = [Path(folder) / name for folder in folders[:1] for name in (WEIGHTS, TOKENS)]
    if not places or not all(place.is_file() for place in places):
        raise MindshareError(
            f"The package wordllama that is installed has no {WEIGHTS} or no {TOKENS}: install it anew, 0.4."
        )
    table = extra("safetensors.numpy", "embeddings").load_file(places[0])["embedding.weight"]
    return table, extra("tokenizers", "embeddings").Tokenizer.from_file(str(places[1]))
