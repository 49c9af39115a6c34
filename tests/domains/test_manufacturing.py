from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from mindshare.cli.demo import p_before
from mindshare.cli.start import run
from mindshare.core.errors import MindshareError
from mindshare.core.history import History
from mindshare.domains.answers import answers_with
from mindshare.domains.manufacturing import team
from mindshare.domains.manufacturing.history import answers_of, ids_of, write_manufacturing
from mindshare.domains.manufacturing.machines import faults
from mindshare.domains.manufacturing.machines.faults import (
    Thresholds,
    features,
    linear,
    machines,
    out_of_fold,
    probabilities,
)
from mindshare.domains.manufacturing.team import limits_of_shift, utility_of
from mindshare.domains.manufacturing.windows.bearings import read_bearings
from mindshare.domains.manufacturing.windows.pump import CHANNELS, STEPS, read_pump
from mindshare.domains.manufacturing.windows.rig import LABELS, read_rig
from mindshare.domains.manufacturing.windows.windows import (
    SOUND,
    Windows,
    folds_by_parent,
    spectra,
    statistics,
)
from mindshare.histories.read import read_history
from mindshare.machines.agents.wary import Strangeness
from mindshare.people.simulated import PREFIX, Habits, simulate


def some(
    values: list[np.ndarray], truth: list[str] | None = None, parent: list[str] | None = None
) -> Windows:
    n = len(values)
    return Windows(
        values=tuple(values),
        truth=np.array(truth or [SOUND] * n),
        parent=np.array(parent or [f"run_{i}" for i in range(n)]),
        labels=(SOUND, "faulty"),
        channels=("a", "b"),
    )


# -- windows and folds -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_never_split_a_recording_and_answer_every_window_once(folds: int) -> None:
    windows = read_rig(seed=1, runs=10, per_run=12)
    answered = np.zeros(len(windows), int)
    for learn, answer in folds_by_parent(windows, folds, seed=3):
        assert not set(windows.parent[learn]) & set(windows.parent[answer])
        answered[answer] += 1
    assert (answered == 1).all()


def test_a_window_that_holds_nan_is_refused_and_named() -> None:
    broken = np.zeros((5, 2))
    broken[3, 1] = np.nan
    with pytest.raises(MindshareError, match=r"Window 1 \('run_1'\) holds nan at step 3 of 'b'"):
        some([np.zeros((5, 2)), broken])


def test_a_window_with_another_number_of_channels_is_refused() -> None:
    with pytest.raises(
        MindshareError, match=r"Window 1 \('run_1'\) has the shape \(5, 3\); it must be \(steps, 2\)"
    ):
        some([np.zeros((5, 2)), np.zeros((5, 3))])


def test_a_truth_that_is_no_label_is_refused() -> None:
    with pytest.raises(MindshareError, match="'melted' is no label; the labels are sound, faulty"):
        some([np.zeros((5, 2))], truth=["melted"])


def test_no_window_at_all_is_refused() -> None:
    with pytest.raises(MindshareError, match="There is no window"):
        some([])


def test_a_label_that_only_one_fold_holds_is_refused() -> None:
    windows = some([np.zeros((5, 2))] * 4, truth=[SOUND, SOUND, SOUND, "faulty"])
    with pytest.raises(MindshareError, match="Label 'faulty' is in one fold only"):
        folds_by_parent(windows, 2, seed=0)


def test_more_folds_than_recordings_are_refused() -> None:
    with pytest.raises(MindshareError, match="There are 2 recordings; 3 folds need at least as many"):
        folds_by_parent(some([np.zeros((5, 2))] * 2), 3, seed=0)


def test_features_have_one_width_whatever_the_length() -> None:
    rng = np.random.default_rng(0)
    values = [rng.normal(size=(steps, 2)) for steps in (1, 7, 30, 512)]
    assert features(values).shape == (4, 7 * 2 + faults.BANDS * 2)
    assert np.isfinite(features(values)).all()


def test_a_tone_stands_in_its_band() -> None:
    tone = np.sin(2 * np.pi * 0.25 * np.arange(256))[:, None]
    assert spectra([tone], bands=16)[0].argmax() in (7, 8)


def test_statistics_know_level_and_slope() -> None:
    rising = np.stack([np.linspace(0.0, 1.0, 50), np.full(50, 3.0)], axis=1)
    mean, slope = statistics([rising])[0][:2], statistics([rising])[0][10:12]
    assert mean == pytest.approx([0.5, 3.0])
    assert slope[0] > 0.1 and slope[1] == pytest.approx(0.0, abs=1e-9)


