"""Promises of machines in one file: they answer as before, and a file holds names and numbers and nothing that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from mindshare.core.errors import MindshareError
from mindshare.machines import CNN, FitPlan, load_model, save_model
from mindshare.machines.agents.chat import Chat
from mindshare.machines.agents.endpoint import Endpoint
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.agents.function import Function
from mindshare.machines.agents.post import Patience
from mindshare.machines.agents.wary import Wary
from mindshare.machines.costs.measure import device_of
from mindshare.machines.costs.model import CostModel, Curve
from mindshare.machines.ladder.ensemble import Ensemble
from mindshare.machines.ladder.ladder import Ladder
from mindshare.machines.nets.exits import ExitsCNN
from tests.machines.agents.conftest import Server, server
from tests.machines.conftest import windows

__all__ = ["server"]  # a fixture
SKOPS = "the extra `skops` is not installed"


def points(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """8 numbers; the first tells the label of most cases, all together that of nearly all."""
    rng = np.random.default_rng(seed)
    y, X = rng.integers(0, 2, n), rng.normal(0, 1, (n, 8))
    X += np.where(y == 1, 1.0, -1.0)[:, None] * np.array([1.2, *[0.7] * 7])
    return X, np.array(["easy", "hard"])[y]


def rule(X: np.ndarray) -> np.ndarray:
    p = 1 / (1 + np.exp(-2 * X[:, 0]))
    return np.stack([1 - p, p], axis=1)


def other_rule(X: np.ndarray) -> np.ndarray:
    return np.tile([0.4, 0.6], (len(X), 1))


def few(X: np.ndarray) -> np.ndarray:
    return X[:, :2]


def ruled() -> Function:
    return Function(rule, ["easy", "hard"], "probabilities")


def same(machine: Any, again: Any, X: Any) -> None:
    assert type(again) is type(machine)
    assert again.classes_.tolist() == machine.classes_.tolist()
    for resource, used in machine.cost(X).items():
        np.testing.assert_allclose(again.cost(X)[resource], used)
    np.testing.assert_array_equal(again.predict_proba(X), machine.predict_proba(X))


def test_a_ladder_from_a_file_climbs_as_before_at_any_price_and_load(tmp_path: Path) -> None:
    (X, y), new = points(300, 0), points(60, 1)[0]
    ladder = Ladder(
        {"rule": ruled, "other": lambda: Function(other_rule, ["easy", "hard"], "probabilities")},
        {"cpu_s": 1.0},
        at_once=50,
    ).fit(X, y, groups=np.arange(300) // 5)
    file = save_model(ladder, tmp_path / "ladder.npz")
    again = load_model(file, functions={"rule": rule, "other_rule": other_rule})
    same(ladder, again, new)
    assert again.rungs_ == ladder.rungs_
    for price in (0.0, 1.0, 1e3, 1e6):
        one, two = (x.answer(new, {"cpu_s": price}) for x in (ladder, again))
        np.testing.assert_array_equal(one.rung, two.rung)
        np.testing.assert_array_equal(one.proba, two.proba)
        np.testing.assert_allclose(one.use["cpu_s"], two.use["cpu_s"])
    with pytest.raises(MindshareError, match="A machine from a file does not learn anew"):
        again.fit(X, y)
    with pytest.raises(
        MindshareError, match=r"holds no function: hand in load_model\(\.\.\., functions=\{'rule': \.\.\.\}\)"
    ):
        load_model(file)
    with pytest.raises(MindshareError, match="This ladder has not learnt yet"):
        save_model(Ladder({"rule": ruled}), tmp_path / "no.npz")
    assert not (tmp_path / "no.npz").exists()


def test_a_ladder_of_a_pipeline_and_a_net_with_exits_is_one_file(tmp_path: Path) -> None:
    pytest.importorskip("skops", reason=SKOPS)
    X, y = windows(60, 0, longest=24)
    cases = np.stack([x[:24] for x in X])

    net = ExitsCNN(width=8, depth=2).fit(cases, y, plan=FitPlan(epochs=1))
    curve = Curve(pieces=((0.0, (1e-4, 0.0, 1e-5, 0.0, 0.0)),), above=1.2, beyond=1.5, longest=24.0)
    net.report_.cost = CostModel(device=device_of(net._header()), forward=curve)  # known: not measured

    class Learnt(ExitsCNN):
        def fit(self, X: Any, y: Any) -> Any:  # type: ignore[override]
            return net

    ladder = Ladder({"means": means, "net": Learnt}, folds=2, at_once=20).fit(cases, y)
    again = load_model(save_model(ladder, tmp_path / "l.npz"), trusts=TRUSTED)
    assert again.rungs_ == ladder.rungs_ == ("means", "net exit 1", "net exit 2")
    np.testing.assert_allclose(
        again.answer(cases, {"cpu_s": 0.0}).proba, ladder.answer(cases, {"cpu_s": 0.0}).proba
    )


TRUSTED = ("tests.machines.test_saving.channel_means",)


def channel_means(X: Any) -> np.ndarray:
    return np.asarray(X).mean(axis=1)


def means() -> Estimator:
    return Estimator(
        make_pipeline(FunctionTransformer(channel_means), StandardScaler(), LogisticRegression())
    )


def test_a_learnt_pipeline_comes_back_and_types_that_nobody_trusts_do_not(tmp_path: Path) -> None:
    pytest.importorskip("skops", reason=SKOPS)
    X, y = points(80, 0)
    machine = Estimator(make_pipeline(StandardScaler(), GaussianNB())).fit(X, y)
    same(machine, load_model(save_model(machine, tmp_path / "nb.npz")), X)
    untimed = Estimator(LogisticRegression().fit(X, y))
    np.testing.assert_array_equal(
        load_model(save_model(untimed, tmp_path / "lr.npz")).predict_proba(X), untimed.predict_proba(X)
    )
    own = means().fit(X[:, :, None], y)
    file = save_model(own, tmp_path / "own.npz")
    with pytest.raises(
        MindshareError, match=r"holds tests\.machines\.test_saving\.channel_means, which skops does not trust"
    ):
        load_model(file)
    same(own, load_model(file, trusts=TRUSTED), X[:, :, None])
    with pytest.raises(MindshareError, match="has not learnt yet"):
        save_model(Estimator(GaussianNB()), tmp_path / "no.npz")


def test_functions_ensembles_and_wary_machines_come_back(tmp_path: Path) -> None:
    X, y = points(120, 0)
    both = Ensemble([ruled, lambda: Function(other_rule, ["easy", "hard"], "probabilities")]).fit(X, y)
    functions = {"rule": rule, "other_rule": other_rule, "few": few}
    same(both, load_model(save_model(both, tmp_path / "e.npz"), functions=functions), X)
    wary = Wary(ruled(), few).fit(X, y, groups=np.arange(120) % 12)
    again = load_model(save_model(wary, tmp_path / "w.npz"), functions=functions)
    same(wary, again, np.concatenate([X, X + 30.0]))
    with pytest.raises(
        MindshareError, match="A function without a name cannot be saved: give the <lambda> one with def"
    ):
        save_model(Function(lambda X: X, ["a", "b"]), tmp_path / "no.npz")


def test_a_graph_travels_inside_the_file(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from mindshare.machines.agents.onnx_session import OnnxSession
    from tests.machines.agents.test_what_is_given import NAMES, graph, numbers

    X, y = numbers(30, 0)
    (tmp_path / "net.onnx").write_bytes(graph("Softmax"))
    session = OnnxSession(tmp_path / "net.onnx", NAMES).fit(X, y)
    file = save_model(session, tmp_path / "s.npz")
    (tmp_path / "net.onnx").unlink()
    same(session, load_model(file), X)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_keras_model_travels_inside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("keras", reason="the extra `keras` is not installed")
    from mindshare.machines.agents.keras_model import KerasModel
    from tests.machines.agents.test_adapters import dense, halves

    X, y = halves(0)
    machine = KerasModel(dense(), [0, 1]).fit(X, y)
    same(machine, load_model(save_model(machine, tmp_path / "k.npz")), X)
    assert machine.predict_proba(X[:0]).shape == (0, 2)
    with pytest.raises(
        MindshareError, match=r"The Keras model takes cases of shape \(8, 8\); these are of shape \(8, 7\)"
    ):
        machine.predict_proba(X[:, :, :7])


def reading(content: Any) -> Any:
    return content["p"]


def test_an_endpoint_is_asked_again_only_where_its_address_may_be_reached(
    server: Server, tmp_path: Path
) -> None:
    server.reply = lambda asked: asked.say({"p": [0.2, 0.8]})
    patience = Patience(retries=1, timeout_s=2.0)
    machine = Endpoint(
        server.url,
        ["sound", "faulty"],
        read=reading,
        key_env=None,
        patience=patience,
        state={"energy_j": 2.0},
        at_once=2,
    )
    machine.predict_proba(["a text"])
    file = save_model(machine, tmp_path / "e.npz")
    with pytest.raises(
        MindshareError,
        match=r"The file holds an endpoint at http://127\.0\.0\.1:\d+/answer; hand in .*reach=",
    ):
        load_model(file, functions={"reading": reading})
    again = load_model(file, functions={"reading": reading}, reach=[server.url])
    same(machine, again, ["another"])
    assert again.line.patience == patience
    assert again.questions.at_once == 2
    with pytest.raises(MindshareError, match="has a query, which may hold a secret"):
        save_model(Endpoint(server.url + "?token=secret", ["a", "b"]), tmp_path / "no.npz")


def test_a_chat_comes_back_with_its_question_and_what_it_costs_and_without_its_key(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "very-secret")
    server.reply = lambda asked: asked.say(
        {
            "choices": [{"message": {"content": "refund"}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 1},
        }
    )
    names = ["refund", "password"]
    chat = Chat(
        server.url,
        "m",
        names,
        question="Which?",
        per_million={"eur": (1.0, 2.0)},
        key_env="SOME_KEY",
        most_tokens=4,
    )
    chat.predict_proba(["a text"])
    file = save_model(chat, tmp_path / "c.npz")
    assert b"very-secret" not in file.read_bytes()
    again = load_model(file, reach=[chat.line.url])
    same(chat, again, ["another"])
    assert server.asked[-1][1].body == server.asked[-2][1].body
    assert server.asked[-1][1].headers["Authorization"] == "Bearer very-secret"


def test_nets_are_saved_as_ever_and_what_no_file_can_hold_gets_one_sentence(tmp_path: Path) -> None:
    X, y = windows(20, 0)
    net = CNN(width=8, depth=1).fit(X, y, plan=FitPlan(epochs=1))
    np.testing.assert_array_equal(
        load_model(save_model(net, tmp_path / "n.npz")).predict_proba(X), net.predict_proba(X)
    )

    class Mine:
        """Somebody's own."""

    with pytest.raises(MindshareError, match="Mine is none of the machines that a file can hold: CNN, GRU"):
        save_model(Mine(), tmp_path / "no.npz")  # type: ignore[arg-type]
    with pytest.raises(MindshareError, match="has not learnt yet"):
        save_model(CNN(), tmp_path / "no.npz")
    (tmp_path / "no.npz").write_bytes(b"hello")
    with pytest.raises(MindshareError, match="is not a model that Mindshare saved"):
        load_model(tmp_path / "no.npz")
