"""What a reader of foreign files gives back: rows of strings, what its format says of the columns, what it left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, get_args

if TYPE_CHECKING:
    import polars as pl

    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

Layout = Literal["long", "wide", "cases"]
Role = Literal[
    "case",
    "agent",
    "answer",
    "truth",
    "seconds",
    "started",
    "finished",
    "confidence",
    "parent",
    "group",
    "kind",
    "arrived",
    "deadline",
    "stakes",
    "feature",
    "ignore",
]
ROLES: tuple[Role, ...] = get_args(Role)


NO_ANSWERS = ("row", "case", "task", "unit", "truth")  # all else is an answer in the words of its tool


class LeftOut(NamedTuple):
    """What is in the file and not in the sheets: 12 answers, because their assignment was rejected."""

    number: int
    what: str  # in the singular: "answer", "row", "task"; or what a tool calls an answer: "response", "annotation"
    why: str  # ends the sentence "12 answers are left out: ..."

    @property
    def answers(self) -> int:
        """How many of the answers in the file these are."""
        return 0 if self.what in NO_ANSWERS else self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of a foreign file, read but not yet understood further than its format tells.

    `frame` holds strings, null where a cell is empty; its columns have names, each once. In a `long` sheet a row is an
    answer, or only a case where agent and answer are empty; in a `wide` one a row is a case and a column an annotator;
    in one of `cases` nobody answers. Where `layout` or a column's role is not known to the format, the columns'
    names and values must tell later.
    """

    file: str  # its name, for sentences and for settings of this file only
    format: str  # in words: "an Amazon MTurk batch"
    frame: pl.DataFrame
    layout: Layout | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)  # column -> role, where the format says so
    kinds: Mapping[str, str] = field(default_factory=dict)  # agent -> machine | person, where it says so
    left_out: tuple[LeftOut, ...] = ()
    said: tuple[str, ...] = ()  # what was decided, a sentence each


class Source(Protocol):
    """A format of another tool. `check_source` in mindshare.testing holds every one of them to this.

    A reader trusts nothing in the file: whatever has another shape than expected is left out and counted, or
    refused with one sentence (HistoryError) that says what to export instead. It never writes, and never needs more
    memory than ten times the file.
    """

    @property
    def name(self) -> str:
        """Such as "label-studio"; `--set format=NAME` chooses it."""

    def recognises(self, raw: Raw) -> bool:
        """Whether the file looks like this format, by its columns or its first record. Cheap, raises nothing."""

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        """The file's sheets; what the file cannot tell is asked with `questions.about`."""
