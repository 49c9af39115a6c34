"""Scores of Langfuse and feedback of LangSmith: a row per judgement of a trace or run, by a person or an evaluator."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from mindshare.core.errors import HistoryError, counted
from mindshare.histories.intake.questions import split
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.foreign import Record, mapping, plain, shown, unpacked
from mindshare.histories.sources.raw import Raw

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.source import Sheet

NOBODY = "person_unknown"
FREE = ("TEXT", "CORRECTION")  # types of scores that are no label


class Judged(NamedTuple):
    """One row, not yet checked."""

    case: str | None
    name: str | None  # of the score or feedback: what was asked
    agent: str
    kind: str  # empty where the row does not tell
    answer: str | None
    when: Any
    parent: str | None
    features: Record


class Langfuse:
    """The scores table: a case is a trace, an observation of it, or a session."""

    name = "langfuse"
    tool, row, of = "Langfuse", "score", "a Langfuse scores export"

    def recognises(self, raw: Raw) -> bool:
        names = _names(raw)
        traced = bool(names & {"traceId", "trace_id", "sessionId"})
        return (
            traced and {"name", "source"} <= names and bool(names & {"value", "stringValue", "string_value"})
        )

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        return _read(self, raw, questions)

    def judged(self, row: Record) -> Judged:
        def cell(camel: str, snake: str) -> str | None:
            return _word(row.get(camel)) or _word(row.get(snake))

        trace, session = cell("traceId", "trace_id"), cell("sessionId", "session_id")
        observation, source = cell("observationId", "observation_id"), _word(row.get("source")) or ""
        whole = trace or session or cell("datasetRunId", "dataset_run_id")
        name = _word(row.get("name"))
        author = cell("authorUserName", "author_user_name") or cell("authorUserId", "author_user_id")
        kind = {"ANNOTATION": "person", "EVAL": "machine"}.get(source.upper(), "person" if author else "")
        free = (cell("dataType", "data_type") or "").upper() in FREE
        said = cell("stringValue", "string_value") or _word(row.get("value"))
        return Judged(
            case=f"{whole}/{observation}" if whole and observation else whole or observation,
            name=name,
            agent=author
            or {"person": NOBODY, "machine": f"eval_{name}"}.get(kind, source.lower() or "unknown"),
            kind=kind,
            answer=None if free else said,
            when=row.get("timestamp"),
            parent=(session if session != whole else None) or (trace if observation else None),
            features={k: row.get(k) for k in ("traceName", "userId", "traceTags", "environment")},
        )


class LangSmith:
    """Feedback rows: a case is a run."""

    name = "langsmith"
    tool, row, of = "LangSmith", "feedback row", "a LangSmith feedback export"

    def recognises(self, raw: Raw) -> bool:
        names = _names(raw)
        about = any(name.startswith(("feedback_source", "created_by")) for name in names)
        rows = {"run_id", "key"} <= names and bool(names & {"score", "value"}) and about
        return rows or "feedback_stats" in names

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        if not {"run_id", "key"} <= _names(raw):
            raise HistoryError(
                "these are runs, and their feedback is only counted. Export the feedback itself, a row each"
                " (list_feedback), as JSON or CSV.",
                file=raw.file,
            )
        return _read(self, raw, questions)

    def judged(self, row: Record) -> Judged:
        source = _object(row.get("feedback_source"))
        inside = {
            k: source.get(k, row.get(f"feedback_source.{k}", row.get(f"feedback_source_{k}")))
            for k in ("type", "user_name", "user_id")
        }
        sort = (_word(inside["type"]) or "").lower()
        key, run = _word(row.get("key")), _word(row.get("run_id"))
        names = (inside["user_name"], inside["user_id"], source.get("ls_user_id"), row.get("created_by"))
        author = next((name for each in names if (name := _word(each))), None)
        kind = {"app": "person", "model": "machine", "auto_eval": "machine"}.get(sort, "")
        agent = f"eval_{key}" if kind == "machine" else author or (NOBODY if kind else sort or "unknown")
        trace = _word(row.get("trace_id"))
        value = _word(row.get("value"))
        return Judged(
            case=run,
            name=key,
            agent=agent,
            kind=kind,
            answer=_word(row.get("score")) if value is None else value,
            when=row.get("created_at"),
            parent=trace if trace != run else None,
            features={},
        )


def _names(raw: Raw) -> set[str]:
    return set(raw.sample or ()) if raw.is_json else set(raw.columns)


def _object(cell: Any) -> Record:
    """An object, also in a cell, as JSON or as Python writes it."""
    inner = unpacked(cell)
    if isinstance(inner, str):
        for python, in_json in (("'", '"'), ("None", "null"), ("True", "true"), ("False", "false")):
            inner = inner.replace(python, in_json)
        inner = unpacked(inner)
    return mapping(inner)


def _word(value: Any) -> str | None:
    """A word or a number; nothing where it is anything else."""
    return None if isinstance(value, dict | list) else (plain(value) or "").strip() or None


def _fields(source: Langfuse | LangSmith, raw: Raw, questions: Questions) -> set[str]:
    """The names that are the question: several where people and evaluators call the same thing by different names."""
    count = Counter(
        found.name for row in raw.rows() if (found := source.judged(row)).name and found.answer is not None
    )
    names = sorted(name for name in count if name is not None)
    if not names:
        raise HistoryError(
            f"no {source.row} has a name and a value. Export categories or numbers.", file=raw.file
        )
    if len(names) == 1 and questions.setting("field", raw.file) is None:
        return set(names)
    most = max(names, key=lambda name: count[name])
    text = f"Which {source.row} of {source.tool} is the answer? Several, where they ask the same."
    chosen = questions.about("field", text, names, meanwhile=most, several=True, file=raw.file)
    return {most} if chosen == most else set(split(chosen))


def _read(source: Langfuse | LangSmith, raw: Raw, questions: Questions) -> list[Sheet]:
    fields = _fields(source, raw, questions)
    out, cases, rows, others, nobody = Collected(), set(), 0, 0, 0
    for row in raw.rows():
        rows += 1
        one = source.judged(row)
        if one.case is None or one.name is None:
            out.leave_out(source.row, "without a trace, run or name")
            continue
        if one.case not in cases:
            cases.add(one.case)
            out.case(one.case, one.features, parent=one.parent)
        if one.name not in fields:
            others += 1
        elif one.answer is None:
            out.leave_out(source.row, "without a label or a number")
        else:
            nobody += one.agent == NOBODY
            out.answer(one.case, one.agent, one.answer, one.kind, finished=one.when)
    named = ", ".join(f"'{shown(name)}'" for name in sorted(fields)[:4])
    out.said.append(f"{counted(rows, 'row')} of {source.tool}, answers from {named}.")
    if others:
        out.leave_out(source.row, f"not about {named}", others)
    if nobody:
        out.said.append(f"{counted(nobody, 'row names', 'rows name')} no author: one person's, {NOBODY}.")
    return out.sheets(raw, source.of)
