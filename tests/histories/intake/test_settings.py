"""What is set and cannot be meant is refused, or said with what is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    words = ("bug", "bill")
    rows = [
        f"T{i},{words[i % 2]},{words[i % 3 == 0]},{words[i % 5 == 0]},{('web', 'mail')[i % 4 // 2]}"
        for i in range(30)
    ]
    (tmp_path / "wide.csv").write_text("\n".join(["id,gold,bert,rater_1,channel", *rows]))
    return tmp_path / "wide.csv"


def test_a_machine_that_is_set_to_be_a_feature_is_said_with_what_is_lost(file: Path) -> None:
    preview = look([file], Settings(features=("bert",)))
    assert "bert" not in preview.kinds
    lost = (
        "'bert' is called like an annotator or a model, and holds its words; with --feature bert its 30 cells"
    )
    assert any(lost in sentence for sentence in preview.said)


def test_a_truth_that_is_set_to_be_a_feature_is_said_with_what_is_lost(file: Path) -> None:
    preview = look([file], Settings(features=("gold",)))
    assert any("'gold' would be the truth; with --feature gold its 30 cells" in s for s in preview.said)


def test_a_feature_that_is_one_costs_no_word(file: Path) -> None:
    assert not any("--feature" in sentence for sentence in look([file], Settings(features=("channel",))).said)


def test_one_column_with_two_roles_is_refused(file: Path) -> None:
    with pytest.raises(MindshareError, match="--set truth=gold and --feature gold give one column two roles"):
        look([file], Settings(set={"truth": "gold"}, features=("gold",)))


def test_a_word_to_merge_that_nobody_says_is_refused_with_those_that_are_like_it(file: Path) -> None:
    with pytest.raises(MindshareError, match=r"no truth is 'bugg'; there are bill, bug\. Did you mean 'bug'"):
        look([file], Settings(merge={"bugg": "bill"}))


def test_a_number_is_merged_in_either_spelling(tmp_path: Path) -> None:
    rows = [f"{i},{i % 3}.0,{i % 2}.0,{i % 3}.0" for i in range(30)]
    (tmp_path / "floats.csv").write_text("\n".join(["id,gold,rater_1,rater_2", *rows]))
    for word in ("2", "2.0"):
        assert look([tmp_path / "floats.csv"], Settings(merge={word: "1"})).labels == ("0", "1")
