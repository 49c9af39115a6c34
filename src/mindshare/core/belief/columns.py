"""What describes a case, as numbers: columns are found by name, never by place, and nothing that is missing or new stops it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.history import Codes, History
from mindshare.core.records import Case

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
KIND = "kind"  # the column that holds a case's kind


class Columns(NamedTuple):
    """N cases: `number` (N, .) NaN = missing, `level` (N, .) -1 = missing or never met, `text` (N,) or nothing."""

    number: F64
    level: I32
    text: tuple[str, ...] | None

    def take(self, cases: NDArray[np.int64]) -> Columns:
        """These cases only."""
        text = None if self.text is None else tuple(self.text[i] for i in cases.tolist())
        return Columns(self.number[cases], self.level[cases], text)

    @staticmethod
    def join(parts: Sequence[Columns]) -> Columns:
        """The cases of all parts, in their order."""
        text = None if parts[0].text is None else tuple(t for p in parts for t in p.text or ())
        return Columns(
            np.concatenate([p.number for p in parts]), np.concatenate([p.level for p in parts]), text
        )


class Schema(NamedTuple):
    """The columns that were there when the belief learnt: names, and the levels of each categorical column."""

    numeric: tuple[str, ...]
    categorical: tuple[tuple[str, tuple[str, ...]], ...]
    text: tuple[str, ...]

    @staticmethod
    def of(history: History) -> Schema:
        """The columns of this history."""
        levels = tuple((name, codes.names) for name, codes in categorical(history).items())
        return Schema(tuple(history.features.numeric), levels, tuple(history.features.text))

    def read(self, history: History) -> Columns:
        """The same columns of any history: others are left out, a missing one is empty, levels are found by name."""
        n, level = len(history), categorical(history)
        number = np.full((n, len(self.numeric)), np.nan)
        for j, name in enumerate(self.numeric):
            if name in history.features.numeric:
                number[:, j] = history.features.numeric[name]
            elif name in level:  # a column of few values may have been read as levels
                number[:, j] = _looked_up(level[name], np.array([*map(_number, level[name].names), np.nan]))
        codes = np.full((n, len(self.categorical)), -1, np.int32)
        for j, (name, names) in enumerate(self.categorical):
            codes[:, j] = _levels(history, name, names, level.get(name))
        return Columns(number, codes, _texts(history, self.text, level))

    def read_cases(self, cases: Sequence[Case]) -> Columns:
        """The same columns of cases one by one."""
        number = np.full((len(cases), len(self.numeric)), np.nan)
        codes = np.full((len(cases), len(self.categorical)), -1, np.int32)
        places = [{level: i for i, level in enumerate(names)} for _, names in self.categorical]
        for i, case in enumerate(cases):
            features = case.features
            for j, name in enumerate(self.numeric):
                value = features.get(name)
                if value is not None and value != "":
                    number[i, j] = _told(case.id, name, value)
            for j, (name, _) in enumerate(self.categorical):
                value = features.get(name, "") if name != KIND else features.get(name, case.kind)
                codes[i, j] = places[j].get(value if isinstance(value, str) else f"{value:g}", -1)
        text = tuple(_joined(str(c.features.get(name, "")) for name in self.text) for c in cases)
        return Columns(number, codes, text if self.text else None)


def categorical(history: History) -> dict[str, Codes]:
    """The categorical features, and the kind where no question is asked of it alone. The group is never evidence."""
    columns = dict(history.features.categorical)
    if history.kind is not None and history.team.kinds == ("",):
        columns[KIND] = history.kind
    return columns


def _levels(history: History, name: str, names: tuple[str, ...], found: Codes | None) -> I32:
    """(N,) the model's level of each case, -1 where there is none of that name."""
    place = {level: i for i, level in enumerate(names)}
    if found is not None:
        if found.names == names:
            return found.code
        return _looked_up(found, np.array([*(place.get(level, -1) for level in found.names), -1], np.int32))
    if name in history.features.text:
        return np.array([place.get(level, -1) for level in history.features.text[name]], np.int32)
    if name in history.features.numeric:
        return np.array([place.get(f"{x:g}", -1) for x in history.features.numeric[name]], np.int32)
    return np.full(len(history), -1, np.int32)


def _texts(history: History, names: tuple[str, ...], level: dict[str, Codes]) -> tuple[str, ...] | None:
    """(N,) the free texts of each case, joined; a text column of few values may have been read as levels."""
    if not names:
        return None
    empty = ("",) * len(history)
    columns = []
    for name in names:
        if name in history.features.text:
            columns.append(history.features.text[name])
        elif name in level:
            words = (*level[name].names, "")
            columns.append(tuple(words[code] for code in level[name].code.tolist()))
        else:
            columns.append(empty)
    return tuple(_joined(parts) for parts in zip(*columns, strict=True))


def _joined(parts: Iterable[str]) -> str:
    return " \n ".join(parts)


def _looked_up(codes: Codes, values: NDArray[Any]) -> NDArray[Any]:
    """`values` (levels + 1,) of each code; the last one is for the code -1."""
    return values[codes.code]


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return np.nan


def _told(case_id: str, name: str, value: float | str) -> float:
    try:
        return float(value)
    except ValueError:
        raise MindshareError(
            f"Case '{case_id}': '{name}' was a number in the cases learnt from. Got {value!r} instead."
        ) from None
