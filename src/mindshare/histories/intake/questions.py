"""What a file does not tell: each question is answered by a setting, or stays open and is asked with all the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from mindshare.core.errors import MindshareError


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One open question. `key` is what `--set KEY=ANSWER` calls it; `meanwhile` is the answer that the preview shows."""

    key: str
    text: str
    options: tuple[str, ...]
    several: bool = False
    meanwhile: str = ""

    def refuse(self, answer: str) -> str:
        """Why the answer is none, or nothing."""
        for part in split(answer, self.options) if self.several else [answer]:
            if part not in self.options:
                close = get_close_matches(part, self.options, n=1, cutoff=0.6)
                hint = f" Did you mean '{close[0]}'?" if close else ""
                return (
                    f"'{part}' is no answer to: {self.text} The answers are {', '.join(self.options)}.{hint}"
                )
        return ""


@dataclass(slots=True)
class Questions:
    """Settings that were given, and the questions that they left open, in the order in which they came up.

    A setting is for all files, or for one: `agent:answers.csv` goes before `agent`.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    open: list[Question] = field(default_factory=list)
    several_files: bool = False  # then a question about one of them names it

    def setting(self, key: str, file: str = "") -> str | None:
        """What was set for this file, else for all files, else None."""
        return self.given.get(f"{key}:{file}", self.given.get(key))

    def is_of(self, file: str, key: str) -> bool:
        """Whether the setting is for this file only."""
        return f"{key}:{file}" in self.given

    def is_meant(self, key: str, file: str) -> bool:
        """Whether a setting is surely for this file, so that one which does not fit is refused: it names it, or there is no other."""
        return self.setting(key, file) is not None and (self.is_of(file, key) or not self.several_files)

    def about(
        self,
        key: str,
        text: str,
        options: Sequence[str],
        *,
        meanwhile: str = "",
        several: bool = False,
        file: str = "",
    ) -> str:
        """The answer: one of the options, or several of them with commas between. Where nothing is set, `meanwhile`.

        Raises MindshareError where the setting is none of the options.
        """
        question = Question(
            key=f"{key}:{file}" if file and self.several_files else key,
            text=text,
            options=tuple(options),
            several=several,
            meanwhile=meanwhile,
        )
        answer = self.setting(key, file)
        if answer is None:
            if all((other.key, other.text) != (question.key, text) for other in self.open):
                self.open.append(question)
            return meanwhile
        if problem := question.refuse(answer):
            raise MindshareError(problem)
        return answer


def split(words: str, known: Collection[str] = ()) -> list[str]:
    """Words with commas between as a list; a comma within a name that is known (`Smith, Anna`) is part of it."""
    pieces, names, out, at = words.split(","), frozenset(known), list[str](), 0
    most = max((name.count(",") for name in names), default=0)
    while at < len(pieces):
        ends = range(min(len(pieces), at + 1 + most), at + 1, -1)
        end = next((e for e in ends if ",".join(pieces[at:e]).strip() in names), at + 1)
        out.append(",".join(pieces[at:end]).strip())
        at = end
    return [word for word in out if word]
