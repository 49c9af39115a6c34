"""Files that are no history yet: what was understood of them, before anything is written, and what is still to be asked."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mindshare.cli.tables import Table, words
from mindshare.cli.terminal import asker, confirmed, say, show
from mindshare.cli.words import flags_of
from mindshare.core.errors import HistoryError, MindshareError, counted, listed

if TYPE_CHECKING:
    from mindshare.core.history import History
    from mindshare.histories.intake.look import Preview
    from mindshare.histories.intake.questions import Question
    from mindshare.histories.intake.settings import Settings

SAMPLE = 5
AMONG = 1_000  # cases that are looked through for some with an answer
MOST = 160  # letters of a cell of the sample


def run_init(files: Sequence[Path], out: Path, settings: Settings, *, yes: bool) -> None:
    """Shows what was understood; writes it where `yes`, or somebody at the terminal, says so."""
    from mindshare.histories.init import write_preview
    from mindshare.histories.places import check_directory

    check_directory(out)
    preview, settings = answered(files, settings)
    show_preview(preview)
    if not yes and not (asker() and confirmed(f"Write the history to {out}?")):
        named = " ".join(shlex.quote(str(file)) for file in files)
        command = f"mindshare init {named} --out {shlex.quote(str(out))}{flags_of(settings)} --yes"
        say("", f"Nothing is written yet. This writes it: {command}")
        return
    write_preview(preview, out)
    say(
        "",
        f"Written to {out}. Look at {out / 'team.yaml'}: who is a machine, who a person, what an answer costs.",
        f"Next: mindshare backtest {out}",
    )


class Origin(NamedTuple):
    """Where a history comes from: a directory, or a file in any format that init reads, and what is set for reading it."""

    place: Path
    settings: Settings

    def __str__(self) -> str:
        return f"{self.place}{flags_of(self.settings)}"


def history_of(origin: Origin) -> History:
    """The history; what was understood of a file is said."""
    with read_from(origin) as (history, _):
        return history


@contextmanager
def read_from(origin: Origin) -> Iterator[tuple[History, Path]]:
    """The same, and the directory that it was read from, which is there as long as the block runs."""
    from mindshare.histories.read import read_history

    place, settings = origin

    if not place.is_file():
        yield read_history(place, settings.features), place
        return
    from mindshare.histories.init import left_out, total, write_preview

    preview, _ = answered([place], settings)
    say(*preview.said, *left_out(preview), *total(preview))
    with tempfile.TemporaryDirectory(prefix="mindshare-") as folder:
        directory = Path(folder) / place.name.partition(".")[0]
        yield write_preview(preview, directory), directory


def open_cases_of(place: Path, history: History, settings: Settings) -> History:
    """Open cases in a directory or a cases file, or of a file in any format that init reads."""
    from mindshare.histories.intake.open_questions import questions_of
    from mindshare.histories.read import read_open_cases
    from mindshare.histories.sources.raw import Raw

    needed = {"case", "kind"} if questions_of(history) else {"case"}
    if not place.is_file() or needed <= {*(raw := Raw(place)).columns}:
        return read_open_cases(place, history)
    from mindshare.histories.intake.look import look_at_open
    from mindshare.histories.write import write_tables

    preview = look_at_open(raw, settings, history)
    say(*preview.said)
    with tempfile.TemporaryDirectory(prefix="mindshare-") as folder:
        write_tables(Path(folder), preview.cases, preview.answers)
        try:
            return read_open_cases(folder, history)
        except HistoryError as error:  # about a table that nobody but this function knows
            raise HistoryError(error.problem, file=raw.file, column=error.column) from error


def answered(files: Sequence[Path], settings: Settings) -> tuple[Preview, Settings]:
    """The preview once its questions are answered at the terminal, and the settings with the answers.

    Where nobody can answer, the preview is shown with all of them, and refused.
    """
    from mindshare.histories.init import understood
    from mindshare.histories.intake.look import look

    ask = asker()
    if ask is not None:
        return understood(files, settings, ask)
    preview = look(files, settings)
    if preview.open:
        show_preview(preview)
        flags = " ".join(f"--set {shlex.quote(f'{q.key}=...')}" for q in preview.open)
        raise MindshareError(
            f"{counted(len(preview.open), 'question')} {'is' if len(preview.open) == 1 else 'are'} open, and nothing was written."
            f" Answer with {flags}."
        )
    return preview, settings


def show_preview(preview: Preview) -> None:
    """Which column was taken for what and why, what was decided and left out, five cases as they will be read, what is open."""
    from mindshare.histories.init import left_out, total, tried

    for file, format_, rows in preview.files:
        say(f"{file}: {format_}, {counted(rows, 'row')}.")
    say("")
    several = len(preview.files) > 1
    table = Table([words(head) for head in (("file",) if several else ()) + ("column", "taken as", "why")])
    for choice in preview.choices:
        table.add(*choice[0 if several else 1 :])
    show(table)
    if decided := (*preview.said, *left_out(preview)):
        say("", *decided)
    if preview.cases.height:
        say("")
        show(sample(preview))
    if preview.labels:
        say("", *(tried(preview) if not preview.open else ()), *total(preview))
    for i, question in enumerate(preview.open, 1):
        say("", *_open(i, question))


def _open(i: int, question: Question) -> list[str]:
    several = " (several with commas between)" if question.several else ""
    return [
        f"Question {i}: {question.text}",
        f"  --set {question.key}=...{several}: {', '.join(question.options)}",
    ]


def sample(preview: Preview) -> Table:
    """The first cases that somebody answered, as they will be read."""
    answers, cases = preview.answers, preview.cases
    head = cases.head(AMONG)
    if answers.height:
        answers = answers.filter(answers["case"].is_in(head["case"].to_list()))
        head = head.filter(head["case"].is_in(answers["case"].to_list()))
    first = (head if head.height else cases)["case"].head(SAMPLE)
    features = [c for c in cases.columns if c not in ("case", "truth")]
    table = Table(
        [*map(words, ("case", "truth", "answers", *features[:3]))],
        title="The first cases as they will be read",
    )
    for case in first.to_list():
        row = cases.filter(cases["case"] == case).row(0, named=True)
        told = (
            answers.filter(answers["case"] == case).select("agent", "answer").rows() if answers.height else []
        )
        said = listed((f"{agent}: {answer if answer is not None else '-'}" for agent, answer in told), 6)
        cells = (case, row["truth"] or "-", said, *(row[f] or "-" for f in features[:3]))
        table.add(*(cell if len(cell) <= MOST else f"{cell[: MOST - 3]}..." for cell in cells))
    return table
