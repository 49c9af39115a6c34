"""The shapes of explanations: why a case is where it is, what would have been otherwise, its story."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from mindshare.web.asked import State
from mindshare.web.shapes import Out


class Why(Out):
    """Why a case is where it is, in sentences."""

    id: str
    state: State
    why: str


class Believed(Out):
    """A verdict as a model has it, and who was heard."""

    label: str
    belief: dict[str, float]
    asked: list[str]


class Question(Out):
    """Whom the rule would ask, what that is worth, and what is left of it at today's prices."""

    agent: str
    value: float
    net: float


class Otherwise(Out):
    """`stands`: the verdict on the answers that are in; `otherwise`: after the change; both by today's model.

    Where a person with the right to it has decided, that verdict stands and nothing changes it. `says`: the same in sentences.
    """

    id: str
    state: State
    stands: Believed
    otherwise: Believed
    changes: bool
    next: Question | None
    says: str


class Step(Out):
    """An event of a case; `known`: the answers that were in; `then`: as the log has it; `now`: by today's model, which
    knows nothing of who overruled it, null once erased; `says`: what became of the verdict.
    """

    model_config = ConfigDict(serialize_by_alias=True)
    at: float
    is_: str = Field(alias="is")
    what: dict[str, Any]
    known: list[dict[str, str | None]]
    then: dict[str, Any] | None
    now: Believed | None
    says: str | None


class Story(Out):
    """Steps in order; `next`: what to give as `after` for more, null at the end."""

    id: str
    state: State
    steps: list[Step]
    next: int | None


class LearningOut(Out):
    """`outcomes` that are known, those of the history it began with included; the models have `learnt` from so many, and learn anew with
    the `next` one of this number (null: they learn no more). `is_due`: they learn now, or are about to.
    """

    outcomes: int
    learnt: int
    next: int | None
    is_due: bool


class WhatIfOut(Out):
    """How far a what-if is (`progress`: 0 to 1), or what it found: `points` and `limits` are those of a backtest,
    `now` those of the limits that are; `prices`: what would be spent at each; `says`: the same in sentences; `not_learnable`: what the
    log cannot judge.
    """

    state: Literal["none", "running", "done", "failed", "cancelled"]
    asked: dict[str, Any] | None = None
    progress: float | None = None
    result: dict[str, Any] | None = None
    problem: str | None = None
