from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mindshare.core.errors import HistoryError, MindshareError
from mindshare.histories.intake.questions import Questions
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.fields import pick
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.several import joined, one_case_per_label
from mindshare.histories.sources.source import Sheet


@pytest.fixture
def raw(tmp_path: Path) -> Raw:
    (tmp_path / "any.json").write_text("[]")
    return Raw(tmp_path / "any.json")


def sheets(raw: Raw, answers: Sequence[Sequence[str]], **told: Any) -> list[Sheet]:
    out = Collected()
    for n, choices in enumerate(answers):
        out.case(f"c{n}", {"kind": "mail"}, truth=joined(["a"]) if n == 0 else None)
        out.answer(f"c{n}", "ana", joined(choices), "person", **told)
    return out.sheets(raw, "an export")


def test_one_choice_is_a_label_and_none_is_no_label(raw: Raw) -> None:
    answers, cases = one_case_per_label(sheets(raw, [["a"], ["b"], []]), Questions())
    assert answers.frame["answer"].to_list() == ["a", "b", None]
    assert cases.frame["truth"].to_list() == ["a", None, None]


def test_several_choices_make_a_case_per_label_with_its_truth_parent_and_kind(raw: Raw) -> None:
    answers, cases = one_case_per_label(sheets(raw, [["a", "b"], []], seconds=8, confidence=0.5), Questions())
    assert answers.frame.rows() == [
        ("c0/a", "ana", "yes", "4.0", "0.5"),
        ("c1/a", "ana", "no", "4.0", None),
        ("c0/b", "ana", "yes", "4.0", "0.5"),
        ("c1/b", "ana", "no", "4.0", None),
    ]
    assert cases.frame.select("case", "truth", "parent", "kind_").rows() == [
        ("c0/a", "yes", "c0", "a"),
        ("c1/a", None, "c1", "a"),
        ("c0/b", "no", "c0", "b"),
        ("c1/b", None, "c1", "b"),
    ]
    assert {column: role for column, role in cases.roles.items() if role in ("parent", "kind")} == {
        "parent": "parent",
        "kind_": "kind",
    }
    assert "each case becomes 2, one per label" in answers.said[-1]


def test_a_sheet_without_cases_gets_the_parents_that_its_answers_tell(raw: Raw) -> None:
    long = sheets(raw, [["a", "b"], ["a"]])[:1]
    cases = one_case_per_label(long, Questions())[1]
    assert cases.frame.rows()[:2] == [("c0/a", "c0", "a"), ("c1/a", "c1", "a")]


def test_a_few_slips_of_several_choices_are_left_out_and_counted(raw: Raw) -> None:
    answers, _ = one_case_per_label(sheets(raw, [["a", "b"], *[["a"]] * 200]), Questions())
    assert answers.frame.height == 200
    assert [(number, what) for number, what, _ in answers.left_out] == [(1, "answer")]
    told = one_case_per_label(sheets(raw, [["a", "b"], *[["a"]] * 200]), Questions({"several": "per-label"}))
    assert told[0].frame.height == 402


def test_too_many_labels_are_refused_unless_they_are_left_out(raw: Raw) -> None:
    many = sheets(raw, [[f"label {n}", f"label {n + 1}"] for n in range(60)])
    with pytest.raises(HistoryError, match="several of 62 labels, and at most 50 can be asked one by one"):
        one_case_per_label(many, Questions())
    assert one_case_per_label(many, Questions({"several": "leave-out"}))[0].frame.height == 0


def test_the_only_field_is_not_asked_about_and_a_wrong_one_is_refused(raw: Raw) -> None:
    questions = Questions()
    assert pick({"mood": 3}, raw, questions, "control") == "mood"
    assert not questions.open
    assert pick({"mood": 3, "topic": 9}, raw, questions, "control") == "topic"
    with pytest.raises(MindshareError, match="Did you mean 'mood'"):
        pick({"mood": 3, "topic": 9}, raw, Questions({"field": "moods"}), "control")
