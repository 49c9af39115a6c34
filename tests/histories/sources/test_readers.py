"""What the readers of Prodigy, doccano, Argilla, Langfuse and LangSmith make of whole files, and what they refuse."""

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
from tests.histories.sources.examples import (
    ARGILLA,
    ARGILLA_1,
    EXAMPLES,
    LANGSMITH,
    OPTIONS,
    PRODIGY_BINARY,
    feedback,
    lines,
    prodigy,
    whole,
)

Row = tuple[str | None, ...]


def read(
    tmp_path: Path, name: str, body: bytes, questions: Questions | None = None, **given: str
) -> list[Sheet]:
    (tmp_path / name).write_bytes(body)
    return read_sheets(Raw(tmp_path / name), questions or Questions(given))


def answers(sheets: list[Sheet]) -> list[Row]:
    return sheets[0].frame.select("case", "agent", "answer").rows()


def left_out(sheets: list[Sheet]) -> dict[str, int]:
    return {f"{what}: {why}": number for number, what, why in sheets[0].left_out}


def test_prodigy_accepts_and_rejects_are_answers_and_ignored_examples_are_seen_without_one(
    tmp_path: Path,
) -> None:
    sheets = read(tmp_path, "p.jsonl", EXAMPLES["prodigy"]["binary.jsonl"])
    assert answers(sheets) == [
        ("11", "set-ana", "accept"),
        ("11", "set-ben", "reject"),
        ("12", "set-ana", None),
    ]
    assert sheets[1].frame.rows() == [("11", "text 11", "web"), ("12", "text 12", "web")]
    assert sheets[0].frame["finished"].to_list() == ["1700000000"] * 3


def test_prodigy_options_that_were_chosen_are_answers(tmp_path: Path) -> None:
    sheets = read(tmp_path, "p.jsonl", EXAMPLES["prodigy"]["choice.jsonl"])
    assert answers(sheets) == [("11", "set-ana", "POS"), ("11", "set-ben", "NEG"), ("12", "set-ana", None)]


def test_prodigy_with_several_labels_has_a_case_per_input_and_label(tmp_path: Path) -> None:
    more = lines(*PRODIGY_BINARY, prodigy(11, "set-ana", "accept", label="RUDE"))
    sheets = read(tmp_path, "p.jsonl", more)
    assert answers(sheets)[0] == ("11/POS", "set-ana", "accept")
    assert sheets[1].frame.select("case", "parent", "kind").rows()[-1] == ("11/RUDE", "11", "RUDE")


def test_prodigy_options_chosen_several_at_once_become_a_case_per_label(tmp_path: Path) -> None:
    both = prodigy(11, "set-ana", "accept", options=OPTIONS, accept=["POS", "NEG"])
    none = prodigy(11, "set-ben", "accept", options=OPTIONS, accept=[])
    assert answers(read(tmp_path, "p.jsonl", lines(both, none))) == [
        ("11/NEG", "set-ana", "yes"),
        ("11/NEG", "set-ben", "no"),
        ("11/POS", "set-ana", "yes"),
        ("11/POS", "set-ben", "no"),
    ]


def test_prodigy_spans_are_refused(tmp_path: Path) -> None:
    spans = prodigy(1, "set-ana", "accept", spans=[{"start": 0, "end": 4, "label": "PER"}])
    with pytest.raises(HistoryError, match=r"hold spans of text or boxes.* Export a dataset of textcat"):
        read(tmp_path, "p.jsonl", lines(spans))


def test_doccano_answers_are_those_of_the_person_whom_the_file_is_named_after(tmp_path: Path) -> None:
    sheets = read(tmp_path, "ana.jsonl", EXAMPLES["doccano"]["ana.jsonl"])
    assert answers(sheets) == [("1", "ana", "spam"), ("2", "ana", "ham")]
    assert sheets[1].frame.height == 3
    assert "1 example has no label and count as not seen yet." in " ".join(sheets[0].said).replace(
        "counts", "count"
    )


def test_doccano_labels_joined_in_a_cell_are_several(tmp_path: Path) -> None:
    sheets = read(tmp_path, "ben.csv", EXAMPLES["doccano"]["ben.csv"])
    assert answers(sheets) == [
        ("1/ham", "ben", "no"),
        ("2/ham", "ben", "yes"),
        ("1/spam", "ben", "yes"),
        ("2/spam", "ben", "yes"),
    ]
    sharp = read(tmp_path, "ben.csv", b"id,data,label\n1,one,C#\n2,two,C\n")
    assert answers(sharp) == [("1", "ben", "C#"), ("2", "ben", "C")]


def test_whether_a_plain_table_of_labels_is_doccano_s_or_truths_is_asked(tmp_path: Path) -> None:
    body, questions = b"id,text,label\n1,one,spam\n2,two,ham\n", Questions()
    sheets = read(tmp_path, "ana.csv", body, questions)
    assert [(one.key, one.options, one.meanwhile) for one in questions.open] == [
        ("label", ("answer", "truth"), "answer")
    ]
    assert answers(sheets) == [("1", "ana", "spam"), ("2", "ana", "ham")]
    (truth,) = read(tmp_path, "ana.csv", body, label="truth")
    assert (truth.layout, truth.roles) == ("cases", {"id": "case", "label": "truth"})
    gold = Questions()
    read(tmp_path, "gold.csv", body, gold)
    assert gold.open[0].meanwhile == "truth"


@pytest.mark.parametrize("label", [[[0, 4, "PER"]], [{"start_offset": 0, "end_offset": 4, "label": "PER"}]])
def test_doccano_spans_are_refused(tmp_path: Path, label: Any) -> None:
    with pytest.raises(HistoryError, match="Export a project of text or image classification"):
        read(tmp_path, "ana.jsonl", lines({"id": 1, "text": "Anna is here", "label": label}))


