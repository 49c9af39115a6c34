"""Prodigy's JSON lines: an example a line, accepted, rejected or ignored by somebody, with a label or with options."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError, counted
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.fields import pick
from mindshare.histories.sources.foreign import Record, mapping, plain, shown
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.several import joined, one_case_per_label

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.source import Sheet

ANSWERS = ("accept", "reject", "ignore")
HASHES = ("_input_hash", "_task_hash")
OWN = ("answer", "label", "accept", "options", "spans", "tokens", "relations", "config", "html", "meta")
DRAWN = ("_manual", "text_input", "relations", "spans", "audio_spans")  # views, or keys, of other than labels
BY_TIME = re.compile(r"\d{4}-\d\d-\d\d")  # a session without a name is called by when it began
NOBODY = "person_unknown"


class Prodigy:
    """Options chosen are the answer where there are some; else accept or reject is, for each label that was asked."""

    name = "prodigy"

    def recognises(self, raw: Raw) -> bool:
        first = raw.sample if raw.is_json else None
        return (
            first is not None and first.get("answer") in ANSWERS and any(key.startswith("_") for key in first)
        )

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        asked, labels, spans = Counter[str](), set(), 0
        for example in raw.records():
            way = _asked(example)
            asked[way] += way != ""
            spans += way == ""
            labels |= {plain(example.get("label"))} if way == "label" else set()
        if not +asked:
            told = "spans of text or boxes" if spans else "no answers of Prodigy"
            raise HistoryError(
                f"the examples hold {told}, and an answer is one label. Export a dataset of textcat, choice or mark.",
                file=raw.file,
            )
        field = pick(+asked, raw, questions, "field of Prodigy")
        dataset = _Dataset(field, several_labels=len(labels) > 1)
        for example in raw.records():
            dataset.add(example)
        return one_case_per_label(dataset.sheets(raw), questions)


def _asked(example: Record) -> str:
    """The field that holds what was asked: options, a label, or nothing but the example; empty where spans were."""
    if isinstance(example.get("options"), list) or isinstance(example.get("accept"), list):
        return "options"
    if plain(example.get("label")) is not None:
        return "label"
    drawn = str(example.get("_view_id")).endswith(DRAWN) or any(example.get(key) is not None for key in DRAWN)
    other = drawn or "answer" not in example
    return "" if other else "answer"


class _Dataset:
    """The examples seen so far, as cases and answers."""

    def __init__(self, field: str, *, several_labels: bool) -> None:
        self._field, self._several_labels = field, several_labels
        self._out = Collected()
        self._cases: set[str] = set()
        self._examples = self._unknown = self._rejected = 0

    def add(self, example: Record) -> None:
        self._examples += 1
        if _asked(example) != self._field:
            why = "spans or boxes, not a label" if not _asked(example) else f"not about '{self._field}'"
            self._out.leave_out("example", why)
            return
        known = [found for key in HASHES if (found := plain(example.get(key))) is not None]
        answer = example.get("answer")
        if not known or answer not in ANSWERS:
            self._out.leave_out("example", "without a hash" if not known else "without an answer")
            return
        case, label = known[0], plain(example.get("label"))
        more: Record = {}
        if self._field == "label" and self._several_labels:
            more = {"parent": case, "kind": label}
            case = f"{case}/{label}"
        if case not in self._cases:
            self._cases.add(case)
            self._out.case(case, _features(example), **more)
        agent = _agent(example)
        self._unknown += agent == NOBODY
        self._rejected += self._field == "options" and answer == "reject"
        told = {"finished": example.get("_timestamp")}
        self._out.answer(case, agent, self._choice(example, answer), "person", **told)

    def _choice(self, example: Record, answer: str) -> str | None:
        if answer == "ignore" or (answer == "reject" and self._field == "options"):
            return None
        if self._field != "options":
            return answer
        chosen = example.get("accept")
        choices = chosen if isinstance(chosen, list) else [chosen]
        return joined(choice for choice in choices if not isinstance(choice, dict | list))

    def sheets(self, raw: Raw) -> list[Sheet]:
        said = self._out.said
        said.append(f"{counted(self._examples, 'example')} of Prodigy, answers from '{shown(self._field)}'.")
        if self._field == "label" and self._several_labels:
            said.append(
                "Each label that was asked about an input makes a case of its own, called INPUT/LABEL."
            )
        if self._rejected:
            said.append(
                f"{counted(self._rejected, 'rejected example is', 'rejected examples are')} seen without a label."
            )
        if self._unknown:
            said.append(
                f"{counted(self._unknown, 'example names', 'examples name')} nobody: one person's, {NOBODY}."
            )
        return self._out.sheets(raw, "a Prodigy dataset")


def _agent(example: Record) -> str:
    for key in ("_annotator_id", "_session_id"):
        name = plain(example.get(key))
        if name is not None and not BY_TIME.match(name):
            return name
    return NOBODY


def _features(example: Record) -> dict[str, Any]:
    """Words and numbers of the example and of its `meta`; images within the file are no words."""
    own = {k: v for k, v in example.items() if k not in OWN and not k.startswith("_")}
    meta = {f"meta.{k}": v for k, v in mapping(example.get("meta")).items()}
    return {
        name: value
        for name, value in {**own, **meta}.items()
        if isinstance(value, str | int | float) and not str(value).startswith("data:")
    }
