from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.questions import Questions
from mindshare.histories.sources import read_sheets
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.source import Sheet


def result(control: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "r", "from_name": control, "to_name": "text", "type": "choices", "value": value, **more}


def annotation(by: Any, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    annotation.number += 1  # type: ignore[attr-defined]
    return {
        "id": annotation.number,  # type: ignore[attr-defined]
        "completed_by": by,
        "result": list(results),
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2025-03-01T10:00:00Z",
        "lead_time": 12.5,
        **more,
    }


annotation.number = 0  # type: ignore[attr-defined]


def choice(*words: str) -> dict[str, Any]:
    return result("mood", {"choices": list(words)})


def task(number: int, *annotations: Any, predictions: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "data": {"text": f"text {number}"},
        "annotations": list(annotations),
        "predictions": list(predictions),
        **more,
    }


def said(agent: str, *results: dict[str, Any], score: float | None = 0.9) -> dict[str, Any]:
    return {"id": 1, "model_version": agent, "score": score, "result": list(results)}


def read(tmp_path: Path, content: Any, *, name: str = "export.json", **given: str) -> list[Sheet]:
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_sheets(Raw(tmp_path / name), Questions(given))


def answers(sheets: list[Sheet]) -> list[tuple[str | None, ...]]:
    return sheets[0].frame.select("case", "agent", "answer").rows()


def left_out(sheets: list[Sheet]) -> dict[str, int]:
    return {f"{what}: {why}": number for number, what, why in sheets[0].left_out}


TASKS = [
    task(
        1,
        annotation({"id": 7, "email": "ana@x.org"}, choice("good")),
        annotation(8, choice("bad"), was_cancelled=True),
        annotation(9, choice("good"), ground_truth=True),
        predictions=[said("net", choice("bad"))],
        drafts=[{"id": 4}],
    ),
    task(2, annotation(None, choice("bad")), annotation(8)),
]
FLAT = (
    "text,id,mood,annotator,annotation_id,created_at,updated_at,lead_time\n"
    'so so,1,good,ana@x.org,11,2025-03-01,2025-03-01,4.5\nso so,1,"{""choices"": [""good"", ""bad""]}",8,12,,,3\n'
    "fine,2,,8,13,2025-03-01,2025-03-01,2.5\n"
)
MIN = [
    {"id": 1, "text": "so so", "mood": "good", "annotator": 7, "annotation_id": 1, "lead_time": 2.5},
    {
        "id": 1,
        "text": "so so",
        "mood": {"choices": ["bad"]},
        "annotator": 8,
        "annotation_id": 2,
        "lead_time": 3,
    },
]


def test_people_and_machines_answer_a_skip_is_empty_and_ground_truth_is_no_answer(tmp_path: Path) -> None:
    sheets = read(tmp_path, TASKS)
    assert answers(sheets) == [
        ("1", "ana@x.org", "good"),
        ("1", "person_8", None),
        ("1", "net", "bad"),
        ("2", "person_unknown", "bad"),
        ("2", "person_8", None),
    ]
    assert sheets[0].kinds["net"] == "machine"
    assert sheets[0].kinds["ana@x.org"] == "person"
    assert sheets[0].frame["confidence"].to_list() == [None, None, "0.9", None, None]
    assert sheets[0].frame["seconds"].to_list() == ["12.5", "12.5", None, "12.5", "12.5"]
    assert sheets[1].frame.rows() == [("1", "good", "text 1"), ("2", None, "text 2")]
    assert left_out(sheets) == {"draft: not submitted": 1}
    assert "1 annotation names no author: one person's, person_unknown." in sheets[0].said


def test_where_predictions_are_only_ids_people_s_answers_are_kept(tmp_path: Path) -> None:
    sheets = read(tmp_path, [task(1, annotation(8, choice("good")), predictions=[7000, 7001])])
    assert answers(sheets) == [("1", "person_8", "good")]
    assert left_out(sheets) == {
        "prediction: predictions are only ids: export with interpolated predictions": 2
    }


def test_each_region_is_a_case_of_its_task(tmp_path: Path) -> None:
    def colours(*words: str) -> list[dict[str, Any]]:
        boxes = [{"x": 1, "y": 1, "width": 5, "height": 5, "choices": [word]} for word in words]
        return [result("colour", box, id=f"r{n}") for n, box in enumerate(boxes)]

    one = task(
        5,
        annotation(1, *colours("red", "blue"), lead_time=10),
        annotation(2, *colours("red", "red"), lead_time=10),
    )
    sheets = read(tmp_path, [one])
    assert answers(sheets) == [
        ("5/r0", "person_1", "red"),
        ("5/r1", "person_1", "blue"),
        ("5/r0", "person_2", "red"),
        ("5/r1", "person_2", "red"),
    ]
    assert sheets[0].frame["seconds"].to_list() == ["5"] * 4
    assert sheets[1].frame.select("case", "parent").rows() == [("5/r0", "5"), ("5/r1", "5")]
    assert "each a case called TASK/REGION" in sheets[0].said[0]


def test_regions_that_nobody_shares_are_refused(tmp_path: Path) -> None:
    boxes = [result("colour", {"x": n, "choices": ["red"]}, id=f"own{n}") for n in range(4)]
    with pytest.raises(HistoryError, match="Import regions as predictions"):
        read(tmp_path, [task(5, annotation(1, *boxes[:2]), annotation(2, *boxes[2:]))])


def test_several_choices_become_a_case_per_label_or_are_left_out(tmp_path: Path) -> None:
    tasks = [task(1, annotation(1, choice("a", "b")), annotation(2, choice("b"))), task(2, annotation(1))]
    sheets = read(tmp_path, tasks)
    assert sorted(map(str, answers(sheets))) == [
        "('1/a', 'person_1', 'yes')",
        "('1/a', 'person_2', 'no')",
        "('1/b', 'person_1', 'yes')",
        "('1/b', 'person_2', 'yes')",
        "('2/a', 'person_1', None)",
        "('2/b', 'person_1', None)",
    ]
    assert sheets[0].frame["seconds"].to_list() == ["6.25"] * 6
    assert sheets[1].frame.select("case", "parent", "kind").rows()[0] == ("1/a", "1", "a")
    assert "each case becomes 2, one per label" in sheets[0].said[-1]
    single = read(tmp_path, tasks, several="leave-out")
    assert answers(single) == [("1", "person_2", "b"), ("2", "person_1", None)]
    assert sum(left_out(single).values()) == 1


def test_which_of_several_controls_is_the_answer_is_asked(tmp_path: Path) -> None:
    tasks = [task(1, annotation(1, choice("good"), result("stars", {"rating": 4})))]
    (tmp_path / "e.json").write_text(json.dumps(tasks))
    questions = Questions()
    read_sheets(Raw(tmp_path / "e.json"), questions)
    assert [(one.key, one.options) for one in questions.open] == [("field", ("mood", "stars"))]
    assert answers(read(tmp_path, tasks, field="stars")) == [("1", "person_1", "4")]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ({"rating": 4}, "4"),
        ({"number": 2.5}, "2.5"),
        ({"selected": "left"}, "left"),
        ({"taxonomy": [["Animal", "Cat"]]}, "Animal / Cat"),
    ],
)
def test_a_rating_a_number_a_side_and_a_place_in_a_taxonomy_are_labels(
    tmp_path: Path, value: dict[str, Any], label: str
) -> None:
    assert answers(read(tmp_path, [task(1, annotation(1, result("q", value)))])) == [("1", "person_1", label)]


