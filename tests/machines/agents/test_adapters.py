"""Promises of machines made of what others have: estimators, graphs, models, functions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from mindshare.core.errors import MindshareError
from mindshare.histories.team import read_team
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.agents.extra import extra
from mindshare.machines.agents.function import Function
from mindshare.machines.agents.measured import Measured, cost_entries
from mindshare.machines.ladder.ensemble import Ensemble
from mindshare.testing import check_machine
from tests.machines.conftest import images, texts, windows


def flat(X: Any) -> Any:
    return np.asarray(X).reshape(len(X), -1)


# -- scikit-learn ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", [LogisticRegression(), GaussianNB(), RidgeClassifier()])
def test_an_estimator_in_a_pipeline_keeps_the_promises_of_a_machine(model: Any) -> None:
    X, y = images(60, 0)
    names = np.array(["lying", "upright"])[y]
    pipe = make_pipeline(FunctionTransformer(flat), StandardScaler(), model)
    check_machine(lambda: Estimator(pipe), X, names, images(20, 1)[0])
    assert not hasattr(pipe[-1], "classes_"), "what was handed in has not learnt"


def test_an_estimator_without_probabilities_or_scores_is_refused() -> None:
    with pytest.raises(ValueError, match="StandardScaler has neither predict_proba nor decision_function"):
        Estimator(StandardScaler())
    with pytest.raises(MindshareError, match="has not learnt yet: call fit"):
        Estimator(GaussianNB()).predict_proba(np.zeros((2, 2)))


def test_an_ensemble_answers_with_the_mean_of_its_members_at_the_sum_of_their_costs() -> None:
    X, y = images(60, 0)

    def member(C: float) -> Estimator:
        return Estimator(make_pipeline(FunctionTransformer(flat), LogisticRegression(C=C)))

    both = [lambda: member(1.0), lambda: member(0.01)]
    check_machine(lambda: Ensemble(both), X, y, images(20, 1)[0])
    ensemble = Ensemble(both).fit(X, y)
    one, two = (m.predict_proba(X) for m in ensemble.members_)
    np.testing.assert_allclose(ensemble.predict_proba(X), (one + two) / 2)
    costs = [m.cost(X)["cpu_s"] for m in ensemble.members_]
    np.testing.assert_allclose(ensemble.cost(X)["cpu_s"], costs[0] + costs[1])


# -- functions -------------------------------------------------------------------------------------------------------
def peaks(X: Any) -> list[str]:
    return ["faulty" if np.max(x[:, 0]) > 2.5 else "sound" for x in X]


def chances(X: Any) -> Any:
    p = np.array([1 / (1 + np.exp(2.5 - np.max(x[:, 0]))) for x in X])
    return np.stack([1 - p, p], axis=1)


def sentences(X: Any) -> list[str]:
    return [f"I would say {label}." for label in peaks(X)]


@pytest.mark.parametrize(
    ("call", "returns"), [(peaks, "labels"), (chances, "probabilities"), (sentences, "sentences")]
)
def test_a_function_keeps_the_promises_of_a_machine_whatever_it_returns(call: Any, returns: Any) -> None:
    X, y = windows(40, 0)
    check_machine(lambda: Function(call, ["sound", "faulty"], returns), X, y, windows(10, 1)[0], learns=False)
    machine = Function(call, ["sound", "faulty"], returns).fit(X, y)
    assert (machine.classes_[machine.predict_proba(X).argmax(axis=1)] == y).mean() > 0.9
    assert machine.cost(X)["cpu_s"].min() > 0


def test_what_a_function_returns_is_checked() -> None:
    X = windows(4, 0)[0]
    with pytest.raises(MindshareError, match="said 'odd' of case 0; the labels are faulty, sound"):
        Function(lambda X: ["odd"] * len(X), ["sound", "faulty"]).predict_proba(X)
    with pytest.raises(ValueError, match="gave 1 answers to 4 cases"):
        Function(lambda X: ["sound"], ["sound", "faulty"]).predict_proba(X)
    odd = np.full((4, 2), 0.5)
    odd[2, 1] = np.nan
    with pytest.raises(MindshareError, match="a probability that is not a number, for case 2"):
        Function(lambda X: odd, ["sound", "faulty"], "probabilities").predict_proba(X)
    quiet = Function(lambda X: ["who knows"] * len(X), ["sound", "faulty"], "sentences")
    np.testing.assert_allclose(quiet.predict_proba(X), 0.5)
    assert quiet.unread_ == 4


# -- ONNX Runtime ----------------------------------------------------------------------------------------------------
def mean_graph(*, mask: bool, batch: int | str = "n", channels: int = 2) -> bytes:
    """Scores from the means of the channels over the steps that there are: a graph written by hand, without torch."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    h, t = onnx.helper, onnx.TensorProto
    values = h.make_tensor_value_info("values", t.FLOAT, [batch, "t", channels])
    inputs = [values, *([h.make_tensor_value_info("mask", t.BOOL, [batch, "t"])] if mask else [])]
    weight = np.array([[4.0, -4.0], [0.0, 0.0]], np.float32)
    constants = [
        h.make_tensor("w", t.FLOAT, (2, 2), weight.ravel()),
        h.make_tensor("axis", t.INT64, (1,), [1]),
        h.make_tensor("last", t.INT64, (1,), [2]),
    ]
    if mask:
        nodes = [
            h.make_node("Cast", ["mask"], ["m"], to=t.FLOAT),
            h.make_node("Unsqueeze", ["m", "last"], ["m3"]),
            h.make_node("Mul", ["values", "m3"], ["there"]),
            h.make_node("ReduceSum", ["there", "axis"], ["sum"], keepdims=0),
            h.make_node("ReduceSum", ["m3", "axis"], ["count"], keepdims=0),
            h.make_node("Div", ["sum", "count"], ["mean"]),
        ]
    else:
        nodes = [h.make_node("ReduceMean", ["values", "axis"], ["mean"], keepdims=0)]
    nodes.append(h.make_node("MatMul", ["mean", "w"], ["scores"]))
    scores = h.make_tensor_value_info("scores", t.FLOAT, [batch, 2])
    graph = h.make_graph(nodes, "mean", inputs, [scores], constants)
    made = h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9)
    return made.SerializeToString()  # type: ignore[no-any-return]


