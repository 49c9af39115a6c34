"""Where results, progress and questions go: results to stdout, the rest to a terminal if there is one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mindshare.cli.tables import Table, printable

if TYPE_CHECKING:
    from rich.console import Console

    from mindshare.histories.intake.questions import Question

PIPED_WIDTH = 110  # columns of a table that no terminal measures


def console() -> Console:
    """Stdout; in a pipe as wide as tables like, without colours."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    asked = os.environ.get("COLUMNS", "")
    width = int(asked) if asked.isdecimal() and int(asked) > 0 else PIPED_WIDTH
    return Console(highlight=False, width=width, color_system=None, force_terminal=False)


def say(*sentences: str) -> None:
    """Prints sentences as they are, wrapped only by a terminal."""
    screen = console()
    for sentence in sentences:
        text = printable(sentence, keep="\n\t")
        screen.print(text, markup=False, emoji=False, soft_wrap=not screen.is_terminal)


def show(table: Table) -> None:
    """Prints a table as wide as the screen, its cells as they are: text from files is never markup."""
    from rich.text import Text

    screen = console()
    for text, bold in table.lines(screen.width):
        screen.print(Text(text, style="bold" if bold else ""), soft_wrap=True)


@contextmanager
def progress(doing: str) -> Iterator[Callable[[float, str], None] | None]:
    """A bar on stderr while the block runs, gone afterwards; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    # no thread of its own: a backtest forks, and a forked lock may stay shut
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task(doing, total=1.0)

        def tell(share: float, what: str) -> None:
            bar.update(task, completed=share, description=printable(f"{doing}: {what}"), refresh=True)

        tell(0.0, "starting")
        yield tell


def asker() -> Callable[[Question], str] | None:
    """Asks at the terminal, one of the options by name or number; None where nobody can answer."""
    return _ask if sys.stdin.isatty() else None


def confirmed(question: str) -> bool:
    """Whether somebody at the terminal says yes; the key Enter does."""
    from rich.console import Console
    from rich.prompt import Confirm

    return Confirm.ask(printable(question), console=Console(stderr=True, highlight=False), default=True)


def _ask(question: Question) -> str:
    from rich.console import Console
    from rich.prompt import Prompt

    screen = Console(stderr=True, highlight=False)
    screen.print("", printable(question.text), sep="\n", markup=False, emoji=False)
    for number, option in enumerate(question.options, start=1):
        screen.print(f"  {number:2d}  {printable(option)}", markup=False, emoji=False)
    several = ", several with commas" if question.several else ""
    while True:
        reply = Prompt.ask(f"A name or a number{several}", console=screen)
        if reply in question.options:
            return reply
        parts = [_option(part.strip(), question.options) for part in reply.split(",")]
        if all(part is not None for part in parts) and (question.several or len(parts) == 1):
            return ",".join(part for part in parts if part is not None)
        screen.print(f"'{printable(reply)}' is none of them.", markup=False, emoji=False)


def _option(word: str, options: Sequence[str]) -> str | None:
    if word in options:
        return word
    if word.isdecimal() and 1 <= int(word) <= len(options):
        return options[int(word) - 1]
    return None
