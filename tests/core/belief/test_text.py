"""Promises of what free text says: it is what scikit-learn's own transformer and model would say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfTransformer

from mindshare.core.belief.text import FLOOR, learn_text, ngrams, told_by_text

WORDS = ("red", "green", "blue", "large", "small", "late", "early", "cold")


def texts(n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["", *(" ".join(rng.choice(WORDS, rng.integers(1, 12))) for _ in range(n - 1))]


@pytest.mark.parametrize("seen", [[0, 1], [1, 3], [0, 1, 2, 3]])
def test_text_says_the_chance_of_the_model_over_how_common_a_label_is(seen: list[int]) -> None:
    rng = np.random.default_rng(2)
    past, new = ngrams(texts(80, 0)), ngrams(texts(40, 1))
    truth = rng.choice(seen, 80).astype(np.int32)
    prior = learn_text(past, truth, 4, 0)
    rare = TfidfTransformer(sublinear_tf=True).fit(past)
    odds = expit(rare.transform(new) @ prior.coefficient.T + prior.intercept)
    chance = np.hstack([1 - odds, odds]) if len(seen) == 2 else odds / odds.sum(1, keepdims=True)
    expected = np.zeros((40, 4))
    expected[:, seen] = np.log(np.maximum(chance, FLOOR)) - prior.log_prior[seen]
    np.testing.assert_allclose(told_by_text(prior, new), expected, atol=1e-9)
    np.testing.assert_allclose(np.exp(prior.log_prior), (np.bincount(truth, minlength=4) + 0.5) / 82)


def test_where_all_cases_are_of_one_label_text_says_nothing() -> None:
    grams = ngrams(texts(20, 3))
    prior = learn_text(grams, np.full(20, 2, np.int32), 4, 0)
    assert not told_by_text(prior, grams).any()
