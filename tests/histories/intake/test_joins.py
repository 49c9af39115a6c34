"""Several files about the same cases: matched by ids or by a column that both have, never by the order of their rows."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings

TRUTH = {i: random.Random(i).choice(("ok", "bad")) for i in range(1, 41)}


def written(folder: Path, name: str, header: str, rows: list[str]) -> Path:
    (folder / name).write_text("\n".join([header, *rows]) + "\n")
    return folder / name


def answers(folder: Path, header: str = "id,text,annotator,label") -> Path:
    """Ann says the truth of each of 40 messages, Ben always ok."""
    rows = []
    for i, truth in TRUTH.items():
        for who, said in (("ann", truth), ("ben", "ok")):
            told = {"id": str(i), "text": f"message {i}", "annotator": who, "label": said}
            rows.append(",".join(told[column] for column in header.split(",")))
    return written(folder, "a.csv", header, rows)


def gold(folder: Path, column: str, value: str) -> Path:
    order = sorted(TRUTH, key=lambda i: i * 7 % 41)
    return written(folder, "g.csv", f"{column},gold", [f"{value.format(i)},{TRUTH[i]}" for i in order])


@pytest.mark.parametrize("header", ["id,text,annotator,label", "text,annotator,label"])
@pytest.mark.parametrize("text", ["message {}", "message-{}"])
def test_a_truth_without_an_id_is_matched_by_the_text_that_both_files_hold(
    tmp_path: Path, header: str, text: str
) -> None:
    file = answers(tmp_path, header)
    file.write_text(file.read_text().replace("message ", text.format("")))
    preview = look([file, gold(tmp_path, "text", text)], Settings())
    right = preview.answers.join(preview.cases, on="case").filter(agent="ann")
    assert not preview.open and preview.cases.height == 40
    assert right["answer"].to_list() == right["truth"].to_list()


def test_wide_files_without_ids_are_matched_by_their_text(tmp_path: Path) -> None:
    rows = [f"message {i},{truth},ok" for i, truth in TRUTH.items()]
    wide = written(tmp_path, "w.csv", "text,annotator_1,annotator_2", rows)
    preview = look([wide, gold(tmp_path, "text", "message {}")], Settings())
    right = preview.answers.join(preview.cases, on="case").filter(agent="annotator_1")
    assert not preview.open and preview.cases.height == 40
    assert right["answer"].to_list() == right["truth"].to_list()


def test_rows_are_never_counted_beside_a_file_with_ids(tmp_path: Path) -> None:
    files = [answers(tmp_path), gold(tmp_path, "remark", "see message {} please")]
    assert [question.key for question in look(files, Settings()).open] == ["case:g.csv"]
    with pytest.raises(HistoryError, match="none of its 40 ids"):
        look(files, Settings(set={"case:g.csv": "remark"}))
    only = written(tmp_path, "only.csv", "gold", list(TRUTH.values()))
    with pytest.raises(HistoryError, match=r"a\.csv names cases by ids"):
        look([files[0], only], Settings())


def test_counts_that_look_like_ids_match_nothing(tmp_path: Path) -> None:
    rows = [f"{i % 5 + 1},{truth}" for i, truth in TRUTH.items()]
    file = written(tmp_path, "g.csv", "size,gold", rows)
    assert [question.key for question in look([answers(tmp_path), file], Settings()).open] == ["case:g.csv"]


def test_a_truth_of_which_no_id_is_a_case_is_refused(tmp_path: Path) -> None:
    files = [answers(tmp_path), gold(tmp_path, "id", "img/{}.jpg")]
    with pytest.raises(HistoryError, match=r"none of its 40 ids, such as 'img/6\.jpg', is a case of a\.csv"):
        look(files, Settings())


def test_rows_about_other_cases_without_a_truth_are_left_out_and_counted(tmp_path: Path) -> None:
    size = written(tmp_path, "sizes.csv", "id,size", ["x1,3.5", "x2,4.5"])
    preview = look([answers(tmp_path), size], Settings())
    assert preview.cases.height == 40 and (2, "row") in [
        (left.number, left.what) for left in preview.left_out
    ]


def test_files_without_any_id_need_as_many_rows(tmp_path: Path) -> None:
    wide = written(tmp_path, "w.csv", "annotator_1,annotator_2", [f"{t},ok" for t in TRUTH.values()])
    truth = written(tmp_path, "g.csv", "gold", list(TRUTH.values()))
    assert look([wide, truth], Settings()).cases.height == 40
    short = written(tmp_path, "s.csv", "gold", list(TRUTH.values())[:39])
    with pytest.raises(HistoryError, match="Add a column with the ids"):
        look([wide, short], Settings())


def test_ids_of_answers_are_no_cases_where_a_text_names_them_in_both_files(tmp_path: Path) -> None:
    rows = [
        f"{i}-{who},message {i},{who},{said}"
        for i, true in TRUTH.items()
        for who, said in (("ann", true), ("ben", "ok"))
    ]
    file = written(tmp_path, "a.csv", "id,text,annotator,label", rows)
    preview = look([file, gold(tmp_path, "text", "message {}")], Settings())
    right = preview.answers.join(preview.cases, on="case").filter(agent="ann")
    assert not preview.open and preview.cases.height == 40
    assert right["answer"].to_list() == right["truth"].to_list()


def test_a_table_that_is_about_no_case_is_left_out_where_that_is_said(tmp_path: Path) -> None:
    legend = written(tmp_path, "legend.csv", "Pass,at least", ["Fail,80"])
    files = [answers(tmp_path), gold(tmp_path, "id", "{}"), legend]
    asked = next(q for q in look(files, Settings()).open if q.key == "case:legend.csv")
    assert "none" in asked.options
    preview = look(files, Settings(set={"case:legend.csv": "none"}))
    assert not preview.open and preview.cases.height == 40
    assert [(left.number, left.what) for left in preview.left_out] == [(1, "row")]
