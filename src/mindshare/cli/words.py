"""What a command line says in words as what the library takes, each mistake in one sentence with an example."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mindshare.core.errors import MindshareError, nearest

if TYPE_CHECKING:
    from mindshare.core.history import History
    from mindshare.histories.intake.settings import Settings

LIMIT_EXAMPLE = "--limit people.minutes=120"
PRICE_EXAMPLE = "--price people.minutes=0.05"
SHARE_EXAMPLE = "--share 0,0.05,0.2,1,3"
SET_EXAMPLE = "--set truth=gold_label"
WHERE_EXAMPLE = "--where status=submitted"
MERGE_EXAMPLE = "--merge 'yes=Y,Yes'"


def limits_of(words: Iterable[str]) -> dict[str, float]:
    """RESOURCE=AMOUNT, each resource once."""
    return _amounts("--limit", words, "RESOURCE=AMOUNT", LIMIT_EXAMPLE)


def prices_of(words: Iterable[str]) -> dict[str, float]:
    """RESOURCE=UTILITY of one unit, each resource once."""
    return _amounts("--price", words, "RESOURCE=UTILITY", PRICE_EXAMPLE)


def all_limits(given: dict[str, float], history: History) -> dict[str, float]:
    """The limits of team.yaml with those of the command line, which win; refuses a resource that nobody uses."""
    from mindshare.core.cost import check_limits, resources

    check_limits(given, resources(history))
    return {**history.team.limits, **given}


def words_in(text: str | None) -> tuple[str, ...]:
    """Words with commas between them."""
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


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


def settings_of(
    set_: Iterable[str],
    where: Iterable[str],
    merge: Iterable[str],
    missing: str | None,
    feature: Iterable[str],
) -> Settings:
    """What reading files is told instead of asking."""
    from mindshare.histories.intake.settings import KEYS, Settings

    given = _pairs("--set", set_, "ROLE=COLUMN", SET_EXAMPLE)
    for key, _ in given:
        role = key.partition(":")[0]
        if role not in KEYS:
            raise MindshareError(
                f"--set {role}: there is no such role or question; there are {', '.join(KEYS)}.{nearest(role, KEYS)}"
            )
    rows = _pairs("--where", where, "COLUMN=VALUE", WHERE_EXAMPLE)
    labels = _pairs("--merge", merge, "LABEL=WORD,WORD", MERGE_EXAMPLE)
    return Settings(
        set=dict(given),
        where={column: _words(values) for column, values in rows},
        merge={word: label for label, words in labels for word in _words(words)},
        missing=None if missing is None else _words(missing),
        features=tuple(feature),
    )


def flags_of(settings: Settings) -> str:
    """The settings as they are written on a command line, with a space before each; nothing where none is set."""
    flags = [("--set", f"{key}={value}") for key, value in settings.set.items()]
    flags += [("--where", f"{column}={','.join(values)}") for column, values in settings.where.items()]
    flags += [("--merge", f"{label}={word}") for word, label in settings.merge.items()]
    flags += [("--missing", ",".join(settings.missing))] if settings.missing is not None else []
    flags += [("--feature", name) for name in settings.features]
    return "".join(f" {flag} {shlex.quote(value)}" for flag, value in flags)


def _words(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


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


def _amounts(option: str, words: Iterable[str], shape: str, example: str) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for resource, amount in _pairs(option, words, shape, example):
        value = _number(amount)
        if value is None or value < 0 or math.isinf(value):
            raise MindshareError(
                f"{option} {resource}={amount}: the amount must be a number >= 0, such as {example}."
            )
        amounts[resource] = value
    return amounts


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return None if math.isnan(value) else value
