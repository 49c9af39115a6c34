"""What a case's own column is: numbers, a few words, prose, or an id that must never become a feature.

An id can hold the answer (`cat_0017.png`), and a policy that may read it looks better than it is. So a column is an
id, and left out with a sentence that says so, when its values name the case (or its parent) and do not describe it:

- words: nearly every case (or, with many parents, every parent) has its own value, and the values are not prose.
  Prose has several words and stays different when its digits are removed (`cat 0017` does not);
- numbers: integers, every case (or parent) has its own, and the name says id, or they rise or fall in the order of the
  file, or they fill a range without large gaps, or all have the same number of digits (four or more). Measured numbers
  with decimals are never ids, nor is a column that a cost grows with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import numpy as np

from mindshare.core.history import FloatArray, IntArray

if TYPE_CHECKING:
    import polars as pl

Role = Literal["numeric", "categorical", "text", "id", "empty"]
MANY_PARENTS = 20  # two parents with a word each are a category, twenty with twenty words are named by them
OWN_VALUE = (
    0.95  # share of cases with a value of their own from which words are an id: an id with slips is still one
)
FEW_WORDS, FEW_SENTENCES = (
    1000,
    50,
)  # most distinct values of a categorical column, by single words and by prose
ID_NAME = re.compile(
    r"(^|[_\W])(id|ids|uid|uuid|guid|key|index|idx|no|nr|num|number|row|code|hash|file|path|url)$", re.I
)
CAMEL_ID = re.compile(r"[a-z](Id|ID|Uid|UUID|Key|Index|Idx|No|Nr|Num)$")
SCRIPT_WITHOUT_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]{4}"


def guess_role(name: str, text: pl.Series, number: pl.Series, parent: IntArray) -> Role:
    """What the column is. `text` are its values, `number` the same as numbers (null where they are none)."""
    filled = text.is_not_null()
    if not filled.any():
        return "empty"
    if (number.is_not_null() | ~filled).all():
        return "id" if _is_number_id(name, number.drop_nulls().to_numpy(), _once(text, parent)) else "numeric"
    return _words(text.drop_nulls(), _once(text, parent))


def _words(values: pl.Series, once: float) -> Role:
    prose = _is_prose(values)
    if once >= OWN_VALUE and len(values) > 1 and not prose:
        return "id"
    distinct = values.n_unique()
    few = FEW_SENTENCES if prose else FEW_WORDS
    return "categorical" if distinct <= few and distinct <= len(values) / 2 else "text"


def _once(text: pl.Series, parent: IntArray) -> float:
    """The share of distinct values among the cases or, where each parent has one value, among the parents."""
    import polars as pl

    frame = pl.DataFrame({"value": text, "parent": parent}).drop_nulls()
    distinct = frame["value"].n_unique()
    parents, pairs = frame["parent"].n_unique(), frame.unique().height
    per_parent = distinct / parents if pairs == parents >= MANY_PARENTS else 0.0
    return max(distinct / frame.height, per_parent)


def _is_prose(values: pl.Series) -> bool:
    """Several words in at least half of the values, which differ by more than their digits."""
    several = values.str.contains(r"\S\s+\S") | values.str.contains(SCRIPT_WITHOUT_SPACES)
    if several.sum() < len(values) / 2:
        return False
    return values.str.replace_all(r"\d+", "").n_unique() > values.n_unique() / 2


def _is_number_id(name: str, values: FloatArray, once: float) -> bool:
    if once < 1.0 or len(values) < 2 or not np.array_equal(values, np.round(values)):
        return False
    if ID_NAME.search(name) or CAMEL_ID.search(name):
        return True
    distinct = np.unique(values)
    if len(distinct) < 3:
        return False
    steps = np.diff(values)
    in_order = len(values) >= 8 and (bool((steps >= 0).all()) or bool((steps <= 0).all()))
    dense = distinct[-1] - distinct[0] + 1 <= 2 * len(distinct) and len(distinct) > 10
    digits = np.floor(np.log10(np.maximum(np.abs(distinct), 1)))
    same_digits = bool((digits == digits[0]).all()) and digits[0] >= 3 and len(distinct) > 10
    return in_order or dense or same_digits
