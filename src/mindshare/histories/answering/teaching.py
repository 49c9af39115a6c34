"""What a history can teach a machine: what a case is, what is read of it, and its truth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, counted, listed
from mindshare.core.history import History
from mindshare.histories.answering.near import near
from mindshare.histories.answering.reads import every_column, inputs_of, of_files
from mindshare.machines.ladder.rungs import some
from mindshare.machines.opened import Opened

Kind = Literal["text", "series", "image", "table"]
STEPS = 16  # numeric columns with one name and a number each: so many are a series
NUMBERED = re.compile(r"^(.*?)[_ .-]?(\d+)$")
LIST = re.compile(r"^\s*\[?\s*-?\d[-\d\s.,;|eE+]*\]?\s*$")
NESTED = re.compile(r"^\s*\[\s*\[")
SAMPLE = 100  # cells that are looked at


class Taught(NamedTuple):
    """`X`, labels `y` and groups (N,) of the cases with a truth; `reads`, `columns`: what a case is; `said`: what was decided."""

    X: Any
    y: NDArray[Any]
    groups: NDArray[np.int64]
    reads: Kind
    columns: tuple[str, ...]
    said: tuple[str, ...]


def taught_by(
    history: History,
    reads: str | None = None,
    column: Sequence[str] = (),
    images: str | Path | None = None,
) -> Taught:
    """The cases with a truth. Cases of one parent and near-duplicates are one group. `reads` None: found from the columns.
    `images`: the folder to which names of image files are relative.

    One sentence asks where several columns may be read, and refuses what cannot teach.
    """
    if reads is not None and reads not in get_args(Kind):
        raise MindshareError(f"--reads is one of {listed(get_args(Kind))}. Got {reads!r} instead.")
    if len(history.team.questions) > 1:
        raise MindshareError(
            f"The cases are of several kinds ({', '.join(history.team.kinds)}), and a machine answers one question. Hand in those of one."
        )
    known = np.flatnonzero(history.truth >= 0)
    if len(np.unique(history.truth[known])) < 2:
        raise MindshareError(
            f"{counted(len(known), 'case')} with a truth of {len(np.unique(history.truth[known]))} labels cannot teach; two labels at"
            " least are needed (--set truth=COLUMN names the truth)."
        )
    kind, columns = (reads, tuple(column)) if reads else _found(history, tuple(column))
    machine = Opened(name="train", model=None, reads=kind, learns=True, fitted=False)  # type: ignore[arg-type]
    inputs = inputs_of(history, machine, columns, images)
    groups = near(inputs.marks or inputs.X, history.parent.astype(np.int64))[known]
    said = _said(history, kind, inputs.columns, len(known), len(np.unique(groups)))
    X = some(inputs.X, known)
    X = _read_once(X) if kind == "image" else X
    labels = np.array(history.team.labels)
    return Taught(X, labels[history.truth[known]], groups, kind, inputs.columns, tuple(said))  # type: ignore[arg-type]


def _said(history: History, kind: str, columns: Sequence[str], known: int, groups: int) -> list[str]:
    """What was decided, a sentence each."""
    a = "an" if kind == "image" else "a"
    said = [f"A case is {a} {kind}, read from {listed(columns, 8)} (--reads and --column say otherwise)."]
    if rest := [name for name in every_column(history) if name not in columns]:
        said.append(f"Of each case {listed(rest, 8)} {'is' if len(rest) == 1 else 'are'} not read.")
    if known < len(history):
        said.append(f"{counted(len(history) - known, 'case')} without a truth cannot teach.")
    if more := known - groups:
        said.append(
            f"{counted(more, 'case')} of the same parent as another, or nearly the same: they never teach and judge at once."
        )
    return said


def _read_once(images: Sequence[Any]) -> NDArray[np.float32]:
    """(N, H, W) or (N, C, H, W): all of one size and of as many channels."""
    found = [np.asarray(image, np.float32) for image in images]
    if len({image.shape for image in found}) > 1:
        raise MindshareError(
            "Some images are grey and others in colour, or of another size: make them alike first."
        )
    return np.stack(found)


def _found(history: History, column: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """(what a case is, the columns that it is read from; none: those that there are)."""
    if {*column} <= {*every_column(history)} and of_files(history, column):
        return "image", column
    features = history.features
    texts = [name for name in column or features.text if name in features.text]
    if len(texts) > 1 or (texts and len(column) > 1):
        raise MindshareError(
            f"Several columns hold texts, and a machine reads one: say --column {'|'.join(list(features.text)[:20])}, or --reads table."
        )
    if texts:
        return _of_cells(history, texts[0]), (texts[0],)
    numeric = [name for name in column or features.numeric if name in features.numeric]
    if len(numeric) >= STEPS and (column or not features.categorical) and _numbered(numeric):
        return "series", tuple(numeric)
    return "table", column


def _of_cells(history: History, name: str) -> str:
    """What the cells of a column of texts are: words, or lists of numbers."""
    cells = [cell for cell in history.features.text[name] if cell][:SAMPLE]
    if cells and all(NESTED.match(cell) for cell in cells):
        raise MindshareError(
            f"'{name}' holds lists of lists: say --reads series (steps, each with its channels) or --reads image (rows of pixels)."
        )
    return "series" if cells and all(LIST.match(cell) for cell in cells) else "text"


def _numbered(names: Sequence[str]) -> bool:
    """Whether all are one name with a number that rises by 1."""
    found = [NUMBERED.match(name) for name in names]
    if not all(found):
        return False
    stems = {match.group(1) for match in found if match}
    numbers = [int(match.group(2)) for match in found if match]
    return len(stems) == 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