def test_a_graph_with_a_mask_keeps_the_promises_of_a_machine(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from mindshare.machines.agents.onnx_session import OnnxSession

    X, y = windows(40, 0)
    path = tmp_path / "mean.onnx"
    path.write_bytes(mean_graph(mask=True))

    def make() -> OnnxSession:
        return OnnxSession(path, ["sound", "faulty"], reads="series")

    check_machine(make, X, y, windows(20, 1)[0], learns=False)
    sound = make().predict_proba(X)[:, 1]
    want = [1 / (1 + np.exp(-8 * x[:, 0].mean())) for x in X]
    np.testing.assert_allclose(sound, want, atol=1e-5)


def test_a_graph_for_one_case_at_a_time_and_one_without_a_mask_work_on_cases_of_one_length() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from mindshare.machines.agents.onnx_session import OnnxSession

    X = np.random.default_rng(0).normal(0, 1, (20, 16, 2))
    for batch in ("n", 1):
        check_machine(
            lambda b=batch: OnnxSession(mean_graph(mask=False, batch=b), [0, 1]),
            X,
            np.arange(20) % 2,
            X,
            learns=False,
        )  # type: ignore[misc]
    ragged = windows(10, 0)[0]
    with pytest.raises(MindshareError, match="of different lengths and the graph has no mask"):
        OnnxSession(mean_graph(mask=False), [0, 1], reads="series").predict_proba(ragged)


def test_a_graph_that_does_not_fit_gets_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from mindshare.machines.agents.onnx_session import OnnxSession

    (tmp_path / "no.onnx").write_bytes(b"hello")
    with pytest.raises(MindshareError, match="is not an ONNX graph that ONNX Runtime can open"):
        OnnxSession(tmp_path / "no.onnx", [0, 1])
    with pytest.raises(MindshareError, match="There is no file"):
        OnnxSession(tmp_path / "nothing.onnx", [0, 1])
    graph = mean_graph(mask=False)
    with pytest.raises(MindshareError, match="The graph has no output 'proba'; it has scores"):
        OnnxSession(graph, [0, 1], output="proba")
    X = np.zeros((3, 4, 2))
    with pytest.raises(
        MindshareError, match=r"output 'scores' gave numbers of shape \(3, 2\); \(3, 3\) were expected"
    ):
        OnnxSession(graph, [0, 1, 2]).predict_proba(X)
    with pytest.raises(MindshareError, match="takes 4 cases at once and no other number"):
        OnnxSession(mean_graph(mask=False, batch=4), [0, 1]).predict_proba(X)


# -- Hugging Face ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier of random weights, 16 wide, which knows a few words; nothing is claimed of what it answers."""
    transformers = pytest.importorskip("transformers", reason="the extra `text` is not installed")
    import torch

    place = tmp_path_factory.mktemp("bert")
    words = sorted({word for text in texts(200, 0)[0] for word in text.split()})
    (place / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]), encoding="utf-8"
    )
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words) + 5,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        id2label={0: "refund", 1: "password"},
        label2id={"refund": 0, "password": 1},
        initializer_range=0.5,
    )
    transformers.BertForSequenceClassification(config).save_pretrained(place)
    transformers.BertTokenizer(str(place / "vocab.txt")).save_pretrained(place)
    return place


