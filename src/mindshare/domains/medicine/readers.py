"""Who reads: one, two and a third where they differ, three, or whoever is worth it; for each finding, by what is seen and what is missed.

A case is (image, finding) or (exam, abnormality) of a history whose labels are `no` and `yes`, as `mindshare data convert` writes nih-xray
and ecg. Nothing here decides: `worth_it` plays the core's own rule again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, listed
from mindshare.core.folds import split
from mindshare.core.history import FloatArray, History
from mindshare.core.join_kinds import join_kinds
from mindshare.core.learn import learn
from mindshare.histories.judge import under_limits
from mindshare.histories.side import Task

NO, YES = 0, 1
LABELS = ("no", "yes")
FOLDS, MOST = 5, 3  # of a replay; readers of a vote


class Read(NamedTuple):
    """One way to read N cases."""

    verdict: NDArray[np.int32]  # (N,) NO or YES
    readings: FloatArray  # (N,) answers of people that were paid for, also those that say nothing (HEDGE)


class Told(NamedTuple):
    """What a way to read comes to, on some cases: shares from 0 to 1, and readings a case."""

    right: float
    seen: float  # of the cases that are `yes`
    alarms: float  # of the cases that are `no`: taken for `yes`
    readings: float


def by_finding(history: History, finding: str, *, miss: float = 1.0) -> History:
    """Each level of the column `finding` as a kind with a belief of its own, in this order: a reader who is good at one may be poor at
    another. A miss costs `miss` times a false alarm; 1: right verdicts count. Cases of one parent stay in one fold.
    """
    if history.team.labels != LABELS:
        raise MindshareError(
            f"Readings have the labels no and yes. This history has {listed(history.team.labels)}."
        )
    if finding not in history.features.categorical:
        raise MindshareError(
            f"The cases have no column '{finding}' of words; there is {listed(history.features.categorical)}."
        )
    codes = history.features.categorical[finding]
    worth = np.array([[1.0, 0.0], [1.0 - miss, 1.0]])
    question = history.team.questions[0]
    asked = question if miss == 1.0 else replace(question, utility=worth)
    whole = replace(history, team=replace(history.team, questions=(asked,)))
    parts = {name: whole.take(np.flatnonzero(codes.code == k)) for k, name in enumerate(codes.names)}
    joined = join_kinds(history.team.name, {name: part for name, part in parts.items() if len(part)})
    return replace(joined, parent=np.concatenate([part.parent for part in parts.values()]))


def votes(history: History, seed: int) -> Mapping[str, Read]:
    """Rules that need no learning, on all cases: `one`, `two` and a third where these do not agree, `three`, `any` of three.

    Readers of a case come in an order drawn by the seed, for that of the file may tell something. `yes` needs more votes than `no`; an
    empty answer is a reading and no vote. Machines do not vote.
    """
    a, n = history.answers, len(history)
    rows = np.flatnonzero(history.is_person[a.agent])
    rows = rows[np.lexsort((np.random.default_rng(seed).random(len(rows)), a.case[rows]))]
    first = np.searchsorted(a.case[rows], np.arange(n))
    turn = np.arange(len(rows)) - first[a.case[rows]]
    said = np.full((n, MOST), -2)  # nobody was there to ask
    early = turn < MOST
    case, label = a.case[rows[early]], a.label[rows[early]]
    said[case, turn[early]] = np.where(label < 0, label, label - first_labels(history)[case])
    differ = said[:, 0] != said[:, 1]
    two = np.where(differ[:, None], said, said[:, [0, 1, 1]])
    two[~differ, 2] = -2
    return {
        "one": _voted(said[:, :1]),
        "two": _voted(two),
        "three": _voted(said),
        "any": Read((said == YES).any(axis=1).astype(np.int32), (said > -2).sum(axis=1).astype(np.float64)),
    }


def worth_it(history: History, most: Sequence[float], seed: int) -> dict[float, Read]:
    """Ask while an answer is worth more than it costs, within so many readings a case: each case by what other folds taught."""
    out = {each: Read(np.zeros(len(history), np.int32), np.zeros(len(history))) for each in most}
    known = int((history.truth >= 0).sum())
    limits = {str(each): {"human_answers": each * known} for each in most}
    first = first_labels(history)
    for fit, test in split(history, FOLDS, seed):
        runs = under_limits(Task(history, fit, test, (), {}, seed), limits)
        for each, read in out.items():
            run = runs[str(each)]
            read.verdict[run.cases] = run.point.verdict - first[run.cases]
            read.readings[run.cases] = run.point.answers
    return out


def with_floor(history: History, read: Read, at: NDArray[np.bool_], least: int, seed: int) -> Read:
    """The cases `at` (N,) get at least so many readings each, as far as readers were there; all others stay as in `read`.

    Where there were fewer, readers are drawn by the seed, and the verdict is that of the core once they and the machines are heard: each
    case by what other folds taught. For histories of one kind.
    """
    verdict, readings = read.verdict.copy(), read.readings.copy()
    for fit, test in split(history, FOLDS, seed):
        few = np.flatnonzero(at[test] & (read.readings[test] < least))
        if not len(few):
            continue
        new = history.take(test)
        model = learn(history.take(fit))
        stage = model.open(new)
        asked = _some_people(new, least, seed)
        verdict[test[few]] = model.verdicts(stage, stage.machines() | asked)[few]
        readings[test[few]] = np.bincount(new.answers.case[asked], minlength=len(new))[few]
    return Read(verdict, readings)


def first_labels(history: History) -> NDArray[np.int32]:
    """(N,) where the labels of each case's kind begin, for those of all kinds are numbered through."""
    if history.kind is None:
        return np.zeros(len(history), np.int32)
    return np.array(history.team.first_label, np.int32)[history.kind.code]


def told(read: Read, truth: NDArray[np.int32], at: NDArray[np.bool_]) -> Told:
    """Of the cases `at` (N,) whose `truth` (N,) is NO or YES."""
    verdict, true = read.verdict[at], truth[at]
    return Told(
        right=float((verdict == true).mean()),
        seen=float((verdict[true == YES] == YES).mean()),
        alarms=float((verdict[true == NO] == YES).mean()),
        readings=float(read.readings[at].mean()),
    )


def _some_people(history: History, most: int, seed: int) -> NDArray[np.bool_]:
    """Which answers are those of so many people a case, drawn by the seed."""
    a = history.answers
    rows = np.flatnonzero(history.is_person[a.agent])
    rows = rows[np.lexsort((np.random.default_rng(seed).random(len(rows)), a.case[rows]))]
    turn = np.arange(len(rows)) - np.searchsorted(a.case[rows], a.case[rows])
    asked = np.zeros(len(a.case), bool)
    asked[rows[turn < most]] = True
    return asked


def _voted(said: NDArray[np.int64]) -> Read:
    """(N, K) what was said; -2 where nobody was asked."""
    yes = (said == YES).sum(axis=1) > (said == NO).sum(axis=1)
    return Read(yes.astype(np.int32), (said > -2).sum(axis=1).astype(np.float64))
