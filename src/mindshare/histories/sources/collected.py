"""Cases and answers that a reader of nested files finds, one by one, as the two sheets that they become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mindshare.histories.sources.foreign import plain
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.source import LeftOut, Role, Sheet

if TYPE_CHECKING:
    import polars as pl

ANSWER: tuple[Role, ...] = ("case", "agent", "answer", "seconds", "started", "finished", "confidence")
KNOWN = 1 << 14  # words kept to be shared: more would cost what they save
CASE: tuple[Role, ...] = ("case", "truth", "parent", "group", "kind", "arrived", "deadline")


class Collected:
    """Fills columns, so that many small objects never exist at once."""

    def __init__(self) -> None:
        self._answers: dict[str, list[str | None]] = {role: [] for role in ANSWER}
        self._cases: dict[str, list[str | None]] = {role: [] for role in CASE}
        self._features: dict[str, list[str | None]] = {}
        self._left_out: Counter[tuple[str, str]] = Counter()
        self._words: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.said: list[str] = []

    @property
    def answers(self) -> int:
        """How many answers there are so far."""
        return len(self._answers["case"])

    def case(self, case: str, features: Mapping[str, Any] | None = None, **known: Any) -> None:
        """One case. `known`: truth, parent, group, kind, arrived, deadline where the file's format tells them."""
        cases, n = self._cases, len(self._cases["case"])
        for role in CASE:
            cases[role].append(case if role == "case" else self._cell(known.get(role)))
        for name, value in (features or {}).items():
            if not name.strip():
                continue
            column = self._features.setdefault(name, [])
            column.extend([None] * (n - len(column)))
            column.append(self._cell(value))

    def answer(self, case: str, agent: str, answer: Any, kind: str = "", **told: Any) -> None:
        """One answer, None where the agent looked and gave none. `told`: seconds, started, finished, confidence."""
        for role in ANSWER[3:]:
            self._answers[role].append(self._cell(told.get(role)))
        for role, value in (("case", case), ("agent", agent), ("answer", answer)):
            self._answers[role].append(self._cell(value))
        if kind:
            self.kinds[agent] = kind

    def _cell(self, value: Any) -> str | None:
        """Equal words are one word in memory, for most cells hold a word that was there before."""
        word = plain(value)
        if word is None or len(self._words) >= KNOWN:
            return word if word is None else self._words.get(word, word)
        return self._words.setdefault(word, word)

    def leave_out(self, what: str, why: str, count: int = 1) -> None:
        """Counts what is in the file and does not become a case or an answer."""
        self._left_out[what, why] += count

    def sheets(self, raw: Raw, format: str) -> list[Sheet]:  # noqa: A002  what the sheet calls it
        """The cases, and the answers about them; each column only where it is filled somewhere."""
        left_out = tuple(LeftOut(n, what, why) for (what, why), n in self._left_out.items())
        cases, roles = self._frame_of_cases()
        answers = _filled(self._answers, ("case", "agent", "answer"))
        about: dict[str, Any] = {"file": raw.file, "format": format}
        out = [
            Sheet(
                **about,
                frame=answers,
                layout="long",
                roles={name: name for name in ANSWER if name in answers.columns},
                kinds=self.kinds,
                left_out=left_out,
                said=tuple(self.said),
            )
        ]
        return [*out, Sheet(**about, frame=cases, layout="cases", roles=roles)] if cases.height else out

    def _frame_of_cases(self) -> tuple[pl.DataFrame, dict[str, Role]]:
        """A feature that is called like a role, such as 'truth', may be meant so: it is left to the names, as in a table."""
        n = len(self._cases["case"])
        cases = _filled(self._cases, ("case",))
        roles: dict[str, Role] = {name: name for name in CASE if name in cases.columns}
        for values in self._features.values():
            values.extend([None] * (n - len(values)))
        named: dict[str, list[str | None]] = {}
        for name, values in self._features.items():
            free = name
            while free in roles or (free != name and free in self._features):
                free += "_"
            named[free] = values
        return cases.hstack(_filled(named, ()).get_columns()), roles


def _filled(columns: Mapping[str, list[str | None]], always: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    kept = {
        name: values
        for name, values in columns.items()
        if name in always or any(v is not None for v in values)
    }
    return pl.DataFrame(kept, schema=dict.fromkeys(kept, pl.String))
