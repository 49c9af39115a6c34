"""Messages of customers and their intents: banking77 (Casanueva et al. 2020), those that teach and those that are new."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mindshare.core.errors import MindshareError, listed
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
    folder = Path(data) / FOLDER
    for path in (folder / TAUGHT, folder / NEW):
        if not path.is_file():
            raise MindshareError(
                f"There is no {path.name} of banking77 in {folder}: name the folder of the public sets with --data DIR,"
                " or leave --data away for made-up messages."
            )
    return folder / TAUGHT, folder / NEW


def _read(path: Path) -> Messages:
    import polars as pl

    try:
        table = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as wrong:
        raise MindshareError(
            f"{path} cannot be read as a table: {' '.join(str(wrong).split())[:200]}."
        ) from wrong
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise MindshareError(
            f"{path} has no column {listed(missing)}; it has {listed(table.columns, 8)}. banking77 has {listed(COLUMNS)}."
        )
    if not table.height:
        raise MindshareError(f"{path} has no messages.")
    text, intent = ([cell or "" for cell in table[name].to_list()] for name in COLUMNS)
    for row, (said, meant) in enumerate(zip(text, intent, strict=True), 1):
        if not said.strip():
            raise MindshareError(f"{path}, message {row}: the text is empty.")
        if meant not in DEPARTMENT_OF:
            raise MindshareError(
                f"{path}, message {row}: no department takes care of '{meant}'; say which in domains/tickets/departments.py."
            )
    return Messages(tuple(text), tuple(intent))
