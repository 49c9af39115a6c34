"""Whoever uses a net is told where it lost to a simple rung, and only there."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from mindshare.machines import CNN, FitPlan
from mindshare.machines.agents.function import Function
from mindshare.machines.simple.beside import LostToSimple, beside_simple
from tests.machines.conftest import texts


def test_a_net_that_loses_to_a_simple_rung_is_told_by_how_much() -> None:
    X, y = texts(120, 0)
    new = texts(60, 1)
    net = CNN(reads="text", width=4).fit(X, y, plan=FitPlan(epochs=1, rate=1e-5))
    with pytest.warns(
        LostToSimple, match=r"CNN is right on .* % of 60 held-out cases, the simple rung WordCounts on"
    ):
        (best,) = beside_simple(net, X, y, new, "text")
    assert best.name == "WordCounts" and best.right > 0.9 and best.fit_cpu_s > 0
    assert best.behind == pytest.approx(100 * (best.right - net.score(*new))) and best.surely


def test_a_machine_that_is_as_right_is_told_nothing() -> None:
    X, y = texts(120, 0)
    rule = Function(lambda each: ["password" in text for text in each], [False, True]).fit(X, y == 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", LostToSimple)
        (best,) = beside_simple(rule, X, y == 1, (X[:40], np.array(y[:40] == 1)), "text")
    assert not best.surely
