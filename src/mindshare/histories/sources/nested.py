"""Objects of unknown tools, each of a case, with a list of what was said about it: a row for each element of the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from mindshare.histories.intake import names
from mindshare.histories.sources.fields import pick
from mindshare.histories.sources.foreign import Record, elements

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

DEEPEST = 3  # objects within objects whose fields are columns
FIRST = 100  # objects that tell which lists hold answers


def flat(record: Record, above: str = "") -> Iterator[tuple[str, Any]]:
    """Fields, those of objects within under both names: meta.source."""
    for name, value in record.items():
        full = f"{above}{name.strip()}"
        if isinstance(value, dict) and value and above.count(".") < DEEPEST:
            yield from flat(value, f"{full}.")
        elif name.strip():
            yield full, value


def fields_of_answers(raw: Raw, questions: Questions) -> list[str]:
    """The fields whose lists hold an object for each answer, with who gave it and what it is; the one that is meant first."""
    found: Counter[str] = Counter()
    for record in islice(raw.records(), FIRST):
        found.update({name: len(value) for name, value in flat(record) if _holds_answers(value)})
    chosen = pick(found, raw, questions) if found else ""
    return sorted(found, key=lambda field: field != chosen)


def _holds_answers(value: Any) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(element, dict) for element in value):
        return False
    called = [[names.plain_name(name) for name, _ in flat(element)] for element in value]
    return all(any(p.search(n) for mine in called for n in mine) for p in (names.AGENT, names.ANSWER))


def answers_under(fields: Iterable[str], records: Iterable[Record]) -> int:
    """How many elements the lists of these fields hold."""
    wanted = set(fields)
    return sum(len(elements(value)) for r in records for name, value in flat(r) if name in wanted)


def a_row_each(records: Iterable[Record], fields: Sequence[str]) -> Iterator[Record]:
    """For each element of the first field's list the record's fields but those, and the element's, with both names where both have it.

    A record whose list is empty, or is none, is a row without an answer. What stands in a list beside objects keeps a row too.
    """
    field = fields[0]
    for record in records:
        whole = dict(flat(record))
        rest = {name: value for name, value in whole.items() if name not in fields}
        for element in elements(whole.get(field)) or [{}]:
            own = dict(flat(element)) if isinstance(element, dict) else {field: element}
            yield rest | {f"{field}.{name}" if name in rest else name: value for name, value in own.items()}
