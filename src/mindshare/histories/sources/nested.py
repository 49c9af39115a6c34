"""Objects of unknown tools, each of a case, with a list of what was said about it: a row for each element of the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from mindshare.core.errors import HistoryError, listed
from mindshare.histories.intake import names
from mindshare.histories.sources.fields import pick
from mindshare.histories.sources.foreign import Record, elements, plain
from mindshare.histories.sources.source import Role

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

DEEPEST = 3  # objects within objects whose fields are columns
FIRST = 100  # objects that tell which lists hold answers
# what a field within such a list is called, beside what a column is
WHO = re.compile(r"(^|_)(by|actor|staff|member|owner|colleague|nurse|doctor)(_(id|name|email))?$")
SAID = re.compile(r"^(action|finding|opinion|call|outcome|status|mark|flag)$")


class Answers(NamedTuple):
    """The field whose lists hold an object for each answer; the fields of such an object that say who gave it and what it is."""

    field: str
    agent: str = ""
    answer: str = ""
    others: tuple[str, ...] = ()  # fields with such lists that are not read

    @property
    def roles(self) -> dict[str, Role]:
        """Of the columns that their own names do not tell."""
        told: tuple[tuple[str, re.Pattern[str], Role], ...] = (
            (self.agent, names.AGENT, "agent"),
            (self.answer, names.ANSWER, "answer"),
        )
        return {name: role for name, known, role in told if name and not known.search(names.plain_name(name))}


def flat(record: Record, above: str = "") -> Iterator[tuple[str, Any]]:
    """Fields, those of objects within under both names: meta.source."""
    for name, value in record.items():
        full = f"{above}{name.strip()}"
        if isinstance(value, dict) and value and above.count(".") < DEEPEST:
            yield from flat(value, f"{full}.")
        elif name.strip():
            yield full, value


def answers_of(raw: Raw, questions: Questions) -> Answers | None:
    """The field whose lists hold an object for each answer: the only one, the one that is set, or the one that is asked about.

    Raises HistoryError where a field is set that holds no list of objects.
    """
    lists: dict[str, list[Record]] = {}
    for record in islice(raw.records(), FIRST):
        for name, value in flat(record):
            if isinstance(value, list) and value and all(isinstance(element, dict) for element in value):
                lists.setdefault(name, []).extend(value)
    found = {name: told for name, mine in lists.items() if (told := _who_and_what(name, mine))}
    set_ = questions.setting("field", raw.file)
    if set_ in lists and set_ not in found:
        return Answers(set_, others=tuple(found))
    if not found and questions.is_meant("field", raw.file):
        there = f"the lists of objects are {listed(lists)}" if lists else "no field holds a list of objects"
        raise HistoryError(f"--set field={set_}: {there}, and a row per answer needs one.", file=raw.file)
    if not found:
        return None
    chosen = pick({name: len(lists[name]) for name in found}, raw, questions)
    return found[chosen]._replace(others=tuple(name for name in found if name != chosen))


def _who_and_what(field: str, objects: Sequence[Record]) -> Answers | None:
    """The list's answers, if its objects have a field that is called like who answers, and another like what is answered."""
    every = dict.fromkeys(
        name for one in objects for name, value in flat(one) if not isinstance(value, list | dict)
    )
    called = {name: names.plain_name(name) for name in every}
    who = _first(called, (names.AGENT, WHO, names.AGENT_LIKE))
    rest = {name: plain for name, plain in called.items() if name != who}
    what = _first(rest, (names.ANSWER, SAID, names.ANSWER_LIKE))
    return Answers(field, who, what) if who and what else None


def _first(called: Mapping[str, str], patterns: Sequence[re.Pattern[str]]) -> str:
    """The first name that the first pattern finds, else the next one; nothing where none does."""
    return next((name for p in patterns for name, plain in called.items() if p.search(plain)), "")


