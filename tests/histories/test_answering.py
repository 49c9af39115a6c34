"""Answers of a machine in Python: out of fold, nothing seen twice, what it reads is asked about, work that is stopped goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

import mindshare as ms
from mindshare.core.errors import MindshareError
from mindshare.core.history import Codes, Features, History
from mindshare.histories.answering.near import near
from mindshare.histories.answers import no_answers
from mindshare.machines.agents.endpoint import Endpoint
from mindshare.machines.simple.images import Pixels
from mindshare.machines.simple.tables import Line

TEXT = st.text(alphabet="abcdefgh ", min_size=1, max_size=60)


@pytest.fixture
def cases() -> History:
    """120 cases with two numbers, two texts and a truth that the first number and the first text tell; nobody has answered."""
    rng, n = np.random.default_rng(0), 120
    truth = rng.integers(0, 2, n).astype(np.int32)
    words = [["good", "fine", "lovely"], ["bad", "poor", "awful"]]
    filler = [
        " ".join(rng.choice(["alpha", "beta", "gamma", "delta", "omega", "sigma"], 6)) for _ in range(n)
    ]
    return History(
        team=ms.Team(
            name="reviews",
            agents=(ms.Agent(id="ana", kind="person"),),
            questions=(ms.Question(labels=("likes", "hates")),),
        ),
        case_id=tuple(f"c{i}" for i in range(n)),
        truth=truth,
        parent=np.arange(n, dtype=np.int32),
        agent_id=("ana",),
        is_person=np.array([True]),
        answers=no_answers(n, 2),
        features=Features(
            numeric={"heat": truth + rng.normal(0, 0.3, n), "load": rng.normal(0, 1, n)},
            text={
                "review": tuple(f"{words[y][i % 3]} {filler[i]}" for i, y in enumerate(truth)),
                "title": tuple(filler),
            },
        ),
    )


def texts() -> object:
    return make_pipeline(TfidfVectorizer(), LogisticRegression())


def test_a_pipeline_that_has_not_learnt_answers_out_of_fold_with_probabilities_and_a_measured_cost(
    cases: History,
) -> None:
    answered = ms.answers_of(texts(), cases, column=["review"], name="words")
    assert answered.accuracy > 0.9
    assert np.allclose(answered.proba.sum(axis=1), 1)
    assert 0 < answered.cost["cpu_s"] < 1
    history = answered.history
    assert history.agent_id == ("ana", "words")
    assert len(history.answers) == len(cases)
    assert history.cost()["cpu_s"].min() > 0
    assert answered.table.columns == ["case", "agent", "answer", "p:likes", "p:hates"]


def test_no_case_is_answered_by_a_machine_that_learnt_from_it_or_from_what_is_nearly_the_same(
    cases: History,
) -> None:
    """One nearest neighbour knows every case that it has learnt: out of fold, truths drawn at random cannot be right often."""
    rng, half = np.random.default_rng(1), len(cases) // 2
    text = [" ".join(rng.choice([*"abcdefghijklmnopqrst"], 30)) for _ in range(half)]
    twice = (*text, *(f"{one}, no. {i}!" for i, one in enumerate(text)))
    truth = np.tile(rng.integers(0, 2, half), 2).astype(np.int32)
    drawn = replace(cases, truth=truth, features=Features(text={"note": twice}))
    machine = make_pipeline(TfidfVectorizer(analyzer="char"), KNeighborsClassifier(1))
    answered = ms.answers_of(machine, drawn, folds=4)
    assert 0.3 < answered.accuracy < 0.7
    assert f"{half} cases are nearly the same as another one" in answered.said[0]
    assert (answered.cases.parent[:half] == answered.cases.parent[half:]).all()


class Told(Line):
    """Keeps which groups its fits were told."""

    told: ClassVar[list[object]] = []

    def fit(self, X: Any, y: Any, groups: Any = None) -> Told:
        self.told.append(groups)
        return super().fit(X, y, groups=groups)


def test_a_machine_that_judges_itself_is_told_which_cases_are_of_one_parent(cases: History) -> None:
    parents = np.arange(len(cases), dtype=np.int32) // 3
    answered = ms.answers_of(Told(), replace(cases, parent=parents), column=["heat", "load"], folds=3)
    assert answered.accuracy > 0.8 and len(Told.told) == 3
    for groups in Told.told:
        assert set(np.bincount(np.asarray(groups)).tolist()) == {0, 3}


@given(texts=st.lists(TEXT, min_size=1, max_size=12), noise=st.lists(st.integers(0, 999), min_size=1))
def test_numbers_and_signs_make_no_text_another_one(texts: list[str], noise: list[int]) -> None:
    again = [f" {text.upper()}! {noise[i % len(noise)]}" for i, text in enumerate(texts)]
    n = len(texts)
    group = near([*texts, *again], np.arange(2 * n))
    for i, text in enumerate(texts):
        assert group[i] == group[n + i] or not text.strip()


@given(own=st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_cases_of_one_parent_stay_together(own: list[int]) -> None:
    rng = np.random.default_rng(0)
    group = near(rng.normal(0, 1, (len(own), 5)), np.array(own))
    assert all((group[i] == group[j]) == (own[i] == own[j]) for i in range(len(own)) for j in range(len(own)))


def test_what_a_machine_reads_is_asked_about_where_it_is_not_clear(cases: History) -> None:
    with pytest.raises(MindshareError, match=r"several columns hold texts.*--column review\|title"):
        ms.answers_of(texts(), cases)
    three = LogisticRegression().fit(np.eye(3), [0, 1, 1])
    with pytest.raises(
        MindshareError, match=r"reads 3 numbers of each case, and the cases have 2 numeric col"
    ):
        ms.answers_of(three, cases)
    two = LogisticRegression().fit(np.eye(2), [0, 1])
    assert ms.answers_of(two, cases, folds=3).accuracy > 0.8  # both of them, in the order of the file


def test_what_cannot_learn_anew_must_say_what_it_was_trained_on(cases: History, tmp_path: Path) -> None:
    class Rule:
        classes_ = np.array(["hates", "likes"])

        def predict_proba(self, X: list[str]) -> object:
            return np.array([[0.2, 0.8] if x.split()[0] in ("good", "fine") else [0.7, 0.3] for x in X])

    with pytest.raises(MindshareError, match=r"cannot be learnt anew, .* --trained-on none"):
        ms.answers_of(Rule(), cases, column=["review"])
    answered = ms.answers_of(Rule(), cases, column=["review"], trained_on="none")
    assert answered.accuracy > 0.7
    seen = tmp_path / "seen.csv"
    seen.write_text("case\nc0\nc1\n", encoding="utf-8")
    left = ms.answers_of(Rule(), cases, column=["review"], trained_on=seen)
    assert not {"c0", "c1"} & {*left.cases.case_id}
    seen.write_text("number\n1\n", encoding="utf-8")
    with pytest.raises(MindshareError, match="it needs 'case', or what the machine reads"):
        ms.answers_of(Rule(), cases, column=["review"], trained_on=seen)


def test_what_a_machine_raises_is_one_sentence_with_what_it_was_handed(cases: History) -> None:
    heat = cases.features.numeric["heat"].copy()
    heat[3] = np.nan
    gaps = replace(cases, features=Features(numeric={"heat": heat}))
    with pytest.raises(
        MindshareError, match=r"handed heat of each case, raised ValueError: Input X contains NaN"
    ):
        ms.answers_of(LogisticRegression(), gaps, column=["heat"])


def test_work_that_is_stopped_goes_on_with_what_was_kept(cases: History, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(_: float, what: str) -> None:
        if what == "learning, fold 3 of 4":
            raise Stop

    keep, told = tmp_path / "part", list[str]()
    how = {"column": ["review"], "folds": 4, "keep": keep}
    with pytest.raises(Stop):
        ms.answers_of(texts(), cases, **how, progress=stop)  # type: ignore[arg-type]
    with keep.open("a", encoding="utf-8") as file:
        file.write('{"at": [7')  # the power went
    again = ms.answers_of(texts(), cases, **how, progress=lambda _, what: told.append(what))  # type: ignore[arg-type]
    assert not any("fold 1 " in what or "fold 2 " in what for what in told)
    whole = ms.answers_of(texts(), cases, column=["review"], folds=4)
    assert np.allclose(again.proba, whole.proba)
    with pytest.raises(MindshareError, match="keeps answers of another run"):
        ms.answers_of(texts(), cases, column=["title"], folds=4, keep=keep)


def test_an_endpoint_that_never_answers_stops_the_work_after_three_questions(cases: History) -> None:
    machine = Endpoint("http://127.0.0.1:9/nobody", ["likes", "hates"])
    machine.line.patience = replace(machine.line.patience, retries=0, timeout_s=1.0)
    with pytest.raises(MindshareError, match="did not answer"):
        ms.answers_of(machine, cases, column=["review"], trained_on="none")


def test_series_are_read_from_cells_or_from_columns_that_are_their_steps(cases: History) -> None:
    from mindshare.machines import CNN, FitPlan

    rng = np.random.default_rng(0)
    windows = rng.normal(0, 1, (len(cases), 8)) + 2 * cases.truth[:, None]
    net = CNN(reads="series", width=8, depth=1).fit(
        windows, np.array(["likes", "hates"])[cases.truth], plan=FitPlan(epochs=3)
    )
    cells = tuple("[" + ", ".join(f"{x:.4f}" for x in window) + "]" for window in windows)
    steps = {f"t{k}": windows[:, k].round(4) for k in range(8)}
    by_cell = replace(cases, features=Features(text={"window": cells}))
    by_step = replace(cases, features=Features(numeric=steps))
    told = [ms.answers_of(net, h, trained_on="none") for h in (by_cell, by_step)]
    assert np.allclose(
        told[0].proba, net.predict_proba(windows)[:, ::-1], atol=1e-3
    )  # labels are in the order of the team
    assert np.allclose(told[0].proba, told[1].proba, atol=1e-5)
    broken = replace(cases, features=Features(text={"window": ("many", *cells[1:])}))
    with pytest.raises(MindshareError, match="'window' of case c0 holds no list of numbers"):
        ms.answers_of(net, broken, trained_on="none")


def test_a_skops_pipeline_answers_from_its_file(cases: History, tmp_path: Path) -> None:
    io = pytest.importorskip("skops.io", reason="skops is not installed")
    file = tmp_path / "words.skops"
    io.dump(make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["aa bb", "cc dd"], ["x", "y"]), file)
    answered = ms.answers_of(file, cases, column=["review"])
    assert answered.agent == "words"
    assert answered.accuracy > 0.9


def test_an_onnx_graph_says_how_many_numbers_it_reads_and_is_asked_as_it_is(
    cases: History, tmp_path: Path
) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    make, one = onnx.helper, onnx.TensorProto.FLOAT
    weight = onnx.numpy_helper.from_array(np.array([[-4.0, 4.0], [0.0, 0.0]], np.float32), "w")
    graph = make.make_graph(
        [make.make_node("MatMul", ["x", "w"], ["out"])],
        "scores",
        [make.make_tensor_value_info("x", one, ["n", 2])],
        [make.make_tensor_value_info("out", one, ["n", 2])],
        [weight],
    )
    file = tmp_path / "rig.onnx"
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8), file)
    with pytest.raises(MindshareError, match="an ONNX graph does not tell its labels"):
        ms.answers_of(file, cases)
    told = ms.answers_of(file, cases, labels=["likes", "hates"], trained_on="none")
    heat = cases.features.numeric["heat"]
    assert np.allclose(told.proba[:, 1], 1 / (1 + np.exp(-8 * heat)), atol=1e-5)
    assert told.agent == "rig"
    with pytest.raises(MindshareError, match=r"reads 2 numbers of each case; --column names 1"):
        ms.answers_of(file, cases, labels=["likes", "hates"], trained_on="none", column=["heat"])


def cells(arrays: np.ndarray) -> tuple[str, ...]:
    return tuple(str(array.round(3).tolist()) for array in arrays)


def refused(machine: object, cases: History, features: Features, sentence: str, keep: Path) -> None:
    """In one sentence, and before anything is answered."""
    for how in ({"trained_on": "none"}, {"folds": 2}):
        with pytest.raises(MindshareError, match=sentence):
            ms.answers_of(machine, replace(cases, features=features), keep=keep, **how)  # type: ignore[arg-type]
    assert not keep.exists()


def test_cases_of_another_shape_than_those_that_taught_are_refused_before_anything_is_answered(
    cases: History, tmp_path: Path
) -> None:
    from mindshare.machines import CNN, FitPlan

    rng, keep = np.random.default_rng(0), tmp_path / "part"
    y, n = np.array(["likes", "hates"])[cases.truth], len(cases)
    windows, pictures = rng.normal(0, 1, (n, 6, 2)), rng.random((n, 3, 3)) + cases.truth[:, None, None]
    net = CNN(width=4, depth=1).fit(windows[:20], y[:20], plan=FitPlan(epochs=1))
    one = (*cells(windows[:-1]), *cells(windows[-1:, :, :1]))  # the last case lacks a channel
    refused(net, cases, Features(text={"window": one}), "series of 2 channels; case c119 has 1 channel", keep)
    pixels = Pixels("linear").fit(pictures, y)
    cut = Features(text={"image": (*cells(pictures[:-1]), *cells(pictures[-1:, :2]))})
    refused(pixels, cases, cut, r"images of \(1, 3, 3\) \(C, H, W\); case c119 has \(2, 3\) numbers", keep)
    colour = CNN(reads="image", width=4, depth=1).fit(
        rng.random((20, 3, 8, 8)), y[:20], plan=FitPlan(epochs=1)
    )
    grey = Features(text={"image": cells(rng.random((n, 8, 8)))})
    refused(colour, cases, grey, r"images of 3 channels; case c0 has \(8, 8\) numbers", keep)
    whole = replace(cases, features=Features(text={"image": cells(pictures)}))
    assert ms.answers_of(pixels, whole, folds=2).accuracy > 0.8


def test_columns_are_found_by_the_names_that_taught_in_whatever_order_the_cases_have_them(
    cases: History, tmp_path: Path
) -> None:
    import polars as pl

    heat, load = cases.features.numeric["heat"], cases.features.numeric["load"]
    codes = Codes(code=(cases.truth + 0).astype(np.int32), names=("chat", "mail"))
    y = np.array(["likes", "hates"])[cases.truth]
    by = [codes.names[c] for c in codes.code]
    rung = Line().fit(pl.DataFrame({"by": by, "load": load, "heat": heat}), y)
    with pytest.raises(ValueError, match="The columns are load, by, heat; it learnt from by, load, heat"):
        rung.predict_proba(pl.DataFrame({"load": load, "by": by, "heat": heat}))
    features = Features(numeric={"heat": heat, "load": load, "more": load}, categorical={"by": codes})
    told = ms.answers_of(rung, replace(cases, features=features), trained_on="none")
    assert np.allclose(
        told.proba[:, ::-1], rung.predict_proba(pl.DataFrame({"by": by, "load": load, "heat": heat}))
    )
    keep = tmp_path / "part"
    lacks = Features(numeric={"heat": heat}, categorical={"by": codes})
    refused(rung, cases, lacks, "learnt from the column 'load', which the cases do not have", keep)
    wordy = Features(numeric={"heat": heat}, categorical={"by": codes, "load": codes})
    refused(rung, cases, wordy, "learnt from numbers where 'load' holds words: 'mail'", keep)
    unnamed = Line().fit(list(zip(by, heat.tolist(), strict=True)), y)
    some = Features(numeric={"heat": heat}, categorical={"by": codes})
    refused(
        unnamed, cases, some, r"reads 2 columns of each case, and the cases have 2 columns \(heat, by\)", keep
    )
    asked = ms.answers_of(unnamed, replace(cases, features=some), trained_on="none", column=["by", "heat"])
    assert asked.accuracy > 0.9


def test_a_net_that_learnt_from_named_steps_finds_them_again(cases: History, tmp_path: Path) -> None:
    import polars as pl

    from mindshare.machines import CNN, FitPlan, load_model, save_model

    rng = np.random.default_rng(0)
    steps = {f"t{k}": rng.normal(0, 1, len(cases)) + 2 * cases.truth for k in range(4)}
    frame, y = pl.DataFrame(steps), np.array(["likes", "hates"])[cases.truth]
    net = CNN(width=4, depth=1).fit(frame, y, plan=FitPlan(epochs=1))
    again = load_model(save_model(net, tmp_path / "net.npz"))
    turned = Features(numeric={"age": steps["t0"], **{name: steps[name] for name in reversed(steps)}})
    told = ms.answers_of(again, replace(cases, features=turned), trained_on="none")
    assert np.allclose(told.proba[:, ::-1], net.predict_proba(frame), atol=1e-6)
    refused(
        again,
        cases,
        Features(numeric={name: steps[name] for name in ("t0", "t1", "t2")}),
        "learnt from the column 't3', and the cases have no such numbers; they have t0, t1, t2",
        tmp_path / "part",
    )