def test_a_hugging_face_classifier_keeps_the_promises_of_a_machine(tiny_bert: Path) -> None:
    from mindshare.machines.agents.huggingface import HuggingFace

    X, y = texts(20, 1)
    check_machine(lambda: HuggingFace(tiny_bert), X, y, X, learns=False)
    machine = HuggingFace(tiny_bert)
    assert machine.classes_.tolist() == ["password", "refund"]
    assert len(machine.explain(X[:1])[0]) == len(machine.tokens(X[0])) == len(X[0].split()) + 2
    assert np.ptp(machine.predict_proba(X)[:, 0]) > 0.01


def test_a_text_longer_than_the_model_has_places_for_is_cut_and_that_is_said(tiny_bert: Path) -> None:
    from mindshare.machines.agents.huggingface import HuggingFace

    machine, word = HuggingFace(tiny_bert), "order "
    assert machine.most == 512
    long, fits = word * 600, word * 510  # two marks come to them
    with pytest.warns(
        UserWarning, match="1 of 2 texts are longer than 512 tokens; what comes after that is not read"
    ):
        told = machine.predict_proba([long, "we wait"])
    np.testing.assert_array_equal(
        told[0], machine.predict_proba([fits, "we wait"])[0]
    )  # of which nothing is warned
    assert HuggingFace(tiny_bert, most=2_000).most == 512
    with pytest.warns(UserWarning, match="1 of 1 texts are longer than 4 tokens"):
        HuggingFace(tiny_bert, most=4).predict_proba(["we wait for it"])
    with pytest.raises(ValueError, match=r"most must be 1 or more tokens, or None. Got 0 instead"):
        HuggingFace(tiny_bert, most=0)


def test_places_that_are_counted_from_behind_the_padding_are_fewer() -> None:
    transformers = pytest.importorskip("transformers", reason="the extra `text` is not installed")
    from mindshare.machines.agents.huggingface import _own_limits

    config = transformers.RobertaConfig(
        vocab_size=9,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=14,
        pad_token_id=1,
    )
    assert _own_limits(transformers.RobertaForSequenceClassification(config), None) == [12]


def test_a_folder_that_holds_no_classifier_gets_one_sentence_and_nothing_is_fetched(
    tiny_bert: Path, tmp_path: Path
) -> None:
    from mindshare.machines.agents.huggingface import HuggingFace

    with pytest.raises(MindshareError, match=r"bert-base-uncased holds no model: there is no config\.json"):
        HuggingFace("bert-base-uncased")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(MindshareError, match="is not a sequence classifier with a tokenizer"):
        HuggingFace(tmp_path)
    with pytest.raises(ValueError, match="tells 2 labels apart, not 3"):
        HuggingFace(tiny_bert, ["a", "b", "c"])
    with pytest.raises(ValueError, match="Text 0 is int, not a string"):
        HuggingFace(tiny_bert).predict_proba([3])


