"""Who answers: three machines that read a message ever more closely, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.tickets.messages import Split

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

# Measured once, a message at a time on one core, and rounded: a live timing would give other bytes on every run.
COST: Mapping[str, Mapping[str, Any]] = {
    "words": {"cpu_s": 0.0003},
    "pairs": {"cpu_s": 0.0004},
    "letters": {"cpu_s": {"fixed": 0.001, "per": 1e-6, "of": "letters"}},
}


def machines() -> dict[str, Pipeline]:
    """Which words there are (naive Bayes); words and pairs of them; these and runs of letters, which forgive a slip."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline, make_union

    pairs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True, min_df=2)
    line = LogisticRegression(C=10.0, tol=3e-4, max_iter=1_000)
    return {
        "words": make_pipeline(CountVectorizer(), MultinomialNB(alpha=0.1)),
        "pairs": make_pipeline(pairs, line),
        "letters": make_pipeline(make_union(pairs, letters), line),
    }


def answers_to_new(messages: Split) -> dict[str, FloatArray]:
    """Machine -> (N, L) probabilities of the new messages, of which no machine has learnt."""
    from sklearn.base import clone
    from threadpoolctl import threadpool_limits

    labels, told = messages.taught.labels, dict[str, FloatArray]()
    with threadpool_limits(1):  # sums in one order: the same bytes however many cores there are
        for name, machine in machines().items():
            learnt = clone(machine).fit(messages.taught.text, messages.taught.intent)
            assert tuple(learnt.classes_) == labels
            told[name] = np.asarray(learnt.predict_proba(messages.new.text))
    return told
