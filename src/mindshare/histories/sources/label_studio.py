"""Label Studio's JSON export: annotations are people's answers, predictions machines'; tasks, or their regions, are cases."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError, counted, listed
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.fields import pick
from mindshare.histories.sources.foreign import Record, elements, mapping, plain, sequence, shown
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.several import joined, one_case_per_label

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.source import Sheet

SAID = ("annotations", "completions", "predictions")
REGION = (
    "x",
    "points",
    "start",
    "startOffset",
    "format",
    "ranges",
    "sequence",
    "item_index",
)  # where on the task
WANTED = "An answer is one of a few labels: export a project with Choices, a Taxonomy, Pairwise, a Rating or a Number."
NOBODY = "person_unknown"


class LabelStudio:
    """Tasks with the answers to them. One marked as ground truth is the truth, a skipped one is attention spent."""

    name = "label-studio"

    def recognises(self, raw: Raw) -> bool:
        first = raw.sample if raw.is_json else None
        return first is not None and isinstance(first.get("data"), dict) and any(k in first for k in SAID)

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        controls = _controls(raw)
        field = pick(controls.count, raw, questions, "control of Label Studio")
        export = _Export(raw, field, per_region=field in controls.per_region)
        for at, task in enumerate(raw.records(), 1):
            export.add(task, at)
        return one_case_per_label(export.sheets(), questions)


class _Controls:
    """What is answered in the file: how often, and whether of regions."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.per_region: set[str] = set()
        self.others: set[str] = set()  # types of results that are no label
        self.tasks = 0

    def add(self, said: Record) -> None:
        places: dict[str, set[str]] = {}
        for result in map(mapping, sequence(said.get("result"))):
            control, value = plain(result.get("from_name")), mapping(result.get("value"))
            if control is None or choices_of(value) is None:
                self.others.add(shown(result.get("type")))
                continue
            self.count[control] += 1
            places.setdefault(control, set()).add(_region(result))
            if any(key in value for key in REGION):
                self.per_region.add(control)
        self.per_region |= {control for control, where in places.items() if len(where) > 1}


def _controls(raw: Raw) -> _Controls:
    controls = _Controls()
    for task in raw.records():
        controls.tasks += any(isinstance(task.get(key), list) for key in SAID)
        for key in SAID:
            for said in map(mapping, sequence(task.get(key))):
                controls.add(said)
    if controls.count:
        return controls
    if not controls.tasks:
        problem = "no task has annotations or predictions. Export as JSON, or JSON-MIN."
    elif controls.others:
        problem = f"no control gives labels, but {listed(sorted(controls.others), 4)}. {WANTED}"
    else:
        problem = "nobody has answered yet. Export again when there are annotations."
    raise HistoryError(problem, file=raw.file)


