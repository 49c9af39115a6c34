"""Promises of learning on a graphics card: everywhere on a card that is only posed, and on a real one where there is one."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch

from mindshare.core.records import Budget
from mindshare.machines import devices
from mindshare.machines.learn import gradients
from mindshare.machines.learn.choices import Choices, choose
from mindshare.machines.learn.gradients import Gradients
from mindshare.machines.learn.meter import NoCard
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.cnn import CNN
from tests.machines.conftest import windows

A_STEP_S, CASE_MB = 0.004, 2.0


class Posed:
    """The processor as a card, with a clock and a memory of its own."""

    kind, place = "posed", "cpu"

    def __init__(self) -> None:
        self.seconds, self.most, self.on = 0.0, 0.0, False

    def begin(self) -> None:
        self.on = True

    def end(self) -> None:
        self.on, self.seconds = False, self.seconds + A_STEP_S

    def busy_s(self) -> float:
        return self.seconds

    def held_mb(self) -> float:
        return 0.0

    def peak_mb(self, *, anew: bool = False) -> float:
        self.most = 0.0 if anew else self.most
        return self.most


@pytest.fixture
def posed(monkeypatch: pytest.MonkeyPatch) -> Posed:
    """A card that is always chosen."""
    card, part = Posed(), Gradients.part

    def counted(self: Gradients, at: Any, whole: int) -> Any:
        if card.on:
            card.most = max(card.most, CASE_MB * len(at))
        return part(self, at, whole)

    def choose_it(step: Any, *_: Any, card: str | None, **__: Any) -> Choices:
        way = Choices() if card is None else Choices(device=card)
        step(way)
        return way

    monkeypatch.setattr(devices, "found", lambda: card)
    monkeypatch.setattr(Gradients, "part", counted)
    monkeypatch.setattr(gradients, "choose", choose_it)
    return card


def test_what_a_card_does_is_charged_and_no_fit_is_over_it(posed: Posed) -> None:
    X, y = windows(100, 0)
    limit = {"wall_s": 60.0, "gpu_s": 0.8, "gpu_mem_mb": 30.0}
    report = CNN().fit(X, y, budget=Budget(limit=limit), plan=FitPlan(batch=64)).report_
    assert report.choices["device"] == "posed"
    assert 0.4 <= report.total["gpu_s"] <= 0.8
    assert report.spent["train"]["gpu_s"] > 0
    assert 1 <= report.micro <= 30.0 / CASE_MB
    assert 0 < report.total["gpu_mem_mb"] <= 30.0
    assert report.planned == limit


@pytest.mark.parametrize("none", [{"gpu_s": 0.0}, {"gpu_mem_mb": 0.0}])
def test_a_card_of_which_nothing_may_be_used_is_left_alone(posed: Posed, none: dict[str, float]) -> None:
    X, y = windows(60, 0)
    model = CNN().fit(X, y, budget=Budget(limit={"wall_s": 60.0, **none}), plan=FitPlan(epochs=1))
    assert model.report_.choices["device"] == "cpu" and posed.seconds == 0.0
    assert "gpu_s" not in model.report_.total


def test_a_limit_on_a_card_alone_is_said_to_limit_nothing_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "found", lambda: None)
    X, y = windows(60, 0)
    with pytest.warns(NoCard, match="so a limit on gpu_s limits nothing; name cpu_s or wall_s as well"):
        CNN().fit(X, y, budget=Budget(limit={"gpu_s": 1.0}), plan=FitPlan(epochs=1))
    with warnings.catch_warnings():
        warnings.simplefilter("error", NoCard)
        CNN().fit(X, y, budget=Budget(limit={"gpu_s": 1.0, "cpu_s": 2.0}), plan=FitPlan(epochs=1))


def test_a_model_can_be_asked_and_kept_while_it_learns_on_a_card(posed: Posed) -> None:
    X, y = windows(60, 0)
    model, told = CNN(), list[float]()
    model.fit(
        X,
        y,
        budget=Budget(limit={"wall_s": 60.0}),
        plan=FitPlan(epochs=2),
        keep=lambda: told.append(model.score(X, y)),
    )
    assert told and model.net_.device.type == "cpu"
    assert model.predict(X).shape == (60,)


def test_a_card_is_chosen_where_a_few_steps_on_it_took_least_of_the_scarcest_limit() -> None:
    spent = np.zeros(2)  # of the wall, of the card, each in seconds of the scarcer limit

    def chosen(on_card: tuple[float, float], half: float = 1.0, first: float = 1.0) -> Choices:
        spent[:] = 0.0
        runs = list[str]()

        def step(way: Choices) -> float:
            took = np.array((1.0, 0.0) if way.device == "cpu" else on_card) * (half if way.half else 1.0)
            spent[:] += took * (first if way.device not in runs else 1.0)
            runs.append(way.device)
            return 1.0

        return choose(step, spent.copy, 1e4, wall=True, compile_net=lambda _: None, card="cuda")

    assert chosen((0.2, 0.2)).device == "cuda"
    assert chosen((0.2, 0.2), first=10.0).device == "cuda", "the first step on a card does not count"
    assert chosen((0.2, 1.5)).device == "cpu", "the card's own limit would be spent sooner"
    assert chosen((0.95, 0.95)).device == "cpu", "not faster by more than chance"
    assert chosen((0.2, 0.2), half=0.5).half and not chosen((0.2, 0.2), half=1.5).half


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no graphics card that torch can use")
def test_a_real_card_learns_what_the_processor_learns_and_is_charged(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_card(step: Any, *_: Any, card: str | None, **__: Any) -> Choices:
        way = Choices(device=card or "cpu")
        step(way)
        return way

    monkeypatch.setattr(gradients, "choose", on_card)
    X, y = windows(120, 0)
    limit = {"wall_s": 60.0, "gpu_s": 30.0, "gpu_mem_mb": 2_000.0}
    model = CNN().fit(X, y, budget=Budget(limit=limit), plan=FitPlan(epochs=30))
    report = model.report_
    assert report.choices["device"] == "cuda" and model.net_.device.type == "cpu"
    assert 0 < report.total["gpu_s"] <= 30.0 and 0 < report.total["gpu_mem_mb"] <= 2_000.0
    assert model.score(*windows(100, 1)) > 0.8
