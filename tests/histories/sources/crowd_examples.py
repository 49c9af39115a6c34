"""Small exports of crowd platforms, in the shapes that their pages give; every name and value is made up."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

BATCH = "HITId,HITTypeId,Title,Reward,CreationTime,MaxAssignments,AssignmentId,WorkerId,AssignmentStatus,AcceptTime,SubmitTime,WorkTimeInSeconds,LifetimeApprovalRate"
WHEN = "Mon Mar 03 10:00:00 PST 2025,Mon Mar 03 10:00:30 PST 2025,30,100% (25/25)"


def batch(
    *rows: tuple[str, str, str, str], more: str = "Input.text,Input.gold_label,Answer.sentiment.label"
) -> str:
    """(HIT, worker, status, the cells of `more`)."""
    lines = [f"{BATCH},{more},Approve,Reject"]
    for n, (hit, worker, status, cells) in enumerate(rows):
        lines.append(f"{hit},3T,Judge,$0.05,x,3,3ASG{n},{worker},{status},{WHEN},{cells},,")
    return "\n".join(lines) + "\n"


PLAIN = batch(
    ("H1", "A1", "Approved", "it rains,bad,bad"),
    ("H1", "A2", "Submitted", "it rains,bad,good"),
    ("H2", "A1", "Approved", "the sun,good,good"),
    ("H2", "A3", "Rejected", "the sun,good,bad"),
)
BOXES = batch(
    ("H1", "A1", "Approved", "it rains,true,false,false"),
    ("H1", "A2", "Approved", "it rains,false,false,true"),
    ("H2", "A1", "Approved", "the sun,true,true,false"),
    ("H2", "A2", "Approved", "the sun,false,false,false"),
    more="Input.text,Answer.category.positive,Answer.category.negative,Answer.category.neutral",
)
FORM = batch(
    ("H1", "A1", "Approved", '"it rains","[{""mood"":{""good"":true,""bad"":false},""note"":""so""}]"'),
    ("H1", "A2", "Approved", '"it rains","[{""mood"":{""good"":false,""bad"":true},""note"":""oh""}]"'),
    ("H2", "A1", "Approved", '"the sun","[{""mood"":{""label"":""good""},""note"":""ah""}]"'),
    ("H2", "A2", "Approved", '"the sun","[{""mood"":{""labels"":[""good"",""bad""]}}]"'),
    more="Input.text,Answer.taskAnswers",
)


REPORT = "_unit_id,_created_at,_golden,_id,_missed,_started_at,_tainted,_channel,_trust,_worker_id,_country,_region,_city,_ip,mood,orig__golden,mood_gold,mood_gold_reason,tweet"


def report(*rows: str) -> bytes:
    """Each row: unit, end, tainted, worker, mood, gold, tweet."""
    lines = [REPORT]
    for n, row in enumerate(rows):
        unit, end, tainted, worker, mood, gold, tweet = row.split("|")
        start = "1/2/2025 10:00:00"
        lines.append(
            f'{unit},{end},true,{n},,{start},{tainted},neo,0.9,{worker},USA,,,,{mood},,"{gold}",,{tweet}'
        )
    return "\ufeff".encode() + "\n".join(lines).encode()


FULL = report(
    "1|1/2/2025 10:00:10|false|7|Good|Good|sun",
    "1|1/2/2025 10:00:20|false|8|Bad|Good|sun",
    "2|1/2/2025 10:00:40|false|7|Bad|Bad\nAwful|rain",
    "2|1/2/2025 10:00:50|true|9|Bad|Bad\nAwful|rain",
)
UNITS = [
    {
        "id": 1,
        "data": {"tweet": "sun", "mood_gold": ["Good"], "_golden": True},
        "judgments_count": 2,
        "state": "finalized",
        "results": {
            "judgments": [
                {"id": 11, "worker_id": 7, "tainted": False, "started_at": "2025-01-02T10:00:00+00:00", "created_at": "2025-01-02T10:00:10+00:00", "data": {"mood": "Good"}},
                {"id": 12, "worker_id": 8, "tainted": True, "started_at": "2025-01-02T10:00:00+00:00", "created_at": "2025-01-02T10:00:10+00:00", "data": {"mood": ["Bad"]}},
            ],
            "mood": {"agg": "Good", "confidence": 0.6},
        },
    },
    {"id": 2, "data": {"tweet": "rain"}, "results": {"judgments": [{"worker_id": 7, "data": {"mood": ["Bad", "Good"]}}]}},
]  # fmt: skip


def worker(name: str, content: Any) -> dict[str, Any]:
    return {
        "acceptanceTime": "2025-03-03T10:00:00Z",
        "submissionTime": "2025-03-03T10:00:20Z",
        "timeSpentInSeconds": 19.5,
        "answerContent": content,
        "workerId": name,
        "workerMetadata": {"identityData": {"identityProviderType": "Cognito"}},
    }


def line(number: int, name: str, human: str = "yes") -> dict[str, Any]:
    about = {
        "class-name": name,
        "confidence": 0.9,
        "human-annotated": human,
        "type": "groundtruth/image-classification",
        "job-name": "labeling-job/sport",
        "creation-date": "2018-10-18T22:18:13.527256",
    }
    return {"source-ref": f"s3://bucket/{number}.png", "sport": 0, "sport-metadata": about}


RESPONSE = {"answers": [worker("w1", {"mood": {"label": "good"}}), worker("w2", {"mood": {"label": "bad"}})]}
LOOP = {
    "flowDefinitionArn": "arn:aws:sagemaker:eu:1:flow-definition/f",
    "humanLoopName": "loop-1",
    "inputContent": {"text": "it rains"},
    "humanAnswers": [worker("w1", {"mood": {"good": False, "bad": True}})],
}
REQUEST = [
    {
        "datasetObjectId": str(n),
        "dataObject": {"s3Uri": f"s3://bucket/{n}.txt"},
        "annotations": [
            {"workerId": w, "annotationData": {"content": json.dumps({"mood": {"label": said}})}}
            for w, said in (("w1", "good"), ("w2", "bad"))
        ],
    }
    for n in range(2)
]
MANIFEST = [line(0, "football"), line(1, "tennis", "no"), line(2, "golf")]


def lines(records: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(record) for record in records) + "\n"


TOLOKA = (
    "INPUT:image\tINPUT:size\tOUTPUT:result\tOUTPUT:comment\tGOLDEN:result\tHINT:text\tASSIGNMENT:link\tASSIGNMENT:task_id"
    "\tASSIGNMENT:assignment_id\tASSIGNMENT:worker_id\tASSIGNMENT:status\tASSIGNMENT:started\tASSIGNMENT:submitted\n"
    "a.png\t1\tcat\tfine\tcat\t\tx\tt1\tp1\tw1\tAPPROVED\t2021-03-03T10:00:00.000\t2021-03-03T10:00:30.000\n"
    "b.png\t2\tdog\t\t\t\tx\tt2\tp1\tw1\tAPPROVED\t2021-03-03T10:00:00.000\t2021-03-03T10:00:30.000\n"
    "a.png\t1\tdog\t\tcat\t\tx\tt1\tp2\tw2\tREJECTED\t2021-03-03T10:00:00.000\t2021-03-03T10:00:09.000\n"
    "b.png\t2\t\t\t\t\tx\tt2\tp3\tw3\tSKIPPED\t2021-03-03T10:00:00.000\t\n"
    "b.png\t2\tcat\tso\t\t\tx\tt2\tp4\tw4\tSUBMITTED\t2021-03-03T10:00:00.000\t2021-03-03T10:00:08.000\n"
)
POTATO = (
    "user,instance_id,displayed_text,mood:::good,mood:::bad,why:::text_box\n"
    "u1,i1,it rains,,1,wet\nu2,i1,it rains,1,,\nu1,i2,the sun,1,1,hm\nu2,i2,the sun,,,\n"
)


def classification(number: int, user: str, subject: str, *tasks: tuple[str, Any]) -> list[str]:
    said = [{"task": task, "task_label": "Which?", "value": value} for task, value in tasks]
    when = {"started_at": "2018-02-20T10:41:13.381Z", "finished_at": "2018-02-20T10:41:20.381Z"}
    data = {subject: {"retired": None, "file": f"{subject}.png", "#hidden": "x"}}
    middle = ["", "iphash", "612", "Galaxies", "28.30", "2018-02-20 10:44:42 UTC", "", ""]
    return [str(number), user, *middle, json.dumps(when), json.dumps(said), json.dumps(data), subject]


def zooniverse() -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name", "workflow_version", "created_at", "gold_standard", "expert", "metadata", "annotations", "subject_data", "subject_ids"])  # fmt: skip
    rows.writerow(classification(1, "ann", "77", ("T0", "Smooth"), ("T1", ["bar"])))
    rows.writerow(classification(2, "not-logged-in-1", "77", ("T0", "Disk")))
    rows.writerow(classification(3, "ann", "78", ("T0", None)))
    rows.writerow(classification(4, "ben", "78", ("T2", [{"x": 1.5, "y": 2.5}])))
    return out.getvalue()


EXAMPLES: dict[str, dict[str, bytes]] = {  # source -> file -> what is in it
    "mturk": {"plain.csv": PLAIN.encode(), "boxes.csv": BOXES.encode(), "form.csv": FORM.encode()},
    "appen": {"f1.csv": FULL, "job.json": lines(UNITS).encode()},
    "ground-truth": {
        "response.json": json.dumps(RESPONSE).encode(),
        "output.json": json.dumps(LOOP).encode(),
        "request.json": json.dumps(REQUEST).encode(),
        "output.manifest": lines(MANIFEST).encode(),
    },
    "crowd-kit": {
        "labels.csv": b"task,worker,label\nt1,w1,cat\nt1,w2,dog\n",
        "gt.csv": b"task,label\nt1,cat\n",
    },
    "toloka": {"assignments.tsv": TOLOKA.encode()},
    "potato": {"annotated_instances.csv": POTATO.encode()},
    "zooniverse": {"classifications.csv": zooniverse().encode()},
}
