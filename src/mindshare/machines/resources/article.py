"""The article's worked example with units: what it writes, what is consistent, and why the two differ.

R = C + A with A = alpha * ||x||, for a pass forward and a pass backward, summed over N cases, is to stay below R_max. The
article takes 4 cores, 200 ms a pass and alpha = 0.2, and finds N <= 2.5 (docs/article.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from mindshare.core.errors import MindshareError


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount with its unit, such as {"ms": 1, "case": -1}; adding or comparing other units is refused."""

    amount: float
    unit: Mapping[str, int]

    @classmethod
    def of(cls, amount: float, unit: str) -> Self:
        """``Quantity.of(200, "core ms / case")``."""
        over, _, under = unit.partition("/")
        power: dict[str, int] = {}
        for words, sign in ((over, 1), (under, -1)):
            for word in words.split():
                power[word] = power.get(word, 0) + sign
        return cls(amount, power)

    def __add__(self, other: Self) -> Self:
        self._same(other, "added to")
        return type(self)(self.amount + other.amount, self.unit)

    def __mul__(self, other: Self) -> Self:
        power = {u: self.unit.get(u, 0) + other.unit.get(u, 0) for u in {*self.unit, *other.unit}}
        return type(self)(self.amount * other.amount, {u: p for u, p in power.items() if p})

    def __truediv__(self, other: Self) -> Self:
        return self * type(self)(1.0 / other.amount, {u: -p for u, p in other.unit.items()})

    def __le__(self, other: Self) -> bool:
        self._same(other, "compared with")
        return self.amount <= other.amount

    def __str__(self) -> str:
        over = " ".join(u for u, p in sorted(self.unit.items()) for _ in range(max(p, 0)))
        under = " ".join(u for u, p in sorted(self.unit.items()) for _ in range(max(-p, 0)))
        return f"{self.amount:g} {over or '1'}{f' / {under}' if under else ''}"

    def within(self, unit: str) -> float:
        """The amount, where this is the unit; else it is refused."""
        self._same(type(self).of(1.0, unit), "told in")
        return self.amount

    def _same(self, other: Self, verb: str) -> None:
        if dict(self.unit) != dict(other.unit):
            raise MindshareError(f"{self} cannot be {verb} {other}: the units differ.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """Both readings of the example."""

    written: float  # N, as the article writes it
    refused: str  # what the units say of its inequality
    attention_ms: float  # A of one pass, alpha * size
    inference_per_s: float  # cases a second, forward only
    training_per_s: float  # cases a second, forward and backward
    at_once: int  # cases at the same time: one on each core
    why: tuple[str, ...]


def worked_example(
    cores: int = 4, pass_ms: float = 200.0, alpha_ms: float = 0.2, size: float = 128.0
) -> Worked:
    """The article's numbers (and an input of `size` units, which it leaves out) in both readings."""
    constant = Quantity.of(pass_ms, "core ms / case")
    attention = Quantity.of(alpha_ms, "core ms / unit") * Quantity.of(size, "unit / case")
    supply = Quantity.of(float(cores), "core") * Quantity.of(1000.0, "ms / s")
    forward = constant + attention
    backward = constant + attention  # the article takes both alike
    return Worked(
        written=cores / (1.2 + 0.4),  # 1.2 N + 0.4 N <= 4
        refused=_refusal(constant, Quantity.of(float(cores), "core")),
        attention_ms=attention.within("core ms / case"),
        inference_per_s=(supply / forward).within("case / s"),
        training_per_s=(supply / (forward + backward)).within("case / s"),
        at_once=cores,
        why=(
            "Milliseconds of a pass stand against a count of cores; without a window of time there is no limit to compare with.",
            "200 (N + N) is 400 N; the article goes on with 1.2 N.",
            "The size of the input, ||x||, is gone from A = alpha ||x||.",
            "A is counted once, though forward and backward both have it.",
        ),
    )


def _refusal(pass_: Quantity, limit: Quantity) -> str:
    """The sentence with which the units refuse the article's inequality, for any N."""
    try:
        fits = pass_ * Quantity.of(1.0, "case") <= limit
    except MindshareError as told:
        return str(told)
    raise AssertionError(f"milliseconds are no cores, yet were compared: {fits}")
