"""What adapters are given is not always what they were made for: they answer rightly, or with one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.agents.function import Function
from mindshare.testing import check_machine
from tests.machines.conftest import texts

SIZE = 4


def numbers(n: int, seed: int, labels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, labels, n)
    X = rng.normal(0, 1, (n, SIZE))
    X[np.arange(n), y] += 3.0
    return X, np.array(["worn", "sound", "broken"])[y]


# -- scikit-learn ----------------------------------------------------------------------------------------------------
def test_a_pipeline_that_has_learnt_answers_as_it_is_and_learning_leaves_it_alone() -> None:
    (X, y), new = numbers(90, 0), numbers(20, 1)[0]
    pipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    machine = Estimator(pipe)
    np.testing.assert_allclose(machine.predict_proba(new), pipe.predict_proba(new))
    assert machine.classes_.tolist() == ["broken", "sound", "worn"]
    assert machine.cost(new)["cpu_s"].min() > 0
    before = pipe.predict_proba(new)
    machine.fit(X[::2], np.where(y == "worn", "old", y)[::2])
    assert machine.classes_.tolist() == ["broken", "old", "sound"]
    np.testing.assert_array_equal(pipe.predict_proba(new), before)
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(X, y)
    np.testing.assert_allclose(Estimator(search).predict_proba(new), search.predict_proba(new))


def test_labels_of_an_estimator_that_does_not_sort_them_are_put_in_order() -> None:
    X, y = numbers(90, 0)

    class Reversed(LogisticRegression):
        def fit(self, X: Any, y: Any) -> Any:
            super().fit(X, y)
            self.classes_ = self.classes_[::-1]
            return self

        def predict_proba(self, X: Any) -> Any:
            return super().predict_proba(X)[:, ::-1]

    plain = Estimator(LogisticRegression()).fit(X, y)
    odd = Estimator(Reversed()).fit(X, y)
    assert odd.classes_.tolist() == plain.classes_.tolist()
    np.testing.assert_allclose(odd.predict_proba(X), plain.predict_proba(X))


def test_scores_of_pairs_of_labels_are_no_scores_of_labels() -> None:
    X, y = numbers(60, 0)
    with pytest.raises(
        ValueError, match=r"SVC gives a score for each pair of labels; set decision_function_shape='ovr'"
    ):
        Estimator(make_pipeline(StandardScaler(), SVC(decision_function_shape="ovo"))).fit(X, y)
    Estimator(SVC()).fit(X, y)


def test_tables_and_sparse_matrices_are_cases_too() -> None:
    X, y = texts(60, 0)
    words = TfidfVectorizer().fit(X)
    check_machine(
        lambda: Estimator(LogisticRegression()),
        words.transform(X).toarray(),
        y,
        words.transform(X[:9]).toarray(),
    )
    sparse = Estimator(LogisticRegression()).fit(words.transform(X), y)
    assert sparse.predict_proba(words.transform(X[:9])).shape == (9, 2)
    assert sparse.cost(words.transform(X[:9]))["cpu_s"].shape == (9,)
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    table = pandas.DataFrame({"text": X, "letters": [float(len(x)) for x in X]})
    pipe = make_pipeline(
        make_column_transformer((TfidfVectorizer(), "text"), (StandardScaler(), ["letters"])),
        LogisticRegression(),
    )
    machine = Estimator(pipe).fit(table, y)
    assert (machine.classes_[machine.predict_proba(table).argmax(axis=1)] == y).all()
    assert machine.cost(table)["cpu_s"].shape == (60,)


def test_cases_of_another_width_get_one_sentence() -> None:
    X, y = numbers(60, 0)
    with pytest.raises(
        ValueError, match="X has 3 features, but LogisticRegression is expecting 4 features"
    ) as told:
        Estimator(LogisticRegression()).fit(X, y).predict_proba(X[:, :3])
    assert "\n" not in str(told.value)


def test_no_cases_are_no_rows() -> None:
    X, y = numbers(60, 0)
    assert Estimator(LogisticRegression()).fit(X, y).predict_proba(X[:0]).shape == (0, 3)
    for returns in ("labels", "probabilities", "sentences"):
        function = Function(lambda X: [1 / 0 for _ in "x"], ["a", "b"], returns)  # type: ignore[arg-type]
        assert function.predict_proba([]).shape == (0, 2)
        assert function.fit([], []).cost([]) == {}


def test_a_function_may_name_labels_in_any_order() -> None:
    def call(X: Any) -> list[dict[str, float]]:
        return [{"sound": 0.7, "broken": 0.3} if x > 0 else {"worn": 1.0} for x in X]

    proba = Function(call, ["worn", "sound", "broken"], "probabilities").predict_proba([1, -1])
    np.testing.assert_allclose(proba, [[0.3, 0.7, 0.0], [0.0, 0.0, 1.0]], atol=1e-12)


# -- ONNX Runtime ----------------------------------------------------------------------------------------------------
def graph(*last: str, batch: int | str = "n", by_hand: bool = False, columns: int = 3) -> bytes:
    """Scores of three labels, 2 x the first three numbers of a case; then the operations named."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    h, t = onnx.helper, onnx.TensorProto
    weight = np.zeros((SIZE, columns), np.float32)
    np.fill_diagonal(weight, 2.0)
    constants = [h.make_tensor("w", t.FLOAT, weight.shape, weight.ravel())]
    constants.append(h.make_tensor("axis", t.INT64, (1,), [1]))
    nodes, made = [h.make_node("MatMul", ["cases", "w"], ["made0"])], "made0"
    for i, op in enumerate(last):
        nodes.append(h.make_node(op, [made], [f"made{i + 1}"]))
        made = f"made{i + 1}"
    if by_hand:  # e^x / sum of e^x
        nodes += [
            h.make_node("Exp", [made], ["e"]),
            h.make_node("ReduceSum", ["e", "axis"], ["all"], keepdims=1),
            h.make_node("Div", ["e", "all"], ["told"]),
        ]
        made = "told"
    taken = h.make_tensor_value_info("cases", t.FLOAT, [batch, SIZE])
    given = h.make_tensor_value_info(made, t.FLOAT, [batch, columns])
    whole = h.make_graph(nodes, "linear", [taken], [given], constants)
    made_ = h.make_model(whole, opset_imports=[h.make_opsetid("", 18)], ir_version=9)
    return made_.SerializeToString()  # type: ignore[no-any-return]


