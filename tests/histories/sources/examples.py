"""Small whole files of each format, as their tools write them: source -> file -> bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import polars as pl


def lines(*records: Mapping[str, Any]) -> bytes:
    return "\n".join(json.dumps(record) for record in records).encode() + b"\n"


def whole(content: Any) -> bytes:
    return json.dumps(content).encode()


def chosen(*words: str, control: str = "mood", **place: Any) -> dict[str, Any]:
    value = {"choices": list(words), **place}
    return {
        "id": place.get("region", "r"),
        "from_name": control,
        "to_name": "t",
        "type": "choices",
        "value": value,
    }


def annotation(number: int, by: Any, *results: Any, **more: Any) -> dict[str, Any]:
    told = {
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2025-03-01T10:00:00Z",
        "lead_time": 12.5,
    }
    return {"id": number, "completed_by": by, "result": list(results), **told, **more}


LABEL_STUDIO = [
    {
        "id": 1,
        "data": {"text": "so so", "tags": ["a"]},
        "annotations": [
            annotation(1, {"id": 7, "email": "ana@x.org"}, chosen("good")),
            annotation(2, 8, chosen("bad"), was_cancelled=True),
            annotation(3, 9, chosen("good"), ground_truth=True),
        ],
        "drafts": [{"id": 4}],
        "predictions": [{"id": 1, "model_version": "net", "score": 0.9, "result": [chosen("bad")]}],
    },
    {
        "id": 2,
        "data": {"text": "fine"},
        "annotations": [annotation(4, None, chosen("good", "bad"))],
        "predictions": [7],
    },
]
LABEL_STUDIO_MIN = [
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
LABEL_STUDIO_CSV = (
    "text,id,mood,annotator,annotation_id,created_at,updated_at,lead_time\n"
    'so so,1,good,ana@x.org,11,2025-03-01,2025-03-01,4.5\nso so,1,"{""choices"": [""good"", ""bad""]}",8,12,,,3\n'
    "fine,2,,8,13,2025-03-01,2025-03-01,2.5\n"
)


def prodigy(number: int, by: str, answer: str, **more: Any) -> dict[str, Any]:
    own = {
        "_input_hash": number,
        "_task_hash": -number,
        "_annotator_id": by,
        "_session_id": by,
        "_timestamp": 1700000000,
    }
    return {"text": f"text {number}", "meta": {"source": "web"}, **own, "answer": answer, **more}


OPTIONS = [{"id": "POS", "text": "positive"}, {"id": "NEG", "text": "negative"}]
PRODIGY_BINARY = [
    prodigy(11, "set-ana", "accept", label="POS"),
    prodigy(11, "set-ben", "reject", label="POS"),
    prodigy(12, "set-ana", "ignore", label="POS"),
]
PRODIGY_CHOICE = [
    prodigy(11, "set-ana", "accept", options=OPTIONS, accept=["POS"]),
    prodigy(11, "set-ben", "accept", options=OPTIONS, accept=["NEG"]),
    prodigy(12, "set-ana", "ignore", options=OPTIONS, accept=[]),
]
DOCCANO = [
    {"id": 1, "text": "one", "label": ["spam"], "Comments": []},
    {"id": 2, "text": "two", "label": ["ham"], "Comments": ["odd"]},
    {"id": 3, "text": "three", "label": [], "Comments": []},
]
ARGILLA = [
    {
        "id": "a1",
        "fields": {"text": "one"},
        "metadata": {"split": 1},
        "suggestions": {"mood": {"value": "good", "score": 0.8, "agent": "net"}},
        "responses": {
            "mood": [
                {"value": "bad", "user_id": "u1", "status": "submitted"},
                {"value": "good", "user_id": "u2", "status": "discarded"},
                {"value": "good", "user_id": "u3", "status": "draft"},
            ]
        },
        "vectors": {},
        "status": "completed",
    },
    {
        "id": "a2",
        "fields": {"text": "two"},
        "metadata": {},
        "suggestions": {},
        "responses": {},
        "vectors": {},
    },
]
ARGILLA_1 = [
    {
        "fields": {"text": "one"},
        "responses": [
            {"user_id": "u1", "values": {"mood": {"value": "bad"}}, "status": "submitted"},
            {"user_id": "u2", "values": {}, "status": "discarded"},
        ],
        "suggestions": [
            {"question_name": "mood", "value": "good", "type": "model", "score": 0.8, "agent": "net"}
        ],
        "external_id": "a1",
        "metadata": {},
    }
]
ARGILLA_FLAT = (
    "id,status,text,mood.responses,mood.responses.users,mood.responses.status,"
    "mood.suggestion,mood.suggestion.score,mood.suggestion.agent\n"
    'a1,completed,one,"[""bad"", ""good""]","[""u1"", ""u2""]","[""submitted"", ""discarded""]",good,0.8,net\n'
    "a2,completed,two,\"['good']\",\"['u1']\",\"['submitted']\",,,\n"
)


def parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


ARGILLA_PARQUET = pl.DataFrame(
    {
        "id": ["a1", "a2"],
        "text": ["one", "two"],
        "tags.responses": [[["x", "y"], ["x"]], None],
        "tags.responses.users": [["u1", "u2"], None],
        "tags.suggestion": [["x"], ["y"]],
        "tags.suggestion.score": [[0.5], [0.25]],
        "tags.suggestion.agent": ["net", "net"],
    }
)
LANGFUSE = (
    "id,traceId,sessionId,timestamp,source,name,dataType,value,stringValue,comment,observationId,traceName,userId,"
    "traceTags,environment,authorUserId,authorUserName\n"
    "s1,t1,k1,2025-01-01T00:00:00Z,ANNOTATION,correct,CATEGORICAL,1,yes,,,chat,c1,[],default,u1,Ana\n"
    "s2,t1,k1,2025-01-01T00:00:01Z,EVAL,correct,CATEGORICAL,0,no,why,,chat,c1,[],default,,\n"
    "s3,t2,,2025-01-01T00:00:02Z,API,correct,NUMERIC,1,,,o1,chat,c1,[],default,,\n"
)
LANGFUSE_JSON = {
    "data": [
        {
            "id": "s1",
            "traceId": "t1",
            "name": "correct",
            "source": "ANNOTATION",
            "value": 1,
            "authorUserId": "u1",
        },
        {
            "id": "s2",
            "traceId": "t1",
            "name": "correct",
            "source": "EVAL",
            "value": 0.5,
            "observationId": "o1",
        },
    ]
}


def feedback(run: str, sort: str, score: Any = None, value: Any = None, **source: Any) -> dict[str, Any]:
    told = {
        "id": "f",
        "created_at": "2025-01-01T00:00:00",
        "session_id": "p",
        "trace_id": "r1",
        "comment": None,
    }
    return {
        **told,
        "run_id": run,
        "key": "correct",
        "score": score,
        "value": value,
        "feedback_source": {"type": sort, **source},
    }


LANGSMITH = [
    feedback("r1", "app", 1, "yes", user_id="u1", user_name="Ana"),
    feedback("r1", "model", 0, "no"),
    feedback("r2", "api", 1.0),
]
LANGSMITH_CSV = (
    "run_id,key,score,value,created_at,feedback_source\n"
    "r1,correct,1,,2025-01-01,\"{'type': 'app', 'user_name': 'Ana', 'user_id': None}\"\n"
    'r1,correct,0,,2025-01-01,"{""type"": ""model""}"\n'
)

EXAMPLES: dict[str, dict[str, bytes]] = {
    "label-studio": {"export.json": whole(LABEL_STUDIO)},
    "label-studio-min": {"min.json": whole(LABEL_STUDIO_MIN), "min.csv": LABEL_STUDIO_CSV.encode()},
    "prodigy": {"binary.jsonl": lines(*PRODIGY_BINARY), "choice.jsonl": lines(*PRODIGY_CHOICE)},
    "doccano": {"ana.jsonl": lines(*DOCCANO), "ben.csv": b"id,data,label\n1,one,spam\n2,two,ham#spam\n"},
    "argilla": {
        "records.json": whole(ARGILLA),
        "feedback.jsonl": lines(*ARGILLA_1),
        "flat.csv": ARGILLA_FLAT.encode(),
        "flat.parquet": parquet(ARGILLA_PARQUET),
    },
    "langfuse": {"scores.csv": LANGFUSE.encode(), "scores.json": whole(LANGFUSE_JSON)},
    "langsmith": {"feedback.jsonl": lines(*LANGSMITH), "feedback.csv": LANGSMITH_CSV.encode()},
    "table": {
        "wide.csv": b"id,truth,ana,bot\n1,a,a,b\n2,b,b,b\n",
        "long.csv": "item;rater;label\n1;Zoë;a\n2;ben;b\n".encode("latin-1"),
        "rows.jsonl": lines({"id": 1, "rater": "ana", "label": "a"}, {"id": 2, "rater": "ben", "label": "b"}),
    },
}
