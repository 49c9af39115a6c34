"""How to learn, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, TypedDict, get_args

from numpy.typing import ArrayLike
from torch import Tensor

from mindshare.core.records import Budget
from mindshare.machines.costs.model import CostModel
from mindshare.machines.learn.steps import Optimiser

Schedule = Literal["one_cycle", "constant"]
RATE, EPOCHS = 1e-2, 30


class Settled(NamedTuple):
    """The highest rate, and epochs at most."""

    rate: float
    epochs: int


class Sink(Protocol):
    """Where the course of a fit goes: TensorBoard, Weights & Biases, MLflow, a list."""

    def log(self, step: int, values: Mapping[str, float]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FitPlan:
    """How to learn. `epochs`: at most; None: until the budget is spent or held-out cases say stop, and EPOCHS without a budget.
    `rate`: the highest; None: found within the budget, and RATE without one. `batch`: cases a step at most, whatever fits into memory.
    """

    epochs: int | None = None
    batch: int = 32
    rate: float | None = None
    optimiser: Optimiser = "adamw"
    schedule: Schedule = "one_cycle"
    decay: float = 0.01  # of weights; never of norms and biases
    smoothing: float = 0.0  # of labels
    class_weights: bool = False  # rare labels count as much as common ones
    patience: int | None = None  # looks without a better validation loss before it stops; None: never
    known: float = (
        0.05  # loss below which a label is known and its case comes up more seldom; 0: all cases, every epoch
    )
    micro: int | None = None  # cases that go through the net at once; None: as many as fit

    def __post_init__(self) -> None:
        self._must("batch", "at least 1", self.batch >= 1)
        for name in ("epochs", "patience", "micro"):
            self._must(name, "at least 1, or None", getattr(self, name) is None or getattr(self, name) >= 1)
        for name in ("decay", "known"):
            self._must(name, "a number >= 0", 0 <= getattr(self, name) < math.inf)
        self._must("rate", "a number > 0, or None", self.rate is None or 0 < self.rate < math.inf)
        self._must("smoothing", "a share from 0 to less than 1", 0 <= self.smoothing < 1)
        self._must("class_weights", "true or false", isinstance(self.class_weights, bool))
        for name, known in (("optimiser", get_args(Optimiser)), ("schedule", get_args(Schedule))):
            self._must(name, f"one of {', '.join(known)}", getattr(self, name) in known)

    def settled(self) -> Settled:
        """(rate, epochs) as given, and as usual where they are not."""
        return Settled(self.rate or RATE, self.epochs or EPOCHS)

    def _must(self, name: str, be: str, is_so: bool) -> None:
        if not is_so:
            raise ValueError(f"FitPlan.{name} must be {be}. Got {getattr(self, name)!r} instead.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Who is told how a fit goes. `keep` is called after the first step, and at each better state (each look, where no cases judge).
    With `better_than` it is not called after the first step, and only for held-out losses below that; with -inf never.
    With `at_end` the cases that judge are looked at once, when nothing more is learnt; `best_loss` is NaN where not all were.
    """

    sinks: Sequence[Sink] = ()
    progress: Callable[[float, str], None] | None = None  # (share that is done, a sentence)
    keep: Callable[[], object] | None = None
    better_than: float = math.inf
    at_end: bool = False


class Within(TypedDict, total=False):
    """What a fit may spend (None: as many epochs as the plan settles on), and how it learns."""

    budget: Budget | None
    plan: FitPlan | None


class Judged(Within, total=False):
    """`validation` (X, y) stops early and is what the best state is chosen by."""

    validation: tuple[Any, ArrayLike] | None


class FitExtras(TypedDict, total=False):
    """What else a fit may be told.

    `hard`: in a process of its own that is ended at the limit whatever it does. `soft` (N, L): what to believe of each case
    in place of its one label. `start`: weights of another net of the family. The rest is as in `Course`.
    """

    hard: bool
    soft: ArrayLike | None
    start: Mapping[str, Tensor] | None
    sinks: Sequence[Sink]
    progress: Callable[[float, str], None] | None
    keep: Callable[[], object] | None


class FitSettings(Judged, FitExtras, total=False):
    """All that a fit may be told beside its cases."""


@dataclass(slots=True)
class FitReport:
    """What a fit was to spend and what it spent, by phase, and why it stopped."""

    planned: Mapping[str, float] = field(default_factory=dict)
    spent: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    total: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    steps: int = 0
    epochs: float = 0.0
    micro: int = 0
    choices: Mapping[str, Any] = field(default_factory=dict)  # threads, half, compiled, and what was tried
    best_loss: float = math.nan  # of the validation at the temperature that suits it, or the last of training
    factor: float = 1.0  # of the scores of labels: the inverse of that temperature
    best_epochs: float = 0.0  # learnt when it was reached
    rate: float = math.nan  # the highest
    rates: Mapping[str, float] = field(
        default_factory=dict
    )  # those that were tried, and the loss that each led to
    losses: list[float] = field(default_factory=list)  # of each look
    cost: CostModel | None = None  # what an answer costs; None: not measured (yet)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def of_saved(cls, cost: Mapping[str, Any] | None) -> FitReport:
        return cls(reason="loaded", cost=None if cost is None else CostModel.of_saved(cost))
