"""Which cases a machine that is not learnt anew has seen: those of the file that it was trained on, and what is nearly the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import History
from mindshare.histories.answering.images import is_file_name, mark
from mindshare.histories.answering.near import near
from mindshare.histories.answering.reads import Inputs
from mindshare.histories.sources.raw import Raw
from mindshare.histories.tables import find_table

NONE = "none"


def seen_in(
    file: str | Path, history: History, inputs: Inputs, groups: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(N,) whether the machine has seen the case, or one of its group: by its id in a column `case`, or by what it reads.

    Refused where the file has neither a column `case` nor those that the machine reads.
    """
    path = Path(file)
    raw = Raw(
        find_table(path, "cases", "the cases that the machine was trained on") if path.is_dir() else path
    )
    columns = raw.frame.columns
    mine = np.zeros(len(history), np.bool_)
    ids = "case" in columns
    if ids:
        there = set(raw.frame["case"].drop_nulls().to_list())
        mine |= np.array([case in there for case in history.case_id], np.bool_)
    named = _files_in(raw) if inputs.marks else ""
    words = bool(inputs.columns) and all(name in columns for name in inputs.columns)
    contents = bool(named) if inputs.marks else words
    if not ids and not contents:
        raise MindshareError(
            f"--trained-on {file}: it has the columns {listed(columns, 20)}; it needs 'case', or what the machine reads"
            f" ({listed(inputs.columns, 20)})."
        )
    if named:
        taught = _marks(raw.frame[named].drop_nulls().to_list(), path if path.is_dir() else path.parent)
        mine |= np.array([one.tobytes() in taught for one in inputs.marks], np.bool_)
    elif contents:
        rows = raw.frame.select(inputs.columns).fill_null("").rows()
        mine |= _alike([_one(row) for row in rows], _told(history, inputs), groups)
    known = np.unique(groups[mine])
    return np.isin(groups, known)


def _files_in(raw: Raw) -> str:
    """The column that names image files; "" where none does, or several do."""
    cells = {name: raw.frame[name].drop_nulls().to_list() for name in raw.frame.columns}
    found = [name for name, each in cells.items() if each and all(map(is_file_name, each))]
    return found[0] if len(found) == 1 else ""


def _marks(cells: Sequence[str], folder: Path) -> set[bytes]:
    """What equal files have in common, of the images that taught."""
    if gone := [cell for cell in cells if not (folder / cell).is_file()]:
        raise MindshareError(
            f"--trained-on names the image {gone[0]}, and there is no such file in {folder}."
        )
    return {mark(folder / cell).tobytes() for cell in cells}


def _alike(theirs: Sequence[str], ours: Sequence[str], groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) whether a row of theirs is nearly the same; rows of numbers are compared as they are."""
    if ours and ours[0].startswith("\0"):
        there = set(theirs)
        return np.array([row in there for row in ours], np.bool_)
    own = np.concatenate([groups, len(groups) + np.arange(len(theirs))])
    joined = near([*ours, *theirs], own.astype(np.int64))
    return np.isin(joined[: len(ours)], np.unique(joined[len(ours) :]))


def _one(row: Sequence[str]) -> str:
    return row[0] if len(row) == 1 and not _is_number(row[0]) else "\0" + "\0".join(map(_plain, row))


def _told(history: History, inputs: Inputs) -> list[str]:
    """What the machine reads of each case, as `_one` writes a row of the file."""
    features, parts = history.features, []
    for name in inputs.columns:
        if name in features.numeric:
            parts.append(["" if np.isnan(x) else f"{x:.9g}" for x in features.numeric[name].tolist()])
        elif name in features.categorical:
            codes = features.categorical[name]
            parts.append([codes.names[c] if c >= 0 else "" for c in codes.code.tolist()])
        else:
            parts.append(list(features.text[name]))
    return [_one(row) for row in zip(*parts, strict=True)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _plain(cell: str) -> str:
    return f"{float(cell):.9g}" if _is_number(cell) else cell
