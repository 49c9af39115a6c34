"""Files that failed when they were tried as their owners would: what they become, beside figures of an independent script.

The script below knows nothing of Mindshare: it reads each file with Python's csv module, by hand for its layout.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from mindshare.core.history import History
from mindshare.histories.backtest import backtest
from mindshare.histories.init import init_history
from mindshare.histories.intake.settings import Settings
from mindshare.histories.read import read_history

Right = dict[str, tuple[int, int]]  # agent -> (answers about cases with a truth, right ones)
Said = Iterable[tuple[str, str, str]]  # agent, answer, truth


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    """The shared cases, beside the public sets."""
    place = data_dir.parent / "cases"
    if not place.is_dir():
        pytest.skip("there are no shared cases beside the public sets")
    return place


# -- the independent script ------------------------------------------------------------------------------------------
def rows(path: Path, **how: str) -> list[dict[str, str]]:
    with path.open(encoding=how.pop("encoding", "utf-8-sig"), newline="") as file:
        return list(csv.DictReader(file, **how))  # type: ignore[call-overload]


def wide(path: Path, agents: Iterable[str], truth: str) -> Said:
    return [(a, row[a], row[truth]) for row in rows(path) for a in agents]


def long(path: Path, agent: str, answer: str, truth: str, **how: str) -> Said:
    return [(row[agent], row[answer], row[truth]) for row in rows(path, **how)]


def plain(word: str) -> str:
    """1.0 as 1, without letter case and space around."""
    word = word.strip().casefold()
    return word[:-2] if word.endswith(".0") else word


def right(said: Said, nothing: Iterable[str] = ("",)) -> Right:
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for agent, answer, truth in said:
        if plain(answer) not in nothing and plain(truth) not in ("", *nothing):
            out[agent][0] += 1
            out[agent][1] += plain(answer) == plain(truth)
    return {agent: (n, k) for agent, (n, k) in out.items()}


# -- what Mindshare says ---------------------------------------------------------------------------------------------
def made(tmp_path: Path, *files: Path, **given: str) -> History:
    init_history(files, tmp_path / "history", settings=Settings(set=given))
    return read_history(tmp_path / "history")


def told(history: History) -> Right:
    out = {}
    for number, agent in enumerate(history.agent_id):
        mine = (history.answers.agent == number) & (history.answers.label >= 0)
        truth = history.truth[history.answers.case[mine]]
        label = history.answers.label[mine][truth >= 0]
        if len(label):
            out[agent] = (len(label), int((label == truth[truth >= 0]).sum()))
    return out


NA = ("", "nan", "na", "n/a", "none", "null", "?", "-", "#n/a", "<na>")
MODEL_AND_REVIEWER = ("model", "reviewer")
WIDE = {
    "03-pandas-floats/labels.csv": (
        ("annotator_1", "annotator_2", "annotator_3", "model_pred"),
        "true_label",
    ),
    "11-minus-one/answers.csv": (tuple(f"annotator_{i}" for i in range(1, 6)), "label_true"),
    "20-leak/tickets.csv": (MODEL_AND_REVIEWER, "truth"),
    "22-control/tab-left-open.csv": (("model", "ana@x.org", "ben@x.org", "cy@x.org"), "truth"),
    "23-many-labels/codes.csv": (("coder_1", "coder_2", "model"), "gold"),
    "24-misc/bool.csv": (("reviewer", "model_x"), "truth"),
    "24-misc/dup-ids.csv": (("annotator_1", "annotator_2"), "truth"),
    "24-misc/two-truths.csv": (("annotator_1", "model"), "truth"),
    "25-brackets/brackets.csv": (("annotator[/1]", "model<v2>"), "truth"),
    "25-brackets/deleted.csv": (("user [deleted]", "model_x"), "truth"),
    "25-brackets/level.csv": (("reviewer", "model_x"), "truth"),
    "29-nothing-to-gain/tickets.csv": (MODEL_AND_REVIEWER, "truth"),
}
LONG = {
    "16-spelling/comma.csv": ("annotator", "label", "truth", {}),
    "16-spelling/latin1.csv": ("annotator", "label", "truth", {"encoding": "latin-1"}),
    "16-spelling/na.csv": ("annotator", "label", "truth", {}),
    "16-spelling/semicolon.csv": ("Prüfer", "Antwort", "Wahrheit", {"delimiter": ";"}),
    "16-spelling/semicolon-plain.csv": ("annotator", "label", "truth", {"delimiter": ";"}),
    "16-spelling/tab.tsv": ("annotator", "label", "truth", {"delimiter": "\t"}),
    "16-spelling/utf16.csv": ("annotator", "label", "truth", {"encoding": "utf-16"}),
    "17-times-confidence/clock.csv": ("reviewer", "decision", "truth", {}),
    "17-times-confidence/epoch.csv": ("reviewer", "decision", "truth", {}),
    "17-times-confidence/minutes.csv": ("reviewer", "decision", "truth", {}),
    "17-times-confidence/percent.csv": ("reviewer", "decision", "truth", {}),
    "26-empty-last/reopened.csv": ("rater", "label", "truth", {}),
    "27-one-answer-log/log.csv": ("agent", "decision", "truth", {}),
}


@pytest.mark.real_data
@pytest.mark.parametrize("name", WIDE)
def test_a_wide_table_needs_no_flag_and_everybody_is_as_right_as_in_the_file(
    folder: Path, tmp_path: Path, name: str
) -> None:
    agents, truth = WIDE[name]
    nothing = ("", "-1") if "minus-one" in name else ("",)
    assert told(made(tmp_path, folder / name)) == right(wide(folder / name, agents, truth), nothing)


@pytest.mark.real_data
@pytest.mark.parametrize("name", LONG)
def test_a_long_table_needs_no_flag_and_everybody_is_as_right_as_in_the_file(
    folder: Path, tmp_path: Path, name: str
) -> None:
    agent, answer, truth, how = LONG[name]
    assert told(made(tmp_path, folder / name)) == right(long(folder / name, agent, answer, truth, **how), NA)


@pytest.mark.real_data
def test_two_files_of_crowd_kit_are_answers_and_their_truth(folder: Path, tmp_path: Path) -> None:
    place = folder / "04-crowdkit-two-files"
    truth = {row["task"]: row["label"] for row in rows(place / "gt.csv")}
    said = [(r["worker"], r["label"], truth.get(r["task"], "")) for r in rows(place / "crowd_labels.csv")]
    assert told(made(tmp_path, place / "crowd_labels.csv", place / "gt.csv")) == right(said)


@pytest.mark.real_data
def test_ids_with_and_without_zeros_are_the_same_cases(folder: Path, tmp_path: Path) -> None:
    place = folder / "24-misc"
    truth = {str(int(row["item"])): row["truth"] for row in rows(place / "items.csv")}
    said = [(r["rater"], r["label"], truth[r["item"]]) for r in rows(place / "long.csv")]
    assert told(made(tmp_path, place / "long.csv", place / "items.csv")) == right(said)


@pytest.mark.real_data
def test_rejected_assignments_are_no_answers_and_the_others_keep_their_seconds(
    folder: Path, tmp_path: Path
) -> None:
    file = folder / "05-mturk-batch" / "Batch_1_batch_results.csv"
    kept = [r for r in rows(file) if r["AssignmentStatus"] != "Rejected"]
    history = made(tmp_path, file)
    said = [(r["WorkerId"], r["Answer.sentiment.label"], r["Input.gold_label"]) for r in kept]
    assert told(history) == right(said)
    seconds = sorted(float(r["WorkTimeInSeconds"]) for r in kept)
    np.testing.assert_allclose(np.sort(history.answers.seconds), seconds)


@pytest.mark.real_data
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_file_per_person_of_doccano_is_that_persons_answers(
    folder: Path, tmp_path: Path, ending: str
) -> None:
    files = [folder / "07-doccano" / f"{who}.{ending}" for who in ("alice", "bob")]
    history = made(tmp_path, *files)
    lines = [f.read_text(encoding="utf-8").splitlines() for f in files]
    answers = [len(mine) - (ending == "csv") for mine in lines]
    assert np.bincount(history.answers.agent).tolist() == answers == [86, 88]
    assert history.agent_id == ("alice", "bob") and history.team.labels == ("ham", "spam")


@pytest.mark.real_data
def test_gold_of_appen_is_the_truth_and_administration_no_feature(folder: Path, tmp_path: Path) -> None:
    file = folder / "09-crowdflower-full" / "f1.csv"
    history = made(tmp_path, file)
    assert told(history) == right(long(file, "_worker_id", "sentiment", "sentiment_gold"))
    assert not {"_missed", "_trust", "_golden"} & {*history.features.categorical, *history.features.numeric}


@pytest.mark.real_data
def test_people_answer_though_predictions_are_only_ids(folder: Path, tmp_path: Path) -> None:
    file = folder / "01-ls-prediction-ids" / "export.json"
    said = []
    for task in json.loads(file.read_text(encoding="utf-8")):
        for done in task["annotations"]:
            choice = done["result"][0]["value"]["choices"][0] if done["result"] else ""
            said.append((f"person_{done['completed_by']}", choice, task["data"]["gold"]))
    assert told(made(tmp_path, file)) == right(said)


@pytest.mark.real_data
def test_three_regions_of_an_image_are_three_cases(folder: Path, tmp_path: Path) -> None:
    history = made(tmp_path, folder / "02-ls-per-region" / "export.json")
    assert (len(history), len(history.answers), len(np.unique(history.parent))) == (240, 480, 80)


@pytest.mark.real_data
def test_of_three_ratings_by_one_observer_the_first_counts_unless_another_is_set(
    folder: Path, tmp_path: Path
) -> None:
    file = folder / "15-repeats" / "ratings.csv"
    first: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows(file):
        first.setdefault((row["patient"], row["observer"]), row)
    assert told(made(tmp_path, file)) == right(
        (r["observer"], r["class"], r["truth"]) for r in first.values()
    )
    assert len(made(tmp_path / "both", file, repeats="both").answers) == len(rows(file))


@pytest.mark.real_data
def test_a_one_hot_table_of_potato_is_one_answer_per_person(folder: Path, tmp_path: Path) -> None:
    history = made(tmp_path, folder / "10-potato" / "annotated_instances.csv")
    assert history.team.labels == ("negative", "neutral", "positive") and len(history.answers) == 167


@pytest.mark.real_data
def test_what_is_known_only_after_an_answer_is_no_feature(folder: Path, tmp_path: Path) -> None:
    log = made(tmp_path, folder / "27-one-answer-log" / "log.csv")
    leak = made(tmp_path / "leak", folder / "20-leak" / "tickets.csv")
    for history in (log, leak):
        assert list(history.features.categorical) == ["channel"] and not history.features.numeric


@pytest.mark.real_data
def test_times_are_read_from_clocks_minutes_starts_and_ends(folder: Path, tmp_path: Path) -> None:
    clock = made(tmp_path / "a", folder / "17-times-confidence" / "clock.csv")
    h, m, s = (
        sum(int(r["duration"].split(":")[k]) for r in rows(folder / "17-times-confidence" / "clock.csv"))
        for k in range(3)
    )
    assert clock.answers.seconds.sum() == pytest.approx(3600 * h + 60 * m + s, rel=1e-6)
    minutes = made(tmp_path / "b", folder / "17-times-confidence" / "minutes.csv")
    total = sum(60 * float(r["minutes"]) for r in rows(folder / "17-times-confidence" / "minutes.csv"))
    assert minutes.answers.seconds.sum() == pytest.approx(total, rel=1e-5)
    percent = made(tmp_path / "c", folder / "17-times-confidence" / "percent.csv")
    sure = [
        float(r["confidence"].rstrip("%")) / 100 for r in rows(folder / "17-times-confidence" / "percent.csv")
    ]
    assert percent.answers.confidence.mean() == pytest.approx(np.mean(sure), rel=1e-5)
    assert percent.answers.seconds.sum() == pytest.approx(clock.answers.seconds.sum(), rel=1e-6)


@pytest.mark.real_data
def test_a_scale_of_grades_is_asked_about_and_then_read(folder: Path, tmp_path: Path) -> None:
    history = made(tmp_path, folder / "24-misc" / "likert.csv", scale="1 to 5")
    np.testing.assert_allclose(np.unique(history.answers.confidence), [0.1, 0.3, 0.5, 0.7, 0.9], rtol=1e-6)


# -- figures of a backtest, by hand ------------------------------------------------------------------------------------
def wilson(right: int, n: int) -> tuple[float, float]:
    """Wilson's interval at 95 %, from the formula in any textbook."""
    z, p = 1.959963984540054, right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return middle - half, middle + half


