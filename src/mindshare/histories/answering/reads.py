"""Which columns of the cases a machine reads, and what it is handed of each case."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, counted, listed, nearest
from mindshare.core.history import History
from mindshare.histories.answering.images import EIGHT_BITS, Images, images_in, is_file_name
from mindshare.machines.ladder.rungs import some
from mindshare.machines.opened import Opened

ONE = {"numbers": "number", "table": "column", "named": "column"}  # of what it reads of each case
CASE = "case"  # the column of ids
GAPS = re.compile(r"[\s,;|]+")


class Inputs(NamedTuple):
    """What is handed to the machine, one entry a case, and of which columns, for a sentence."""

    X: Any
    columns: tuple[str, ...]
    marks: Sequence[Any] = ()  # of images in files: what equal ones have in common
    said: tuple[str, ...] = ()

    def take(self, at: NDArray[np.int64]) -> Inputs:
        """Of the cases `at`."""
        X = self.X.take(at) if isinstance(self.X, Images) else some(self.X, at)
        return self._replace(X=X, marks=[self.marks[i] for i in at.tolist()] if self.marks else ())


def inputs_of(
    history: History, machine: Opened, column: Sequence[str] = (), images: str | Path | None = None
) -> Inputs:
    """What the machine reads of each case. One sentence asks where that is not clear, and names the columns that it may be.

    `images`: the folder to which names of image files are relative.
    """
    for name in column:
        if name not in every_column(history):
            every = every_column(history)
            raise MindshareError(
                f"The cases have no column '{name}' that a machine may read; they have"
                f" {listed(every, 20) or 'none'}.{nearest(name, every)}"
            )
    if machine.reads == "case":
        return _cases(history, column)
    if machine.reads in ("numbers", "table", "named"):
        return _table(history, machine, column)
    if machine.reads in ("series", "image"):
        if machine.reads == "image" and (name := of_files(history, column)):
            return _images(history, machine, name, Path(images or "."))
        found = _arrays(history, machine, column)
        _must_fit(found, history, machine)
        return found
    if not machine.reads and column and all(name in history.features.numeric for name in column):
        return _table(history, machine, column)
    name = _one_text(history, machine, column)
    return Inputs(_words(history, name), (name,))


def every_column(history: History) -> list[str]:
    """What a machine may read of a case."""
    return [*history.features.text, *history.features.categorical, *history.features.numeric]


def _words(history: History, name: str) -> list[str]:
    """The column as it is written, "" where it is empty."""
    features = history.features
    if name in features.text:
        return list(features.text[name])
    if name in features.categorical:
        codes = features.categorical[name]
        return [codes.names[c] if c >= 0 else "" for c in codes.code.tolist()]
    return ["" if np.isnan(x) else f"{x:.12g}" for x in features.numeric[name].tolist()]


def _one_text(history: History, machine: Opened, column: Sequence[str]) -> str:
    if len(column) > 1:
        raise MindshareError(
            f"The machine '{machine.name}' reads one text a case; name one column, not {listed(column)}."
        )
    found = list(column) or list(history.features.text)
    if len(found) == 1:
        return found[0]
    may_be = found or [*history.features.categorical]
    what = "a text of each case" if machine.reads == "text" else "something of each case"
    why = "several columns hold texts" if found else "no column holds texts"
    raise MindshareError(
        f"The machine '{machine.name}' reads {what}, and {why}: which one is it? Say --column"
        f" {'|'.join(may_be[:20]) or 'NAME'}."
    )


def _table(history: History, machine: Opened, column: Sequence[str]) -> Inputs:
    numeric = history.features.numeric
    wanted = tuple(column) or machine.columns or _all_of_them(history, machine)
    if machine.width and len(wanted) != machine.width:
        raise MindshareError(
            f"The machine '{machine.name}' reads {counted(machine.width, ONE[machine.reads])} of each case; --column names"
            f" {len(wanted)}."
        )
    missing = [name for name in wanted if name not in every_column(history)]
    if missing:
        every = every_column(history)
        raise MindshareError(
            f"The machine '{machine.name}' learnt from the column '{missing[0]}', which the cases do not have; they have"
            f" {listed(every, 20)}.{nearest(missing[0], every)}"
        )
    if wordy := [
        name
        for j, name in enumerate(wanted)
        if machine.words is not None and j not in machine.words and name not in numeric
    ]:
        raise MindshareError(
            f"The machine '{machine.name}' learnt from numbers where '{wordy[0]}' holds words: '{_a_word(history, wordy[0])}'."
        )
    if machine.reads == "named":
        parts = [
            numeric[name].tolist() if name in numeric else _words(history, name) for name in machine.columns
        ]
        return Inputs(list(zip(*parts, strict=True)), machine.columns)
    if machine.reads == "table":
        parts = [numeric[name].tolist() if name in numeric else _words(history, name) for name in wanted]
        return Inputs(list(zip(*parts, strict=True)), wanted)
    words = [name for name in wanted if name not in numeric]
    if words:
        raise MindshareError(f"The machine '{machine.name}' reads numbers, and '{words[0]}' holds words.")
    return Inputs(np.stack([numeric[name] for name in wanted], axis=1), wanted)


def _all_of_them(history: History, machine: Opened) -> tuple[str, ...]:
    """The columns that there are, where they are as many as the machine reads; refused, with their names, where they are not."""
    found, what = tuple(history.features.numeric), "numeric column"
    clear = not machine.width or len(found) == machine.width
    if machine.reads == "table" and (words := (*history.features.categorical, *history.features.text)):
        found, what = (*found, *words), "column"
        clear = not machine.width  # one that has learnt knows an order, and here numbers come first
    if not found or not clear:
        told = counted(machine.width, ONE[machine.reads]) if machine.width else f"{ONE[machine.reads]}s"
        raise MindshareError(
            f"The machine '{machine.name}' reads {told} of each case, and the cases have {counted(len(found), what)}"
            f" ({listed(found, 20) or 'none'}): name them, in its order, with --column NAME,NAME,...."
        )
    return found


def _arrays(history: History, machine: Opened, column: Sequence[str]) -> Inputs:
    """A column that holds a list of numbers (of lists, for images) in each cell, or numeric columns that are steps in their order."""
    numeric = history.features.numeric
    named = tuple(column) or machine.columns
    if len(named) > 1 or (not named and not history.features.text and len(numeric) > 1):
        steps = named or tuple(numeric)
        if not column and (missing := [name for name in steps if name not in numeric]):
            raise MindshareError(
                f"The machine '{machine.name}' learnt from the column '{missing[0]}', and the cases have no such numbers; they have"
                f" {listed(numeric, 20) or 'none'}.{nearest(missing[0], list(numeric))}"
            )
        if machine.reads == "series" and all(name in numeric for name in steps):
            return Inputs(np.stack([numeric[name] for name in steps], axis=1), steps)
    name = _one_text(history, machine, column)
    cells = _words(history, name)
    return Inputs([_numbers(cell, history.case_id[i], name) for i, cell in enumerate(cells)], (name,))


def of_files(history: History, column: Sequence[str]) -> str:
    """The column that names image files, or `case` where the ids do; "" where none does, or it is not clear which."""
    features = history.features
    names = list(column) or [*features.text, *features.categorical]
    found = [n for n in names if n not in features.numeric and all(map(is_file_name, _words(history, n)))]
    if not found and not column and all(map(is_file_name, history.case_id)):
        return CASE
    return found[0] if len(found) == 1 else ""


def _images(history: History, machine: Opened, name: str, folder: Path) -> Inputs:
    """Those of the files; of a machine that learnt from pixels up to 1, they are divided by 255."""
    cells = history.case_id if name == CASE else _words(history, name)
    found = images_in(cells, history.case_id, folder, machine.channels)
    said = "Pixels are read as the files have them, mostly from 0 to 255."
    if 0 < machine.highest <= 1:
        found, said = (
            Images(found.files, found.channels, EIGHT_BITS),
            "Pixels are divided by 255: it learnt from such up to 1.",
        )
    _must_fit(Inputs([found[0]], (name,)), history, machine)  # all are of one size
    return Inputs(found, (name,), found.marks(), (said,))


def _must_fit(inputs: Inputs, history: History, machine: Opened) -> None:
    """Refuses the first case of other channels, or of another size, than the machine was made for."""
    for i, x in enumerate(inputs.X):
        shape = np.shape(x)
        if machine.reads == "series":
            channels = 1 if len(shape) == 1 else shape[-1]
            fits, is_ = channels == machine.channels, counted(channels, "channel")
            wanted = counted(machine.channels, "channel")
        else:
            some = machine.size or (machine.channels,)
            fits = shape in _ways(some) if machine.size else machine.channels in _channels_in(shape)
            is_, wanted = (
                f"{shape} numbers",
                f"{some} (C, H, W)" if machine.size else counted(some[0], "channel"),
            )
        if machine.channels and not fits:
            raise MindshareError(
                f"The machine '{machine.name}' learnt from {machine.reads if machine.reads == 'series' else 'images'} of {wanted};"
                f" case {history.case_id[i]} has {is_} ({listed(inputs.columns, 3)})."
            )


def _ways(size: tuple[int, ...]) -> list[tuple[int, ...]]:
    """How an image of (C, H, W) may be written."""
    c, h, w = size
    return [(c, h, w), (h, w, c), *([(h, w)] if c == 1 else [])]


def _channels_in(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) if len(shape) == 2 else (shape[0], shape[-1]) if len(shape) == 3 else ()


def _a_word(history: History, name: str) -> str:
    return next((word for word in _words(history, name) if word), "")


def _numbers(cell: str, case: str, column: str) -> Any:
    try:
        if cell.lstrip().startswith("["):
            return np.asarray(json.loads(cell), np.float32)
        return np.array([float(x) for x in GAPS.split(cell.strip())], np.float32)
    except ValueError as wrong:
        raise MindshareError(
            f"'{column}' of case {case} holds no list of numbers, such as [0.1, 0.2] or 0.1 0.2: '{cell[:40]}'."
        ) from wrong


def _cases(history: History, column: Sequence[str]) -> Inputs:
    """All that is known of each case, as a service sends it: `content`, `features`, and both as `input`."""
    features = history.features
    texts = list(column) or list(features.text)
    if len(texts) > 1:
        raise MindshareError(
            f"Several columns hold texts, and an endpoint is sent one as the content: say --column {'|'.join(texts[:20])}."
        )
    content = _words(history, texts[0]) if texts else [None] * len(history)
    names = [name for name in (*features.numeric, *features.categorical) if name not in texts]
    out = []
    for i in range(len(history)):
        told: dict[str, Any] = {}
        for name in names:
            if name in features.numeric:
                x = float(features.numeric[name][i])
                told[name] = None if np.isnan(x) else x
            else:
                codes = features.categorical[name]
                told[name] = codes.names[codes.code[i]] if codes.code[i] >= 0 else None
        text = content[i]
        out.append({"input": told if text is None else text, "content": text, "features": told})
    return Inputs(out, (*texts, *names))