# -- the simulated rig -------------------------------------------------------------------------------------------------
def test_the_rig_is_the_same_for_the_same_seed_and_has_windows_of_different_lengths() -> None:
    one, two = read_rig(seed=5, runs=4, per_run=10), read_rig(seed=5, runs=4, per_run=10)
    assert all((a == b).all() for a, b in zip(one.values, two.values, strict=True))
    assert len(set(one.steps.tolist())) > 2
    assert set(read_rig(seed=0).truth.tolist()) == set(LABELS)


# -- machines ----------------------------------------------------------------------------------------------------------
def test_the_rule_finds_the_channel_and_the_threshold() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([SOUND, "faulty"])[rng.integers(0, 2, 200)]
    values = [rng.normal(0, 1, (30, 2)) + (np.array([0.0, 4.0]) if y == "faulty" else 0.0) for y in truth]
    rule = Thresholds().fit(values, truth)
    assert rule.tests_[0][1] == 1, "the mean of the second channel"
    said = rule.classes_[rule.predict_proba(values).argmax(axis=1)]
    assert (said == truth).mean() > 0.97


def test_a_dear_machine_is_better_than_the_rule_on_the_rig() -> None:
    windows = read_rig(seed=0, runs=12, per_run=20)
    cheap = {name: make for name, make in machines(0).items() if name != "cnn"}
    given = out_of_fold(windows, cheap, folds=3, seed=0)
    right = {name: float((proba.argmax(axis=1) == windows.code).mean()) for name, proba in given.items()}
    assert right["rule"] < right["linear"] and right["rule"] < right["trees"]


def test_a_label_unseen_in_training_gets_no_probability() -> None:
    rng = np.random.default_rng(0)
    windows = read_rig(seed=0, runs=6, per_run=20)
    known = np.flatnonzero(windows.truth != "leak")
    past = windows.take(known)
    model = linear(0).fit(past.values, past.truth)
    given = probabilities(model, windows.take(rng.permutation(len(windows))[:20]))
    assert (given[:, LABELS.index("leak")] == 0).all()
    assert given.sum(axis=1) == pytest.approx(np.ones(20))


