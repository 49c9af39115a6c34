"""Promises of the cost model: terms found again, bounds that hold, what is saved and cached."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.core.records import Budget
from mindshare.machines.costs.curves import Seen, fit_curve, margins_of_sum
from mindshare.machines.costs.measure import cached, keep, measure, measured_cost, shapes
from mindshare.machines.costs.model import CostModel, Curve, time_terms
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.net import NetModel
from mindshare.machines.nets.saved import load_model, save_model
from mindshare.machines.resources.profile import profile
from tests.machines.conftest import images, texts, windows

TRUE = (4e-4, 1e-6, 3e-6, 5e-7, 1e-9)


def seen(terms: tuple[float, ...] = TRUE, noise: float = 0.0, seed: int = 0) -> Seen:
    """Timings as the formula has them, with log-normal noise."""
    ways = np.array(shapes(256), float)
    rng = np.random.default_rng(seed)
    exact = time_terms(ways[:, 0], ways[:, 1]) @ np.array(terms)
    return Seen(ways[:, 0], ways[:, 1], exact[:, None] * np.exp(noise * rng.normal(size=(len(ways), 7))))


def model(**parts: Any) -> CostModel:
    curve = Curve(pieces=((0.0, TRUE),), above=1.5, beyond=1.6, longest=256.0)
    memory = Curve(pieces=((0.0, (1.0, 1e-3, 0.0)),), above=1.0, beyond=1.0, longest=256.0)
    return CostModel(**{"device": "here", "forward": curve, "backward": curve, "memory": memory, **parts})


def test_the_terms_of_exact_timings_are_found_again_and_reach_four_times_as_far() -> None:
    curve = fit_curve(seen())
    np.testing.assert_allclose(curve.pieces[0][1], TRUE, rtol=1e-6)
    np.testing.assert_allclose(curve(1024, 16), time_terms(1024, 16) @ np.array(TRUE), rtol=1e-6)


def test_what_is_left_over_of_a_block_of_positions_has_its_price_where_it_is_dear() -> None:
    plain = seen()
    left = np.ceil(plain.size / 4) % 16 / 16  # positions of four steps, sixteen at once
    curve = fit_curve(plain._replace(amount=plain.amount * (1 + 0.6 * left)[:, None]), position=4)
    assert curve.ragged == pytest.approx(1.6, abs=0.05)
    assert fit_curve(plain, position=4).ragged == pytest.approx(1.0, abs=0.05)
    full, dear = float(curve(128, 8)), float(curve(124, 8))
    assert dear > 1.4 * full, "31 positions fill one block, and 15 are left over"


def test_rounds_in_which_the_machine_was_slow_do_not_tell_which_shapes_are_dear() -> None:
    plain = seen(noise=0.02)
    speed = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0])
    amount = plain.amount * speed
    amount[::2, 3:] = np.nan  # half of the shapes were timed in the quick rounds only
    off = fit_curve(Seen(plain.size, plain.batch, amount))(plain.size, plain.batch) / plain.middle
    assert off[1::2].mean() / off[::2].mean() == pytest.approx(1.0, abs=0.02)
    assert 0.9 < off.mean() < 2.1


def test_the_bound_of_what_is_added_up_is_learnt_from_the_sum_as_it_is_foreseen() -> None:
    parts = [seen(noise=0.1, seed=0), seen(terms=(1e-3, 1e-5, 1e-6, 2e-6, 0.0), noise=0.3, seed=1)]
    curves = [fit_curve(part) for part in parts]
    assert margins_of_sum(parts[:1], curves[:1]) == (curves[0].above, curves[0].beyond)
    above, beyond = margins_of_sum(parts, curves)
    size, batch = parts[0].size, parts[0].batch
    foreseen = sum(curve(size, batch) for curve in curves)
    new = sum(seen(t, n, k).amount for t, n, k in ((TRUE, 0.1, 2), ((1e-3, 1e-5, 1e-6, 2e-6, 0.0), 0.3, 3)))
    covered = float((new <= above * np.asarray(foreseen)[:, None]).mean())
    assert 0.92 <= covered <= 0.98
    assert 1.0 <= beyond < 2.0


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 50))
def test_under_noise_the_terms_are_never_negative_and_cost_grows_with_size_and_batch(seed: int) -> None:
    curve = fit_curve(seen(noise=0.3, seed=seed))
    assert min(curve.pieces[-1][1]) >= 0
    grid = curve(np.array([300, 500, 1000])[:, None], np.array([1, 7, 50])[None])
    assert (np.diff(grid, axis=0) >= 0).all()
    assert (np.diff(grid, axis=1) >= 0).all()


def test_an_upper_bound_holds_for_the_stated_share_of_new_observations() -> None:
    held = []
    for seed in range(12):
        curve = fit_curve(seen(noise=0.2, seed=seed))
        new = seen(noise=0.2, seed=1000 + seed)
        held.append((new.amount <= curve.upper(new.size, new.batch)[:, None]).mean())
    assert 0.93 <= np.mean(held) <= 0.98


def test_where_the_regime_changes_the_curve_is_split() -> None:
    short, long = seen(), seen((4e-4, 0.0, 0.0, 3e-6, 0.0))
    both = Seen(short.size, short.batch, np.where((short.size >= 60)[:, None], long.amount, short.amount))
    curve = fit_curve(both)
    assert len(curve.pieces) == 2
    assert curve.pieces[1][0] == 64
    assert float(curve(1024, 8)) == pytest.approx(4e-4 + 3e-6 * 8 * 1024, rel=0.05)


def test_a_machine_that_becomes_slower_is_followed_and_one_hiccup_is_not() -> None:
    cost, once = model(), float(model().answer_s(100, 4))
    for _ in range(30):
        cost = cost.observed(100, 4, 1.4 * once)
    assert float(cost.answer_s(100, 4)) == pytest.approx(1.4 * once, rel=0.01)
    assert float(model().observed(100, 4, 1000 * once).answer_s(100, 4)) < 1.3 * once
    with pytest.raises(ValueError, match="seconds must be > 0"):
        cost.observed(100, 4, 0.0)


def test_the_articles_terms_sum_to_the_cost_of_a_case() -> None:
    told = model().in_the_articles_terms(200, batch=4)
    assert told["C_forward"] + told["A_forward"] == pytest.approx(float(model().answer_s(200, 4)) / 4)
    assert told["alpha"] == pytest.approx(told["A_forward"] / 200)
    both = sum(told[f"{part}_{way}"] for part in "CA" for way in ("forward", "backward"))
    assert both == pytest.approx(float(model().learn_s(200, 4)) / 4)


def test_the_largest_batch_is_the_last_one_within_the_memory() -> None:
    assert model().largest_batch(1000, 11.0) == 10
    assert model().largest_batch(1000, 1.5) == 0
    assert model().best_batch(1000, 11.0)[0] in (1, 2, 4, 8)
    assert model().best_batch(1000, 1.5) == (1, 0.0)
    with pytest.raises(MindshareError, match="memory cost of this model was not measured"):
        model(memory=None).largest_batch(100, 10.0)


@pytest.mark.parametrize("problem", [("series", windows), ("image", images), ("text", texts)])
def test_a_real_net_is_measured_and_its_cost_saved_with_it(problem: Any, tmp_path: Path) -> None:
    reads, make = problem
    X, y = make(40, 0)
    fitted = CNN(reads=reads).fit(X, y, plan=FitPlan(epochs=1))
    cost = measure(fitted.net_, fitted.spec_.most, 0.3)
    assert 0 < float(cost.answer_s(20, 1)) < float(cost.learn_s(20, 1)) < 1.0
    again = load_model(save_model(fitted, tmp_path / "model.npz"))
    assert again.report_.cost == fitted.report_.cost
    np.testing.assert_array_equal(again.cost(X)["cpu_s"], fitted.cost(X)["cpu_s"])


def quick(net: Any, longest: int, device: str, **_: Any) -> CostModel:
    return model(device=device)


def test_a_model_from_another_machine_is_measured_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fitted = CNN().fit(*windows(30, 0), plan=FitPlan(epochs=1))
    fitted.report_.cost = model(device="a machine far away")
    monkeypatch.setattr("mindshare.machines.nets.net.measured_cost", quick)
    assert fitted.cost_model().device == fitted.report_.cost.device != "a machine far away"


def test_what_was_measured_on_a_device_is_read_from_its_cache_and_never_on_another(tmp_path: Path) -> None:
    keep(model(device="here"), tmp_path)
    assert cached("here", tmp_path) == model(device="here")
    assert cached("there", tmp_path) is None
    net: Any = None  # nothing is measured
    assert measured_cost(net, 256, "here", cache=tmp_path) == model(device="here")
    assert math.isclose(model().drift, 1.0)


def test_a_case_in_a_batch_costs_less_than_alone() -> None:
    fitted: NetModel = CNN().fit(*windows(30, 0), plan=FitPlan(epochs=1))
    fitted.report_.cost = model(device=fitted.cost_model().device)
    X = windows(5, 1)[0]
    assert (fitted.cost(X, batch=32)["cpu_s"] < fitted.cost(X)["cpu_s"]).all()


def test_what_answers_cost_is_corrected_by_what_they_take() -> None:
    X, y = windows(80, 0)
    net = CNN().fit(X, y, plan=FitPlan(epochs=1), budget=Budget(limit={"cpu_s": 4.0}))
    assert net.report_.cost is not None
    foreseen = float(net.cost(X[:1])["cpu_s"][0])
    net.report_.cost = replace(net.report_.cost, drift=10.0)  # as if it had been measured on a slow machine
    for _ in range(30):
        net.predict_proba(X)
    assert float(net.cost(X[:1])["cpu_s"][0]) < 4 * foreseen


def test_one_case_alone_has_a_price_of_its_own_where_it_is_another() -> None:
    plain = seen()
    cheap = plain._replace(amount=plain.amount * np.where(plain.batch == 1, 0.6, 1.0)[:, None])
    assert fit_curve(plain).alone == pytest.approx(1.0, abs=0.05)
    assert fit_curve(cheap).alone == pytest.approx(0.6, abs=0.05)


def test_a_card_that_no_longer_holds_is_measured_anew_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fitted = CNN().fit(*windows(30, 0), plan=FitPlan(epochs=1))
    short = partial(measured_cost, cache=tmp_path, budget_s=1.0)
    monkeypatch.setattr("mindshare.machines.nets.net.measured_cost", short)
    once = fitted.cost_model(whole=True)
    keep(replace(once, drift=4.0), tmp_path)  # as it came out on a machine that was busy
    fitted.report_.cost = None
    card = profile(fitted)
    assert card["stale"] > 1.0 > card["check"]["median_error"]
    again = cached(once.device, tmp_path)
    assert again is not None and again.drift == 1.0


def test_a_cache_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = keep(model(device="here"), tmp_path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(MindshareError, match=r"The cached costs in .+ cannot be read; delete the file"):
        cached("here", tmp_path)
