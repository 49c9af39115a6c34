"""A saved model decides the same in another process, and a file that is no such model is refused in one sentence."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.belief.pooling import Pooling
from mindshare.core.errors import ModelError
from mindshare.core.learn import learn
from mindshare.core.model import Model
from mindshare.core.packed import FORMAT, packed, unpacked
from mindshare.store.model_file import load_model, save_model
from mindshare.testing import made_history

ELSEWHERE = """
import sys
import numpy as np
from mindshare.store.model_file import load_model
from mindshare.testing import made_history

model = load_model(sys.argv[1])
new = made_history(10_000, people=3, proba=True, seed=52)
stage = model.open(new)
rows = np.flatnonzero(~stage.machines())
np.savez(sys.argv[2], worth=model.worth(stage, stage.machines(), rows), verdict=model.verdicts(stage, stage.machines()))
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return learn(made_history(400, people=3, proba=True, seed=51), how=Pooling(ridge=1.0))


@pytest.fixture(scope="module")
def data(model: Model) -> bytes:
    return packed(model)


def test_a_saved_model_decides_ten_thousand_cases_the_same_in_another_process(
    model: Model, tmp_path: Path
) -> None:
    save_model(model, tmp_path / "model")
    subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(tmp_path / "model"), str(tmp_path / "told.npz")], check=True
    )
    stage = model.open(made_history(10_000, people=3, proba=True, seed=52))
    rows = np.flatnonzero(~stage.machines())
    with np.load(tmp_path / "told.npz") as told:
        np.testing.assert_array_equal(told["worth"], model.worth(stage, stage.machines(), rows))
        np.testing.assert_array_equal(told["verdict"], model.verdicts(stage, stage.machines()))


@pytest.mark.parametrize(
    "made",
    [
        {"utility": np.array([[1.0, 0.0, -2.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])},
        {"machines": 0, "people": 3},
        {"people": 0},
    ],
    ids=["utility", "no machines", "no people"],
)
def test_every_kind_of_model_comes_back_as_it_was(made: dict, tmp_path: Path) -> None:  # type: ignore[type-arg]
    history = made_history(200, seed=53, **made)
    model = learn(history, how=Pooling(ridge=1.0))
    save_model(model, tmp_path / "m")
    again = load_model(tmp_path / "m", history.team)
    assert packed(again) == packed(model)
    assert again.about == model.about


def test_texts_trees_and_attention_come_back_too(tmp_path: Path) -> None:
    from mindshare.core.belief.correction import part_of
    from mindshare.core.belief.trees import grow
    from mindshare.core.learn import learn_held_out

    made = made_history(300, seed=54)
    words = tuple(f"about {made.team.labels[y]}" for y in made.truth.tolist())
    made = replace(made, features=replace(made.features, text={"words": words}))
    learned = learn_held_out(made, how=Pooling(ridge=0.1, text=True))
    reading = learned.model.pool.reading
    trees = grow([part_of(s, reading) for s in learned.holdout], 3, len(reading.context.how), 0)
    model = replace(learned.model, pool=learned.model.pool._replace(trees=trees))
    save_model(model, tmp_path / "m")
    again, stage = load_model(tmp_path / "m"), model.open(made)
    other = again.open(made)
    everything = np.ones(len(made.answers), bool)
    np.testing.assert_array_equal(
        again.pool.scores(other.opened, everything), model.pool.scores(stage.opened, everything)
    )


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_file_is_refused_whatever_is_damaged(
    data: bytes, place: float, value: int, cut: bool
) -> None:
    at = int(place * len(data))
    broken = data[:at] if cut else data[:at] + bytes([value]) + data[at + 1 :]
    if broken != data:
        with pytest.raises(ModelError):
            unpacked(broken, "the file")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "text").write_text("case,truth\n", encoding="utf-8")
    with pytest.raises(ModelError, match="is not a saved model"):
        load_model(tmp_path / "text")
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "nothing")
    newer = data.replace(f"model {FORMAT} ".encode(), f"model {FORMAT + 1} ".encode(), 1)
    with pytest.raises(ModelError, match="newer Mindshare"):
        unpacked(newer, "m")
    older = data.replace(f"model {FORMAT} ".encode(), f"model {FORMAT - 1} ".encode(), 1)
    with pytest.raises(ModelError, match=r"older Mindshare.*Learn the model again"):
        unpacked(older, "m")


def test_a_model_of_another_team_is_refused(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path / "m")
    with pytest.raises(ModelError, match="labels"):
        load_model(tmp_path / "m", made_history(10, labels=5).team)
    load_model(tmp_path / "m", made_history(10, machines=5).team)  # agents come and go


def test_a_file_that_was_there_stays_where_saving_fails(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be written"):
        save_model(model, tmp_path / "no such folder" / "m")
    assert list(tmp_path.iterdir()) == []
