"""`mindshare profile`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `deep` is not installed")

from mindshare.cli.start import run
from mindshare.machines.costs import measure as costs
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.saved import save_model


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small model, and a measurement that takes a second."""
    monkeypatch.setenv("MINDSHARE_CACHE", str(tmp_path / "cache"))
    whole = costs.measure
    monkeypatch.setattr(costs, "measure", lambda net, longest, _: whole(net, longest, 1.0))
    monkeypatch.setattr("mindshare.machines.resources.profile.CHECK_S", 0.3)
    X = np.random.default_rng(0).normal(size=(40, 32, 2))
    return save_model(CNN(width=4).fit(X, np.arange(40) % 2, plan=FitPlan(epochs=1)), tmp_path / "model.npz")


def test_the_card_tells_cost_limits_and_how_far_it_is_off(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, plot = tmp_path / "card.json", tmp_path / "cost.png"
    words = ["profile", str(model), "--limit", "net_mb=0.001", "--json", str(out), "--plot", str(plot)]
    assert run(words) == 0
    told = capsys.readouterr().out
    assert "parameters, reads series of up to 32" in told
    assert "Measured against foreseen" in told
    card = json.loads(out.read_text())
    assert card["schema"] == "mindshare profile 1"
    assert {row["scarce"] for row in card["within"]} == {"net_mb"}
    assert card["within"][-1]["cases_per_s"] == pytest.approx(0.001 * 2**20 / (128 * 2 * 4))
    assert all(row["answer_s"] <= row["answer_upper_s"] for row in card["cost"])
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_what_makes_no_sense_is_refused_in_one_sentence(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, sentence in (
        ([str(model), "--device", "phone"], "--device phone: there are this and edge."),
        ([str(model), "--limit", "cpu=1"], "A profile cannot be limited in 'cpu'"),
        ([str(model), "--out", str(tmp_path)], "--small and --out belong to --device edge."),
        ([str(tmp_path / "none.npz")], "There is no file"),
    ):
        assert run(["profile", *words]) == 2
        assert sentence in capsys.readouterr().err
