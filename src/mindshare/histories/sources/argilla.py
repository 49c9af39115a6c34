"""Argilla's records, whole or flattened to columns: responses are people's answers, suggestions machines'."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from mindshare.core.errors import HistoryError, counted
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.fields import pick
from mindshare.histories.sources.foreign import Record, elements, mapping, plain, sequence, shown, unpacked
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.several import BETWEEN, joined, one_case_per_label

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.source import Sheet

RESPONSES, USERS, STATUS = ".responses", ".responses.users", ".responses.status"
SUGGESTION, SCORE, AGENT = ".suggestion", ".suggestion.score", ".suggestion.agent"
PARTS = (RESPONSES, USERS, STATUS, SUGGESTION, SCORE, AGENT)
OLD = ("-suggestion", "-suggestion-metadata")  # how the columns of version 1 end
OWN = (
    "id",
    "status",
    "_server_id",
    "external_id",
    "fields",
    "metadata",
    "responses",
    "suggestions",
    "vectors",
)
NOBODY = "person_unknown"
ANY = ""  # what names no question, such as a record that was discarded as a whole
LONG, MANY = 60, 50  # characters of an answer, and different answers, from which a question is one of text
ITEM = re.compile(r"""'([^']*)'|"([^"]*)"|(None|nan)|([^\s,'"\[\]]+)""")
UNREADABLE = (
    "its questions are answered with texts, spans or rankings, and an answer is one label."
    " Export a dataset with a label, multi-label or rating question."
)


class Said(NamedTuple):
    """One response or suggestion, not yet checked."""

    question: str
    agent: Any
    value: Any
    status: Any = None
    score: Any = None
    kind: str = "person"


class Argilla:
    """A discarded response is attention spent without a label, a draft is none yet."""

    name = "argilla"

    def recognises(self, raw: Raw) -> bool:
        first = (raw.sample or {}) if raw.is_json else dict.fromkeys(raw.columns)
        if isinstance(first.get("fields"), dict):
            return isinstance(first.get("responses"), dict | list) or isinstance(
                first.get("suggestions"), dict | list
            )
        return any(
            (name.endswith(RESPONSES) and f"{name}.users" in first) or name.endswith(OLD[1]) for name in first
        )

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        field = pick(_questions(raw), raw, questions, "question of Argilla")
        out, cases, records, nobody = Collected(), set(), 0, 0
        for records, record in enumerate(raw.rows(), 1):
            case = next(
                (i for k in ("id", "external_id", "_server_id") if (i := plain(record.get(k)))),
                f"row {records}",
            )
            if case not in cases:
                cases.add(case)
                out.case(case, _features(record))
            for said in _said(record):
                if said.question in (field, ANY):
                    nobody += _add(out, case, said)
                else:
                    out.leave_out(
                        "response" if said.kind == "person" else "suggestion", "to another question"
                    )
        out.said.append(
            f"{counted(records, 'record')} of Argilla, answers to '{shown(field)}', suggestions as machines' answers."
        )
        if nobody:
            out.said.append(
                f"{counted(nobody, 'response names', 'responses name')} nobody: one person's, {NOBODY}."
            )
        return one_case_per_label(out.sheets(raw, "Argilla records"), questions)


def _add(out: Collected, case: str, said: Said) -> bool:
    """Makes it an answer, or leaves it out; whether nobody is named."""
    what = "response" if said.kind == "person" else "suggestion"
    if said.status in ("draft", "pending"):
        out.leave_out(what, "drafts, not submitted")
        return False
    choices = None if said.status == "discarded" else _choices(said.value)
    if choices is None and said.status != "discarded":
        out.leave_out(what, "without a label")
        return False
    agent = plain(said.agent) if not isinstance(said.agent, dict | list) else None
    score = said.score
    if isinstance(score, list):
        score = (
            BETWEEN.join(plain(one) or "" for one in score) if len(score) == len(set(choices or ())) else None
        )
    by = agent or (NOBODY if said.kind == "person" else "model")
    out.answer(case, by, None if choices is None else joined(choices), said.kind, confidence=score)
    return agent is None and said.kind == "person"


