"""What cannot be read is refused by its name, with what to export instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.questions import Questions
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.refused import Refused
from mindshare.testing.sources import FOREIGN, damaged_copies, sheets_or_refused
from tests.histories.sources.exports import sheets_of, taken_by, written

COCO = {"info": {}, "images": [{"id": 1}], "annotations": [{"id": 1, "bbox": [1, 2, 3, 4]}], "categories": []}
EXAMPLES = {
    "coco.json": (json.dumps(COCO), "COCO"),
    "labelme.json": (json.dumps({"version": "5", "shapes": [], "imagePath": "a.png"}), "LabelMe"),
    "via.json": (json.dumps({"_via_settings": {}, "_via_img_metadata": {}}), "VGG"),
    "via.csv": ("filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\na,1,,1,0,,\n", "VGG"),
    "datumaro.json": (json.dumps({"info": {}, "categories": {"label": {}}, "items": [{"id": "1", "annotations": []}]}), "Datumaro"),
    "cvat.xml": ('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version></annotations>', "CVAT"),
    "voc.xml": ("<annotation>\n<folder>a</folder></annotation>", "Pascal VOC"),
    "other.xml": ('<?xml version="1.0"?><corpus/>', "XML"),
    "page.csv": ("<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
    "boxes.csv": ("ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\na,x,Cat,1,0,1,0,1\n", "Open Images"),
    "rows.csv": ("filename,xmin,ymin,xmax,ymax,class\na,0,0,1,1,cat\n", "boxes"),
    "yolo.txt": ("0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.2 0.2\n", "YOLO"),
    "doc.ann": ("T1\tPerson 0 5\tAlice\nT2\tPlace 9 14\tBerlin\n", "BRAT"),
    "doc.tsv": ("#FORMAT=WebAnno TSV 3.3\n\n1-1\t0-5\tAlice\tPER\n", "WebAnno"),
    "tags.txt": ("Alice B-PER\nsaw O\nBerlin B-LOC\n", "CoNLL"),
    "one.jsonl": ('{"id": "1", "displayed_text": "a", "label_annotations": {"mood": {"good": "1"}}}\n', "Potato"),
    "assignments.json": ('{"NumResults": 1, "Assignments": [{"HITId": "1", "Answer": "<xml/>"}]}', "MTurk"),
    "box.ndjson": ('{"data_row": {"id": "1"}, "projects": {}}\n', "Labelbox"),
    "pairs.jsonl": ('{"prompt": "a", "chosen": "b", "rejected": "c"}\n', "pairs"),
    "pairs.csv": ("prompt,chosen,rejected\na,b,c\n", "pairs"),
    "blank.txt": ("Alice B-PER\nsaw O\n\nBerlin B-LOC\n", "CoNLL"),
    "regions.json": ('[{"filename": "a.png", "regions": [{"shape_attributes": {"name": "rect"}}]}]', "regions"),
    "documents.json": ('{"documents": [{"id": 0, "entities": [[0, 3]]}]}', "entities"),
    "won.jsonl": ('{"question_id": 0, "model_a": "x", "model_b": "y", "winner": "tie", "judge": "u0"}\n', "comparisons"),
    "won.csv": ("question_id,model_a,model_b,winner\n0,x,y,tie\n", "comparisons"),
    "survey.csv": ("StartDate,EndDate,Status,ResponseId,Q1\na,b,c,d,e\n", "Qualtrics"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_known_format_is_refused_by_its_name_with_what_to_do(name: str, tmp_path: Path) -> None:
    text, word = EXAMPLES[name]
    file = written(tmp_path, name, text)
    assert taken_by(file) == "refused"
    with pytest.raises(HistoryError, match=rf"{word}.*\. \S.*\.$|{word}.*: .*\.$"):
        sheets_of(file)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_damaged_copy_of_it_is_refused_or_left_to_others(name: str, tmp_path: Path) -> None:
    for damaged in list(damaged_copies(EXAMPLES[name][0].encode()))[::7]:
        refused = sheets_or_refused(Refused(), written(tmp_path, name, damaged))
        assert isinstance(refused, HistoryError)


def test_files_that_others_read_are_left_to_them(tmp_path: Path) -> None:
    for name, body in FOREIGN.items():
        assert not Refused().recognises(Raw(written(tmp_path, name, body))), name


def test_whoever_says_that_it_is_refused_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be read"):
        sheets_of(written(tmp_path, "a.csv", "id,label\n1,a\n"), Questions({"format": "refused"}))
