"""`mindshare init`: a history from the files that people have, asking only what the files do not tell."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from mindshare.core.errors import MindshareError, counted, listed
from mindshare.core.history import History
from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.questions import Question
from mindshare.histories.intake.settings import Settings
from mindshare.histories.places import check_directory, write_directory
from mindshare.histories.read import read_history
from mindshare.histories.sources.raw import Raw
from mindshare.histories.write import write_history

MOST_TRIED = 10_000  # cases that a preview reads back
Ask = Callable[[Question], str]


def init_history(
    files: Sequence[str | Path], out: str | Path, *, ask: Ask | None = None, settings: Settings | None = None
) -> tuple[str, ...]:
    """Writes a history that `read_history` accepts into `out`, a new directory; returns what was decided, a sentence each.

    `files` are tables or exports of other tools (docs/files.md); cases of one id are one case. What the files do not tell is
    looked up in `settings` and then asked with `ask(question)`, whose reply is one of the question's options (several with
    commas between where it is about several). Without `ask`, open questions raise MindshareError, all of them in one
    sentence each. What is refused leaves nothing behind.
    """
    check_directory(out)
    preview, _ = understood(files, settings or Settings(), ask)
    history = write_preview(preview, out)
    return (*preview.said, *left_out(preview), *total(preview), *history.not_learnable)


def understood(
    files: Sequence[str | Path], settings: Settings, ask: Ask | None = None
) -> tuple[Preview, Settings]:
    """The preview without an open question, and the settings with the replies: asks until none is left.

    Raises where nobody can be asked.
    """
    raws = [Raw(file) for file in files]
    preview = look(raws, settings)
    while preview.open:
        if ask is None:
            raise MindshareError(" ".join(as_flag(question) for question in preview.open))
        question = preview.open[0]  # the answer may settle or change the others
        reply = ask(question)
        if problem := question.refuse(reply):
            raise MindshareError(problem)
        settings = replace(settings, set={**settings.set, question.key: reply})
        preview = look(raws, settings)
    return preview, settings


def write_preview(preview: Preview, out: str | Path) -> History:
    """The history as it is read back, written to `out` whole or not at all."""
    read: list[History] = []

    def fill(directory: Path) -> None:
        team = {"name": Path(out).name, **preview.team}
        write_history(directory, team, preview.cases, preview.answers)
        features = [name for name in preview.features if name in preview.cases.columns]
        read.append(read_history(directory, features))

    write_directory(out, fill)
    return read[0]


def tried(preview: Preview) -> tuple[str, ...]:
    """What reading such a history says, a sentence each: leaks, times that nobody works, what it cannot tell.

    It is read from a temporary directory, of many cases an even sample.
    """
    cases = preview.cases
    if cases.height > MOST_TRIED:
        cases = cases.gather_every(-(-cases.height // MOST_TRIED))
    answers = preview.answers.filter(preview.answers["case"].is_in(cases["case"].to_list()))
    with tempfile.TemporaryDirectory(prefix="mindshare-") as folder:
        part = replace(preview, cases=cases, answers=answers)
        return write_preview(part, Path(folder) / "history").not_learnable


def as_flag(question: Question) -> str:
    """An open question as a sentence, with the flag that answers it."""
    several = " (several with commas between)" if question.several else ""
    return f"{question.text} Say it with --set {question.key}={'|'.join(question.options)}{several}."


def left_out(preview: Preview) -> list[str]:
    """What is in the files and not in the history, a sentence each."""
    return [
        f"{counted(n, what)} {'is' if n == 1 else 'are'} left out: {why}."
        for n, what, why in preview.left_out
    ]


def total(preview: Preview) -> tuple[str, str]:
    """What the history will hold, and the last line: what came in is kept or named as left out."""
    rows = sum(n for n, what, _ in preview.left_out if what == "row")
    others = f"; {counted(rows, 'other row')} left out" if rows else ""
    people = sum(kind == "person" for kind in preview.kinds.values())
    kept, gone = preview.answers.height, preview.found - preview.answers.height
    return (
        f"{counted(preview.cases.height, 'case')}, {counted(kept, 'answer')} by {counted(people, 'person', 'people')} and"
        f" {counted(len(preview.kinds) - people, 'machine')}; labels {listed(preview.labels)}.",
        f"In the files: {counted(preview.found, 'answer')}; kept {kept:,}, left out {gone:,}{others}.",
    )
