"""Labels that are numbers on a scale: what a near miss is worth is said, and can be set."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.init import init_history
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings
from mindshare.histories.read import read_history

ORDINAL = Settings(set={"utility": "ordinal"})


def rated(folder: Path, steps: tuple[str, ...]) -> Path:
    n = len(steps)
    rows = [f"{i},{steps[i % n]},{steps[i // 2 % n]},{steps[i // 3 % n]}" for i in range(60)]
    (folder / "ratings.csv").write_text("\n".join(["id,gold,bert,rater_1", *rows]))
    return folder / "ratings.csv"


def test_ratings_are_right_or_wrong_and_the_preview_says_which_flag_counts_near_misses(
    tmp_path: Path,
) -> None:
    preview = look([rated(tmp_path, ("1", "2", "3", "4", "5"))], Settings())
    assert not preview.open and preview.team["utility"] == "accuracy"
    assert [s for s in preview.said if "--set utility=ordinal" in s and "the verdict 2 is worth 0.75" in s]


@pytest.mark.parametrize("steps", [("yes", "no"), ("0", "1"), ("1", "2", "other")])
def test_other_labels_cost_no_word_and_are_no_scale(tmp_path: Path, steps: tuple[str, ...]) -> None:
    file = rated(tmp_path, steps)
    assert not [s for s in look([file], Settings()).said if "utility" in s]
    with pytest.raises(MindshareError, match="a scale has 3 to 101 labels, and all are numbers"):
        look([file], ORDINAL)


def test_an_ordinal_utility_falls_with_the_distance_and_is_read_back(tmp_path: Path) -> None:
    init_history([rated(tmp_path, ("-1", "0", "3"))], tmp_path / "history", settings=ORDINAL)
    question = read_history(tmp_path / "history").team.questions[0]
    assert question.labels == ("-1", "0", "3")
    assert question.utility_matrix().tolist() == [[1, 0.75, 0], [0.75, 1, 0.25], [0, 0.25, 1]]


def test_a_slip_of_the_pen_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match="Did you mean 'ordinal'"):
        look([rated(tmp_path, ("1", "2", "3"))], Settings(set={"utility": "ordinary"}))
