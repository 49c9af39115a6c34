"""A history as arrays: a part of it is whole in itself."""

from __future__ import annotations

import numpy as np

from mindshare.testing import made_history


def test_a_part_of_a_history_keeps_its_own_probabilities_and_no_others() -> None:
    history = made_history(60, proba=True, empty=0.2, seed=2)
    cases = np.array([41, 3, 3, 17])
    part = history.take(cases)
    a, of = history.answers, part.answers
    assert len(of.proba) == (of.proba_row >= 0).sum() < len(a.proba)
    source = np.concatenate([np.arange(a.indptr[i], a.indptr[i + 1]) for i in cases])
    np.testing.assert_array_equal(of.proba_row < 0, a.proba_row[source] < 0)
    told = of.proba_row >= 0
    np.testing.assert_array_equal(of.proba[of.proba_row[told]], a.proba[a.proba_row[source[told]]])
    np.testing.assert_array_equal(part.stated_confidence(), history.stated_confidence()[source])