# -- Keras -----------------------------------------------------------------------------------------------------------
def halves(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images of which one half is brighter, which a single layer can tell."""
    rng = np.random.default_rng(seed)
    y, X = rng.integers(0, 2, 60), rng.normal(0, 0.5, (60, 8, 8))
    X[y == 1, :, 4:] += 1.0
    return X, y


def dense(units: int = 2, activation: str = "softmax") -> Any:
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(units, activation=activation)]
    )
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    return model


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras", reason="the extra `keras` is not installed")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_keras_model_keeps_the_promises_of_a_machine_and_learns(keras: Any, tmp_path: Path) -> None:
    from mindshare.machines.agents.keras_model import KerasModel

    (X, y), (new, truth) = halves(0), halves(1)
    names = np.array(["lying", "upright"])[y]
    model, path = dense(), tmp_path / "net.keras"
    model.save(path)
    check_machine(lambda: KerasModel(path, ["upright", "lying"], epochs=2), X, names, new)
    check_machine(lambda: KerasModel(path, ["upright", "lying"]), X, names, new, learns=False)
    machine = KerasModel(path, ["upright", "lying"], epochs=20).fit(X, names)
    told = machine.classes_[machine.predict_proba(new).argmax(axis=1)]
    assert (told == np.array(["lying", "upright"])[truth]).mean() > 0.8
    one = KerasModel(dense(1, "sigmoid"), [0, 1])
    assert one.predict_proba(new).shape == (60, 2)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_keras_model_that_does_not_fit_gets_one_sentence(keras: Any, tmp_path: Path) -> None:
    from mindshare.machines.agents.keras_model import KerasModel

    (tmp_path / "no.keras").write_bytes(b"hello")
    with pytest.raises(MindshareError, match="is not a Keras model"):
        KerasModel(tmp_path / "no.keras", [0, 1])
    with pytest.raises(MindshareError, match=r"gave numbers of shape \(4, 2\); \(4, 3\) were expected"):
        KerasModel(dense(), [0, 1, 2]).predict_proba(np.zeros((4, 8, 8)))
    with pytest.raises(ValueError, match="Case 1 holds numbers that are not finite"):
        KerasModel(dense(), [0, 1]).predict_proba(np.array([np.zeros((8, 8)), np.full((8, 8), np.inf)]))
    with pytest.raises(ValueError, match="Label 'x' is none of the model's: 0, 1"):
        KerasModel(dense(), [0, 1], epochs=1).fit(np.zeros((2, 8, 8)), ["x", "0"])


# -- what is missing, and what it costs ------------------------------------------------------------------------------
def test_a_library_that_is_missing_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(
        MindshareError,
        match=r"'captum' is not installed; the extra brings it: pip install 'mindshare\[explain\]'",
    ):
        extra("captum", "explain")


def test_costs_become_entries_of_a_team_file_that_can_be_read(tmp_path: Path) -> None:
    class Rising:
        def cost(self, X: Any) -> Any:
            return {"cpu_s": np.array([0.5 + 0.01 * len(x) for x in X]), "net_mb": np.full(len(X), 2e-6)}

    X = [np.zeros(n) for n in (10, 20, 40)]
    plain = cost_entries(Rising(), X)
    assert plain == {"cpu_s": 0.733, "net_mb": 2e-6}
    by_steps = cost_entries(Rising(), X, of="steps", column=[10, 20, 40])
    assert by_steps == {"cpu_s": {"fixed": 0.5, "per": 0.01, "of": "steps"}, "net_mb": 2e-6}
    team = {
        "labels": ["a", "b"],
        "agents": {"net": {"kind": "machine", "cost": by_steps}, "ana": {"kind": "person"}},
    }
    (tmp_path / "team.yaml").write_text(yaml.safe_dump(team), encoding="utf-8")
    agent = read_team(tmp_path / "team.yaml").team.agent("net")
    assert agent is not None
    assert agent.cost["cpu_s"].of == "steps"
    with pytest.raises(MindshareError, match="does not know yet what an answer costs"):
        cost_entries(Function(peaks, ["sound", "faulty"]), X)


def test_a_line_of_costs_is_never_below_zero() -> None:
    falling = Measured()
    for size, used in ((1.0, 5.0), (2.0, 3.0), (3.0, 1.0)):
        falling.see(size, {"cpu_s": used})
    assert falling.line("cpu_s") == (3.0, 0.0)
    steep = Measured()
    for size, used in ((1.0, 0.0), (2.0, 5.0), (3.0, 10.0)):
        steep.see(size, {"cpu_s": used})
    fixed, per = steep.line("cpu_s")
    assert fixed == 0
    assert per == pytest.approx(2.5)
