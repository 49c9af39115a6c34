"""JSON of unknown tools, an object a case with a list of answers in it: read as a row per answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings
from mindshare.histories.sources.raw import Raw

LABELS = ("spam", "ham")
PEOPLE = ("ana", "ben", "eva")


def element(i: int, who: int) -> dict[str, Any]:
    return {
        "id": 10 * i + who,
        "annotator": PEOPLE[who],
        "label": LABELS[i % (2 + who) == 0],
        "seconds": 3 + who,
    }


def record(i: int, field: str = "annotations", **more: Any) -> dict[str, Any]:
    return {
        "id": i,
        "text": f"mail {i}",
        "meta": {"size": i % 5},
        field: [element(i, who) for who in range(3)],
        **more,
    }


def written(folder: Path, records: list[dict[str, Any]], *, lines: bool = False) -> Path:
    text = "\n".join(map(json.dumps, records)) if lines else json.dumps(records)
    (folder / "export.json").write_text(text)
    return folder / "export.json"


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("field", ["annotations", "votes", "said"])
def test_each_element_is_an_answer_about_the_case_that_it_stands_in(
    tmp_path: Path, field: str, lines: bool
) -> None:
    preview = look([written(tmp_path, [record(i, field) for i in range(30)], lines=lines)], Settings())
    assert not preview.open and preview.found == preview.answers.height == 90
    assert set(preview.kinds) == set(PEOPLE) and preview.cases.height == 30
    assert preview.answers["seconds"].to_list()[:3] == [3, 4, 5]
    assert {"text", "meta.size"} <= set(preview.cases.columns)
    assert any(f"'{field}' holds a list of objects, each of them an answer" in s for s in preview.said)


def test_names_of_both_are_told_apart_and_a_case_nobody_answered_stays_one(tmp_path: Path) -> None:
    people = [
        {
            **record(i),
            "annotations": [
                {"user": {"name": p, "id": n}, "value": LABELS[i % 2]} for n, p in enumerate(PEOPLE)
            ],
        }
        for i in range(30)
    ]
    preview = look(
        [written(tmp_path, [*people, {"id": 30, "text": "mail", "annotations": []}])],
        Settings(set={"agent": "user.name"}),
    )
    assert preview.cases.height == 31 and preview.answers.height == 90 and set(preview.kinds) == set(PEOPLE)


def test_of_two_lists_of_answers_it_is_asked_which_is_meant(tmp_path: Path) -> None:
    file = written(tmp_path, [record(i, reviews=[element(i, 2)]) for i in range(30)])
    question = next(q for q in look([file], Settings()).open if q.key == "field")
    assert question.options == ("annotations", "reviews") and question.meanwhile == "annotations"
    reviews = look([file], Settings(set={"field": "reviews"}))
    assert set(reviews.kinds) == {"eva"} and reviews.answers.height == 30
    assert reviews.found == 120 and sum(left.number for left in reviews.left_out) == 90


def test_a_list_of_something_else_stays_a_cell(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "hello"}]
    rows = [{"id": i, "annotator": PEOPLE[i % 3], "label": LABELS[i % 2], "turns": turns} for i in range(30)]
    preview = look([written(tmp_path, rows)], Settings())
    assert preview.found == 30 and not any("list of objects" in s for s in preview.said)


def rows() -> list[dict[str, Any]]:
    return [{"ana": LABELS[i % 2], "ben": LABELS[i % 3 == 0], "truth": LABELS[i % 2]} for i in range(30)]


@pytest.mark.parametrize("ids", [[f"q{i}" for i in range(30)], [str(i) for i in range(30)]])
@pytest.mark.parametrize("how", ["by id", "by id within", "by column", "within"])
def test_objects_under_ids_and_columns_under_names_are_rows(tmp_path: Path, how: str, ids: list[str]) -> None:
    by_id: dict[str, Any] = dict(zip(ids, rows(), strict=True))
    if how == "by id within":
        by_id = {
            i: {"truth": r["truth"], "said": {w: r[w] for w in ("ana", "ben")}} for i, r in by_id.items()
        }
    by_column = (
        {name: {i: row[name] for i, row in by_id.items()} for name in rows()[0]} if how == "by column" else {}
    )
    (tmp_path / "export.json").write_text(
        json.dumps(by_column or ({"items": by_id} if how == "within" else by_id))
    )
    preview = look([tmp_path / "export.json"], Settings())
    assert not preview.open and preview.answers.height == 60
    assert preview.cases["truth"].to_list() == [row["truth"] for row in rows()]
    assert how == "by column" or preview.cases["case"].to_list() == ids


def test_an_object_of_unlike_objects_is_one_row(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"a": {"x": 1}, "b": {"y": 2, "z": 3}, "c": {"w": [1]}}))
    assert list(Raw(tmp_path / "a.json").records()) == [json.loads((tmp_path / "a.json").read_text())]


def decided(i: int, **more: Any) -> dict[str, Any]:
    said = [
        {
            "moderator": PEOPLE[who],
            "action": LABELS[i % (2 + who) == 0],
            "reviewed_at": f"2024-05-{who + 1:02}",
        }
        for who in range(2)
    ]
    return {"content_id": f"p{i}", "decisions": said, "gold": LABELS[i % 2], **more}


def test_a_list_of_who_and_what_is_the_answers_whatever_it_is_called(tmp_path: Path) -> None:
    preview = look([written(tmp_path, [decided(i) for i in range(30)])], Settings(set={"machines": "none"}))
    assert not preview.open and preview.answers.height == 60 and set(preview.kinds) == {"ana", "ben"}
    assert preview.cases.columns == ["case", "truth"]


@pytest.mark.parametrize("how", ["an object", "fields"])
def test_a_machine_beside_the_list_answers_too_with_its_confidence(tmp_path: Path, how: str) -> None:
    def machine(i: int) -> dict[str, Any]:
        told = {"label": LABELS[i % 2], "score": 0.9}
        return (
            {"classifier": {"name": "toxic-bert", **told}}
            if how == "an object"
            else {f"model_{k}": v for k, v in told.items()}
        )

    empty = {**decided(30), "decisions": []}
    records = [decided(i, **machine(i)) for i in range(30)] + [{**empty, **machine(30)}]
    preview = look([written(tmp_path, records)], Settings(set={"people": "ana,ben"}))
    assert not preview.open
    called = "toxic-bert" if how == "an object" else "model"
    its = preview.answers.filter(agent=called)
    assert (
        preview.kinds[called] == "machine" and its.height == 31 and its["confidence"].to_list() == [0.9] * 31
    )
    assert preview.cases.height == 31 and preview.cases.columns == ["case", "truth"] and preview.found == 91


def test_a_field_that_is_set_is_read_or_refused(tmp_path: Path) -> None:
    records = [record(i, reviews=[{"who": "x", "what": LABELS[i % 2]}]) for i in range(30)]
    preview = look([written(tmp_path, records)], Settings(set={"field": "reviews", "answer": "what"}))
    assert preview.answers.height == 30 and set(preview.kinds) == {"x"}
    with pytest.raises(HistoryError, match="no field holds a list of objects"):
        look([written(tmp_path, rows())], Settings(set={"field": "reviews"}))
    (tmp_path / "t.csv").write_text("id,ana,ben\n1,a,b\n2,b,b\n")
    with pytest.raises(HistoryError, match="this is a table"):
        look([tmp_path / "t.csv"], Settings(set={"field": "reviews"}))


def test_columns_beside_their_rows_are_a_table(tmp_path: Path) -> None:
    split = {
        "columns": ["ana", "ben", "truth"],
        "index": list(range(30)),
        "data": [list(r.values()) for r in rows()],
    }
    (tmp_path / "split.json").write_text(json.dumps(split))
    preview = look([tmp_path / "split.json"], Settings())
    assert preview.answers.height == 60 and preview.cases["truth"].to_list() == [
        row["truth"] for row in rows()
    ]