def answers_under(fields: Iterable[str], records: Iterable[Record]) -> int:
    """How many elements the lists of these fields hold."""
    wanted = set(fields)
    return sum(len(elements(value)) for r in records for name, value in flat(r) if name in wanted)


class Machine(NamedTuple):
    """A machine whose answer stands in the object of the case: the fields of its answer, its confidence and its name."""

    called: str
    answer: str
    confidence: str = ""
    name: str = ""

    def row(self, whole: Record, answers: Answers) -> Record:
        """Its answer as a row, in the columns of the others' answers."""
        said = {answers.agent: self.agent(whole), answers.answer: whole.get(self.answer)}
        return said | ({"confidence": whole.get(self.confidence)} if self.confidence else {})

    def agent(self, whole: Record) -> str:
        """What it is called in this object."""
        return (plain(whole.get(self.name)) if self.name else None) or self.called


def machines_beside(raw: Raw, answers: Answers) -> list[Machine]:
    """Machines that answer in the object of the case, beside the list of answers: `classifier: {name, label, score}`, `model_label`.

    What they answer are words of the list's answers.
    """
    said: set[str | None] = set()
    words: dict[str, set[str | None]] = {}
    for record in islice(raw.records(), FIRST):
        whole = dict(flat(record))
        for element in elements(whole.pop(answers.field, None)):
            said.add(plain(dict(flat(element)).get(answers.answer)) if isinstance(element, dict) else None)
        for name, value in whole.items():
            if not isinstance(value, list | dict):
                words.setdefault(name, set()).add(plain(value))
    out = []
    known = said - {None}
    for field, every in words.items():
        mine = every - {None}
        alike = 2 * len(mine & known) >= min(len(mine), len(known)) > 0
        if alike and (machine := _machine(field, words)) is not None:
            out.append(machine)
    return out


def _machine(field: str, every: Iterable[str]) -> Machine | None:
    """The machine that a field with the answers' words belongs to, by its name or because a name or a score stands beside it."""
    above, _, leaf = field.rpartition(".")
    whose = above or names.stem_of(field)
    beside = {n.removeprefix(f"{above}."): n for n in every if above and n.startswith(f"{above}.")}
    beside |= (
        {}
        if above
        else {p.removeprefix(f"{whose}_"): n for n in every if (p := names.plain_name(n)) != whose}
    )
    name = next(
        (n for short, n in beside.items() if above and short in ("name", "model", "id", "version")), ""
    )
    score = next((n for short, n in beside.items() if names.CONFIDENCE.search(names.plain_name(short))), "")
    like = names.ANSWER.search(names.plain_name(leaf)) or names.ANSWER_LIKE.search(names.plain_name(leaf))
    sub_object = bool(above and like and name and score)
    called = names.MACHINE.search(whose) is not None and names.PERSON.search(whose) is None
    return Machine(whose, field, score, name) if sub_object or (called and like) else None


def a_row_each(
    records: Iterable[Record], answers: Answers, machines: Sequence[Machine] = ()
) -> Iterator[Record]:
    """For each element of the list the record's fields but such lists, and the element's, with both names where both have it.

    A record whose list is empty, or is none, is a row without an answer. What stands in a list beside objects keeps a row too.
    A machine's answer in the record is a row too, before the others'.
    """
    field = answers.field
    theirs = {name for machine in machines for name in machine[1:]}
    for record in records:
        whole = dict(flat(record))
        rest = {n: v for n, v in whole.items() if n not in (field, *answers.others) and n not in theirs}
        answered = [machine for machine in machines if whole.get(machine.answer) is not None]
        for machine in answered:
            yield _beside(rest, machine.row(whole, answers), field)
        for element in elements(whole.get(field)) or ([] if answered else [{}]):
            own = dict(flat(element)) if isinstance(element, dict) else {field: element}
            yield _beside(rest, own, field)


def _beside(rest: Record, own: Record, field: str) -> Record:
    return rest | {f"{field}.{name}" if name in rest else name: value for name, value in own.items()}
