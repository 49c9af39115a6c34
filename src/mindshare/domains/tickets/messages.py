"""Messages of customers and their intents: banking77 (Casanueva et al. 2020), those that teach and those that are new."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mindshare.core.errors import MindshareError, listed
from mindshare.domains.files import public_file, text_table
from mindshare.domains.tickets.departments import DEPARTMENT_OF

FOLDER, TAUGHT, NEW = "banking77", "train.csv", "test.csv"
COLUMNS = ("text", "category")


class Messages(NamedTuple):
    """Texts and the intent of each."""

    text: tuple[str, ...]
    intent: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The intents that there are, in order."""
        return tuple(sorted(set(self.intent)))


class Split(NamedTuple):
    """Messages that machines learn from, and those that come afterwards."""

    taught: Messages
    new: Messages


def read_banking(data: str | Path) -> Split:
    """Both files of banking77 under the folder of the public sets; every mistake in them is one sentence."""
    taught, new = (_read(path) for path in banking_files(data))
    unknown = sorted(set(new.intent) - set(taught.intent))
    if unknown:
        raise MindshareError(
            f"{NEW} has messages of {listed(unknown)}, and {TAUGHT} has none to learn from; take both files of one version."
        )
    return Split(taught, new)


def banking_files(data: str | Path) -> tuple[Path, Path]:
    """Where the files are; raises where one is not."""
    taught, new = (public_file(data, FOLDER, name, "made-up messages") for name in (TAUGHT, NEW))
    return taught, new


def _read(path: Path) -> Messages:
    table = text_table(path, COLUMNS, "messages")
    text, intent = ([cell or "" for cell in table[name].to_list()] for name in COLUMNS)
    for row, (said, meant) in enumerate(zip(text, intent, strict=True), 1):
        if not said.strip():
            raise MindshareError(f"{path}, message {row}: the text is empty.")
        if meant not in DEPARTMENT_OF:
            raise MindshareError(
                f"{path}, message {row}: no department takes care of '{meant}'; say which in domains/tickets/departments.py."
            )
    return Messages(tuple(text), tuple(intent))
