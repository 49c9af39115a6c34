"""Promises of learning within a budget."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.records import Budget
from mindshare.machines.learn.choices import Choices, choose
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.learn.search import search
from mindshare.machines.learn.semi import fit_semi
from mindshare.machines.learn.steps import WORDS, one_cycle, optimiser
from mindshare.machines.learn.worker import FAILED, Ask, fit_hard
from mindshare.machines.look.look import occlusion
from mindshare.machines.memory import exact, largest, peak_mb, resident_mb
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.resources.faster import faster
from mindshare.machines.threads import cores
from tests.machines.conftest import images, windows

LONG = FitPlan(epochs=10_000)


@pytest.fixture(scope="module")
def first_fits() -> dict[str, Any]:
    """What became of the first fits of a new process."""
    run = [sys.executable, "-m", "tests.machines.learn.first_fits"]
    done = subprocess.run(run, capture_output=True, text=True, check=True, timeout=300)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_a_budget_that_is_enough_for_any_fit_is_enough_for_the_first_one_of_a_process(
    first_fits: Any,
) -> None:
    assert first_fits["first"]["steps"] >= 1
    assert first_fits["first"]["cpu_s"] <= 0.15 * 1.02


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak of memory")
def test_no_fit_passes_its_memory_limit_from_the_first_one_of_a_process_on(first_fits: Any) -> None:
    told = first_fits["memory"]
    assert not told[0]["learnt"], "10 MB are no room for what a process needs once"
    assert all(fit["over"] <= 0 for fit in told), told
    assert all(fit["learnt"] for fit in told if fit["room"] == 60.0), told


@pytest.mark.parametrize("limit", [{"cpu_s": 2.0}, {"wall_s": 2.0}, {"cpu_s": 1.5, "wall_s": 5.0}])
def test_a_soft_fit_uses_most_of_its_budget_and_keeps_it(limit: dict[str, float]) -> None:
    X, y = windows(200, 0)
    model = CNN().fit(X, y, budget=Budget(limit=limit), plan=LONG, validation=windows(100, 1))
    report = model.report_
    gone = max(report.total[r] / amount for r, amount in limit.items())
    assert report.reason == "budget"
    assert 0.85 <= gone <= 1.02
    assert report.spent["calibrate"]["cpu_s"] <= 0.1 * max(
        limit.values()
    )  # on the clock it waits for others, too
    assert model.score(*windows(100, 2)) > 0.8


def test_without_a_budget_all_epochs_are_learnt_and_the_report_says_so() -> None:
    X, y = windows(60, 0)
    report = CNN().fit(X, y, plan=FitPlan(epochs=3, batch=20, known=0.0)).report_
    assert (report.reason, report.steps, report.epochs) == ("all epochs", 9, 3.0)
    assert set(report.spent) >= {"calibrate", "train", "measure"}


def test_a_micro_batch_never_changes_what_is_learnt() -> None:
    X, y = images(64, 0)
    nets = [
        CNN(reads="image", dropout=0.0)
        .fit(X, y, plan=FitPlan(epochs=2, batch=32, micro=micro, class_weights=True))
        .net_
        for micro in (32, 7, 1)
    ]
    for other in nets[1:]:
        for a, b in zip(nets[0].parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_where_memory_is_short_fewer_cases_go_through_at_once_and_the_fit_goes_on(monkeypatch: Any) -> None:
    X, y = images(64, 0)
    whole = torch.nn.Conv2d.forward

    def short(self: Any, x: Any) -> Any:
        if len(x) > 9:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return whole(self, x)

    plan = FitPlan(epochs=1, batch=32)
    want = CNN(reads="image", dropout=0.0).fit(X, y, plan=plan)
    monkeypatch.setattr(torch.nn.Conv2d, "forward", short)
    monkeypatch.setattr("mindshare.machines.learn.fit.measure", lambda *_, **__: None)
    model = CNN(reads="image", dropout=0.0).fit(X, y, plan=plan)
    assert model.report_.micro == 8
    for a, b in zip(want.net_.parameters(), model.net_.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_the_largest_micro_batch_below_a_memory_limit_is_found_in_three_probes() -> None:
    def step(cases: int) -> None:
        np.ones(cases * 2**17)  # 1 MB a case

    for room in (40.0, 170.0, 400.0):
        with exact():  # as in a fit
            found, probes, _ = largest(step, 1_000, resident_mb() + room)
        assert probes <= 3
        assert 0.8 * room <= found <= room


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak of memory")
def test_under_a_memory_limit_the_same_pass_takes_the_same_memory_each_time() -> None:
    def passes() -> None:
        blocks = [np.ones(2**n) for n in (14, 16, 18, 20)]  # 0.1 to 8 MB
        del blocks[::2]
        blocks.append(np.ones(2**19))

    with exact():
        peaks = [peak_mb(passes) for _ in range(4)]
    assert max(peaks) - min(peaks) < 1.0


def test_early_stopping_gives_the_best_state_back() -> None:
    X, y = windows(60, 3)
    rng = np.random.default_rng(0)
    new = windows(80, 4)
    model = CNN().fit(X, rng.permutation(y), plan=FitPlan(epochs=200, rate=1e-2, patience=2), validation=new)
    assert model.report_.reason == "no better validation loss"
    assert model.report_.best_loss == min(model.report_.losses)


def test_the_rate_rises_for_a_quarter_and_is_down_at_the_end_of_the_budget() -> None:
    rates = [one_cycle(x) for x in np.linspace(0, 1, 101)]
    assert int(np.argmax(rates)) == 25
    assert max(rates) == 1.0
    assert rates[0] == pytest.approx(0.02)
    assert rates[-1] == pytest.approx(0.02)


def test_weights_decay_and_norms_and_biases_do_not() -> None:
    net = CNN().fit(*windows(20, 0), plan=FitPlan(epochs=1)).net_
    for group in optimiser(net, "adamw", 1e-3, 0.1).param_groups:
        assert all((p.ndim >= 2) == (group["weight_decay"] > 0) for p in group["params"])


def test_vectors_of_words_learn_faster_and_each_weight_learns_once() -> None:
    net = CNN(reads="text").fit(["no", "yes"] * 10, [0, 1] * 10, plan=FitPlan(epochs=1)).net_
    groups = optimiser(net, "adamw", 1e-3, 0.1).param_groups
    learnt = [(p, group) for group in groups for p in group["params"]]
    assert sorted(id(p) for p, _ in learnt) == sorted(id(p) for p in net.parameters())
    for p, group in learnt:
        times = WORDS if p is net.embed.weight else 1.0
        assert group["lr"] == times * 1e-3 and group["times"] == times


@pytest.mark.parametrize("kind", ["adamw", "adam", "adafactor", "sgd"])
def test_every_optimiser_learns(kind: Any) -> None:
    X, y = windows(120, 5)
    plan = FitPlan(
        epochs=30, optimiser=kind, rate=0.05 if kind in ("sgd", "adafactor") else 5e-3, smoothing=0.05
    )
    assert CNN().fit(X, y, plan=plan).score(X, y) > 0.85


def test_sinks_and_progress_are_told_the_course() -> None:
    told: list[tuple[int, dict[str, float]]] = []

    class List:
        def log(self, step: int, values: Any) -> None:
            told.append((step, dict(values)))

    shares: list[float] = []
    X, y = windows(60, 0)
    CNN().fit(X, y, plan=FitPlan(epochs=5), sinks=[List()], progress=lambda done, _: shares.append(done))
    assert len(told) >= 3
    assert set(told[0][1]) == {"loss", "train_loss", "rate"}
    assert shares == sorted(shares)


def test_a_budget_too_small_for_one_step_is_refused_with_one_sentence() -> None:
    X, y = windows(60, 0)
    with pytest.raises(
        OverBudget, match=r"The budget \(cpu_s 0.0001\) is too small for one step of 32 cases"
    ):
        CNN().fit(X, y, budget=Budget(limit={"cpu_s": 1e-4}))
    with pytest.raises(OverBudget, match=r"The budget \(cpu_s 0\) is too small for one step"):
        CNN().fit(X, y, budget=Budget(limit={"cpu_s": 0.0}), validation=(X, y))
    with pytest.raises(OverBudget, match=r"mem_mb is limited to 1; \d+ are in use"):
        CNN().fit(X, y, budget=Budget(limit={"mem_mb": 1.0}))
    with pytest.raises(MindshareError, match="A fit cannot be limited in 'cpu'; it can in cpu_s"):
        CNN().fit(X, y, budget=Budget(limit={"cpu": 1.0}))
    with pytest.raises(ValueError, match=r"FitPlan\.batch must be at least 1"):
        FitPlan(batch=0)


def test_copies_of_the_cases_that_do_not_fit_are_refused_before_they_are_made() -> None:
    X, y = np.zeros((100, 1_000, 40)), np.arange(100) % 2  # 15 MB in 32 bits
    for cases in (X, list(X)):
        with pytest.raises(OverBudget, match=r"reading the cases takes up to \d+\. Raise it\."):
            CNN().fit(cases, y, budget=Budget(limit={"mem_mb": resident_mb() + 10.0}))
    with pytest.raises(ValueError, match="Window 0 is ragged"):
        CNN().fit([[[1.0], [1.0, 2.0]], [1.0]], [0, 1], budget=Budget(limit={"mem_mb": 10_000.0}))


def test_a_way_to_compute_is_kept_only_where_it_was_measured_to_be_faster() -> None:
    now = [0.0]

    def course(cost: dict[str, float], budget: float, loss_of_half: float = 1.0) -> Choices:
        compiled = [False]

        def step(way: Choices) -> float:
            many = cost["threads"] if way.threads > 1 else 1.0
            now[0] += many * (cost["half"] if way.half else 1.0) * (cost["compiled"] if compiled[0] else 1.0)
            return loss_of_half if way.half else 1.0

        return choose(
            step,
            lambda: now[0],
            budget,
            wall=True,
            compile_net=lambda to: compiled.__setitem__(0, to == "on"),
        )

    fast = course({"threads": 0.5, "half": 0.5, "compiled": 0.5}, 1e5)
    assert (fast.threads > 1, fast.half, fast.compiled) == (cores() > 1, True, True)
    slow = course({"threads": 1.5, "half": 9.0, "compiled": 0.95}, 1e5)
    assert (slow.threads, slow.half, slow.compiled) == (1, False, False)
    assert not course({"threads": 1.0, "half": 0.1, "compiled": 1.0}, 1e5, loss_of_half=2.0).half, (
        "the loss moved"
    )
    assert set(course({"threads": 0.5, "half": 0.5, "compiled": 0.5}, 10.0).tried) == {"as it is"}, (
        "no room to try"
    )


# -- hard mode: a real process, really killed ------------------------------------------------------------------------
def ask(seed: int = 0) -> Ask:
    X, y = windows(120, seed)
    return Ask(X, y, {"plan": LONG, "validation": windows(60, seed + 1)})


def test_a_hard_fit_ends_in_time_and_learns() -> None:
    X, y = windows(200, 0)
    CNN().fit(
        X, y, budget=Budget(limit={"wall_s": 20.0}), plan=FitPlan(epochs=1), hard=True
    )  # the server has started
    start = time.monotonic()
    model = CNN().fit(X, y, budget=Budget(limit={"wall_s": 4.0}), plan=LONG, hard=True)
    assert time.monotonic() - start <= 4.0 * 1.01
    assert model.score(*windows(100, 2)) > 0.8
    assert model.report_.reason in ("budget", "deadline")


def once_there_is_a_checkpoint(send: int, refused: str = "") -> Callable[[int, Path], None]:
    def start(pid: int, checkpoint: Path) -> None:
        def wait() -> None:
            while not checkpoint.exists():
                time.sleep(0.01)
            if refused:
                told = json.dumps({"kind": "OverBudget", "message": refused})
                checkpoint.with_name(FAILED).write_text(told, encoding="utf-8")
            os.kill(pid, send)

        threading.Thread(target=wait, daemon=True).start()

    return start


def test_a_worker_that_is_killed_leaves_its_best_checkpoint() -> None:
    kill = once_there_is_a_checkpoint(signal.SIGKILL)
    model = fit_hard(CNN(), ask(), Budget(limit={"wall_s": 60.0}), on_start=kill)
    assert "the worker ended with -9" in model.report_.reason
    assert model.predict(windows(10, 5)[0]).shape == (10,)


def test_a_worker_that_finds_no_room_after_a_checkpoint_leaves_it() -> None:
    refuse = once_there_is_a_checkpoint(signal.SIGKILL, "mem_mb is limited to 1.")
    model = fit_hard(CNN(), ask(), Budget(limit={"wall_s": 60.0}), on_start=refuse)
    assert model.predict(windows(10, 5)[0]).shape == (10,)


def spin(until: float) -> None:
    while time.monotonic() < until:
        pass


@pytest.mark.parametrize("wall_s", [0.05, 0.3, 2.0])
def test_a_hard_fit_on_a_busy_machine_returns_what_was_learnt_or_says_that_nothing_was(wall_s: float) -> None:
    ends = time.monotonic() + 1.0 + wall_s
    others = [multiprocessing.Process(target=spin, args=(ends,), daemon=True) for _ in range(2 * cores())]
    for other in others:
        other.start()
    try:
        model = CNN().fit(*windows(120, 0), budget=Budget(limit={"wall_s": wall_s}), plan=LONG, hard=True)
        assert model.predict(windows(10, 5)[0]).shape == (10,)
    except OverBudget as said:
        text = str(said)
        assert "wall_s" in text or "The budget was gone" in text
        assert "Raise it" in text or "raise it" in text
    finally:
        for other in others:
            other.kill()
            other.join()


def test_a_worker_that_hangs_is_ended_at_the_deadline_and_its_best_checkpoint_counts() -> None:
    hang, start = once_there_is_a_checkpoint(signal.SIGSTOP), time.monotonic()
    model = fit_hard(CNN(), ask(), Budget(limit={"wall_s": 10.0}), on_start=hang)
    assert time.monotonic() - start <= 10.0 * 1.01
    assert model.report_.reason == "deadline"
    assert model.predict(windows(10, 5)[0]).shape == (10,)


def test_what_a_worker_refuses_is_told_as_it_said_it() -> None:
    with pytest.raises(ValueError, match="Window 0 holds nan"):
        CNN().fit([[np.nan, 1.0], [1.0, 2.0]], [0, 1], budget=Budget(limit={"wall_s": 20.0}), hard=True)
    with pytest.raises(OverBudget, match="ended before a first checkpoint"):
        CNN().fit(*windows(60, 0), budget=Budget(limit={"wall_s": 20.0, "mem_mb": 20.0}), hard=True)
    json.dumps(CNN().fit(*windows(30, 0), plan=FitPlan(epochs=1)).report_.as_dict())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"rate": float("nan")}, "rate must be a number > 0, or None"),
        ({"decay": -1}, "decay must be a number >= 0"),
        ({"smoothing": 1.0}, "smoothing must be a share from 0 to less than 1"),
        ({"patience": 0}, "patience must be at least 1, or None"),
        ({"micro": 0}, "micro must be at least 1, or None"),
        ({"optimiser": "lion"}, "optimiser must be one of adamw, adam, adafactor, sgd"),
        ({"schedule": "cosine"}, "schedule must be one of one_cycle, constant"),
        ({"class_weights": [1, 2]}, "class_weights must be true or false"),
    ],
)
def test_a_plan_that_makes_no_sense_gets_one_sentence(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=rf"^FitPlan\.{told}\. Got .+ instead\.$"):
        FitPlan(**wrong)


def test_nothing_to_search_over_or_to_cover_or_to_guess_gets_one_sentence(tmp_path: Path) -> None:
    X, y = windows(30, 0)
    model = CNN(task="regress").fit(X, np.arange(30), plan=FitPlan(epochs=1))
    with pytest.raises(ValueError, match="There is nothing to try for 'rate'"):
        search(CNN(), X, y, {"rate": ()}, budget=Budget(limit={"cpu_s": 1.0}), validation=(X, y))
    with pytest.raises(ValueError, match="size must be at least 1"):
        occlusion(model, X[:1], size=0)
    with pytest.raises(ValueError, match="Only models that tell labels are made faster so far"):
        faster(model, X, np.arange(30), tmp_path)
    with pytest.raises(ValueError, match="Only labels can be guessed"):
        fit_semi(CNN(task="regress"), X, np.arange(30), X, validation=(X, np.arange(30)))
