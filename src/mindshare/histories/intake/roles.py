"""Which column of a sheet plays which role: by a setting, by the format, by the column's name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError, counted, listed, nearest
from mindshare.histories.intake import names
from mindshare.histories.intake.notes import LEFT_OUT, Notes
from mindshare.histories.intake.questions import Questions, split
from mindshare.histories.intake.settings import Settings
from mindshare.histories.sources.header import NAMELESS
from mindshare.histories.sources.source import ROLES, Role, Sheet

if TYPE_CHECKING:
    import polars as pl

MAJORITY, NONE = "majority", "none"
VOTES = "majority-vote"  # what the majority is called where a column is called so
NOWHERE = (NONE, MAJORITY, VOTES)  # settings of `truth` that are no column
NO_CASES = "none"  # the setting of `case` of a file that tells nothing of cases


class Columns:
    """The columns of one sheet, each of which is claimed once; what is left may describe the case."""

    def __init__(self, sheet: Sheet, questions: Questions, settings: Settings, notes: Notes) -> None:
        self.sheet, self.frame, self.questions, self.notes = sheet, sheet.frame, questions, notes
        self.settings = settings
        self._distinct: dict[str, int] = {}
        self._words: dict[str, list[str]] = {}
        self.role: dict[str, str] = {}  # column -> what it was taken for
        for column in sheet.frame.columns:
            if column in settings.features:
                self.claim(column, "feature", "as set")
                self._say_lost(column)
        for column in split(questions.setting("ignore", sheet.file) or "", sheet.frame.columns):
            if column in sheet.frame.columns:
                self.claim(column, "ignore", "as set")
        for column in self.free:
            if names.INDEX.search(names.plain_name(column)):
                self.claim(column, "ignore", "a number of the row, as data frames write it")
            elif sheet.frame[column].null_count() == sheet.frame.height and column not in sheet.roles:
                self.claim(column, "ignore", "it is empty")
            elif NAMELESS.fullmatch(column) and not self._names_rows(column):
                self.claim(
                    column, "ignore", f"it has no name; --feature {shlex.quote(column)} takes it all the same"
                )
        for role in ROLES:
            set_ = questions.setting(role, sheet.file) if role not in ("ignore", "feature") else None
            if set_ is not None and set_ in sheet.frame.columns:
                self.claim(set_, role, "as set")
        for column, role in sheet.roles.items():
            if column in self.free and (role in ("feature", "ignore") or not self.of(role)):
                self.claim(column, role, f"so in {sheet.format}")

    def _names_rows(self, column: str) -> bool:
        """Whether it is the first column, with a value of its own in each row that does not count the rows: an index of ids."""
        import polars as pl

        cells, height = self.frame[column], self.frame.height
        if column != self.frame.columns[0] or self.distinct(column) < height or cells.null_count():
            return False
        numbers = cells.cast(pl.Int64, strict=False) if height > 1 else cells.clear(1)
        return bool(numbers.null_count()) or not bool((numbers.diff().drop_nulls() == 1).all())

    def _say_lost(self, column: str) -> None:
        """A truth, or what the format says of a column, is never lost without a word because it is said to be a feature."""
        role = self.sheet.roles.get(
            column, "truth" if names.TRUTH.search(names.plain_name(column)) else "feature"
        )
        if role not in ("feature", "ignore"):
            self.say_feature(column, f"would be the {role}")

    def say_feature(self, column: str, what: str) -> None:
        """Says what a column would be if it were not set to be a feature, and how much is lost by that."""
        filled = counted(self.frame.height - self.frame[column].null_count(), "cell")
        self.notes.say(
            f"{self.sheet.file}: '{column}' {what}; with --feature {shlex.quote(column)} its {filled} describe cases only."
        )

    def with_rows(self, frame: pl.DataFrame) -> Columns:
        """The same columns in the same roles, with other rows."""
        again = copy(self)
        again.frame, again.sheet = frame, replace(self.sheet, frame=frame)
        again.role, again._distinct, again._words = {**self.role}, {}, {}
        return again

    @property
    def free(self) -> list[str]:
        """Columns that nobody has claimed, in the order of the file."""
        return [c for c in self.frame.columns if c not in self.role]

    def distinct(self, column: str) -> int:
        """How many values the column has; counted once."""
        if column not in self._distinct:
            self._distinct[column] = self.frame[column].n_unique()
        return self._distinct[column]

    def words(self, column: str) -> list[str]:
        """The values that the column has, null not counted; found once, so ask for few only (`distinct`)."""
        if column not in self._words:
            self._words[column] = self.frame[column].drop_nulls().unique().to_list()
        return self._words[column]

    def of(self, role: str) -> str:
        """The column that plays the role, or nothing."""
        return next((column for column, mine in self.role.items() if mine == role), "")

    def claim(self, column: str, role: str, why: str) -> None:
        """Gives the column its role."""
        self.role[column] = role
        self.notes.take(self.sheet.file, column, LEFT_OUT if role == "ignore" else role, why)

    def named(self, pattern: re.Pattern[str], among: Mapping[str, str] | None = None) -> list[str]:
        """Free columns of such a name that are filled somewhere. `among`: only these, called name -> column."""
        called = {c: c for c in self.frame.columns} if among is None else among
        free = [
            column
            for name, column in called.items()
            if column not in self.role and pattern.search(names.plain_name(name))
        ]
        return [c for c in free if self.frame[c].null_count() < self.frame.height]

    def ask(self, role: Role, text: str, meanwhile: str = "") -> str:
        """The column that somebody says plays the role."""
        column = self.questions.about(role, text, self.free, meanwhile=meanwhile, file=self.sheet.file)
        if column:
            is_set = self.questions.setting(role, self.sheet.file) is not None
            self.claim(column, role, "as set" if is_set else "likely; it is asked about below")
        return column

    def column(self, role: str) -> pl.Series | None:
        """The values of the column that plays the role."""
        name = self.of(role)
        return self.frame[name] if name else None


def check_settings(sheets: Iterable[Sheet], questions: Questions, settings: Settings) -> None:
    """Refuses a setting that names a column which no file has: a slip of the pen would silently mean another column."""
    columns = {sheet.file: sheet.frame.columns for sheet in sheets}
    every = list(dict.fromkeys(c for mine in columns.values() for c in mine))
    for key, value in questions.given.items():
        role, _, file = key.partition(":")
        if file and file not in columns:
            raise HistoryError(
                f"--set {key}: no file is called so; the files are {listed(columns)}.{nearest(file, columns)}",
                file=file,
            )
        if (
            role not in ROLES
            or (role == "truth" and value in NOWHERE)
            or (role == "case" and value == NO_CASES and file)
        ):
            continue
        there = columns[file] if file else every
        for column in split(value, there) if role == "ignore" else [value]:
            if role == "truth" and column not in there and _is_said(column, sheets):
                continue  # perhaps an agent, who tells the truths
            if column not in there:
                raise HistoryError(
                    f"--set {key}={value}: there is no column '{column}'; the columns are {listed(there, 30)}.{nearest(column, there)}",
                    file=file or listed(columns),
                )
        if value in settings.features:
            problem = f"--set {key}={value} and --feature {value} give one column two roles. Say one of them."
            raise HistoryError(problem, file=file or listed(columns))
    for option, asked in (("--feature", settings.features), ("--where", settings.where)):
        for column in asked:
            if column not in every:
                raise HistoryError(
                    f"{option} {column}: there is no such column; the columns are {listed(every, 30)}.{nearest(column, every)}",
                    file=listed(columns),
                )


def _is_said(word: str, sheets: Iterable[Sheet]) -> bool:
    """Whether the word stands in a cell."""
    import polars as pl

    found = (sheet.frame.select(pl.any_horizontal((pl.all() == word).any())) for sheet in sheets)
    return any(bool(frame.height and frame.item()) for frame in found)
