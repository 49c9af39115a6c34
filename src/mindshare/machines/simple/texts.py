"""Texts: how often words and runs of characters come up, and a linear classifier on top."""

from __future__ import annotations

from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from mindshare.machines.parts.words import words
from mindshare.machines.simple.machine import TEMPERED, Simple
from mindshare.machines.simple.tempered import Tempered


class WordCounts(Simple):
    """TF-IDF of words and pairs of words, and of 2 to 4 characters within words; then a linear support vector machine.

    Where a script writes no spaces (Chinese, Japanese, Thai) each character counts as a word. `C`: how closely it follows what it
    learns from.
    """

    reads = "text"
    trusts = (TEMPERED, "mindshare.machines.simple.texts.strings", "mindshare.machines.parts.words.words")

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def pipeline(self) -> Pipeline:
        by_word = TfidfVectorizer(tokenizer=words, token_pattern=None, ngram_range=(1, 2), sublinear_tf=True)
        by_character = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        return Pipeline(
            [
                ("read", FunctionTransformer(strings)),
                ("count", FeatureUnion([("words", by_word), ("characters", by_character)])),
                ("decide", Tempered(LinearSVC(C=self.C, random_state=0))),
            ]
        )


def strings(X: Any) -> list[str]:
    """The texts, each of them one. Blank ones are read as such: what is left is how often each label comes up."""
    each = list(X)
    for i, text in enumerate(each):
        if not isinstance(text, str):
            raise ValueError(f"Text {i} is {type(text).__name__}, not a string.")
    return each
