"""What is decided on the way from a file to a history: which column was taken for what and why, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from mindshare.histories.sources.source import LeftOut


class Choice(NamedTuple):
    """One column and what it was taken for; `taken_as` is "left out" where it becomes nothing."""

    file: str
    column: str
    taken_as: str
    why: str


LEFT_OUT = "left out"
AS_SET = "as set"  # why a column was taken for what a setting says


@dataclass(slots=True)
class Notes:
    """Filled by every stage in turn; read by the preview."""

    choices: list[Choice] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    by_words: list[str] = field(
        default_factory=list
    )  # columns taken for annotators by their words only: one may be the truth

    def take(self, file: str, column: str, taken_as: str, why: str) -> None:
        """Notes what a column was taken for; a later word about the same column replaces an earlier one."""
        self.choices = [c for c in self.choices if (c.file, c.column) != (file, column)]
        self.choices.append(Choice(file, column, taken_as, why))

    def say(self, sentence: str) -> None:
        """Notes a decision, once; nothing is none."""
        if sentence and sentence not in self.said:
            self.said.append(sentence)

    def leave_out(self, number: int, what: str, why: str) -> None:
        """Counts what is in the files and not in the history."""
        if number:
            self.left_out.append(LeftOut(number, what, why))
