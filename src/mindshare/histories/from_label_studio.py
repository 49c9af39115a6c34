"""A Label Studio JSON export: annotations are people's answers, predictions machines', lead_time is seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mindshare.core.errors import HistoryError
from mindshare.histories.answers import COLUMNS
from mindshare.histories.from_table import named_truth
from mindshare.histories.gathered import Gathered, Questions

Row = dict[str, Any]


def gather_label_studio(path: Path, questions: Questions) -> Gathered:
    """Tasks become cases; an annotation marked as ground truth is the truth, not an answer."""
    import polars as pl

    tasks = _tasks(path)
    field = _field(path, tasks, questions)
    cases, answers, kinds = [], [], {}
    for at, task in enumerate(tasks):
        case = str(task.get("id", at + 1))
        truth = ""
        for done in task.get("annotations") or task.get("completions") or []:
            if done.get("ground_truth"):
                truth = _choice(path, case, done, field)
                continue
            agent = _person(done)
            kinds[agent] = "person"
            skipped = done.get("was_cancelled")  # attention spent, nothing learnt
            label = "" if skipped else _choice(path, case, done, field)
            answers.append(_row(case, agent, label, done.get("lead_time"), None))
        for said in task.get("predictions") or []:
            agent = str(said.get("model_version") or "model")
            kinds[agent] = "machine"
            answers.append(_row(case, agent, _choice(path, case, said, field), None, said.get("score")))
        cases.append({"case": case, "truth": truth, **_features(task.get("data") or {})})
    frame = pl.DataFrame(cases, infer_schema_length=None).cast(pl.String)
    if frame["truth"].fill_null("").str.len_bytes().sum() == 0:
        frame = named_truth(frame.drop("truth"), questions)
    return Gathered(
        cases=frame,
        answers=pl.DataFrame(answers, schema=dict.fromkeys(COLUMNS, pl.String)),
        kinds=kinds,
        decided=(
            f"{path.name}: {len(tasks):,} tasks of Label Studio, answers from '{field}', lead_time as seconds.",
        ),
    )


def _tasks(path: Path) -> list[Row]:
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as e:
        raise HistoryError("this is not whole JSON. Export it again.", file=path.name) from e
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks) or not tasks:
        raise HistoryError("a Label Studio export is a list of tasks. Export as JSON.", file=path.name)
    if not any(
        task.get("annotations") or task.get("completions") or task.get("predictions") for task in tasks
    ):
        raise HistoryError(
            "no task has annotations or predictions. Export as JSON (not JSON-MIN).", file=path.name
        )
    return tasks


def _results(task: Row) -> Iterator[Mapping[str, Any]]:
    for name in ("annotations", "completions", "predictions"):
        for said in task.get(name) or []:
            yield from said.get("result") or []


def _field(path: Path, tasks: list[Row], questions: Questions) -> str:
    """The one control (`from_name`) whose choices are the answers."""
    names = sorted(
        {str(r.get("from_name")) for task in tasks for r in _results(task) if _values(r) is not None}
    )
    if not names:
        raise HistoryError(
            "no result holds choices or a rating, so there is no answer in it.", file=path.name
        )
    if len(names) == 1 and "field" not in questions.given:
        return names[0]
    return questions.about("field", "Which control of Label Studio holds the answer?", names)


def _values(result: Mapping[str, Any]) -> list[str] | None:
    value = result.get("value") or {}
    if "choices" in value:
        return [str(choice) for choice in value["choices"]]
    return [str(value["rating"])] if "rating" in value else None


def _choice(path: Path, case: str, said: Row, field: str) -> str:
    for result in said.get("result") or []:
        values = _values(result)
        if str(result.get("from_name")) != field or values is None:
            continue
        if len(values) > 1:
            raise HistoryError(
                f"task {case} has {len(values)} choices in one answer, and an answer is one label."
                " Make one history for every choice.",
                file=path.name,
            )
        return values[0] if values else ""
    return ""


def _person(annotation: Row) -> str:
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    return f"person_{'unknown' if by is None else by}"


def _row(case: str, agent: str, answer: str, seconds: Any, confidence: Any) -> Row:
    return {
        "case": case,
        "agent": agent,
        "answer": answer,
        "seconds": None if seconds is None else str(seconds),
        "confidence": None if confidence is None else str(confidence),
    }


def _features(data: Mapping[str, Any]) -> dict[str, str]:
    """Words and numbers of the task; lists and mappings describe more than a column can hold."""
    return {
        k: str(v) for k, v in data.items() if isinstance(v, str | int | float) and k not in ("case", "truth")
    } | ({"truth": str(data["truth"])} if data.get("truth") else {})
