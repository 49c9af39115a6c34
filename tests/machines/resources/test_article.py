"""The article's worked example: both readings, and units that refuse what does not fit."""

from __future__ import annotations

import pytest

from mindshare.core.errors import MindshareError
from mindshare.machines.resources.article import Quantity, worked_example


def test_the_articles_own_figure_stands_beside_the_consistent_ones() -> None:
    told = worked_example()
    assert told.written == pytest.approx(2.5)
    assert told.attention_ms == pytest.approx(25.6)
    assert told.inference_per_s == pytest.approx(17.73, abs=0.01)
    assert told.training_per_s == pytest.approx(8.865, abs=0.01)
    assert told.at_once == 4
    assert len(told.why) == 4


def test_the_units_refuse_what_the_article_compares() -> None:
    assert worked_example().refused == "200 core ms cannot be compared with 4 core: the units differ."
    with pytest.raises(MindshareError, match="1 ms cannot be added to 1 core"):
        Quantity.of(1, "ms") + Quantity.of(1, "core")
    with pytest.raises(MindshareError, match="cannot be told in"):
        Quantity.of(1, "ms / case").within("case / s")


def test_a_longer_input_and_fewer_cores_bring_fewer_cases() -> None:
    base, longer, fewer = worked_example(), worked_example(size=512), worked_example(cores=1)
    assert longer.inference_per_s < base.inference_per_s
    assert fewer.training_per_s == pytest.approx(base.training_per_s / 4)