# -- the history -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def without_torch(tmp_path_factory: pytest.TempPathFactory) -> History:
    """The rig's history as it is made where PyTorch is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faults, "find_spec", lambda _: None)
        assert "PyTorch is not installed" in faults.without()
        return read_history(write_manufacturing(tmp_path_factory.mktemp("rig") / "history").path)


def test_without_torch_three_machines_and_simulated_technicians_answer(without_torch: History) -> None:
    machines_ = [
        name
        for name, person in zip(without_torch.agent_id, without_torch.is_person, strict=True)
        if not person
    ]
    assert set(machines_) == {"rule", "linear", "trees"}
    people = [name for name in without_torch.agent_id if name not in machines_]
    assert len(people) == 3 and all(name.startswith(PREFIX) for name in people)
    assert "simulated people" in without_torch.team.name


def test_longer_windows_cost_more_to_send_keep_and_read(without_torch: History) -> None:
    steps = without_torch.features.numeric["steps"][without_torch.answers.case]
    person = without_torch.is_person[without_torch.answers.agent]
    for resource in ("net_mb", "disk_mb", "people.minutes"):
        used = without_torch.cost()[resource]
        assert used[person & (steps == 256)].min() > used[person & (steps == 32)].max() > 0


def test_no_limit_of_the_shift_lets_everybody_be_asked_about_everything(without_torch: History) -> None:
    used = without_torch.cost()
    for resource in ("net_mb", "disk_mb", "people.minutes"):
        assert 0 < without_torch.team.limits[resource] < 0.6 * used[resource].sum()


def test_the_demo_calls_the_machine_of_highest_utility_the_best_where_a_missed_fault_is_dear(
    without_torch: History,
) -> None:
    agents = {
        "rule": {"kind": "machine", "accuracy": 0.99, "cost": {}},  # whatever share is right
        "linear": {"kind": "machine", "accuracy": 0.5, "cost": {}},
        "trees": {"kind": "machine", "accuracy": 1.0, "cost": {"net_mb": 1.0}},  # does not fit into the link
    }
    limits = {"without": {"accuracy": 0.9, "utility": 0.786}}
    told = p_before(
        without_torch, {"agents": agents, "limits": limits, "history": {"utility": "matrix"}}
    ).replace("\u00a0", " ")
    assert re.match(
        r"P before: a utility of 0\.\d+ per case, 50\.0 % right\. 'linear' is the best machine", told
    )
    assert told.endswith("all machines on every case would reach 0.786 and do not fit.")


def test_four_cores_serve_the_article_s_rate() -> None:
    windows = read_rig(seed=0, runs=4, per_run=10)
    assert limits_of_shift(windows)["cpu_s"] == pytest.approx(4.0 * len(windows) / 40.0)
    cost = team.costs(4)["cnn"]["cpu_s"]
    assert cost["fixed"] + cost["per"] * 128 == pytest.approx(0.2256)


def test_a_missed_fault_is_the_dearest_mistake() -> None:
    worth = utility_of(LABELS)
    for fault in LABELS[1:]:
        assert (
            worth[fault][fault]
            > worth[fault]["leak" if fault != "leak" else "imbalance"]
            > worth[SOUND][fault]
        )
        assert worth[SOUND][fault] > worth[fault][SOUND]


# -- training ----------------------------------------------------------------------------------------------------------
def test_train_keeps_its_budget_and_its_model_answers_as_part_of_a_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="the extra `deep` is not installed")
    from mindshare.domains.manufacturing.training import sides
    from mindshare.machines.nets.saved import load_model

    place = tmp_path / "model.npz"
    assert run(["train", "manufacturing", "--limit", "cpu_s=2", "--out", str(place)]) == 0
    told = capsys.readouterr().out
    assert "planned" in told and "Stopped: " in told and f"Model: {place}" in told
    _, held = sides()
    rows = answers_of(load_model(place), held, ids_of(held, "rig"), "my_cnn")
    assert rows.height == len(held) and set(rows["answer"]) <= set(LABELS)
    assert rows.select([f"p:{label}" for label in LABELS]).sum_horizontal().to_numpy() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["train", "kitchen", "--limit", "cpu_s=1"],
            "no domain of that name that trains; there is manufacturing, medicine",
        ),
        (["train", "manufacturing"], "at least one --limit"),
        (["train", "manufacturing", "--limit", "joules=1"], "cannot be limited in 'joules'"),
        (
            ["train", "manufacturing", "--limit", "cpu_s=1", "--data", "nowhere"],
            "There is no skab-sensors/skab.csv.gz",
        ),
        (["demo", "manufacturing", "--data", "nowhere"], "There is no skab-sensors/skab.csv.gz in nowhere"),
        (["demo", "digits", "--data", "nowhere"], "brings its own images"),
        (["demo", "manufacturin"], "Did you mean 'manufacturing'?"),
    ],
)
def test_what_makes_no_sense_gets_one_sentence(
    words: list[str],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("torch", reason="the extra `deep` is not installed")
    monkeypatch.chdir(tmp_path)
    assert run(words) == 2
    assert told in capsys.readouterr().err


# -- broken files ------------------------------------------------------------------------------------------------------
def write_pump(place: Path, text: str) -> Path:
    (place / "skab-sensors").mkdir()
    with gzip.open(place / "skab-sensors" / "skab.csv.gz", "wt", encoding="utf-8") as file:
        file.write(text)
    return place


HEAD = ",".join(["datetime", *CHANNELS, "anomaly", "changepoint", "file"])


def pump_row(i: int, first: str = "1.0", anomaly: int = 0) -> str:
    return ",".join(
        [f"2020-01-01 00:{i // 60:02d}:{i % 60:02d}", first, *["1.0"] * 7, str(anomaly), "0", "a.csv"]
    )


def test_a_pump_s_windows_are_faulty_when_any_second_is(tmp_path: Path) -> None:
    rows = [pump_row(i, anomaly=int(i == 40)) for i in range(60)]
    windows = read_pump(write_pump(tmp_path, "\n".join([HEAD, *rows])))
    assert windows.truth.tolist() == [SOUND, "faulty", "faulty"]
    assert set(windows.steps.tolist()) == {STEPS}


def test_a_later_reading_never_changes_an_earlier_window(tmp_path: Path) -> None:
    rows = [pump_row(i, first=str(float(i % 7))) for i in range(200)]
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = read_pump(write_pump(tmp_path / "one", "\n".join([HEAD, *rows])))
    changed = [*rows[:90], *(pump_row(i, first="99.0") for i in range(90, 200))]
    two = read_pump(write_pump(tmp_path / "two", "\n".join([HEAD, *changed])))
    for a, b in zip(one.values[:5], two.values[:5], strict=True):  # the windows that end before second 90
        np.testing.assert_array_equal(a, b)


def test_ragged_lines_are_refused(tmp_path: Path) -> None:
    text = "\n".join([HEAD, pump_row(0), pump_row(1) + ",1,2,3"])
    with pytest.raises(MindshareError, match="is ragged or no table"):
        read_pump(write_pump(tmp_path, text))


def test_a_missing_reading_is_refused(tmp_path: Path) -> None:
    rows = [pump_row(i, first="" if i == 3 else "1.0") for i in range(40)]
    with pytest.raises(MindshareError, match="holds nan at step 3 of 'Accelerometer1RMS'"):
        read_pump(write_pump(tmp_path, "\n".join([HEAD, *rows])), relative=False)


def test_words_where_readings_should_be_are_refused(tmp_path: Path) -> None:
    rows = [pump_row(i, first="high") for i in range(40)]
    with pytest.raises(MindshareError, match="the column 'Accelerometer1RMS' holds words"):
        read_pump(write_pump(tmp_path, "\n".join([HEAD, *rows])))


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match="has no column anomaly"):
        read_pump(write_pump(tmp_path, HEAD.replace("anomaly", "odd") + "\n" + pump_row(0)))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match=r"There is no skab-sensors/skab\.csv\.gz"):
        read_pump(tmp_path)
    with pytest.raises(MindshareError, match=r"There is no cwru-bearing/cwru12k_de_fe\.npz"):
        read_bearings(tmp_path)


def test_a_file_that_holds_no_recordings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cwru-bearing").mkdir()
    place = tmp_path / "cwru-bearing" / "cwru12k_de_fe.npz"
    place.write_bytes(b"no recordings")
    with pytest.raises(MindshareError, match="is no file of recordings"):
        read_bearings(tmp_path)
    np.savez(place, **{"1730_X_7": np.zeros((2, 4096))})
    with pytest.raises(MindshareError, match="holds a recording '1730_X_7'"):
        read_bearings(tmp_path)


# -- real data ---------------------------------------------------------------------------------------------------------
def test_the_pump_s_experiments_become_windows(data_dir: Path) -> None:
    windows = read_pump(data_dir)
    assert len(windows) == 2444 and len(np.unique(windows.parent)) == 34
    assert (windows.truth != SOUND).mean() == pytest.approx(0.379, abs=0.001)


def test_the_bearings_have_three_faults_in_three_sizes(data_dir: Path) -> None:
    windows, sizes = read_bearings(data_dir)
    assert set(sizes.tolist()) == {7, 14, 21} and len(set(windows.truth.tolist())) == 3
    assert len(np.unique(windows.parent)) == 36


def test_the_same_chance_for_all_labels_is_no_answer() -> None:
    windows = some([np.zeros((5, 2)), np.ones((5, 2)), np.ones((5, 2))])
    people = simulate(
        windows.code.astype(np.int32), np.full((3, 2), 0.5), Habits(people=1), np.random.default_rng(0)
    )
    given = {"wary": np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])}
    told = answers_with(ids_of(windows, "w"), given, people, windows.labels)
    assert told.filter(told["agent"] == "wary")["case"].to_list() == ["w_0000", "w_0002"]


# -- real readings ---------------------------------------------------------------------------------------------------
def test_bearings_with_a_fault_of_a_size_that_nobody_has_seen_are_strange_and_others_are_not(
    data_dir: Path,
) -> None:
    windows, sizes = read_bearings(data_dir)

    def fine(X: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([statistics(X), spectra(X, 32)], axis=1)

    for size in (7, 14, 21):
        past, new = windows.take(np.flatnonzero(sizes != size)), windows.take(np.flatnonzero(sizes == size))
        p = Strangeness(fine).fit(past.values, past.parent).p_values(new.values)
        assert (p < 0.05).mean() > 0.7, size
    learn, answer = folds_by_parent(windows, 4, 0)[0]
    past, new = windows.take(learn), windows.take(answer)
    assert (Strangeness(fine).fit(past.values, past.parent).p_values(new.values) < 0.05).mean() < 0.1
