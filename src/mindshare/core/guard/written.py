"""What is written about rules: keys, words and numbers, each mistake refused in one sentence that names the nearest word."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mindshare.core.errors import MindshareError, listed, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that a service knows, against which those in rules are checked; None = not known, not checked."""

    kinds: tuple[str, ...] | None = None
    labels: tuple[str, ...] | None = None
    features: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    agents: tuple[str, ...] | None = None


ANY = Names()


def keys_of(written: Any, allowed: tuple[str, ...], where: str) -> dict[str, Any]:
    """The mapping written there, with no key but the allowed ones; nothing written = an empty one."""
    if written is None:
        return {}
    if not isinstance(written, Mapping):
        raise MindshareError(
            f"{where} must hold keys and values; keys are {listed(allowed)}. Got {written!r} instead."
        )
    for key in written:
        if key not in allowed:
            raise MindshareError(
                f"{where} has no key '{key}'; keys are {listed(allowed)}.{nearest(str(key), allowed)}"
            )
    return dict(written)


def number_of(written: Any, where: str, low: float, high: float = math.inf) -> float:
    """A finite number from low to high."""
    right = isinstance(written, int | float) and not isinstance(written, bool) and math.isfinite(written)
    if not right or not low <= written <= high:
        upper = "" if math.isinf(high) else f" and <= {high:g}"
        raise MindshareError(f"{where} must be a number >= {low:g}{upper}. Got {written!r} instead.")
    return float(written)


def count_of(written: Any, where: str, low: int) -> int:
    """A whole number, at least low."""
    if not isinstance(written, int) or isinstance(written, bool) or written < low:
        raise MindshareError(f"{where} must be a whole number >= {low}. Got {written!r} instead.")
    return written


def yes_or_no(written: Any, where: str) -> bool:
    """True or false, written as such."""
    if not isinstance(written, bool):
        raise MindshareError(f"{where} must be true or false. Got {written!r} instead.")
    return written


def words_of(written: Any, where: str, known: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """One word or a list of words, as strings; each must be known where it is said what is."""
    every = written if isinstance(written, list | tuple) else [written]
    if not every:
        raise MindshareError(f"{where} is an empty list. Name at least one, or leave the key out.")
    for word in every:
        if isinstance(word, bool) or not isinstance(word, str | int | float):
            raise MindshareError(
                f"{where} must be a word or a list of words; words such as yes, no, true and false need quotes. "
                f"Got {word!r} instead."
            )
    found = tuple(word if isinstance(word, str) else f"{word:g}" for word in every)
    for word in found:
        if known is not None and word not in known:
            raise MindshareError(
                f"{where} names '{word}', which is not known; known are {listed(known)}.{nearest(word, known)}"
            )
    return found
