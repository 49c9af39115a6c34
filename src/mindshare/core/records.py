"""The seven records: Case, Agent, Budget, Allocation, Answer, Verdict, Outcome. Frozen, keyword-only, no methods that fetch or save.

Structs and no dataclasses: a frozen dataclass takes seventeen times as long to make, and a case has an answer per agent. Those of
cases are part of no cycle, so the garbage collector need not look at them (`gc=False`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

Kind = Literal["machine", "person"]
PEOPLE_MINUTES = "people.minutes"
MINUTES = ".minutes"


class Cost(Struct, frozen=True, kw_only=True):
    """What one answer uses of one resource: ``fixed + per * case[of]``, in the resource's unit."""

    fixed: float = 0.0
    per: float = 0.0
    of: str | None = None

    def __post_init__(self) -> None:
        for name, amount in (("fixed", self.fixed), ("per", self.per)):
            if not (math.isfinite(amount) and amount >= 0):
                raise ValueError(f"Cost.{name} must be a finite number >= 0. Got {amount!r} instead.")
        if (self.of is None) != (self.per == 0.0) and self.of is None:
            raise ValueError("Cost.per needs Cost.of, the numeric column that it multiplies.")


class Case(Struct, frozen=True, kw_only=True, gc=False):
    """One thing to be decided."""

    id: str
    features: Mapping[str, float | str] = field(default_factory=dict)
    kind: str = ""
    group: str = ""
    stakes: float = 1.0
    arrived: float | None = None  # seconds
    deadline: float | None = None  # seconds, same clock as arrived


class Agent(Struct, frozen=True, kw_only=True):
    """A machine or a person who can answer; `cost` is what the team file states, empty = measured or free."""

    id: str
    kind: Kind
    cost: Mapping[str, Cost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in ("machine", "person"):
            raise ValueError(f"Agent.kind must be 'machine' or 'person'. Got {self.kind!r} instead.")


class Budget(Struct, frozen=True, kw_only=True):
    """What may be spent in one period: a hard limit, never a target."""

    limit: Mapping[str, float]  # resource -> amount, e.g. {"people.minutes": 60, "cpu_s": 30}
    period_s: float | None = None  # None: one period, the whole run

    def __post_init__(self) -> None:
        for resource, amount in self.limit.items():
            if not amount >= 0:
                raise ValueError(f"Budget.limit['{resource}'] must be a number >= 0. Got {amount!r} instead.")
        if self.period_s is not None and self.period_s <= 0:
            raise ValueError(f"Budget.period_s must be > 0 or None. Got {self.period_s!r} instead.")


class Allocation(Struct, frozen=True, kw_only=True, gc=False):
    """The decision to spend an agent's attention on a case (or to stop: `agent_id` None), with its numbers."""

    case_id: str
    agent_id: str | None
    value: float  # expected gain in utility
    cost: Mapping[str, float]  # resource -> expected amount
    price: Mapping[str, float]  # resource -> utility per unit
    net: float  # value - sum of price * cost


class Answer(Struct, frozen=True, kw_only=True, gc=False):
    """What one agent said about one case, and what it cost. `label` None: attention spent, nothing learnt."""

    case_id: str
    agent_id: str
    label: str | None
    cost: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = None  # 0..1
    seconds: float | None = None  # that it took
    proba: Mapping[str, float] | None = None  # label -> probability


class Verdict(Struct, frozen=True, kw_only=True, gc=False):
    """The joint decision on a case."""

    case_id: str
    label: str
    belief: Mapping[str, float]  # label -> probability
    asked: tuple[str, ...] = ()  # ids of the agents that were heard, in that order


class Outcome(Struct, frozen=True, kw_only=True, gc=False):
    """What turned out to be true, often later, often for some cases only."""

    case_id: str
    label: str
