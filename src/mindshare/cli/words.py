"""What a command line says in words as what the library takes, each mistake in one sentence with an example."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import MindshareError, nearest

if TYPE_CHECKING:
    from mindshare.core.history import History

LIMIT_EXAMPLE = "--limit people.minutes=120"
SHARE_EXAMPLE = "--share 0,0.05,0.2,1,3"
SET_EXAMPLE = "--set truth=gold_label"
ROLES = ("truth", "case", "agent", "answer", "annotators", "machines", "layout", "field")


class Source(NamedTuple):
    """The directory of a history, and the columns that are used whatever they give away."""

    path: Path
    features: tuple[str, ...] = ()

    def read(self) -> History:
        """The history."""
        from mindshare.histories.read import read_history

        return read_history(self.path, self.features)

    def __str__(self) -> str:
        return " ".join([str(self.path), *(f"--feature {name}" for name in self.features)])


def limits_of(words: Iterable[str]) -> dict[str, float]:
    """RESOURCE=AMOUNT, each resource once."""
    limits: dict[str, float] = {}
    for resource, amount in _pairs("--limit", words, "RESOURCE=AMOUNT", LIMIT_EXAMPLE):
        value = _number(amount)
        if value is None or value < 0 or math.isinf(value):
            raise MindshareError(
                f"--limit {resource}={amount}: the amount must be a number >= 0, such as {LIMIT_EXAMPLE}."
            )
        limits[resource] = value
    return limits


def all_limits(given: dict[str, float], history: History) -> dict[str, float]:
    """The limits of team.yaml with those of the command line, which win; refuses a resource that nobody uses."""
    from mindshare.core.cost import check_limits, resources

    check_limits(given, resources(history))
    return {**history.team.limits, **given}


def shares_of(words: str | None) -> tuple[float, ...] | None:
    """Human answers per case, with commas between: finite, 0 or more."""
    if words is None:
        return None
    shares = [_number(word) for word in words.split(",")]
    if any(share is None or share < 0 or math.isinf(share) for share in shares):
        raise MindshareError(
            f"--share {words}: write human answers per case, numbers >= 0 with commas between, such as {SHARE_EXAMPLE}."
        )
    return tuple(sorted({share for share in shares if share is not None}))


def roles_of(words: Iterable[str]) -> dict[str, str]:
    """ROLE=COLUMN, what `mindshare init` is told instead of asking."""
    roles = _pairs("--set", words, "ROLE=COLUMN", SET_EXAMPLE)
    for role, _ in roles:
        if role not in ROLES:
            raise MindshareError(
                f"--set {role}: there is no such role; the roles are {', '.join(ROLES)}.{nearest(role, ROLES)}"
            )
    return dict(roles)


def _pairs(option: str, words: Iterable[str], shape: str, example: str) -> Sequence[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for word in words:
        name, equals, value = (part.strip() for part in word.partition("="))
        if not (name and equals and value):
            raise MindshareError(f"{option} {word}: write {option} {shape}, such as {example}.")
        if name in dict(pairs):
            raise MindshareError(f"{option} {name} is given twice. Keep one.")
        pairs.append((name, value))
    return pairs


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return None if math.isnan(value) else value
