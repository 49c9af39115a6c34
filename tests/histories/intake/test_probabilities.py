"""Columns of probabilities, whatever the order of the words in their names: a machine's answer, and never features."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.settings import Settings


def preview_of(folder: Path, names: tuple[str, str], other: float = 0.0) -> Preview:
    """30 pictures, two readers, and a machine that is sure of every second one; `other` is what its numbers lack to one."""
    rows = [f"img,{names[0]},{names[1]},reader_1,reader_2,truth"]
    for i in range(30):
        word = ("cat", "dog")[i % 2]
        sure = (0.9 - other, 0.1) if i % 2 == 0 else (0.2 - other, 0.8)
        rows.append(f"i{i},{sure[0]:.2f},{sure[1]},{word},{('cat', 'dog')[i % 3 == 0]},{word}")
    (folder / "p.csv").write_text("\n".join(rows))
    return look([folder / "p.csv"], Settings())


@pytest.mark.parametrize(
    ("form", "who"),
    [
        ("prob_{}", "model"),
        ("p_{}", "model"),
        ("P({})", "model"),
        ("{}_prob", "model"),
        ("model_prob_{}", "model"),
        ("resnet_{}", "resnet"),
        ("resnet {} probability", "resnet"),
        ("efficientnet {}", "efficientnet"),
    ],
)
def test_columns_called_after_labels_that_sum_to_one_are_a_machines_probabilities(
    tmp_path: Path, form: str, who: str
) -> None:
    preview = preview_of(tmp_path, (form.format("cat"), form.format("dog")))
    assert not preview.open and preview.kinds[who] == "machine" and preview.labels == ("cat", "dog")
    assert preview.answers.filter(agent=who)["answer"].to_list() == ["cat", "dog"] * 15
    assert preview.cases.columns == ["case", "truth"]


def test_columns_that_do_not_sum_to_one_or_count_answers_are_no_probabilities(tmp_path: Path) -> None:
    assert "resnet" not in preview_of(tmp_path, ("resnet_cat", "resnet_dog"), other=0.1).kinds
    assert set(preview_of(tmp_path, ("share_cat", "share_dog")).kinds) == {"reader_1", "reader_2"}


def test_the_version_of_a_model_beside_columns_of_readers_is_nobody_who_answers(tmp_path: Path) -> None:
    rows = [
        f"i{i},v2,{0.25 + i % 2 / 2},{0.75 - i % 2 / 2},{('cat', 'dog')[i % 3 == 0]},{('cat', 'dog')[i % 5 == 0]},{('cat', 'dog')[i % 2]}"
        for i in range(30)
    ]
    (tmp_path / "p.csv").write_text("\n".join(["img,model,prob_cat,prob_dog,reader1,reader2,label", *rows]))
    assert set(look([tmp_path / "p.csv"], Settings()).kinds) == {"model", "reader1", "reader2"}
