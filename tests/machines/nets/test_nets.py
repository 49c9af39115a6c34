"""Promises of the four families of nets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from mindshare.core.errors import MindshareError
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.capsule import Capsule
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.gru import GRU
from mindshare.machines.nets.net import NetModel
from mindshare.machines.nets.saved import load_model, save_model
from mindshare.machines.nets.transformer import Transformer
from mindshare.machines.parts.attention import KINDS
from mindshare.machines.parts.inputs import Inputs, read_inputs
from mindshare.machines.parts.net import tensors
from mindshare.testing import check_machine
from tests.machines.conftest import images, texts, windows

FAMILIES: dict[str, Callable[..., NetModel]] = {
    "cnn": CNN,
    "gru": GRU,
    "transformer": Transformer,
    "capsule": Capsule,
}
PROBLEMS: dict[str, Callable[[int, int], tuple[Any, np.ndarray]]] = {
    "series": windows,
    "image": images,
    "text": texts,
}
WAYS = [(family, reads) for family in FAMILIES for reads in PROBLEMS if (family, reads) != ("gru", "image")]


class Quick:
    """A family with a plan that takes a second."""

    def __init__(self, family: str, reads: str, epochs: int = 2, **params: Any) -> None:
        self.model, self.plan = FAMILIES[family](reads=reads, **params), FitPlan(epochs=epochs)

    def fit(self, X: Any, y: Any) -> NetModel:
        return self.model.fit(X, y, plan=self.plan)


@pytest.mark.parametrize(("family", "reads"), WAYS)
def test_every_family_keeps_the_promises_of_a_machine(family: str, reads: str) -> None:
    X, y = PROBLEMS[reads](60, 0)
    check_machine(lambda: Quick(family, reads), X, y, PROBLEMS[reads](20, 1)[0])  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(("family", "reads"), WAYS)
def test_every_family_learns_32_cases_by_heart(family: str, reads: str) -> None:
    X, y = PROBLEMS[reads](32, 2)
    model = FAMILIES[family](reads=reads, dropout=0.0).fit(
        X, y, plan=FitPlan(epochs=150, batch=16, rate=1e-2)
    )
    assert model.score(X, y) == 1.0


@pytest.mark.parametrize("attention", KINDS)
@pytest.mark.parametrize("family", ["cnn", "gru", "transformer"])
def test_each_way_to_attend_finds_a_burst_in_new_windows_and_looks_at_it(family: str, attention: str) -> None:
    X, y = windows(300, 3)
    model = FAMILIES[family](attention=attention, seed=1).fit(X, y, plan=FitPlan(epochs=25, rate=5e-3))
    new, truth = windows(100, 4)
    assert model.score(new, truth) >= 0.9


@pytest.mark.parametrize("family", list(FAMILIES))
def test_padding_changes_nothing(family: str) -> None:
    X, y = windows(40, 5)
    model = Quick(family, "series", epochs=1).fit(X, y)
    inputs = read_inputs(X, "series")
    assert inputs.mask is not None
    more = Inputs(
        np.pad(inputs.values, ((0, 0), (0, 13), (0, 0)), constant_values=99.0),
        np.pad(inputs.mask, ((0, 0), (0, 13))),
    )
    model.net_.eval()
    with torch.inference_mode():
        (one, where), (two, there) = (model.net_(*tensors(x)) for x in (inputs, more))
    torch.testing.assert_close(one, two, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(where, there[:, : where.shape[1]], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("task", ["regress", "forecast"])
def test_every_family_tells_numbers_in_the_shape_of_the_truth(family: str, task: str) -> None:
    X, _ = windows(200, 6)
    level = np.array([x[:, 0].mean() for x in X])
    y = level if task == "regress" else np.stack([level, 2 * level, 3 * level], axis=1)[:, :, None]
    model = FAMILIES[family](task=task, dropout=0.0).fit(X, y, plan=FitPlan(epochs=40, rate=5e-3))
    assert model.predict(X[:7]).shape == (7, *y.shape[1:])
    assert model.score(X, y) > 0.5
    with pytest.raises(MindshareError, match="gives numbers: call predict"):
        model.predict_proba(X)


@pytest.mark.parametrize(("family", "reads"), WAYS)
def test_a_saved_model_answers_as_before(family: str, reads: str, tmp_path: Any) -> None:
    X, y = PROBLEMS[reads](40, 7)
    model = Quick(family, reads, epochs=1).fit(X, y)
    again = load_model(save_model(model, tmp_path / "model.npz"))
    assert again.get_params() == model.get_params()
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.cost(X).keys() == model.cost(X).keys()


def test_a_file_of_another_kind_is_refused(tmp_path: Any) -> None:
    for name, content in (("text", b"hello"), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(MindshareError, match="is not a model that Mindshare saved"):
            load_model(tmp_path / name)
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    with pytest.raises(MindshareError, match="is not a model that Mindshare saved"):
        load_model(tmp_path / "other.npz")
    with pytest.raises(MindshareError, match="There is no file"):
        load_model(tmp_path / "nothing.npz")


@pytest.mark.parametrize(
    ("X", "told"),
    [
        ([[0.0, np.nan, 1.0], [1.0, 2.0, 3.0]], r"Window 0 holds nan at step 1, channel 0"),
        ([[[1.0, 2.0], [3.0]], [[1.0, 2.0]]], r"Window 0 is ragged"),
        ([np.ones((4, 2)), np.ones((4, 3))], r"Window 1 has 3 channels, not 2"),
        ([np.ones(3), np.ones(0)], r"Window 1 is empty"),
        ([], r"There is no case"),
    ],
)
def test_windows_that_make_no_sense_get_one_sentence(X: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        CNN().fit(X, np.arange(len(X)))


def test_truths_that_make_no_sense_get_one_sentence() -> None:
    X, y = windows(20, 8)
    with pytest.raises(ValueError, match="There are 20 cases and 19 truths"):
        CNN().fit(X, y[:-1])
    with pytest.raises(ValueError, match="at least two labels are needed"):
        CNN().fit(X, np.full(20, "sound"))
    with pytest.raises(ValueError, match="Label 'broken' was not seen in training; known are faulty, sound"):
        CNN().fit(X, y, validation=(X, np.full(20, "broken")), plan=FitPlan(epochs=1))
    with pytest.raises(ValueError, match="truth of case 3 is not a finite number"):
        CNN(task="regress").fit(X, np.where(np.arange(20) == 3, np.inf, 1.0))
    with pytest.raises(ValueError, match="The truth of case 2 is missing"):
        CNN().fit(X, np.where(np.arange(20) == 2, np.nan, np.arange(20) % 2))
    with pytest.raises(ValueError, match="The truth of case 0 is missing"):
        CNN().fit(X, np.array([None, *y[1:]], dtype=object))
    with pytest.raises(ValueError, match="Labels must be all words or all numbers"):
        CNN().fit(X, np.array([1, *y[1:]], dtype=object))
    with pytest.raises(ValueError, match=r"Labels must be \(N,\), one for each case. Got \(20, 1\)"):
        CNN().fit(X, y[:, None])
    with pytest.raises(ValueError, match=r"Truths must be numbers here\. The first one is 'sound'"):
        CNN(task="regress").fit(X, np.full(20, "sound"))
    with pytest.raises(ValueError, match="task must be one of"):
        CNN(task="guess").fit(X, y)
    with pytest.raises(ValueError, match=r"What a GRU reads must be one of series, text\. Got 'image'"):
        GRU(reads="image").fit(np.ones((20, 4, 4)), y)
    with pytest.raises(
        ValueError, match=r"What a CNN reads must be one of series, image, text\. Got 'video'"
    ):
        CNN(reads="video").fit(X, y)
    with pytest.raises(ValueError, match="Images must be numbers, and all of one size"):
        CNN(reads="image").fit([np.ones((4 + i % 2, 4)) for i in range(20)], y)
    with pytest.raises(ValueError, match="attention must be one of softmax, dot, additive"):
        CNN(attention="hard").fit(X, y)  # type: ignore[arg-type]
    with pytest.raises(MindshareError, match="has not learnt yet"):
        CNN().predict(X)
    with pytest.raises(ValueError, match="Invalid parameter 'colour'"):
        CNN().set_params(colour="red")


def test_labels_in_an_object_array_are_saved_like_others(tmp_path: Any) -> None:
    X, y = windows(20, 9)
    model = CNN().fit(X, y.astype(object), plan=FitPlan(epochs=1))
    again = load_model(save_model(model, tmp_path / "model.npz"))
    assert again.predict(X).tolist() == model.predict(X).tolist()


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e12, 1e30])
def test_the_unit_of_readings_and_of_numbers_to_be_told_changes_nothing(unit: float) -> None:
    X = np.random.default_rng(10).normal(3.0, 1.0, (60, 12, 2))
    y = X[:, :, 0].mean(axis=1)
    as_it_is = CNN(task="regress").fit(X, y, plan=FitPlan(epochs=4, batch=16)).predict(X)
    other = CNN(task="regress").fit(unit * X, unit * y, plan=FitPlan(epochs=4, batch=16)).predict(unit * X)
    np.testing.assert_allclose(other / unit, as_it_is, atol=0.02)


def test_a_channel_that_does_not_change_says_nothing_and_breaks_nothing() -> None:
    X, y = windows(40, 11)
    still = [np.column_stack([x, np.full(len(x), 20.1)]) for x in X]
    model = CNN().fit(still, y, plan=FitPlan(epochs=2))
    moved = [np.column_stack([x, np.full(len(x), 20.2)]) for x in X]
    assert np.abs(model.predict_proba(moved) - model.predict_proba(still)).max() < 0.2
