"""What one file of `mindshare init` holds once its columns are understood, and how what it cannot tell is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mindshare.core.errors import MindshareError

if TYPE_CHECKING:
    import polars as pl

Ask = Callable[[str, Sequence[str]], str]
NONE = "none"
MACHINE = re.compile(
    r"(model|bot|machine|gpt|llm|bert|net\d*$|cnn|svm|forest|logreg|classifier|predict|pred(_|$)|algo|auto|(^|_)ai(_|$))",
    re.I,
)
PERSON = re.compile(
    r"(annot|rater|reader|person|human|expert|user|worker|coder|review|label+er|doctor|nurse|dr_|radiolog|student|@)",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Strings only: `cases` has the columns case, truth where it is known and whatever describes a case."""

    cases: pl.DataFrame
    answers: pl.DataFrame  # case, agent, answer, seconds, confidence
    kinds: Mapping[str, str] = field(
        default_factory=dict
    )  # agent -> machine | person, where the file says so
    decided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks what cannot be guessed: first `given` (what the command line set), then `ask`."""

    given: Mapping[str, str]
    ask: Ask | None

    def about(self, key: str, question: str, options: Sequence[str], *, several: bool = False) -> str:
        """The answer, one of the options (or several of them with commas between)."""
        if key in self.given:
            answer = self.given[key]
        elif self.ask is not None:
            answer = self.ask(question, options)
        else:
            raise MindshareError(f"{question} Say it with --set {key}={'|'.join(options[:6])}.")
        for part in split(answer) if several else [answer]:
            if part not in options:
                raise MindshareError(
                    f"'{part}' is no answer to: {question} The answers are {', '.join(options)}."
                )
        return answer

    def kinds(self, agents: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
        """Machine or person, by name where names tell; asks once about the rest."""
        kinds = dict(known)
        unclear = []
        for agent in sorted(set(agents) - set(known)):
            machine, person = bool(MACHINE.search(agent)), bool(PERSON.search(agent))
            if machine == person or "machines" in self.given:
                unclear.append(agent)
            else:
                kinds[agent] = "machine" if machine else "person"
        if unclear:
            question = f"Which of these are machines: {', '.join(unclear[:12])}{' ...' if len(unclear) > 12 else ''}?"
            machines = split(self.about("machines", question, [NONE, "all", *unclear], several=True))
            for agent in unclear:
                kinds[agent] = "machine" if agent in machines or machines == ["all"] else "person"
        return kinds


def split(words: str) -> list[str]:
    """Words with commas between as a list."""
    return [word.strip() for word in words.split(",") if word.strip()]
