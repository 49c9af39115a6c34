"""Tables of the terminal: at any width each figure and each name is there, whole, and printed as it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.cells import cell_len

GAP = 2  # spaces between two columns
UNBROKEN = 24  # letters of a word or of a part of a name that stay on one line
LEGIBLE = 12  # columns that words have at least, if they need them
WORD = re.compile(r"[^ ]+ *| +")
PART = re.compile(
    r"(?<=[._@/:,;|=-])(?=[^\W\d])"
)  # where a name may go on in the next line; never inside a figure
BRACKET = re.compile(r" (?=[\[(])")  # an interval may stand below its figure
TURNING = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # would turn the rest of the line around


class Column(NamedTuple):
    """A head, and whether figures stand below it (to the right, never broken) or words."""

    head: str
    is_figure: bool


class Line(NamedTuple):
    """A line as it is printed."""

    text: str
    bold: bool = False


def words(head: str) -> Column:
    """A column of names or sentences; they are folded between words and parts of names where room is scarce."""
    return Column(printable(head), is_figure=False)


def figures(*heads: str) -> list[Column]:
    """Columns of figures; an interval in brackets may stand below its figure."""
    return [Column(printable(head), is_figure=True) for head in heads]


def printable(text: str, keep: str = "") -> str:
    """The text with a sign in place of whatever would steer a terminal; line ends and tabs become spaces unless kept."""
    return "".join(_sign(c) if c not in keep else c for c in text)


def _sign(c: str) -> str:
    kind = unicodedata.category(c)
    if c in "\n\t" or kind in ("Zl", "Zp"):
        return " "
    return "\ufffd" if kind in ("Cc", "Cs") or c in TURNING else c


@dataclass(slots=True)
class Table:
    """The first column names the rows. Where not all columns fit beside each other, they stand below each other."""

    columns: Sequence[Column]
    title: str = ""
    rows: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)

    def add(self, *cells: str, bold: bool = False) -> None:
        """One row, a cell a column."""
        if len(cells) != len(self.columns):
            raise ValueError(f"The table has {len(self.columns)} columns. Got {len(cells)} cells instead.")
        self.rows.append((tuple(printable(cell) for cell in cells), bold))

    def fits(self, width: int) -> bool:
        """Whether every row takes one line."""
        every = range(len(self.columns))
        return sum(map(self._natural, every)) + GAP * (len(every) - 1) <= width

    def lines(self, width: int) -> list[Line]:
        """The table in at most `width` columns of a terminal, title first."""
        out = [Line(text, bold=True) for text in fold(printable(self.title), width) if self.title]
        for i, block in enumerate(self._blocks(width)):
            out += [Line("")] * (i > 0)
            out += self._block(block, self._widths(block, width))
        return out

    def _blocks(self, width: int) -> list[list[int]]:
        """Which columns stand beside each other: all of them, or as many as can, long words below figures; the first in all."""
        every = list(range(len(self.columns)))
        if self._fit(every, width):
            return [every]
        blocks = [[0]]
        for i in every[1:]:
            below = self._is_long(i) and any(self.columns[k].is_figure for k in blocks[-1])
            if len(blocks[-1]) == 1 or (self._fit([*blocks[-1], i], width) and not below):
                blocks[-1].append(i)
            else:
                blocks.append([0, i])
        return blocks

    def _fit(self, block: Sequence[int], width: int) -> bool:
        return sum(map(self._least, block)) + GAP * (len(block) - 1) <= width

    def _is_long(self, i: int) -> bool:
        return not self.columns[i].is_figure and self._natural(i) > LEGIBLE

    def _block(self, block: Sequence[int], widths: Sequence[int]) -> Iterator[Line]:
        heads = [fold(self.columns[i].head, w) for i, w in zip(block, widths, strict=True)]
        deepest = max(map(len, heads))
        yield from self._beside([[""] * (deepest - len(h)) + h for h in heads], block, widths)
        for cells, bold in self.rows:
            folded = [
                (_fold_figure if self.columns[i].is_figure else fold)(cells[i], w)
                for i, w in zip(block, widths, strict=True)
            ]
            yield from (Line(line.text, bold) for line in self._beside(folded, block, widths))

    def _beside(
        self, cells: Sequence[Sequence[str]], block: Sequence[int], widths: Sequence[int]
    ) -> Iterator[Line]:
        for k in range(max(map(len, cells))):
            parts = []
            for i, width, cell in zip(block, widths, cells, strict=True):
                text = cell[k] if k < len(cell) else ""
                space = " " * (width - cell_len(text))
                parts.append(space + text if self.columns[i].is_figure else text + space)
            yield Line((" " * GAP).join(parts).rstrip(" "))

    def _widths(self, block: Sequence[int], width: int) -> list[int]:
        """Every column as wide as it likes; where that is too wide figures come first, then names of rows, then narrow columns."""
        room = width - GAP * (len(block) - 1)
        natural, least = [self._natural(i) for i in block], [self._least(i) for i in block]
        if sum(natural) <= room:
            return natural
        if sum(least) > room:  # one name beside one column, and even that is too wide
            first = max(1, min(least[0], room // 2))
            return [first, max(1, room - first)][: len(block)]
        spare = room - sum(least)
        together = [k for k, i in enumerate(block) if self.columns[i].is_figure]
        if sum(natural[k] - least[k] for k in together) <= spare:  # all on one line, or none
            for k in together:
                spare -= natural[k] - least[k]
                least[k] = natural[k]
        name = max(0, min(natural[0], UNBROKEN, least[0] + spare) - least[0])
        least[0] += name
        spare -= name
        growing = [k for k, i in enumerate(block) if not self.columns[i].is_figure]
        for _ in range(spare):
            growing = [k for k in growing if least[k] < natural[k]]
            if growing:
                least[min(growing, key=lambda k: least[k])] += 1
        return least

    def _cells(self, i: int) -> list[str]:
        return [cells[i] for cells, _ in self.rows]

    def _natural(self, i: int) -> int:
        return max(cell_len(text) for text in (self.columns[i].head, *self._cells(i)))

    def _least(self, i: int) -> int:
        """Figures whole, parts of names whole up to a length, and words in lines that can be read."""
        head = min(_longest(self.columns[i].head), UNBROKEN)
        if self.columns[i].is_figure:
            return max(
                head, *(cell_len(part) for cell in ("", *self._cells(i)) for part in BRACKET.split(cell))
            )
        part = max((_longest(cell) for cell in self._cells(i)), default=1)
        return max(head, min(UNBROKEN, part), min(LEGIBLE, self._natural(i)))


def fold(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken between words, else between parts of a name, else anywhere."""
    if cell_len(text) <= width:
        return [text]
    lines = [""]
    for piece in _pieces(text, width):
        if lines[-1] and cell_len(lines[-1] + piece.rstrip(" ")) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip(" ") for line in lines]


def _pieces(text: str, width: int) -> Iterator[str]:
    for word in WORD.findall(text):
        for part in [word] if cell_len(word.rstrip(" ")) <= width else PART.split(word):
            yield from [part] if cell_len(part.rstrip(" ")) <= width else part


def _fold_figure(text: str, width: int) -> list[str]:
    if cell_len(text) <= width:
        return [text]
    return [line for part in BRACKET.split(text) for line in fold(part, width)]


def _longest(text: str) -> int:
    return max((cell_len(part) for word in text.split(" ") for part in PART.split(word)), default=0)