class _Export:
    """The tasks seen so far, as cases and answers."""

    def __init__(self, raw: Raw, field: str, *, per_region: bool) -> None:
        self._raw, self._field, self._per_region = raw, field, per_region
        self._out = Collected()
        self._many: Counter[str] = Counter()  # what the sentences count
        self._first: dict[int, str] = {}  # hash of a task's data -> the first task that had it
        self._cases: set[str] = set()
        self._seen: set[tuple[str, str]] = set()  # task and annotation
        self._answered: set[str] = set()

    def add(self, task: Record, at: int) -> None:
        self._many["task"] += 1
        case = plain(task.get("id")) or plain(task.get("inner_id")) or str(at)
        truths: dict[str, str | None] = {} if self._per_region else {case: None}
        for key in ("annotations", "completions"):
            for done in elements(task.get(key)):
                self._annotation(case, done, truths)
        for said in elements(task.get("predictions")):
            self._prediction(case, said, truths)
        if drafts := len(sequence(task.get("drafts"))):
            self._out.leave_out("draft", "not submitted", drafts)
        self._close(case, mapping(task.get("data")), truths, task.get("created_at"))

    def sheets(self) -> list[Sheet]:
        out, many = self._out, self._many
        if self._per_region and out.answers and len(self._answered) == out.answers:
            raise HistoryError(
                "every region is judged by one agent only, so answers cannot be compared."
                " Import regions as predictions, so that all judge the same ones.",
                file=self._raw.file,
            )
        of = " about regions, each a case called TASK/REGION" if self._per_region else ""
        out.said.append(
            f"{counted(many['task'], 'task')} of Label Studio, answers from the control '{shown(self._field)}'{of}."
        )
        for what, one, more, then in (
            ("truth", "annotation is", "annotations are", "marked as ground truth: truth, not an answer"),
            ("unknown", "annotation names", "annotations name", f"no author: one person's, {NOBODY}"),
            ("alike", "task has", "tasks have", "the data of an earlier task, which becomes its parent"),
        ):
            if many[what]:
                out.said.append(f"{counted(many[what], one, more)} {then}.")
        return out.sheets(self._raw, "a Label Studio export")

    def _annotation(self, case: str, done: Any, truths: dict[str, str | None]) -> None:
        if not isinstance(done, dict):
            why = "annotations are only ids: export as JSON" if isinstance(done, int) else "damaged"
            self._out.leave_out("annotation", why)
            return
        name = plain(done.get("unique_id")) or plain(done.get("id"))
        if name is not None and (case, name) in self._seen:
            self._out.leave_out("annotation", "in the file twice")
            return
        self._seen.add((case, name or ""))
        answers = self._answers(case, done)
        if done.get("ground_truth") is True:
            self._true(answers, truths)
            return
        agent = author(done.get("completed_by"))
        self._many["unknown"] += agent == NOBODY
        skipped = done.get("was_cancelled") is True
        if not answers and self._per_region:
            self._out.leave_out("annotation", "about no region")
        for about in answers or ([] if self._per_region else [case]):
            truths.setdefault(about)
            choices = None if skipped else answers.get(about)
            self._answer(about, agent, choices, "person", _told(done, len(answers)))

    def _true(self, answers: dict[str, str], truths: dict[str, str | None]) -> None:
        if not answers:
            self._out.leave_out("annotation", "marked as ground truth, without a label")
        elif any((truths.get(about) or choices) != choices for about, choices in answers.items()):
            self._out.leave_out("annotation", "marked as ground truth, unlike another one of its task")
        else:
            self._many["truth"] += 1
            truths.update(answers)

    def _prediction(self, case: str, said: Any, truths: dict[str, str | None]) -> None:
        if not isinstance(said, dict):
            ids = "predictions are only ids: export with interpolated predictions"
            self._out.leave_out("prediction", ids if isinstance(said, int) else "damaged")
            return
        answers = self._answers(case, said)
        if not answers:
            self._out.leave_out("prediction", f"without an answer from '{shown(self._field)}'")
        agent = plain(said.get("model_version")) or "model"
        for about, choices in answers.items():
            truths.setdefault(about)
            self._answer(about, agent, choices, "machine", {"confidence": said.get("score")})

    def _answer(self, case: str, agent: str, choices: str | None, kind: str, told: Record) -> None:
        self._answered.add(case)
        self._out.answer(case, agent, choices, kind, **told)

    def _answers(self, case: str, said: Record) -> dict[str, str]:
        """What it is about -> the choices; several results about the same thing are one answer of several choices."""
        found: dict[str, list[str]] = {}
        for result in map(mapping, sequence(said.get("result"))):
            choices = choices_of(mapping(result.get("value")))
            if plain(result.get("from_name")) == self._field and choices is not None:
                about = f"{case}/{_region(result)}" if self._per_region else case
                found.setdefault(about, []).extend(choices)
        return {about: joined(words) for about, words in found.items()}

    def _close(self, case: str, data: Record, truths: dict[str, str | None], arrived: Any) -> None:
        """The cases of a task: itself, or its regions."""
        features = {k: v for k, v in data.items() if isinstance(v, str | int | float) and k.strip()}
        alike = self._first.setdefault(hash(plain(data)), case) if data else case
        self._many["alike"] += alike != case
        for about, truth in truths.items():
            if about in self._cases:
                self._out.leave_out("case", "in the file twice; the answers are kept")
                continue
            self._cases.add(about)
            parent = alike if alike != about else None
            self._out.case(about, features, truth=truth, parent=parent, arrived=arrived)


def _told(done: Record, cases: int) -> Record:
    """When it was submitted, and the seconds that each of its cases took."""
    took = done.get("lead_time")
    if isinstance(took, int | float) and cases > 1:
        took /= cases
    return {"seconds": took, "finished": done.get("created_at")}


def choices_of(value: Record) -> list[str] | None:
    """The labels in a result, None where it holds none of that sort."""
    for key in ("choices", "taxonomy", "selected", "rating", "number"):
        if key not in value:
            continue
        inner = value[key]
        if key == "taxonomy":
            ways = [
                [plain(word) or "" for word in way] if isinstance(way, list) else [way]
                for way in sequence(inner)
            ]
            return [" / ".join(way) for way in ways if all(isinstance(word, str) for word in way)]
        words = inner if isinstance(inner, list) else [inner]
        return [
            word for each in words if not isinstance(each, dict | list) and (word := plain(each)) is not None
        ]
    return None


def _region(result: Record) -> str:
    place = mapping(result.get("value")).get("item_index")
    return plain(result.get("id") if place is None else place) or "whole"


def author(by: Any) -> str:
    """An email or a name where there is one; numbers become names of people."""
    if isinstance(by, dict):
        name, by = plain(by.get("email")) or plain(by.get("username")), by.get("id")
        if name is not None:
            return name
    known = isinstance(by, str | int) and not isinstance(by, bool) and str(by).strip()
    return NOBODY if not known else str(by) if "@" in str(by) else f"person_{by}"
