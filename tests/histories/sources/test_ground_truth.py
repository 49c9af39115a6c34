"""Amazon SageMaker Ground Truth: answers of workers, and manifests, which hold one label made from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.questions import Questions
from tests.histories.sources.crowd_examples import LOOP, MANIFEST, REQUEST, RESPONSE, lines, worker
from tests.histories.sources.exports import column, every, sheets_of, taken_by, written


def test_a_worker_response_names_its_case_by_the_folder_as_the_manifest_does_by_the_line(
    tmp_path: Path,
) -> None:
    place = "annotations/worker-response/iteration-1/1/2025-03-03_10:00:30.json"
    file = written(tmp_path, place, json.dumps(RESPONSE))
    answers = sheets_of(file)[0]
    assert taken_by(file) == "ground-truth" and column(answers, "case") == ["1", "1"]
    assert column(answers, "answer") == ["good", "bad"] and column(answers, "seconds") == ["19.5"] * 2
    assert column(answers, "started") == ["2025-03-03T10:00:00Z"] * 2 and answers.kinds["w1"] == "person"
    moved = written(tmp_path, "all/first.json", json.dumps(RESPONSE))
    assert column(sheets_of(moved)[0], "case") == ["first", "first"]


def test_a_label_of_the_manifest_is_the_truth_or_a_machines_answer(tmp_path: Path) -> None:
    file = written(tmp_path, "output.manifest", lines(MANIFEST))
    answers, cases = sheets_of(file)
    assert column(cases, "truth") == ["football", None, "golf"]
    assert column(answers, "answer") == ["tennis"] and column(answers, "confidence") == ["0.9"]
    assert set(answers.kinds.values()) == {"machine"}
    assert answers.said == (
        "The label of 2 cases was made from the answers of several people; it is taken as the truth, and it is no surer than they.",
    )
    assert cases.frame["source-ref"][0] == "s3://bucket/0.png"


def test_jobs_in_a_chain_are_asked_about(tmp_path: Path) -> None:
    chained = [
        record | {"place": 1, "place-metadata": record["sport-metadata"] | {"class-name": "indoor"}}
        for record in MANIFEST
    ]
    questions = Questions()
    file = written(tmp_path, "output.manifest", lines(chained))
    cases = sheets_of(file, questions)[1]
    assert questions.open[0].options == ("sport", "place") and column(cases, "truth")[0] == "indoor"
    assert column(sheets_of(file, Questions({"field": "sport"}))[1], "truth")[0] == "football"


def test_a_custom_job_whose_manifest_names_all_workers_gives_their_answers(tmp_path: Path) -> None:
    said = [
        {"workerId": w, "annotationData": {"content": json.dumps({"reply": {"label": label}})}}
        for w, label in (("w1", "a"), ("w2", "b"))
    ]
    record = {
        "source": "hello",
        "demo": {"annotationsFromAllWorkers": said},
        "demo-metadata": {"type": "groundtruth/custom", "job-name": "demo"},
    }
    answers = sheets_of(written(tmp_path, "output.manifest", lines([record, record])))[0]
    assert column(answers, "answer") == ["a", "b"] * 2 and column(answers, "case") == ["0", "0", "1", "1"]


def test_what_a_consolidation_was_asked_about_holds_every_answer(tmp_path: Path) -> None:
    answers, cases = sheets_of(written(tmp_path, "request.json", json.dumps(REQUEST)))
    assert (
        column(answers, "answer") == ["good", "bad"] * 2
        and cases.frame["source-ref"][1] == "s3://bucket/1.txt"
    )


def test_what_a_consolidation_answered_holds_them_too(tmp_path: Path) -> None:
    said = [{"workerId": "w1", "annotationData": {"content": json.dumps({"mood": {"label": "good"}})}}]
    record = {
        "datasetObjectId": "4",
        "consolidatedAnnotation": {"content": {"demo": {"annotationsFromAllWorkers": said}}},
    }
    answers = sheets_of(written(tmp_path, "response.json", json.dumps([record])))[0]
    assert column(answers, "case") == ["4"] and column(answers, "answer") == ["good"]


def test_a_manifest_of_masks_is_refused(tmp_path: Path) -> None:
    about = {"type": "groundtruth/semantic-segmentation", "job-name": "j", "human-annotated": "yes"}
    record = {"source-ref": "s3://b/1.png", "mask-ref": "s3://b/1.mask.png", "mask-ref-metadata": about}
    with pytest.raises(HistoryError, match="masks"):
        sheets_of(written(tmp_path, "output.manifest", lines([record])))


def test_a_human_loop_is_one_case_with_what_was_shown(tmp_path: Path) -> None:
    answers, cases = sheets_of(written(tmp_path, "output.json", json.dumps(LOOP)))
    assert column(answers, "case") == ["loop-1"] and column(answers, "answer") == ["bad"]
    assert cases.frame["text"].to_list() == ["it rains"]


def test_boxes_are_left_out_with_the_reason(tmp_path: Path) -> None:
    box = worker("w3", {"mood": {"boundingBoxes": [{"left": 1}]}})
    sheets = sheets_of(written(tmp_path, "r.json", json.dumps({"answers": [*RESPONSE["answers"], box]})))
    assert "boxes" in sheets[0].left_out[0].why and every(sheets) == 3


def test_a_file_without_answers_is_refused_with_what_to_export(tmp_path: Path) -> None:
    empty = {"answers": [worker("w1", {})]}
    with pytest.raises(HistoryError, match="worker-response"):
        sheets_of(written(tmp_path, "r.json", json.dumps(empty)))
