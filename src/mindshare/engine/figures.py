"""What a board counts, kept as events come: what each case adds, and how often people agree. Nothing is decided by it.

A case adds what can be seen of it as it stands; so what it added is taken out before an event and put in after it, and the sums are
those of all cases, also of cases that have left memory.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from itertools import combinations
from typing import Any, Protocol

import msgspec

from mindshare.engine import events as ev
from mindshare.engine.cases import CANCELLED, DECIDED, CaseState

ALONE, HEARD, OVERRULED = range(
    3
)  # who stands behind a verdict: machines alone, also people, somebody with the right to it
RULES = ("audit_share", "mandatory_review", "never_automate", "opt_out", "stop", "two_persons")


class Part(msgspec.Struct, array_like=True):
    """Cases of one kind about one group. `attended`: some person has answered; `seconds`: of people's `answers`; `known`, `right`:
    verdicts whose outcome is known and those that fit it, of machines alone, with people, and of somebody with the right to it;
    `sent_up`: they wait for the lead.
    """

    cases: int = 0
    decided: int = 0
    cancelled: int = 0
    attended: int = 0
    answers: int = 0
    seconds: float = 0.0
    known: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])
    right: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])
    sent_up: int = 0


class Pairs(msgspec.Struct, array_like=True):
    """Answers of two people to one case, each given alone: how many pairs, and those of one label. `labels`: how often each was said."""

    pairs: int = 0
    agreed: int = 0
    labels: dict[str, int] = {}

    def take(self, one: str, other: str, sign: int) -> None:
        """One pair more, or one less."""
        self.pairs += sign
        self.agreed += sign * (one == other)
        for label in (one, other):
            self.labels[label] = self.labels.get(label, 0) + sign


class Figures(msgspec.Struct, array_like=True):
    """`parts`: kind -> group -> part; `between`: of each kind; `of`: of each person, with all others; `rules`: cases for which a rule of
    the guard wanted a person.
    """

    parts: dict[str, dict[str, Part]] = {}
    between: dict[str, Pairs] = {}
    of: dict[str, Pairs] = {}
    rules: dict[str, int] = {}


class Counts(Protocol):
    """What a state holds of them."""

    figures: Figures

    @property
    def cases(self) -> Mapping[str, CaseState]:
        """Of each id."""

    @property
    def people(self) -> Mapping[str, object]:
        """Whose answers are those of people."""


def counted(s: Counts, e: Any, how: Callable[[Any, Any], None]) -> None:
    """Takes an event in, and what it changes of the figures."""
    if type(e) is ev.Received:
        how(s, e)
        _part(s.figures, s.cases[e.case]).cases += 1
        return
    case = s.cases[e.case]
    add(s.figures, case, s.people, -1)
    how(s, e)
    add(s.figures, case, s.people, 1)


def add(figures: Figures, case: CaseState, people: Container[str], sign: int) -> None:
    """What a case adds as it stands beside itself, or takes away."""
    heard, status = case.heard, case.status
    if not heard and status < DECIDED and case.sent_up is None:
        return  # and quickly: this is done for most events that a start reads
    part = _part(figures, case)
    part.sent_up += sign * (case.sent_up is not None)
    said = [h for h in heard if h.agent in people and not h.undone]
    if said:
        part.attended += sign
        part.answers += sign * len(said)
        part.seconds += sign * sum(h.seconds or 0.0 for h in said)
    if status == DECIDED:
        part.decided += sign
        if case.outcome:
            who = OVERRULED if case.is_overruled() else HEARD if said else ALONE
            part.known[who] += sign
            part.right[who] += sign * (case.label == case.outcome)
    elif status == CANCELLED:
        part.cancelled += sign
    if len(said) > 1:
        _agree(
            figures, case.kind, {h.agent: h.label for h in said if h.label is not None and not h.shown}, sign
        )


def wanted(figures: Figures, case: CaseState, why: str) -> None:
    """A rule wants a person for this case: counted once, by the first rule that says so."""
    rule = why.partition(":")[0]
    if not case.rule and rule in RULES:
        case.rule = rule
        figures.rules[rule] = figures.rules.get(rule, 0) + 1


def _part(figures: Figures, case: CaseState) -> Part:
    groups = figures.parts.get(case.kind)
    if groups is None:
        groups = figures.parts[case.kind] = {}
    part = groups.get(case.group)
    if part is None:
        part = groups[case.group] = Part()
    return part


def _agree(figures: Figures, kind: str, last: Mapping[str, str], sign: int) -> None:
    for (one, a), (other, b) in combinations(last.items(), 2):
        figures.between.setdefault(kind, Pairs()).take(a, b, sign)
        for person in (one, other):
            figures.of.setdefault(person, Pairs()).take(a, b, sign)


COUNTED = frozenset(
    {ev.Received, ev.Answered, ev.Undone, ev.Decided, ev.Cancelled, ev.Reopened, ev.Came, ev.SentUp}
)
