"""Columns of the cases that describe an answer, or what it led to: known only after asking, they never become features.

A column leaks when its values tell (nearly) without mistake, on cases that they were not read from,

- the truth: the same in other words or codes, or a number that one cut per label takes apart;
- whether an agent was right, or whoever of the people answered;
- what a person answered, or whether that was what a machine says; or when it is filled where a person answered, and nowhere else.

Strong features are no leaks. As long as a column errs on more than one case in a hundred, or is not clearly better than
every agent, it stays; where it is close to that, a sentence says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import Features, History, IntArray
from mindshare.core.kinds import parts
from mindshare.core.score import wilson
from mindshare.histories.tells import LEAST, Column, Told, readings

Mask = NDArray[np.bool_]
LOOKED_AT = 10_000  # cases with a truth, and as many whatever their truth
EXACT, OF_USUAL = (
    0.01,
    0.1,
)  # most mistakes of a leak, of all cases and of those that saying the usual would make
SURE = (
    0.97  # that a leak's share of right cases certainly is above, where it is not the outcome in other words
)
SURPRISE = log(1e5)  # of a hundred thousand columns that tell nothing, one could be as good
DOUBT, DOUBT_OF_USUAL = (
    0.02,
    0.2,
)  # the same of a column that is named and stays, if it is better than every agent
JUDGED = 30  # answers from which an agent's accuracy counts
MOST_MACHINES, MOST_PEOPLE = 10, 10  # of whom it is asked who agreed with whom
NOBODY = -2  # answered; -1 is an empty answer
TRUTH, SOMEBODY = "the truth", "the person who answered"


class Leak(NamedTuple):
    """What a column gives away, in words; `doubtful`: it may be an honest, strong feature."""

    what: str
    doubtful: bool = False


class Known(NamedTuple):
    """What is known only after asking: outcomes (n,) with what each is called, and where people answered."""

    outcomes: Mapping[str, IntArray]
    asked: Mapping[str, Mask]
    best: float  # accuracy of the best agent


def without_leaks(history: History, file: str, wanted: Iterable[str] = ()) -> tuple[History, tuple[str, ...]]:
    """The history without its leaking columns, but with those `wanted`; one sentence for each column that leaks."""
    found, stay = leaks(history), set(wanted)
    out = {name for name, leak in found.items() if not leak.doubtful and name not in stay}
    told = tuple(_sentence(file, name, leak, name in stay) for name, leak in found.items())
    return (replace(history, features=_without(history.features, out)) if out else history), told


def leaks(history: History) -> dict[str, Leak]:
    """Column -> what it gives away, of the columns that do; ten thousand cases are looked at, the same each time."""
    found: dict[str, Leak] = {}
    if not (history.features.numeric or history.features.categorical):
        return found
    for part in parts(history.take(_looked_at(history))):
        known = _known(part.history)
        for name, column in _columns(part.history):
            leak = _leak(column, known, part.history.parent)
            if leak is not None and (name not in found or found[name].doubtful):
                found[name] = leak
    return found


def _looked_at(history: History) -> NDArray[np.int64]:
    """Cases with a truth and others, evenly drawn from all."""
    drawn = [
        cases[np.linspace(0, len(cases) - 1, min(len(cases), LOOKED_AT)).astype(np.int64)]
        for cases in (np.flatnonzero(history.truth >= 0), np.arange(len(history)))
        if len(cases)
    ]
    return np.unique(np.concatenate(drawn))


def _columns(history: History) -> Iterator[tuple[str, Column]]:
    for name, codes in history.features.categorical.items():
        yield name, Column(codes.code)
    for name, number in history.features.numeric.items():
        yield name, Column.of_numbers(number)


def _known(history: History) -> Known:
    a = history.answers
    order = np.argsort(a.agent, kind="stable")
    ends = np.searchsorted(a.agent[order], np.arange(len(history.agent_id) + 1))
    said = {}  # (n,) the answer of each agent who answered enough
    for k in np.flatnonzero(np.diff(ends) >= LEAST).tolist():
        rows = order[ends[k] : ends[k + 1]]
        said[k] = np.full(len(history), NOBODY, np.int32)
        said[k][a.case[rows]] = a.label[rows]
    people = [k for k in said if history.is_person[k]]
    alike = {history.agent_id[k]: _same(said[k], history.truth) for k in said}
    judged = [right[right >= 0] for right in alike.values()]
    some = history.is_person[a.agent]
    several = len(np.unique(a.agent[some])) > 1
    outcomes = {TRUTH: history.truth}
    if several:
        outcomes[f"whether {SOMEBODY} was right"] = _people(history, history.truth)
    outcomes |= {f"whether {name} was right": right for name, right in alike.items()}
    outcomes |= _agreed(history, said, people, several)
    outcomes |= {f"what {history.agent_id[k]} answered": said[k] for k in people}
    asked = {history.agent_id[k]: said[k] != NOBODY for k in people}
    asked["a person"] = np.bincount(a.case[some], minlength=len(history)) > 0
    best = max((float(right.mean()) for right in judged if len(right) >= JUDGED), default=0.0)
    return Known(outcomes, asked, best)


def _agreed(
    history: History, said: Mapping[int, IntArray], people: Sequence[int], several: bool
) -> dict[str, IntArray]:
    """Whether people said what a machine says: with what the machine says, that is their answer in other words."""
    out: dict[str, IntArray] = {}
    for k in [k for k in said if not history.is_person[k]][:MOST_MACHINES]:
        if several:
            out[f"whether {SOMEBODY} agreed with {history.agent_id[k]}"] = _people(history, said[k])
        for p in people[:MOST_PEOPLE]:
            out[f"whether {history.agent_id[p]} agreed with {history.agent_id[k]}"] = _same(said[p], said[k])
    return out


def _same(one: IntArray, other: IntArray) -> IntArray:
    """(n,) 1 where both are the same label, 0 where they differ, -1 where one has none."""
    return np.where((one >= 0) & (other >= 0), one == other, -1).astype(np.int32)


def _people(history: History, other: IntArray) -> IntArray:
    """(n,) whether the people of a case all said what `other` (n,) says (1) or none did (0); -1 where it is neither."""
    a = history.answers
    same = _same(np.where(history.is_person[a.agent], a.label, -1).astype(np.int32), other[a.case])
    told = same >= 0
    count = np.bincount(a.case[told], minlength=len(history))
    total = np.bincount(a.case[told], same[told], len(history))
    return np.where((count == 0) | ((total > 0) & (total < count)), -1, total > 0).astype(np.int32)


def _leak(column: Column, known: Known, parent: IntArray) -> Leak | None:
    """What the column gives away on most cases."""
    surest, leak, doubt = 0, None, None
    for what, outcome in known.outcomes.items():
        best = known.best if what == TRUTH else 0.0
        for told in readings(column, outcome, parent):
            if _gives_away(told, best) and told.right > surest:
                surest, leak = told.right, Leak(f"gives away {what} ({_how(told, what)})")
            elif what == TRUTH and _is_doubtful(told, best):
                doubt = Leak(_warning(told, best), doubtful=True)
    return leak or _filled_where_asked(column, known, parent) or doubt


def _filled_where_asked(column: Column, known: Known, parent: IntArray) -> Leak | None:
    filled = column.filled
    for name, asked in known.asked.items():
        if filled.all() or abs(int(filled.sum()) - int(asked.sum())) > EXACT * len(filled):
            continue
        for told in readings(Column(filled.astype(np.int32)), asked.astype(np.int32), parent):
            if _gives_away(told, 0.0):
                return Leak(
                    f"describes what {name} answered, and not the case (it is filled where {name} answered and empty"
                    f" elsewhere, on {told.right:,} of {told.cases:,} cases)"
                )
    return None


def _gives_away(told: Told, best: float) -> bool:
    """Nearly no mistake, by no luck; and the outcome in other words, or surely better than whoever is best."""
    wrong = told.cases - told.right
    if wrong > min(EXACT * told.cases, OF_USUAL * (told.cases - told.usual)) or told.surprise < SURPRISE:
        return False
    return (told.codes and not wrong) or _surely(told) > max(SURE, best)


def _is_doubtful(told: Told, best: float) -> bool:
    wrong = told.cases - told.right
    few = (
        wrong <= min(DOUBT * told.cases, DOUBT_OF_USUAL * (told.cases - told.usual))
        and told.surprise >= SURPRISE
    )
    return few and _surely(told) > best


def _surely(told: Told) -> float:
    """The lower end of the share of right cases, parents counted as one."""
    return float(wilson(told.right / told.cases * told.units, told.units)[0])


def _how(told: Told, what: str) -> str:
    on = f"on {told.right:,} of {told.cases:,} cases"
    if told.cuts:
        return f"cut into {told.levels} ranges it tells it {on}"
    if told.codes and told.right == told.cases and what == TRUTH:
        return f"each of its {told.levels} values goes with one truth, {on}"
    return f"its values tell it {on}"


def _warning(told: Told, best: float) -> str:
    return (
        f"tells the truth on {told.right:,} of {told.cases:,} cases"
        + (f", and the best agent on {best:.0%}" if best else "")
        + ". If it is known only after a case is decided, remove it"
    )


def _sentence(file: str, name: str, leak: Leak, wanted: bool) -> str:
    start = f"The column '{name}' of {file} {leak.what}"
    if leak.doubtful:
        return f"{start}."
    return (
        f"{start}: it is used, because --feature names it."
        if wanted
        else (f"{start}: it is not used; --feature {name} uses it.")
    )


def _without(features: Features, out: set[str]) -> Features:
    return Features(
        numeric={n: v for n, v in features.numeric.items() if n not in out},
        categorical={n: c for n, c in features.categorical.items() if n not in out},
        text=features.text,
    )
