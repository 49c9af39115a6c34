"""Zooniverse: the export of classifications, a row per classification with its answers as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.choices import choice, read_json
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.fields import columns, named, pick, table
from mindshare.histories.sources.foreign import mapping, plain, sequence
from mindshare.histories.sources.source import Sheet

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

NEEDED = ("user_name", "annotations", "subject_ids")
OF_THE_PLATFORM = ("retired", "id", "zooniverse_id")


class Zooniverse:
    """A case is a subject, an agent a volunteer; each task of the workflow is a question of its own."""

    name = "zooniverse"

    def recognises(self, raw: Raw) -> bool:
        return columns(raw) >= {"classification_id", *NEEDED}

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        frame, out = table(raw), Collected()
        if missing := [c for c in NEEDED if c not in frame.columns]:
            raise HistoryError(
                f"an export of Zooniverse's classifications has a column {missing[0]}. Export them again.",
                file=raw.file,
            )
        asked: Counter[str] = Counter()
        for cell in frame["annotations"]:
            asked.update(name for name, value in _tasks(cell) if not isinstance(value, list | dict | None))
        if not asked:
            raise HistoryError(
                "no task of this workflow is a question with one answer (they are drawings or texts?). Export a"
                " workflow that asks one.",
                file=raw.file,
            )
        field = pick(asked, raw, questions)
        extra = [c for c in ("metadata", "subject_data") if c in frame.columns]
        seen: set[str] = set()
        for row in frame.select(*NEEDED, *extra).iter_rows(named=True):
            subject = row["subject_ids"]
            if subject is not None and subject not in seen:
                seen.add(subject)
                out.case(subject, _features(subject, row.get("subject_data")))
            if why := _answer(out, row, field):
                out.leave_out("answer", why)
        return out.sheets(raw, "classifications of Zooniverse")


def _answer(out: Collected, row: dict[str, Any], field: str) -> str:
    """Takes the row's answer, or says why it cannot."""
    if row["subject_ids"] is None or row["user_name"] is None:
        return "their subject or their user is empty"
    tasks = dict(_tasks(row["annotations"]))
    if field not in tasks:
        return "they were not asked this question, or what they said is not whole JSON"
    label, why = choice(tasks[field])
    if not why:
        metadata = mapping(_json(row.get("metadata")))
        started, finished = metadata.get("started_at"), metadata.get("finished_at")
        out.answer(row["subject_ids"], row["user_name"], label, started=started, finished=finished)
    return why


def _features(subject: str, cell: str | None) -> dict[str, Any]:
    """What was uploaded with the subject; names that begin with # or / are hidden from the volunteers."""
    data = mapping(mapping(_json(cell)).get(subject))
    return named(
        {k: v for k, v in data.items() if k not in OF_THE_PLATFORM and not k.startswith(("#", "/", "!"))}
    )


def _tasks(cell: str | None) -> list[tuple[str, Any]]:
    """Each task's name and value, the questions of a combined task among them."""
    found: list[tuple[str, Any]] = []
    for each in sequence(_json(cell)):
        name, value = plain(mapping(each).get("task")), mapping(each).get("value")
        inner = [mapping(one) for one in sequence(value) if "task" in mapping(one)]
        found += [(plain(one["task"]) or "", one.get("value")) for one in inner]
        if name is not None and not inner:
            found.append((name, value))
    return [(name, value) for name, value in found if name]


def _json(cell: str | None) -> Any:
    """The cell's value, nothing where it is damaged."""
    try:
        return read_json(cell)
    except ValueError:
        return None