@pytest.mark.parametrize("name", ["records.json", "feedback.jsonl", "flat.csv"])
def test_argilla_responses_are_people_s_answers_and_suggestions_machines(tmp_path: Path, name: str) -> None:
    sheets = read(tmp_path, name, EXAMPLES["argilla"][name])
    first = [row for row in answers(sheets) if row[0] in ("a1",)]
    assert first == [("a1", "u1", "bad"), ("a1", "u2", None), ("a1", "net", "good")]
    assert {agent: sheets[0].kinds[agent] for agent in ("u1", "net")} == {"u1": "person", "net": "machine"}
    assert sheets[0].frame["confidence"].to_list()[2] == "0.8"
    assert sheets[1].frame["text"].to_list()[0] == "one"


def test_argilla_drafts_are_left_out(tmp_path: Path) -> None:
    sheets = read(tmp_path, "records.json", whole(ARGILLA))
    assert left_out(sheets) == {"response: drafts, not submitted": 1}


def test_argilla_labels_chosen_several_at_once_keep_each_its_score(tmp_path: Path) -> None:
    record = {
        "id": "a",
        "fields": {"text": "one"},
        "responses": {"tags": [{"value": ["x"], "user_id": "u"}]},
        "suggestions": {"tags": {"value": ["x", "y"], "score": [0.9, 0.6], "agent": "net"}},
    }
    sheets = read(tmp_path, "r.json", whole([record]))
    assert sheets[0].frame.select("case", "agent", "answer", "confidence").rows() == [
        ("a/x", "u", "yes", None),
        ("a/x", "net", "yes", "0.9"),
        ("a/y", "u", "no", None),
        ("a/y", "net", "yes", "0.6"),
    ]


def test_argilla_asks_which_question_and_refuses_texts_and_spans(tmp_path: Path) -> None:
    two = json.loads(json.dumps(ARGILLA_1))
    two[0]["responses"][0]["values"]["stars"] = {"value": 4}
    questions = Questions()
    read(tmp_path, "r.jsonl", lines(*two), questions)
    assert [(one.key, one.options) for one in questions.open] == [("field", ("mood", "stars"))]
    assert ("a1", "u1", "4") in answers(read(tmp_path, "r.jsonl", lines(*two), field="stars"))
    two[0]["responses"][0]["values"] = {"what": {"value": [{"start": 0, "end": 3, "label": "PER"}]}}
    two[0]["suggestions"] = []
    with pytest.raises(HistoryError, match="Export a dataset with a label, multi-label or rating question"):
        read(tmp_path, "r.jsonl", lines(*two))


def test_langfuse_scores_are_answers_of_authors_and_of_evaluators(tmp_path: Path) -> None:
    sheets = read(tmp_path, "scores.csv", EXAMPLES["langfuse"]["scores.csv"])
    assert answers(sheets) == [("t1", "Ana", "yes"), ("t1", "eval_correct", "no"), ("t2/o1", "api", "1")]
    assert sheets[0].kinds == {"Ana": "person", "eval_correct": "machine"}
    assert sheets[1].frame.select("case", "parent", "traceName").rows() == [
        ("t1", "k1", "chat"),
        ("t2/o1", "t2", "chat"),
    ]


def test_langfuse_names_that_ask_the_same_are_one_question(tmp_path: Path) -> None:
    body = EXAMPLES["langfuse"]["scores.csv"].replace(b"EVAL,correct", b"EVAL,judge")
    questions = Questions()
    sheets = read(tmp_path, "scores.csv", body, questions)
    assert [(one.key, one.options, one.several) for one in questions.open] == [
        ("field", ("correct", "judge"), True)
    ]
    assert left_out(sheets) == {"score: not about 'correct'": 1}
    assert len(answers(read(tmp_path, "scores.csv", body, field="correct,judge"))) == 3


def test_langsmith_feedback_is_an_answer_by_its_source(tmp_path: Path) -> None:
    sheets = read(tmp_path, "feedback.jsonl", lines(*LANGSMITH))
    assert answers(sheets) == [("r1", "Ana", "yes"), ("r1", "eval_correct", "no"), ("r2", "api", "1")]
    assert sheets[1].frame.rows() == [("r1", None), ("r2", "r1")]
    table = read(tmp_path, "feedback.csv", EXAMPLES["langsmith"]["feedback.csv"])
    assert answers(table) == [("r1", "Ana", "1"), ("r1", "eval_correct", "0")]
    flat = b"run_id,key,score,feedback_source_type,feedback_source_user_id\nr1,correct,1,app,u1\nr1,correct,0,app,u2\n"
    assert answers(read(tmp_path, "flat.csv", flat)) == [("r1", "u1", "1"), ("r1", "u2", "0")]


def test_langsmith_runs_with_summed_feedback_are_refused(tmp_path: Path) -> None:
    run = {"id": "r1", "name": "chat", "inputs": {}, "feedback_stats": {"correct": {"n": 2, "avg": 0.5}}}
    with pytest.raises(HistoryError, match="Export the feedback itself"):
        read(tmp_path, "runs.jsonl", lines(run))


def test_a_row_that_cannot_be_used_is_left_out_with_a_word(tmp_path: Path) -> None:
    odd = [feedback("", "app", 1), feedback("r1", "app", None, {"a": 1}), *LANGSMITH]
    sheets = read(tmp_path, "feedback.jsonl", lines(*odd))
    assert left_out(sheets) == {
        "feedback row: without a trace, run or name": 1,
        "feedback row: without a label or a number": 1,
    }