@pytest.mark.parametrize(("kind", "key"), [("textarea", "text"), ("rectanglelabels", "rectanglelabels")])
def test_text_and_boxes_are_refused_by_name(tmp_path: Path, kind: str, key: str) -> None:
    with pytest.raises(HistoryError, match=f"but {kind}. An answer is one of a few labels: export a project"):
        read(tmp_path, [task(1, annotation(1, result("q", {key: ["x"]}, type=kind)))])


def test_tasks_with_the_same_data_have_one_parent_and_repeated_annotations_count_once(tmp_path: Path) -> None:
    first, again = task(1, annotation(1, choice("good"))), task(2, annotation(1, choice("bad")))
    again["data"] = first["data"]
    sheets = read(tmp_path, [first, again, first])
    assert sheets[1].frame.select("case", "parent").rows() == [("1", None), ("2", "1")]
    assert len(answers(sheets)) == 2
    assert left_out(sheets) == {
        "annotation: in the file twice": 1,
        "case: in the file twice; the answers are kept": 1,
    }


def test_flat_exports_give_the_same_as_whole_ones(tmp_path: Path) -> None:
    assert answers(read(tmp_path, MIN, name="min.json")) == [
        ("1", "person_7", "good"),
        ("1", "person_8", "bad"),
    ]
    sheets = read(tmp_path, FLAT, name="flat.csv", several="leave-out")
    assert answers(sheets) == [("1", "ana@x.org", "good"), ("2", "person_8", None)]
    assert sheets[1].frame.columns == ["case", "text"]


def test_nothing_is_lost_without_a_word(tmp_path: Path) -> None:
    odd = [task(1, 5, annotation(1, choice("a")), annotation([], choice("b")), predictions=[said("m"), "x"])]
    sheets = read(tmp_path, odd)
    assert len(answers(sheets)) + sum(left_out(sheets).values()) == 3 + 2
