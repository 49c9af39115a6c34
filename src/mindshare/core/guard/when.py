"""When a rule holds: `when: {kind: loan, group: [a, b], stakes: '>=5', label: fraud, belief: '<0.9', feature.amount: '>1000'}`.

All conditions of one `when` have to hold; none written = every case. A list means any of its words. Numbers are compared
with >=, >, <= or <. What is not known of a case counts as if it held: a rule protects, so a case whose amount is missing is
one whose amount may be above 1000. `label` and `belief` are those of the verdict that is proposed; as long as none is,
they do not hold.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.guard.situation import Situation
from mindshare.core.guard.written import ANY, Names, keys_of, words_of

FEATURE = "feature."
WORDS = ("kind", "group", "label")
NUMBERS = ("stakes", "belief", "waited")  # waited: seconds since the case arrived
PROPOSED = ("label", "belief")
COMPARED = re.compile(r"\s*(>=|<=|>|<)\s*(\S+)\s*")
SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
Value = float | str | None  # None = not known


@dataclass(frozen=True, slots=True)
class Condition:
    """One of them: either one of some words, or a number against another."""

    what: str
    words: tuple[str, ...] = ()
    sign: str = ""
    number: float = math.nan

    def holds(self, situation: Situation) -> bool:
        value = _value(self.what, situation)
        if value is None:
            return self.what not in PROPOSED
        if self.sign:
            found = _as_number(value)
            return math.isnan(found) or SIGNS[self.sign](found, self.number)
        if isinstance(value, str):
            return value in self.words
        return any(value == _as_number(word) for word in self.words)

    def why(self, situation: Situation) -> str:
        """The condition in words, of a situation in which it holds."""
        what = self.what.removeprefix(FEATURE)
        value = _value(self.what, situation)
        if value is None or (self.sign and math.isnan(_as_number(value))):
            return f"{what} is not known"
        return f"{what} {self.sign} {self.number:g}" if self.sign else f"{what} is {value}"

    def __str__(self) -> str:
        what = self.what.removeprefix(FEATURE)
        return f"{what} {self.sign} {self.number:g}" if self.sign else f"{what} is {' or '.join(self.words)}"

    def covers(self, other: Condition) -> bool:
        """Whether this one holds wherever the other does."""
        if (self.what, self.sign) != (other.what, other.sign):
            return False
        if not self.sign:
            return set(other.words) <= set(self.words)
        return self.number <= other.number if self.sign in (">", ">=") else self.number >= other.number


@dataclass(frozen=True, slots=True)
class When:
    """Conditions that all have to hold."""

    conditions: tuple[Condition, ...] = ()

    def holds(self, situation: Situation) -> bool:
        return all(condition.holds(situation) for condition in self.conditions)

    def why(self, situation: Situation) -> str:
        """The end of a sentence: ``, because kind is loan and stakes >= 5``; nothing where the rule is for every case."""
        if not self.conditions:
            return ""
        return f", because {' and '.join(c.why(situation) for c in self.conditions)}"

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions))

    def covers(self, other: When) -> bool:
        """Whether this holds wherever the other does: each condition of this one is met by one of the other's."""
        return all(any(mine.covers(its) for its in other.conditions) for mine in self.conditions)


ALWAYS = When()


def read_when(written: Any, where: str, names: Names = ANY, but: tuple[str, ...] = ()) -> When:
    """The conditions as written; `but` names those that make no sense for this rule."""
    allowed = tuple(word for word in (*WORDS, *NUMBERS) if word not in but)
    told = written if isinstance(written, Mapping) else {}
    of_features = tuple(key for key in told if isinstance(key, str) and key.startswith(FEATURE))
    for key in of_features:
        _known_feature(key, where, names)
    tree = keys_of(written, (*allowed, *(of_features or (f"{FEATURE}NAME",))), where)
    return When(tuple(_condition(key, value, f"{where}.{key}", names) for key, value in tree.items()))


def _condition(what: str, written: Any, where: str, names: Names) -> Condition:
    if what in WORDS:
        if what == "kind" and names.kinds == ():
            raise MindshareError(
                f"{where}: there is one kind of cases only, and it has no name; leave 'kind' out."
            )
        known = {"kind": names.kinds, "group": names.groups, "label": names.labels}[what]
        return Condition(what, words_of(written, where, known))
    found = COMPARED.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        if what in NUMBERS or (isinstance(written, str) and written.strip()[:1] in ("<", ">", "=")):
            raise MindshareError(
                f"{where} must compare with a number, such as '>=5'. Got {written!r} instead."
            )
        return Condition(what, words_of(written, where))
    number = _as_number(found[2])
    if math.isnan(number) or (what == "belief" and not 0 <= number <= 1):
        right = "a number from 0 to 1, such as '<0.9'" if what == "belief" else "a number, such as '>=5'"
        raise MindshareError(f"{where} must compare with {right}. Got {written!r} instead.")
    return Condition(what, sign=found[1], number=number)


def _known_feature(key: str, where: str, names: Names) -> None:
    feature = key.removeprefix(FEATURE)
    if names.features is not None and feature not in names.features:
        raise MindshareError(
            f"{where} names the feature '{feature}', which is not known; features are {listed(names.features)}."
            f"{nearest(feature, names.features)}"
        )


def _value(what: str, situation: Situation) -> Value:
    """What is known of the case there."""
    case = situation.case
    if what == "kind":
        return case.kind or None
    if what == "group":
        return case.group or None
    if what == "stakes":
        return case.stakes
    if what == "label":
        return situation.label
    if what == "belief":
        return situation.belief
    if what == "waited":
        return None if case.arrived is None else situation.at - case.arrived
    found = case.features.get(what.removeprefix(FEATURE))
    return None if found is None or found == "" or found != found else found


def _as_number(value: float | str) -> float:
    """The number that stands there; NaN where none does."""
    try:
        return float(value)
    except ValueError:
        return math.nan