def _questions(raw: Raw) -> dict[str, int]:
    """Questions whose answers may be labels -> how many there are."""
    count: Counter[str] = Counter()
    values: dict[str, set[str]] = {}
    text: set[str] = set()
    for record in raw.rows():
        for said in _said(record):
            if said.question == ANY:
                continue
            choices = _choices(said.value)
            count[said.question] += choices is not None or said.status == "discarded"
            for choice in choices or ():
                seen = values.setdefault(said.question, set())
                if len(choice) > LONG:
                    text.add(said.question)
                elif len(seen) <= MANY:
                    seen.add(choice)
    text |= {name for name, seen in values.items() if len(seen) > MANY and count[name] < 2 * len(seen)}
    able = {name: n for name, n in count.items() if n and name in values}
    if not able:
        raise HistoryError(UNREADABLE if count else "nobody has answered yet. Export again.", file=raw.file)
    found = {name: n for name, n in able.items() if name not in text}
    if not found:
        raise HistoryError(UNREADABLE, file=raw.file)
    return found


def _choices(value: Any) -> list[str] | None:
    """The labels in a value; None where it is empty, spans or a ranking."""
    if isinstance(value, dict):
        value = value.get("value")
    parts = value if isinstance(value, list) else [value]
    if value is None or any(isinstance(part, dict | list) for part in parts):
        return None
    return [word for part in parts if (word := plain(part)) is not None]


def _said(record: Record) -> Iterator[Said]:
    """All responses and suggestions of a record, whichever version wrote it."""
    responses, suggestions = record.get("responses"), record.get("suggestions")
    if isinstance(responses, dict):
        for question, each in responses.items():
            for one in map(mapping, elements(each)):
                yield Said(question, one.get("user_id"), one.get("value"), one.get("status"))
    else:
        for one in map(mapping, elements(responses)):
            values = mapping(one.get("values")) or {plain(one.get("question_name")) or ANY: one.get("value")}
            for question, value in values.items():
                yield Said(question, one.get("user_id"), value, one.get("status"))
    if isinstance(suggestions, dict):
        named = [(question, mapping(one)) for question, one in suggestions.items()]
    else:
        named = [(plain(one.get("question_name")) or ANY, one) for one in map(mapping, elements(suggestions))]
    for question, one in named:
        kind = "person" if one.get("type") == "human" else "machine"
        yield Said(question, one.get("agent"), one.get("value"), None, one.get("score"), kind)
    yield from _flat(record)


def _flat(record: Record) -> Iterator[Said]:
    for name, cell in record.items():
        if name.endswith(RESPONSES):
            users, status = (_list(record.get(f"{name}{end}")) for end in (".users", ".status"))
            broken = [None] if cell is not None and not _list(cell) and cell not in ("[]", []) else []
            for n, value in enumerate(_list(cell) or broken):
                by, how = (more[n] if n < len(more) else None for more in (users, status))
                yield Said(name.removesuffix(RESPONSES), by, value, how)
        elif name.endswith(SUGGESTION) and cell is not None:
            score, agent = (record.get(f"{name}{end}") for end in (".score", ".agent"))
            yield Said(name.removesuffix(SUGGESTION), agent, _whole(cell), None, _whole(score), "machine")
        elif name.endswith(OLD[1]):
            question, about = name.removesuffix(OLD[1]), mapping(unpacked(cell))
            for one in map(mapping, _list(record.get(question))):
                yield Said(question, one.get("user_id"), one.get("value"), one.get("status"))
            value = _whole(record.get(f"{question}{OLD[0]}"))
            if value is not None:
                kind = "person" if about.get("type") == "human" else "machine"
                yield Said(question, about.get("agent"), value, None, about.get("score"), kind)


def _whole(cell: Any) -> Any:
    """A list where the cell holds one, written as JSON or as Python writes it; else the cell."""
    return _list(cell) if isinstance(cell, str) and cell[:1] == "[" and cell[-1:] == "]" else unpacked(cell)


def _list(cell: Any) -> list[Any]:
    inner = unpacked(cell)
    if isinstance(inner, list) or not isinstance(inner, str):
        return sequence(inner)
    if inner[:1] != "[" or inner[-1:] != "]":
        return []
    return [None if found[3] else found[1] or found[2] or found[4] or "" for found in ITEM.finditer(inner)]


def _features(record: Record) -> dict[str, Any]:
    """Fields and metadata, whole or already columns."""
    asked = {name.removesuffix(OLD[1]) for name in record if name.endswith(OLD[1])}
    flat = {
        k: v for k, v in record.items() if k not in OWN and k not in asked and not k.endswith((*PARTS, *OLD))
    }
    every = {**flat, **mapping(record.get("fields")), **mapping(record.get("metadata"))}
    return {k: v for k, v in every.items() if isinstance(v, str | int | float)}
