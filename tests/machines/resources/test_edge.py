"""Promises of a ladder on a small device: the same answers, no torch, one core, 512 MB, hard cases upstream within the link."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.capsule import Capsule
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.gru import GRU
from mindshare.machines.nets.net import NetModel
from mindshare.machines.nets.transformer import Transformer
from mindshare.machines.resources.edge import export_ladder, padded, run_on_edge, sure_from
from mindshare.machines.resources.edge_run import EdgeLadder
from tests.machines.conftest import windows

pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
pytest.importorskip("onnxscript", reason="the extra `onnx` is not installed")


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NetModel, dict[str, Any]]:
    """A small and a larger CNN, exported."""
    X, y = windows(200, 0)
    small = CNN(width=4, depth=1).fit(X, y, plan=FitPlan(epochs=6))
    large = CNN().fit(X, y, plan=FitPlan(epochs=15))
    place = tmp_path_factory.mktemp("ladder")
    return place, large, export_ladder({"small": small, "large": large}, place, *windows(100, 1))


def test_the_graphs_answer_as_their_nets_do(ladder: tuple[Path, NetModel, dict[str, Any]]) -> None:
    place, large, card = ladder
    assert [rung["name"] for rung in card["rungs"]] == ["small", "large"]
    assert all(rung["parity"] <= 1e-5 for rung in card["rungs"])
    X, _ = windows(50, 2)
    inputs = padded(large, X)
    edge = EdgeLadder(place)
    edge.rungs = edge.rungs[1:]
    np.testing.assert_allclose(
        edge.answer(inputs.values, inputs.mask).proba, large.predict_proba(X), atol=1e-5
    )


@pytest.mark.parametrize("family", [GRU, Transformer, Capsule])
def test_every_family_answers_windows_of_any_length_on_a_small_device(
    family: type[NetModel], tmp_path: Path
) -> None:
    X, y = windows(60, 0)
    model = family().fit(X, y, plan=FitPlan(epochs=1))
    card = export_ladder({"one": model}, tmp_path, *windows(20, 1))  # refuses a graph that answers otherwise
    assert card["rungs"][0]["parity"] <= 1e-5


def test_it_runs_without_torch_on_one_core_within_512_mb(
    ladder: tuple[Path, NetModel, dict[str, Any]],
) -> None:
    place, large, _ = ladder
    X, y = windows(200, 3)
    told = run_on_edge(place, padded(large, X))
    assert not told["torch"]
    assert told["spent"]["mem_mb"] <= 512
    assert told["spent"]["net_mb"] == 0
    assert set(told["rung"]) <= {"small", "large"}
    assert (np.array(told["answers"]) == y).mean() >= large.score(X, y) - 0.05
    with pytest.raises(OverBudget, match=r"The ladder took \d+ MB; 10 are allowed"):
        run_on_edge(place, padded(large, X), mem_mb=10.0)


class Upstream(BaseHTTPRequestHandler):
    """A larger machine elsewhere: sure of everything."""

    letters: list[bytes]

    def do_POST(self) -> None:
        self.server.letters.append(self.rfile.read(int(self.headers["Content-Length"])))  # type: ignore[attr-defined]
        body = json.dumps({"proba": [1.0, 0.0]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def upstream() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Upstream)
    server.letters = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_hard_cases_go_upstream_the_hardest_first_and_never_over_the_link(
    ladder: tuple[Path, NetModel, dict[str, Any]], upstream: HTTPServer
) -> None:
    place, large, _ = ladder
    card = json.loads((place / "ladder.json").read_text())
    for rung in card["rungs"]:
        rung["sure"] = 1.01  # of no case
    (place / "ladder.json").write_text(json.dumps(card))
    inputs = padded(large, windows(60, 4)[0])
    url = f"http://127.0.0.1:{upstream.server_port}"
    whole = run_on_edge(place, inputs, upstream=url)
    sent = whole["rung"].count("upstream")
    letters: list[bytes] = upstream.letters  # type: ignore[attr-defined]
    assert sent == len(letters) > 3
    assert whole["spent"]["net_mb"] >= sum(map(len, letters)) / 2**20
    thin = run_on_edge(place, inputs, upstream=url, net_mb=whole["spent"]["net_mb"] / 2)
    assert 0 < thin["rung"].count("upstream") < sent
    assert thin["spent"]["net_mb"] <= whole["spent"]["net_mb"] / 2
    assert thin["left_here"] == sent - thin["rung"].count("upstream")


def test_a_rung_is_believed_from_where_it_is_right_often_enough() -> None:
    confidence = np.array([0.99, 0.9, 0.8, 0.7, 0.6])
    proba = np.stack([confidence, 1 - confidence], axis=1)
    truth = np.array([0, 0, 0, 1, 1])
    assert sure_from(proba, np.array([0, 1]), truth, 1.0) == 0.8
    assert sure_from(proba, np.array([0, 1]), 1 - truth, 1.0) == 1.01


def test_what_is_no_ladder_or_does_not_fit_together_is_refused(
    tmp_path: Path, ladder: tuple[Path, NetModel, dict[str, Any]]
) -> None:
    _, large, _ = ladder
    with pytest.raises(MindshareError, match="holds no ladder"):
        EdgeLadder(tmp_path)
    X, y = windows(30, 0)
    other = CNN().fit(X, np.where(y == "sound", "a", "b"), plan=FitPlan(epochs=1))
    words = CNN(reads="text").fit(["all is well"] * 30, y, plan=FitPlan(epochs=1))
    with pytest.raises(MindshareError, match="'words' reads text, the largest model of the ladder series of"):
        export_ladder({"words": words, "large": large}, tmp_path / "words", X)
    with pytest.raises(MindshareError, match="'other' does not tell the same labels"):
        export_ladder({"other": other, "large": large}, tmp_path, X)
    with pytest.raises(MindshareError, match="the ladder takes at most"):
        padded(large, [np.zeros((99, 2))])
