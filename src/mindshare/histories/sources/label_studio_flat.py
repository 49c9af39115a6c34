"""Label Studio's JSON-MIN and CSV exports: a row per annotation, controls and the data of the task side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError, counted
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.fields import pick
from mindshare.histories.sources.foreign import plain, shown, unpacked
from mindshare.histories.sources.label_studio import NOBODY, WANTED, author, choices_of
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.several import joined, one_case_per_label

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.source import Sheet

OWN = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")
FEW = 50  # values that a control has at most where nothing else tells it from the data of the task


class LabelStudioFlat:
    """The control is a column that differs within a task, or that holds choices, or that stands after the id."""

    name = "label-studio-min"

    def recognises(self, raw: Raw) -> bool:
        names = set(raw.sample or () if raw.is_json else raw.columns)
        return {"annotator", "annotation_id"} <= names and bool(names & {"lead_time", "created_at"})

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        controls = _controls(raw)
        field = pick(controls, raw, questions, "column of Label Studio")
        out, tasks, unknown = Collected(), set(), 0
        for at, row in enumerate(raw.rows(), 1):
            case = plain(row.get("id")) or f"row {at}"
            if case not in tasks:
                tasks.add(case)
                features = {k: v for k, v in row.items() if k not in OWN and k not in controls}
                out.case(case, features)
            cell = unpacked(row.get(field))
            choices = _labels(cell)
            if cell is not None and choices is None:
                out.leave_out("annotation", f"'{shown(field)}' holds no label")
                continue
            agent = author(unpacked(row.get("annotator")))
            unknown += agent == NOBODY
            told = {"seconds": row.get("lead_time"), "finished": row.get("created_at")}
            out.answer(case, agent, None if choices is None else joined(choices), "person", **told)
        out.said.append(f"{counted(len(tasks), 'task')} of Label Studio, answers from '{shown(field)}'.")
        if unknown:
            out.said.append(
                f"{counted(unknown, 'annotation names', 'annotations name')} no author: one person's, {NOBODY}."
            )
        return one_case_per_label(out.sheets(raw, "a Label Studio export"), questions)


def _labels(cell: Any) -> list[str] | None:
    """The choices in a cell, None where it is empty or holds boxes, spans or the like."""
    if isinstance(cell, dict):
        return choices_of(cell)
    if isinstance(cell, list):
        plainly = all(not isinstance(each, dict | list) for each in cell)
        return [word for each in cell if (word := plain(each)) is not None] if plainly else None
    word = plain(cell)
    return None if word is None else [word]


class _Column:
    """What is seen of one column."""

    def __init__(self) -> None:
        self.filled = self.labels = 0
        self.has_choices = self.differs = False
        self.values: set[str] = set()
        self.of_task: dict[str, int] = {}

    def add(self, task: str, value: Any) -> None:
        cell = unpacked(value)
        if cell is None or cell == "":
            return
        self.filled += 1
        labels = _labels(cell)
        self.labels += labels is not None
        self.has_choices |= isinstance(cell, dict) and labels is not None
        one = hash(plain(cell))
        self.differs |= self.of_task.setdefault(task, one) != one
        if len(self.values) <= FEW:
            self.values.add(plain(cell) or "")


def _controls(raw: Raw) -> dict[str, int]:
    """The columns that may be controls -> how many answers each holds."""
    columns: dict[str, _Column] = {}
    names: list[str] = []
    for row in raw.rows():
        names = names or list(row)
        task = plain(row.get("id")) or ""
        for name in row:
            if name not in OWN and name.strip():
                columns.setdefault(name, _Column()).add(task, row[name])
    able = {name: column for name, column in columns.items() if column.labels}
    sure = {name for name, column in able.items() if column.has_choices or column.differs}
    found = sure or _by_place(names, able)
    if not found:
        raise HistoryError(f"no column holds labels. {WANTED}", file=raw.file)
    return {name: column.labels for name, column in able.items() if name in found}


def _by_place(names: Iterable[str], able: dict[str, _Column]) -> set[str]:
    """Controls stand between the id and the annotator, where the data of the task does not; and have few values."""
    order = list(names)
    first = order.index("id") + 1 if "id" in order else 0
    last = order.index("annotator") if "annotator" in order else len(order)
    between = {name for name in order[first:last] if name in able}
    return {name for name in between if len(able[name].values) <= FEW} or between or set(able)
