from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.init import init_history
from mindshare.histories.intake.questions import Question
from mindshare.histories.intake.settings import Settings
from mindshare.histories.read import read_history

WIDE = """\
,item_id,text,gold,annotator_a,annotator_a_seconds,annotator_b,bert_model,bert_model_score
0,q1,a first long question,yes,yes,3.5,yes,yes,0.9
1,q2,the second short one,no,no,2,yes,no,0.8
2,q3,and a third of them,yes,yes,4,,no,0.6
3,q4,the last in this file,no,,,no,no,0.7
"""
LONG = """\
id,item_id,annotator,label,lead_time,confidence,category,gold_label
1,q1,ann@x.org,yes,3.5,90,news,yes
2,q1,bob@x.org,no,2.0,80,news,yes
3,q2,ann@x.org,no,1.5,70,sport,no
4,q2,bob@x.org,no,2.5,60,sport,no
5,q2,bob@x.org,yes,9.5,100,sport,no
"""


def no_questions(question: Question) -> str:
    raise AssertionError(f"asked: {question}")


def replies(**by_word: str) -> Callable[[Question], str]:
    """Answers the question that contains the word."""

    def ask(question: Question) -> str:
        return next(reply for word, reply in by_word.items() if word in question.text)

    return ask


def write(tmp_path: Path, name: str, content: str) -> Path:
    (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path / name


def task(n: int, truth: str, said: dict[int, str | None], predicted: str | None = None) -> dict[str, Any]:
    def result(choice: str | None) -> list[dict[str, Any]]:
        value = {"choices": [choice]}
        return (
            []
            if choice is None
            else [{"from_name": "topic", "to_name": "t", "type": "choices", "value": value}]
        )

    annotations = [
        {
            "id": 10 * n + k,
            "completed_by": k,
            "lead_time": 1.5 * k,
            "was_cancelled": c is None,
            "result": result(c),
        }
        for k, c in said.items()
    ]
    predictions = (
        [{"model_version": "bert-v1", "score": 0.75, "result": result(predicted)}] if predicted else []
    )
    return {
        "id": n,
        "data": {"text": f"this is text {n} of {'abc'[n % 3]}", "gold": truth, "meta": {"a": 1}},
        "annotations": annotations,
        "predictions": predictions,
    }


def test_a_wide_table_needs_no_question_when_its_names_tell(tmp_path: Path) -> None:
    decided = init_history([write(tmp_path, "wide.csv", WIDE)], tmp_path / "out", ask=no_questions)
    history = read_history(tmp_path / "out")
    assert history.agent_id == ("bert_model", "annotator_a", "annotator_b")
    assert history.is_person.tolist() == [False, True, True]
    assert history.team.labels == ("no", "yes")
    assert history.case_id == ("q1", "q2", "q3", "q4")
    assert history.truth.tolist() == [1, 0, 1, 0]
    assert len(history.answers) == 10
    np.testing.assert_allclose(np.sort(history.answers.seconds)[:3], [2, 3.5, 4])
    np.testing.assert_allclose(np.sort(history.answers.confidence)[:4], [0.6, 0.7, 0.8, 0.9])
    assert list(history.features.text) == ["text"]
    assert "4 cases, 10 answers by 2 people and 1 machine; labels no, yes." in decided


def test_a_long_table_needs_no_question_when_its_names_tell(tmp_path: Path) -> None:
    decided = init_history([write(tmp_path, "long.csv", LONG)], tmp_path / "out", ask=no_questions)
    history = read_history(tmp_path / "out")
    assert history.agent_id == ("ann@x.org", "bob@x.org")
    assert history.truth.tolist() == [1, 0]
    assert history.answers.label.tolist() == [1, 0, 0, 0]
    np.testing.assert_allclose(history.answers.seconds, [3.5, 2, 1.5, 2.5])
    np.testing.assert_allclose(history.answers.confidence, [0.9, 0.8, 0.7, 0.6])
    assert "1 answer is left out: by an agent to a case already answered." in decided
    assert any("the first one counts" in sentence for sentence in decided)
    assert "In the files: 5 answers; kept 4, left out 1." in decided


def test_label_studio_gives_people_machines_and_seconds(tmp_path: Path) -> None:
    tasks = [
        task(1, "a", {1: "a", 2: "b"}, "a"),
        task(2, "b", {1: None, 2: "b"}, "b"),
        task(3, "a", {2: "a"}, "b"),
    ]
    file = write(tmp_path, "export.json", json.dumps(tasks))
    init_history([file], tmp_path / "out", ask=no_questions)
    history = read_history(tmp_path / "out")
    assert history.agent_id == ("bert-v1", "person_1", "person_2")
    assert history.truth.tolist() == [0, 1, 0]
    assert history.answers.label.tolist() == [0, 0, 1, 1, -1, 1, 1, 0]
    np.testing.assert_allclose(history.answers.seconds[1:3], [1.5, 3.0])
    np.testing.assert_allclose(history.answers.confidence[0], 0.75)
    assert list(history.features.text) == ["text"]


def test_a_ground_truth_annotation_is_the_truth_and_no_answer(tmp_path: Path) -> None:
    tasks = [task(n, "", {1: "ab"[n % 2], 2: "a"}) for n in (1, 2)]
    for one in tasks:
        del one["data"]["gold"]
        one["annotations"][0]["ground_truth"] = True
    init_history([write(tmp_path, "export.json", json.dumps(tasks))], tmp_path / "out", ask=no_questions)
    history = read_history(tmp_path / "out")
    assert history.agent_id == ("person_2",)
    assert history.truth.tolist() == [1, 0]


def test_answers_of_several_choices_become_a_case_per_label(tmp_path: Path) -> None:
    tasks = [task(1, "a", {1: "a"}), task(2, "b", {1: "b"})]
    tasks[0]["annotations"][0]["result"][0]["value"]["choices"] = ["a", "b"]
    decided = init_history(
        [write(tmp_path, "export.json", json.dumps(tasks))], tmp_path / "out", ask=no_questions
    )
    history = read_history(tmp_path / "out")
    assert history.case_id == ("1/a", "2/a", "1/b", "2/b") and history.team.labels == ("no", "yes")
    assert any("each case becomes 2, one per label" in sentence for sentence in decided)


def test_without_a_truth_none_is_known_and_the_majority_may_be_chosen(tmp_path: Path) -> None:
    file = write(tmp_path, "wide.csv", "item,rater1,rater2,rater3\n1,x,x,y\n2,y,y,y\n3,x,y,\n4,x,x,x\n")
    decided = init_history([file], tmp_path / "none", ask=no_questions)
    assert (read_history(tmp_path / "none").truth == -1).all()
    assert any("--set truth=majority takes what most people answered" in sentence for sentence in decided)
    decided = init_history([file], tmp_path / "out", settings=Settings(set={"truth": "majority"}))
    assert read_history(tmp_path / "out").truth.tolist() == [0, 1, -1, 0]
    assert any("so their accuracy is too high" in sentence for sentence in decided)


def test_only_what_names_do_not_tell_is_asked(tmp_path: Path) -> None:
    rows = "".join(f"{i % 5},{i % 2},{i % 2},{(i + i % 3) % 2}\n" for i in range(20))
    file = write(tmp_path, "odd.csv", "size,alpha,beta_1,gamma_2\n" + rows)
    ask = replies(**{"are annotators": "beta_1, gamma_2", "machines": "gamma_2", "truth": "alpha"})
    init_history([file], tmp_path / "out", ask=ask)
    history = read_history(tmp_path / "out")
    assert history.agent_id == ("gamma_2", "beta_1")
    assert history.is_person.tolist() == [False, True]
    assert history.truth.tolist() == [0, 1] * 10
    given = {"annotators": "beta_1,gamma_2", "machines": "gamma_2", "truth": "alpha"}
    init_history([file], tmp_path / "again", settings=Settings(set=given))
    for name in ("cases.csv", "answers.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_an_answer_that_is_no_option_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "wide.csv", WIDE.replace("gold", "ours"))
    with pytest.raises(
        MindshareError, match=r"--set truth=golden: there is no column 'golden'; the columns are .*item_id"
    ):
        init_history([file], tmp_path / "out", settings=Settings(set={"truth": "golden"}))


def test_the_truth_may_be_named(tmp_path: Path) -> None:
    file = write(tmp_path, "wide.csv", WIDE.replace("gold", "ours"))
    init_history([file], tmp_path / "out", settings=Settings(set={"truth": "ours"}))
    assert read_history(tmp_path / "out").truth.tolist() == [1, 0, 1, 0]


def test_answers_and_their_cases_may_be_two_files(tmp_path: Path) -> None:
    answers = write(tmp_path, "long.csv", LONG)
    cases = write(tmp_path, "cases.csv", "item_id,size\nq1,1.5\nq2,2.5\nq3,0.5\n")
    init_history([answers, cases], tmp_path / "out", ask=replies(wide="cases"))
    history = read_history(tmp_path / "out")
    assert history.features.numeric["size"].tolist() == [1.5, 2.5, 0.5]
    assert history.truth.tolist() == [1, 0, -1]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match=r"is not empty. Name a new directory; nothing is overwritten"):
        init_history([write(tmp_path, "wide.csv", WIDE)], tmp_path, ask=no_questions)


def test_a_history_may_be_made_without_any_truth(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text("case,agent,answer\na,ann,yes\na,bob,no\nb,ann,no\nb,bob,no\n", encoding="utf-8")
    told = init_history(
        [file], tmp_path / "out", settings=Settings(set={"truth": "none", "machines": "none"})
    )
    assert (read_history(tmp_path / "out").truth == -1).all()
    assert any("No truth is known: skills are learnt from how answers agree" in sentence for sentence in told)
