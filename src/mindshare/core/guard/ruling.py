"""What rules say of a case, and how they are joined: the strictest always counts, so no rule allows what another forbids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from mindshare.core.guard.situation import Situation
from mindshare.core.records import Kind

Action = Literal["hold", "escalate", "deny", "label"]


class Safe(NamedTuple):
    """What happens, while STOP is on, to a case that machines alone would have decided.

    hold: it waits. escalate: a person has to decide. deny: it is refused, without a verdict. label: it gets this label.
    """

    action: Action
    label: str = ""


class Reason(NamedTuple):
    """Why, in one sentence, and by which rule."""

    rule: str
    why: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What one rule, or all rules together, say of a case. As made without arguments it forbids nothing."""

    people_needed: int = 0  # different people who must have answered before a verdict may stand
    machines_may_attend: bool = True
    machines_may_decide: bool = True  # whether a verdict may stand that no person has looked at
    blind: bool = False  # whoever is asked next is not shown what others said
    only: frozenset[str] | None = None  # the people who may be asked; None = all
    excluded: frozenset[str] = frozenset()  # agents who may not be asked
    labels: frozenset[str] | None = None  # those that may stand, each said by a person; None = any
    audited: bool = False  # drawn for an audit
    audit_chance: float = (
        0.0  # of being drawn, whether it was or not: estimates weigh a drawn case by 1 / chance
    )
    safe: Safe | None = None  # what to do instead of a verdict by machines; None = STOP is off
    reasons: tuple[Reason, ...] = ()  # sorted

    @property
    def confirm(self) -> bool:
        """Whether a person has to confirm: only a label that a person gave may stand."""
        return self.labels is not None

    def may_attend(self, agent_id: str, kind: Kind) -> bool:
        """Whether this agent may be asked about the case."""
        if agent_id in self.excluded:
            return False
        if kind == "machine":
            return self.machines_may_attend
        return self.only is None or agent_id in self.only

    def people_missing(self, situation: Situation) -> int:
        """How many more people have to answer before a verdict may stand."""
        return max(self.people_needed - len(situation.people()), 0)

    def may_stand(self, situation: Situation) -> bool:
        """Whether the proposed verdict may stand. Whoever then proposes another label asks for a ruling on that one."""
        if situation.label is None or (self.labels is not None and situation.label not in self.labels):
            return False
        people = len(situation.people())
        return people >= self.people_needed and (self.machines_may_decide or people > 0)

    def joined(self, other: Ruling) -> Ruling:
        """Both at once: whatever either forbids is forbidden. Neither order nor repetition matters."""
        if other is FREE:
            return self
        if self is FREE:
            return other
        return Ruling(
            people_needed=max(self.people_needed, other.people_needed),
            machines_may_attend=self.machines_may_attend and other.machines_may_attend,
            machines_may_decide=self.machines_may_decide and other.machines_may_decide,
            blind=self.blind or other.blind,
            only=_both(self.only, other.only),
            excluded=self.excluded | other.excluded,
            labels=_both(self.labels, other.labels),
            audited=self.audited or other.audited,
            audit_chance=max(self.audit_chance, other.audit_chance),  # draws are nested: `audit_share.py`
            safe=_safer(self.safe, other.safe),
            reasons=tuple(sorted({*self.reasons, *other.reasons})),
        )


FREE = Ruling()


class Rule(Protocol):
    """A rule of the guard: a small frozen thing that reads a situation, and nothing else."""

    @property
    def name(self) -> str:
        """Which rule it is; every reason that it gives begins with it."""
        ...

    def ruling(self, situation: Situation) -> Ruling:
        """What it says of the case; `FREE` where it does not hold."""
        ...


def rule_on(rules: Iterable[Rule], situation: Situation) -> Ruling:
    """What all rules together say of a case."""
    out = Ruling(excluded=situation.excluded) if situation.excluded else FREE
    for rule in rules:
        out = out.joined(rule.ruling(situation))
    return out


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """What both allow, where None allows all."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _safer(one: Safe | None, other: Safe | None) -> Safe | None:
    """To hold is safest, then to escalate; of two different ends that need nobody, neither may be taken: a person decides."""
    if one is None or other is None or one == other:
        return other if one is None else one
    return Safe("hold" if "hold" in (one.action, other.action) else "escalate")
