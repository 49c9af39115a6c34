"""How a machine is asked, what is decided of that before it is, and how it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, counted, listed
from mindshare.core.history import History
from mindshare.machines.opened import Opened

I64 = NDArray[np.int64]
FOLDS = 5
Progress = Callable[[float, str], None]


class How(TypedDict, total=False):
    """How a machine is asked."""

    column: Sequence[str]  # that it reads, where that is not clear
    folds: int | None  # it learns anew for each; None: 5 where it can learn and a truth is known
    trained_on: str | Path | None  # the cases that it has seen: a file, or "none"
    name: str | None  # of the agent; what the machine is called where None
    labels: Sequence[str] | None  # of a machine that does not tell its own
    merge: Mapping[str, str]  # its word -> label
    trusts: Sequence[str]  # types in a skops file
    limit: Mapping[str, float]  # resource -> the most that learning one fold may use, of a net
    images: str | Path | None  # the folder to which names of image files are relative; None: the current one
    seed: int  # of the folds
    keep: Path | None  # file in which answers are kept meanwhile; work that was stopped goes on from it
    progress: Progress | None


def name_of(machine: Opened, cases: History, wanted: str | None) -> str:
    """What the machine is called; refused where somebody of this name has answered."""
    name = wanted or machine.name
    if name in cases.agent_id and (cases.answers.agent == cases.agent_id.index(name)).any():
        raise MindshareError(
            f"'{name}' has answered these cases already. Call the machine otherwise with --name."
        )
    return name


def folds_of(machine: Opened, cases: History, how: How) -> tuple[int, list[str]]:
    """In how many folds it learns anew (0: it is asked as it is), and why."""
    folds, trained_on, known = how.get("folds"), how.get("trained_on"), bool((cases.truth >= 0).any())
    who = f"The machine '{machine.name}'"
    if folds is not None and trained_on is not None:
        raise MindshareError(
            "--folds learns anew, so it does not matter what the machine was trained on. Say --folds or --trained-on."
        )
    if folds is not None and (not machine.learns or not known):
        why = "cannot be learnt anew" if not machine.learns else "has no truth to learn from"
        raise MindshareError(f"{who} {why}; say --trained-on FILE or --trained-on none instead of --folds.")
    if folds is not None and folds < 2:
        raise MindshareError(f"--folds must be 2 or more. Got {folds} instead.")
    if trained_on is None and known and not machine.learns:
        raise MindshareError(
            f"{who} cannot be learnt anew, and answers to cases that it has seen look better than it is: say --trained-on FILE, with"
            " the cases that it was trained on, or --trained-on none."
        )
    said = []
    if folds is None and trained_on is None and known:
        folds = FOLDS
        said = [
            f"{who} learns anew in {FOLDS} folds, and answers what it has not learnt from (--trained-on FILE|none asks it as it is)."
        ]
    if folds is None and not machine.fitted:
        raise MindshareError(f"{who} has not learnt yet: hand in one that has, or cases with a truth.")
    return folds or 0, said + _within(machine, folds or 0, how.get("limit", {}))


def _within(machine: Opened, folds: int, limit: Mapping[str, float]) -> list[str]:
    """Says what each fold may use; refused where nothing is learnt, or what learns takes no budget."""
    if not limit:
        return []
    if not folds:
        raise MindshareError(
            f"--limit is what each fold may use to learn, and '{machine.name}' is asked as it is: leave it out, or say --folds."
        )
    if not machine.budgeted:
        raise MindshareError(
            f"The machine '{machine.name}' takes no budget, as a net of this library does: leave --limit out."
        )
    return [
        f"Each fold learns within {listed(f'{amount:g} {resource}' for resource, amount in limit.items())}."
    ]


def joined(cases: History, groups: I64) -> list[str]:
    """Says how many cases came to others because they are nearly the same."""
    _, before = np.unique(cases.parent, return_inverse=True)
    more = len(np.unique(before)) - len(np.unique(groups))
    if not more:
        return []
    return [
        f"{counted(more, 'case')} {'is' if more == 1 else 'are'} nearly the same as another one: they share a parent from now on, so that"
        " nothing is judged on what it learnt from."
    ]


def left_out(machine: Opened, seen: int, n: int, file: str | Path) -> list[str]:
    """Says how many cases the machine had seen; refused where none is left."""
    if seen == n:
        raise MindshareError(
            f"All {n:,} cases are among those of {file}, or nearly the same: none is left to answer."
        )
    return [
        f"{counted(seen, 'case')} of {n:,} {'is' if seen == 1 else 'are'} among those of {file} that '{machine.name}' was trained on, or"
        " nearly the same: left out."
    ]