def converted(*, maps: bool) -> bytes:
    """As converters of scikit-learn write a linear classifier: labels first, then probabilities, as maps or as a table."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    h, t = onnx.helper, onnx.TensorProto
    weight = np.zeros((3, SIZE), np.float32)
    np.fill_diagonal(weight, 2.0)
    names = ["worn", "sound", "broken"]
    nodes = [
        h.make_node(
            "LinearClassifier", ["cases"], ["label", "probabilities"], domain="ai.onnx.ml",
            coefficients=weight.ravel().tolist(), intercepts=[0.0] * 3, classlabels_strings=names, post_transform="SOFTMAX",
        )
    ]  # fmt: skip
    outputs = [h.make_tensor_value_info("label", t.STRING, ["n"])]
    if maps:
        nodes.append(
            h.make_node(
                "ZipMap", ["probabilities"], ["named"], domain="ai.onnx.ml", classlabels_strings=names
            )
        )
        kind = h.make_map_type_proto(t.STRING, h.make_tensor_type_proto(t.FLOAT, []))
        outputs.append(h.make_value_info("named", h.make_sequence_type_proto(kind)))
    else:
        outputs.append(h.make_tensor_value_info("probabilities", t.FLOAT, ["n", 3]))
    taken = h.make_tensor_value_info("cases", t.FLOAT, ["n", SIZE])
    sets = [h.make_opsetid("", 18), h.make_opsetid("ai.onnx.ml", 1)]
    made = h.make_model(h.make_graph(nodes, "c", [taken], outputs), opset_imports=sets, ir_version=9)
    return made.SerializeToString()  # type: ignore[no-any-return]


def softmax(X: np.ndarray) -> np.ndarray:
    e = np.exp(2 * X[:, :3])
    return e / e.sum(axis=1, keepdims=True)


NAMES = ["worn", "sound", "broken"]  # in the order of the outputs; sorted: broken, sound, worn


@pytest.mark.parametrize(
    "made",
    [
        graph,
        lambda: graph("Softmax"),
        lambda: graph("Softmax", "Identity"),
        lambda: graph("LogSoftmax"),
        lambda: graph(by_hand=True),
        lambda: converted(maps=False),
        lambda: converted(maps=True),
    ],
)
def test_a_graph_gives_the_same_probabilities_however_it_ends(made: Any) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from mindshare.machines.agents.onnx_session import OnnxSession

    X, y = numbers(20, 0)
    session = OnnxSession(made(), NAMES)
    np.testing.assert_allclose(session.predict_proba(X), softmax(X)[:, ::-1][:, [0, 1, 2]], atol=1e-5)
    check_machine(lambda: OnnxSession(made(), NAMES), X, y, X, learns=False)
    assert session.predict_proba(X[:0]).shape == (0, 3)


def test_what_is_said_of_a_graph_is_obeyed_and_scores_that_happen_to_sum_to_one_stay_scores() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from mindshare.machines.agents.onnx_session import OnnxSession

    X = np.array([[0.5, 0.0, 0.0, 9.0]])  # scores 1, 0, 0
    e = np.exp(1.0)
    np.testing.assert_allclose(OnnxSession(graph(), NAMES).predict_proba(X)[0, 2], e / (e + 2), rtol=1e-6)
    told = OnnxSession(graph(), NAMES, returns="probabilities").predict_proba(X)
    assert told.tolist() == [[0.0, 0.0, 1.0]]
    with pytest.raises(MindshareError, match="no probabilities that sum to 1"):
        OnnxSession(graph(), NAMES, returns="probabilities").predict_proba(3 * X)
    one = OnnxSession(graph("Sigmoid", columns=1), ["no", "yes"]).predict_proba(X)
    np.testing.assert_allclose(one, [[1 / (1 + e), e / (1 + e)]], rtol=1e-6)


def test_cases_that_a_graph_was_not_made_for_get_one_sentence() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from mindshare.machines.agents.onnx_session import OnnxSession

    session = OnnxSession(graph(), NAMES)
    with pytest.raises(
        MindshareError,
        match=r"Input 'cases' of the graph takes cases of shape \(4\); these are of shape \(5\)\.",
    ):
        session.predict_proba(np.zeros((3, 5)))
    with pytest.raises(MindshareError, match=r"takes cases of shape \(4\); these are of shape \(2, 4\)"):
        session.predict_proba(np.zeros((3, 2, 4)))
    with pytest.raises(ValueError, match="The cases are of different shapes; give cases of one shape"):
        session.predict_proba([[1.0], [1.0, 2.0]])
    with pytest.raises(
        MindshareError, match=r"The graph gives tensor\(int64\); scores or probabilities are needed"
    ):
        OnnxSession(labels_only(), NAMES)
    named = OnnxSession(converted(maps=True), ["worn", "sound", "dented"])
    with pytest.raises(MindshareError, match=r"told of the labels \['broken', 'sound', 'worn'\], not of"):
        named.predict_proba(numbers(3, 0)[0])


def labels_only() -> bytes:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    h, t = onnx.helper, onnx.TensorProto
    taken = h.make_tensor_value_info("cases", t.FLOAT, ["n", SIZE])
    given = h.make_tensor_value_info("label", t.INT64, ["n"])
    nodes = [h.make_node("ArgMax", ["cases"], ["label"], axis=1, keepdims=0)]
    made = h.make_model(
        h.make_graph(nodes, "l", [taken], [given]), opset_imports=[h.make_opsetid("", 18)], ir_version=9
    )
    return made.SerializeToString()  # type: ignore[no-any-return]


# -- Hugging Face ----------------------------------------------------------------------------------------------------
def test_a_classifier_of_texts_gives_no_rows_for_no_texts_and_refuses_several_labels_a_case(
    tmp_path: Path,
) -> None:
    transformers = pytest.importorskip("transformers", reason="the extra `text` is not installed")
    from mindshare.machines.agents.huggingface import HuggingFace

    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nrefund\n", encoding="utf-8")
    small = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    config = transformers.BertConfig(vocab_size=6, **small)
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path)
    transformers.BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    assert HuggingFace(tmp_path, np.array(["b", "a"])).predict_proba([]).shape == (0, 2)
    config.problem_type = "multi_label_classification"
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path)
    with pytest.raises(
        MindshareError, match="may name several labels of a case; one that names one is needed"
    ):
        HuggingFace(tmp_path)
