"""A list of annotators and a list of their answers in one row: each position is an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings

TRUTH = ["cat" if i % 3 else "dog" for i in range(30)]
SAID = [["cat", "dog" if i % 2 else "cat", TRUTH[i]] for i in range(30)]
WHO = ["A1", "A2", "A3"]
JOINED: dict[str, Callable[[list[str]], object]] = {
    "[]": list,
    "json": json.dumps,
    "|": "|".join,
    ",": ",".join,
}


def written(folder: Path, rows: list[dict[str, object]]) -> Path:
    (folder / "lists.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder / "lists.jsonl"


@pytest.mark.parametrize("how", JOINED)
@pytest.mark.parametrize("names", [("annotators", "labels"), ("annotator_ids", "annotator_labels")])
def test_each_position_of_two_lists_is_one_answer(tmp_path: Path, how: str, names: tuple[str, str]) -> None:
    cell = JOINED[how]
    rows: list[dict[str, object]] = [
        {
            "tweet_id": f"t{i}",
            names[0]: cell(WHO),
            names[1]: cell(SAID[i]),
            "times": cell(["5", "6", "7"]),
            "truth": TRUTH[i],
        }
        for i in range(30)
    ]
    preview = look([written(tmp_path, rows)], Settings(set={"people": "all"}))
    assert not preview.open
    assert preview.answers["answer"].to_list() == [word for said in SAID for word in said]
    assert preview.answers["agent"].to_list() == WHO * 30
    assert preview.cases.height == 30 and preview.cases["truth"].to_list() == TRUTH


def test_lists_of_unlike_lengths_are_refused_with_their_row(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"id": str(i), "annotators": WHO, "labels": SAID[i]} for i in range(30)]
    rows[4]["labels"] = ["cat"]
    with pytest.raises(HistoryError, match=r"row 5: 'annotators' names 3 annotators .* 1 answer"):
        look([written(tmp_path, rows)], Settings())


def test_several_answers_of_nobody_are_refused_and_never_one_choice(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": str(i), "text": f"t {i}", "labels": SAID[i], "label": TRUTH[i]} for i in range(30)
    ]
    with pytest.raises(HistoryError, match="'labels' holds a label twice in one row"):
        look([written(tmp_path, rows)], Settings())
