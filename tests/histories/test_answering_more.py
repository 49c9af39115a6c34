"""More of a machine's answers: images by file name, a budget for each fold, several kinds, and what is too long to be read."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import mindshare as ms
from mindshare.core.errors import MindshareError
from mindshare.core.history import Features, History
from mindshare.histories.answers import no_answers
from mindshare.machines.parts.cut import Cut
from mindshare.machines.simple.images import Pixels
from mindshare.machines.simple.texts import WordCounts

N, SIDE = 24, 8
LABELS = ("dark", "bright")


def history(
    features: Features, labels: tuple[str, ...] = LABELS, name: str = "c", who: str = "ana"
) -> History:
    """Cases whose truths take turns; one person, who has not answered."""
    return History(
        team=ms.Team(
            name="made",
            agents=(ms.Agent(id=who, kind="person"),),
            questions=(ms.Question(labels=labels),),
        ),
        case_id=tuple(f"{name}{i}" for i in range(N)),
        truth=np.arange(N, dtype=np.int32) % 2,
        parent=np.arange(N, dtype=np.int32),
        agent_id=(who,),
        is_person=np.array([True]),
        answers=no_answers(N, len(labels)),
        features=features,
    )


# -- images in files -------------------------------------------------------------------------------------------------
def pixels() -> np.ndarray:
    """(N, SIDE, SIDE) of 0 to 255; every second one is bright."""
    rng = np.random.default_rng(0)
    bright = 120 * (np.arange(N) % 2)[:, None, None]
    return (rng.integers(0, 100, (N, SIDE, SIDE)) + bright).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """img/0.png and so on, of which the first two are equal."""
    (tmp_path / "img").mkdir()
    for i, one in enumerate(pixels()):
        Image.fromarray(one).save(tmp_path / "img" / f"{i}.png")
    return tmp_path


def named(ending: str = "png") -> History:
    return history(Features(text={"file": tuple(f"img/{i}.{ending}" for i in range(N)), "note": ("",) * N}))


def test_images_are_read_from_the_files_that_a_column_names(folder: Path) -> None:
    truth = np.array(LABELS)[np.arange(N) % 2]
    machine = Pixels("linear").fit(pixels(), truth)
    told = ms.answers_of(machine, named(), images=folder, trained_on="none")
    assert np.allclose(told.proba[:, ::-1], machine.predict_proba(pixels()))
    assert "Pixels are read as the files have them, mostly from 0 to 255." in told.said
    parts = Pixels("linear").fit(pixels() / 255, truth)
    told = ms.answers_of(parts, named(), images=folder, trained_on="none")
    assert np.allclose(told.proba[:, ::-1], parts.predict_proba(pixels() / 255), atol=1e-4)
    assert "Pixels are divided by 255: it learnt from such up to 1." in told.said
    assert ms.answers_of(Pixels("linear"), named(), images=folder, folds=2).accuracy == 1.0


def test_a_colour_image_is_read_as_the_machine_learnt_it(folder: Path) -> None:
    grey = Pixels("linear").fit(pixels(), np.array(LABELS)[np.arange(N) % 2])
    for i, one in enumerate(pixels()):
        Image.fromarray(np.stack([one] * 3, axis=2)).save(folder / "img" / f"{i}.png")
    told = ms.answers_of(grey, named(), images=folder, trained_on="none")
    assert np.allclose(told.proba[:, ::-1], grey.predict_proba(pixels()))
    colour = Pixels("linear").fit(np.stack([pixels()] * 3, axis=1), np.array(LABELS)[np.arange(N) % 2])
    told = ms.answers_of(colour, named(), images=folder, trained_on="none")
    assert np.allclose(told.proba[:, ::-1], colour.predict_proba(np.stack([pixels()] * 3, axis=1)))


def test_equal_files_share_a_parent_and_those_that_taught_are_left_out(folder: Path) -> None:
    (folder / "img" / "2.png").write_bytes((folder / "img" / "0.png").read_bytes())
    machine = Pixels("linear").fit(pixels(), np.array(LABELS)[np.arange(N) % 2])
    told = ms.answers_of(machine, named(), images=folder, trained_on="none")
    assert told.cases.parent[0] == told.cases.parent[2]
    assert (
        len(set(told.cases.parent.tolist())) == N - 1
    )  # names that differ in a number are not nearly the same
    (folder / "seen.csv").write_text("file\nimg/0.png\nimg/5.png\n", encoding="utf-8")
    left = ms.answers_of(machine, named(), images=folder, trained_on=folder / "seen.csv")
    assert {*named().case_id} - {*left.cases.case_id} == {"c0", "c2", "c5"}


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda file: file.unlink(), r"Case c3 names the image 'img/3\.png', and there is no such file in"),
        (lambda file: file.write_bytes(b"no image"), r"Case c3: .*3\.png is no image that can be read"),
        (
            lambda file: Image.new("L", (4, 5)).save(file),
            r"The image of case c3, img/3\.png, is 4 x 5 pixels, and that of case c0 is 8 x 8",
        ),
        (lambda file: file.write_bytes(file.read_bytes()[:60]), r"3\.png is no whole image"),
    ],
)
def test_a_file_that_is_not_there_or_no_such_image_gets_one_sentence(
    folder: Path, spoil: Any, sentence: str
) -> None:
    machine = Pixels("linear").fit(pixels(), np.array(LABELS)[np.arange(N) % 2])
    spoil(folder / "img" / "3.png")
    with pytest.raises(MindshareError, match=sentence):
        ms.answers_of(machine, named(), images=folder, trained_on="none")


def test_images_of_another_size_than_those_that_taught_are_refused(folder: Path) -> None:
    machine = Pixels("linear").fit(pixels()[:, :4, :4], np.array(LABELS)[np.arange(N) % 2])
    with pytest.raises(
        MindshareError, match=r"images of \(1, 4, 4\) \(C, H, W\); case c0 has \(8, 8\) numbers"
    ):
        ms.answers_of(machine, named(), images=folder, trained_on="none")


# -- a budget for each fold ------------------------------------------------------------------------------------------
def texts() -> Features:
    rng = np.random.default_rng(0)
    filler = [" ".join(rng.choice([*"abcdefghijklm"], 8)) for _ in range(N)]
    return Features(text={"note": tuple(f"{LABELS[i % 2]} {filler[i]}" for i in range(N))})


def test_each_fold_learns_within_its_budget() -> None:
    from mindshare.machines import CNN

    net = CNN(reads="text", width=4, depth=1)
    told = ms.answers_of(net, history(texts()), folds=2, limit={"steps": 3})
    assert "Each fold learns within 3 steps." in told.said
    again = ms.answers_of(net, history(texts()), folds=2, limit={"steps": 3})
    assert np.array_equal(told.proba, again.proba)  # as a budget in steps promises
    longer = ms.answers_of(net, history(texts()), folds=2, limit={"steps": 9})
    assert not np.allclose(told.proba, longer.proba)
    with pytest.raises(
        MindshareError, match=r"A fit cannot be limited in 'cpu'; it can in .* Did you mean 'cpu_s'"
    ):
        ms.answers_of(net, history(texts()), folds=2, limit={"cpu": 3})
    taught = WordCounts().fit(["a", "b"], ["dark", "bright"])
    with pytest.raises(
        MindshareError, match="--limit is what each fold may use to learn, and 'wordcounts' is asked"
    ):
        ms.answers_of(taught, history(texts()), trained_on="none", limit={"steps": 3})
    with pytest.raises(MindshareError, match="The machine 'wordcounts' takes no budget"):
        ms.answers_of(WordCounts(), history(texts()), folds=2, limit={"steps": 3})


# -- several kinds ---------------------------------------------------------------------------------------------------
@pytest.fixture
def both() -> History:
    """Reviews and mails, of which the first two of each share a parent."""
    reviews = history(texts(), name="r")
    mails = history(Features(text={"mail": texts().text["note"]}), ("no", "yes"), name="m", who="ben")
    parent = np.arange(N, dtype=np.int32)
    parent[1] = 0
    return ms.join_kinds(
        "both", {"review": replace(reviews, parent=parent), "mail": replace(mails, parent=parent)}
    )


def words() -> Any:
    return make_pipeline(TfidfVectorizer(), LogisticRegression())  # single letters are no words to it


class Called:
    """A pipeline under a name of its own."""

    def __init__(self, name: str) -> None:
        from mindshare.machines.opened import opened

        self.machine = replace(opened(words()), name=name)


def test_each_kind_is_answered_by_the_machine_named_for_it(both: History) -> None:
    machines = {"review": Called("critic").machine, "mail": Called("clerk").machine}
    found = ms.answers_by_kind(machines, both, folds=2)
    whole = found.history
    assert whole.agent_id == ("ana", "ben", "critic", "clerk")
    assert whole.case_id == both.case_id and (whole.kind.code == both.kind.code).all()  # type: ignore[union-attr]
    assert (whole.truth == both.truth).all()
    a = whole.answers
    assert (np.diff(a.indptr) == 1).all()
    assert ((a.label == whole.truth[a.case]).mean()) > 0.9
    assert np.allclose(a.proba.sum(axis=1), 1)
    other = np.where(a.case < N, 2, 0)  # labels of the other kind
    assert (a.proba[np.arange(2 * N), other] == 0).all()
    assert whole.parent[0] == whole.parent[1] != whole.parent[2]
    assert found.of["mail"].accuracy > 0.9


def test_a_kind_without_a_machine_keeps_what_it_has_and_that_is_said(both: History, tmp_path: Path) -> None:
    (tmp_path / "seen.csv").write_text("case\nm3\n", encoding="utf-8")
    taught = words().fit(["no a", "yes b"], ["no", "yes"])
    found = ms.answers_by_kind({"mail": taught}, both, trained_on=tmp_path / "seen.csv")
    assert f"{N} cases of 'review' are not answered." in found.said
    assert {*both.case_id} - {*found.history.case_id} == {"m3"}
    assert {found.history.case_id[i] for i in found.history.answers.case.tolist()} == {
        f"m{i}" for i in range(N) if i != 3
    }


def test_near_duplicates_of_a_kind_join_the_parents_that_they_had(both: History) -> None:
    note = list(both.features.text["note"])
    note[5] = note[1]  # whose parent is that of case 0
    told = ms.answers_by_kind({"review": Called("critic").machine}, _with(both, note), folds=2).history
    before, after = both.parent.tolist(), told.parent.tolist()
    assert after == [before[0] if i == 5 else parent for i, parent in enumerate(before)]


def _with(both: History, note: list[str]) -> History:
    return replace(both, features=Features(text={**both.features.text, "note": tuple(note)}))


def test_machines_of_kinds_that_cannot_be_get_one_sentence(both: History) -> None:
    with pytest.raises(MindshareError, match="There is no kind 'letter'; the cases are of review, mail"):
        ms.answers_by_kind({"letter": words()}, both)
    with pytest.raises(MindshareError, match="'ana' is taken in this history"):
        ms.answers_by_kind({"mail": Called("ana").machine}, both)
    with pytest.raises(MindshareError, match="say which with --model KIND=MODEL, once for each kind"):
        ms.answers_of(words(), both)
    with pytest.raises(MindshareError, match="all of one kind: name one machine"):
        ms.answers_by_kind({"": words()}, history(texts()))


# -- what is too long ------------------------------------------------------------------------------------------------
def test_texts_longer_than_what_is_read_are_counted_once(both: History) -> None:
    class Short:
        classes_ = np.array(LABELS)

        def predict_proba(self, X: list[str]) -> np.ndarray:
            warnings.warn(Cut(len(X), len(X), "texts are longer than 3 tokens"), stacklevel=1)
            return np.tile([0.4, 0.6], (len(X), 1))

    told = ms.answers_of(Short(), history(texts()), trained_on="none")
    assert [s for s in told.said if "longer" in s] == [
        f"{N} texts are longer than 3 tokens; what comes after that is not read."
    ]
