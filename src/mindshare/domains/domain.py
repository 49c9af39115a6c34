"""The protocol of a domain: what a case is, what an error costs, and what `mindshare demo`, `serve --demo` and `train` do with it.

`mindshare.testing.check_domain` runs the promises; `domains/known.py` lists the domains there are, `domains/own.py` finds others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from mindshare.core.records import Budget
    from mindshare.machines.learn.plan import FitReport
    from mindshare.machines.nets.net import NetModel

Progress = Callable[[float, str], None]
AUDITED = 0.1  # share of the cases of a live demo that a person sees, so that there is something to answer however good machines are


class Size(NamedTuple):
    """How large a case is: a numeric column of the cases. Larger cases cost more, and the allocation follows."""

    column: str
    unit: str  # plural, such as "readings"
    called: str  # such as "the length of a window"
    why: str  # why a larger case costs more, for a sentence in brackets


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What `mindshare serve --demo` needs beside the history: a part of it teaches, the other cases come one by one, with the answers of
    their machines, and its simulated people answer as they did. The words are those of `service.yaml`.
    """

    guidelines: str  # what people at the desk are told
    limits: Mapping[str, float]  # resource -> the most that may be spent of it in an hour
    # what people see of a case, part by part (docs/desk.md): a feature, or ({}) its `show`; none = all features below its `show`
    template: tuple[Mapping[str, str], ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)  # label -> the key that gives it
    guard: Mapping[str, Any] = field(default_factory=lambda: {"audit_share": {"share": AUDITED}})
    faster: float = (
        1.0  # so many times as fast as in the history: its people answer, and their minutes are counted
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is decided, and what a decision is worth. Limits are not here: they follow the cases, and stand in team.yaml."""

    about: str  # one sentence without a full stop; it names what is simulated
    question: str  # as people see it
    labels: tuple[str, ...]
    utility: Literal["accuracy"] | Mapping[str, Mapping[str, float]]  # truth -> verdict -> value
    features: tuple[str, ...]  # columns of a case that are known before anybody has answered
    normal: str | None = None  # the label that calls for no action: a case of another label can be missed
    misses: str = "missed cases"  # what a verdict `normal` on such cases is called
    people: str = "people"  # what they are called together
    size: Size | None = None  # None: cases are equally large
    live: Live | None = None  # None: `mindshare serve --demo` cannot show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Where a history was written, who its simulated people are, one line each, what people see of a case beside its features, and what
    lies beside the history to be looked at.
    """

    path: Path
    people: tuple[str, ...] = ()
    # id of a case -> what only people see of it, its `show` (docs/desk.md): a text, a picture, a series
    show: Callable[[str], object] | None = None
    # title -> a file below `path` that a live demo opens as a sheet (docs/service.md): HTML, SVG, PNG or CSV
    sheets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model that a domain has trained, and how many cases it gets right that it has not seen."""

    model: NetModel
    report: FitReport
    unseen: str  # what it is judged on, such as "windows of recordings that it has not seen"
    tested: int  # how many of them
    accuracy: float
    commonest: float  # right by always saying the label that is commonest among the cases learnt from

    def save(self, path: str | Path) -> Path:
        """Writes the model's file (`machines/nets/saved.py`)."""
        from mindshare.machines.nets.saved import save_model

        return save_model(self.model, path)


class Training(Protocol):
    """What `mindshare train NAME` runs."""

    def preflight(self, data: Path | None) -> None:
        """Raises MindshareError, one sentence, where data or a program is missing. Writes nothing."""
        ...

    def train(
        self, *, data: Path | None, budget: Budget, hard: bool, seed: int, progress: Progress | None
    ) -> Trained:
        """Learns within the budget, and is judged on cases that it has not seen."""
        ...


class Domain(Protocol):
    """What a case is and what an error costs. `data` is the folder of the public sets; None means generated stand-ins."""

    @property
    def name(self) -> str:
        """As in `mindshare demo NAME`."""
        ...

    @property
    def cases(self) -> str:
        """What its cases are called, plural: "windows"."""
        ...

    @property
    def training(self) -> Training | None:
        """What it trains; None where there is nothing to train."""
        ...

    def preflight(self, data: Path | None) -> tuple[str, ...]:
        """What the history has to do without, one sentence each. Writes nothing.

        Raises MindshareError, one sentence, where data or a program is missing that it cannot do without.
        """
        ...

    def terms(self, data: Path | None) -> Terms:
        """Labels, utility, features and size of the cases; the labels of real data may differ from those of stand-ins."""
        ...

    def write(self, out: Path, *, data: Path | None, seed: int) -> Made:
        """Writes a history with limits to `out`; the same seed gives the same bytes. Offline where `data` is None.

        Simulated people have ids that begin with `sim_`. Where it cannot, it raises MindshareError and writes nothing.
        """
        ...
