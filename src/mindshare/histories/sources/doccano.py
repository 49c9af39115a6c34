"""doccano's JSON lines and CSV: a file per person, so the file's name says who answered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError, counted
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.foreign import Record, mapping, plain, sequence, shown
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.several import joined, one_case_per_label
from mindshare.histories.sources.source import LeftOut, Sheet

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions

DATA = ("text", "data", "filename")
LABELS = ("label", "labels", "cats", "annotations")
SPANS = ("entities", "relations", "spans")
COMMENTS = ("Comments", "comments")
TRUTH = re.compile(r"gold|truth|(^|[^a-z])gt([^a-z]|$)|label|train|test|answer_?key|reference", re.I)
AGENT = re.compile(r"annotator|worker|rater|user|reviewer|coder|agent|model", re.I)


class Doccano:
    """One label, or a list of labels, per example. A plain `id,text,label` may be truths as well, so that is asked."""

    name = "doccano"

    def recognises(self, raw: Raw) -> bool:
        if not raw.is_json:
            names = [name for name in raw.columns if name not in COMMENTS]
            return (
                len(names) == 3
                and "id" in names
                and "label" in names
                and ("data" in names or "text" in names)
            )
        first = raw.sample or {}
        if any(AGENT.search(name) for name in first) or not any(name in first for name in DATA):
            return False
        if _by_several(first):
            return False
        by = [mapping(each) for each in sequence(first.get("annotations"))]
        listed = any(isinstance(first.get(name), list) for name in LABELS[:3])
        return "id" in first and (listed or any("label" in one and "user" in one for one in by))

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        agent = Path(raw.file.removesuffix(".gz")).stem.strip() or "person"
        if _bare(raw) and _is_truth(raw, questions, agent):
            return [_truths(raw)]
        out, cases, spans, empty, rows = Collected(), set(), 0, 0, 0
        for rows, record in enumerate(raw.rows(), 1):
            case = plain(record.get("id")) or f"row {rows}"
            if case not in cases:
                cases.add(case)
                out.case(case, _features(record))
            answers = _answers(record, agent, in_table=not raw.is_json)
            spans += answers is None
            empty += answers == {}
            for who, choices in (answers or {}).items():
                out.answer(case, who, joined(choices), "person")
        if spans and not out.answers:
            raise HistoryError(
                "labels are spans, boxes or texts, and an answer is one label for the whole."
                " Export a project of text or image classification.",
                file=raw.file,
            )
        if spans:
            out.leave_out("answer", "spans or boxes, not labels", spans)
        out.said.append(
            f"{counted(rows, 'example')} of doccano, labelled by '{shown(agent)}', for doccano writes a file per person."
        )
        if empty:
            many = counted(empty, "example has no label and counts", "examples have no label and count")
            out.said.append(f"{many} as not seen yet.")
        return one_case_per_label(out.sheets(raw, "a doccano export"), questions)


def _by_several(record: Record) -> bool:
    """Whether the list holds a label twice, or stands beside a lone label: it is what several people answered, and no choice."""
    told = [plain(one) for one in sequence(record.get("labels"))]
    return len(set(told)) < len(told) or (len(told) > 1 and isinstance(record.get("label"), str))


def _bare(raw: Raw) -> bool:
    """Whether nothing but the names of three columns speaks for doccano."""
    return not raw.is_json and sorted(raw.columns) == ["id", "label", "text"]


def _is_truth(raw: Raw, questions: Questions, agent: str) -> bool:
    meanwhile = "truth" if TRUTH.search(agent) else "answer"
    text = f"Is the label in {shown(raw.file)} what '{shown(agent)}' answered, or the truth?"
    return questions.about("label", text, ("answer", "truth"), meanwhile=meanwhile, file=raw.file) == "truth"


def _truths(raw: Raw) -> Sheet:
    frame = raw.frame.filter(raw.frame.get_column("id").is_not_null())
    nameless = raw.frame.height - frame.height
    return Sheet(
        file=raw.file,
        format="a table of cases",
        frame=frame,
        layout="cases",
        roles={"id": "case", "label": "truth"},
        left_out=(LeftOut(nameless, "row", "without an id"),) if nameless else (),
    )


def _answers(record: Record, agent: str, *, in_table: bool) -> dict[str, list[Any]] | None:
    """Who -> their labels; nobody where there is no label, None where there is something other than labels."""
    cell = next((record[name] for name in LABELS if record.get(name) is not None), None)
    if cell is None or cell == []:
        return None if any(sequence(record.get(name)) for name in SPANS) else {}
    if isinstance(cell, str):
        parts = cell.split("#") if in_table else [cell]
        return {agent: parts if all(part.strip() for part in parts) else [cell]}
    found: dict[str, list[Any]] = {}
    for one in cell if isinstance(cell, list) else [cell]:
        if isinstance(one, dict) and plain(one.get("user")) is not None and "start_offset" not in one:
            found.setdefault(f"person_{plain(one['user'])}", []).append(one.get("label"))
        elif isinstance(one, list | dict):
            return None
        elif plain(one) is not None:
            found.setdefault(agent, []).append(one)
    return found


def _features(record: Record) -> dict[str, Any]:
    known = (*LABELS, *SPANS, *COMMENTS, "id", "annotation_approver")
    own = {k: v for k, v in record.items() if k not in known}
    own |= {f"meta.{k}": v for k, v in mapping(own.pop("meta", None)).items()}
    return {k: v for k, v in own.items() if isinstance(v, str | int | float)}