@pytest.mark.real_data
def test_accuracies_intervals_times_and_costs_are_those_of_the_file(folder: Path, tmp_path: Path) -> None:
    file, people = folder / "22-control" / "control.csv", ("ana@x.org", "ben@x.org", "cy@x.org")
    result = backtest(made(tmp_path, file), limits={"people.minutes": 10}, workers=1)
    table = rows(file)
    for agent, (n, k) in right(wide(file, ("model", *people), "truth")).items():
        told = result["agents"][agent]
        assert (told["answers"], told["accuracy"]) == (n, pytest.approx(k / n, abs=5e-5))
        assert told["ci95"] == pytest.approx(wilson(k, n), abs=5e-4)
    seconds = {who: [float(r[f"{who}_seconds"]) for r in table if r[who]] for who in people}
    for who, mine in seconds.items():
        assert result["agents"][who]["seconds"] == pytest.approx(np.median(mine), rel=1e-3)
        assert result["agents"][who]["mean_seconds"] == pytest.approx(np.mean(mine), rel=1e-3)
    whole = result["policies"]["everybody"]["points"][-1]
    assert whole["human_share"] == pytest.approx(sum(map(len, seconds.values())) / len(table))
    assert whole["spent"]["people.minutes"] == pytest.approx(
        sum(map(sum, seconds.values())) / 60 / len(table), rel=1e-3
    )
    model = right(wide(file, ("model",), "truth"))["model"]
    assert result["policies"]["best_machine"]["points"][0]["accuracy"] == pytest.approx(
        model[1] / model[0], abs=5e-5
    )
    spent = {row["resource"]: row["spent"] for row in result["limits"]["table"]}
    assert 0 < spent["people.minutes"] <= 10
