"""The policies to beat, and ours, behind one interface: a policy learns from held-out stages and traces new cases.

Every policy sees the same machines' answers, knows who is askable, and reads a label only after asking for it. A
trace is a list of questions in the order in which the policy would buy them, so that any share is a cut through it.

    best_machine     the machine that was best on the cases learnt from; nobody is asked
    all_machines     the belief of all machines together; nobody is asked
    one_person       in the order of the file, one person a case, whose answer stands
    everybody        in the order of the file, every person there is, all fused with the machines
    random           in random order, one person a case at a time, fused
    threshold        least confident case first, one person, whose answer stands
    threshold_fused  the same, fused with the machines
    posthoc          largest P(person right) - P(machines right) first, that person's answer stands
    posthoc_skill    the same, which also knows each person's skill and asks the best person of a case
    majority_of_3    in the order of the file, three people a case, their majority stands
    first_come       in order of arrival (else of the file), one person a case, fused
    oracle           knows where the machines are wrong and the person drawn is right: with that person, none does better
    mindshare        ask while an answer is worth more than it costs
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace
from mindshare.core.asking.verdict import best_verdicts
from mindshare.core.belief.holdout import Stage
from mindshare.core.learn import Learned
from mindshare.core.posthoc import Posthoc

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]


class Setting(NamedTuple):
    """What the simple policies share on one stage: all machines have spoken, one person a case is drawn."""

    stage: Stage
    start: I32  # (N,) verdict of all machines together
    confidence: F64  # (N,) its probability
    people: I64  # rows of people, sorted by case
    drawn: I64  # (N,) one person's row a case, -1 where nobody is askable


def setting(learned: Learned, stage: Stage, seed: int) -> Setting:
    """Prepare a stage; the person is drawn by `seed`, without a look at any answer."""
    opened, cases = stage.opened, np.arange(len(stage.history))
    scores = stage.belief.scores(opened, stage.machines())
    confidence = 1.0 / np.exp(scores - scores.max(1, keepdims=True)).sum(1)
    people = np.flatnonzero(opened.person == 1)
    drawn = np.full(len(cases), -1, np.int64)
    shuffled = people[np.random.default_rng(seed).permutation(len(people))]
    drawn[opened.case[shuffled]] = shuffled
    start = best_verdicts(opened, stage.machines(), cases, learned.model.asking.utility)
    return Setting(stage, start, confidence, people, drawn)


class Policies:
    """All policies as learnt from one history: ``Policies(learned, seed)(stage)`` gives their traces, or of those named."""

    def __init__(self, learned: Learned, seed: int) -> None:
        self.learned, self.seed = learned, seed
        self._posthoc: dict[bool, Posthoc] = {}

    def __call__(self, stage: Stage, names: Iterable[str] | None = None) -> dict[str, Trace]:
        learned, shared = self.learned, setting(self.learned, stage, self.seed)
        makers: dict[str, Callable[[], Trace]] = {
            "mindshare": lambda: learned.model.path(stage, np.ones(len(stage.opened.person))),
            "posthoc": lambda: self._deferred(shared, shared.drawn[shared.drawn >= 0], skill=False),
            "posthoc_skill": lambda: self._deferred(shared, shared.people, skill=True),
            "threshold": lambda: _replace(shared, shared.drawn, -shared.confidence),
            "threshold_fused": lambda: _fuse(learned, shared, [shared.drawn], -shared.confidence),
            "best_machine": lambda: _nobody(_best_machine(learned, shared)),
            "all_machines": lambda: _nobody(shared.start),
            "one_person": lambda: _replace(shared, shared.drawn, _in_order(shared)),
            "everybody": lambda: _fuse(learned, shared, _turns(shared), _in_order(shared)),
            "random": lambda: _random(learned, shared, self.seed),
            "majority_of_3": lambda: _majority(shared),
            "first_come": lambda: _fuse(learned, shared, [shared.drawn], _by_arrival(shared)),
            "oracle": lambda: _oracle(shared),
        }
        return {name: makers[name]() for name in (makers if names is None else names)}

    def _deferred(self, shared: Setting, rows: I64, *, skill: bool) -> Trace:
        if skill not in self._posthoc:
            self._posthoc[skill] = Posthoc(skill=skill).fit(self.learned)
        return _replace(shared, *self._posthoc[skill].best(self.learned, shared.stage, rows))


def traces(learned: Learned, stage: Stage, seed: int, names: Iterable[str] | None = None) -> dict[str, Trace]:
    """The traces of all policies, or of those named, on cases that none of them has learnt from."""
    return Policies(learned, seed)(stage, names)


def _nobody(start: I32) -> Trace:
    none = np.zeros(0, np.int64)
    return Trace(start, none, none, np.zeros(0), np.zeros(0), np.zeros(0, np.int32), none)


def _trace(start: I32, case: I64, row: I64, key: F64, verdict: I32, turn: I64) -> Trace:
    order = np.lexsort((turn, case, -key))
    return Trace(start, case[order], row[order], key[order], np.zeros(len(case)), verdict[order], turn[order])


def _in_order(shared: Setting) -> F64:
    """Falls from 0 to -1 along the file, so that it means the same for any number of cases."""
    return -np.arange(len(shared.start)) / max(len(shared.start), 1)


def _by_arrival(shared: Setting) -> F64:
    arrived = shared.stage.history.arrived
    if arrived is None:
        return _in_order(shared)
    order = np.argsort(np.where(np.isnan(arrived), np.inf, arrived), kind="stable")
    key = np.empty(len(order))
    key[order] = _in_order(shared)
    return key


def _replace(shared: Setting, rows: I64, key: F64) -> Trace:
    """One question a case; the answer stands (an empty one leaves the machines' verdict)."""
    case = np.flatnonzero(rows >= 0)
    answer = shared.stage.opened.label[rows[case]]
    verdict = np.where(answer >= 0, answer, shared.start[case]).astype(np.int32)
    return _trace(shared.start, case, rows[case], key[case], verdict, np.zeros(len(case), np.int64))


def _fuse(learned: Learned, shared: Setting, turns: list[I64], key: F64) -> Trace:
    """In each turn one row a case (-1 = none); every answer is fused with all that is known by then."""
    stage = shared.stage
    known = stage.machines()
    parts = []
    for turn, rows in enumerate(turns):
        case = np.flatnonzero(rows >= 0)
        known[rows[case]] = True
        verdict = best_verdicts(stage.opened, known, case, learned.model.asking.utility)
        parts.append((case, rows[case], key[case], verdict, np.full(len(case), turn)))
    if not parts:
        return _nobody(shared.start)
    case, row, price, verdict, turn_of = (np.concatenate(p) for p in zip(*parts, strict=True))
    return _trace(shared.start, case, row, price, verdict, turn_of)


def _turns(shared: Setting) -> list[I64]:
    """All people in the order of the file: turn t holds each case's t-th person."""
    case = shared.stage.opened.case[shared.people]
    first = np.searchsorted(case, case, side="left")
    place = np.arange(len(case)) - first
    out = []
    for turn in range(int(place.max(initial=-1)) + 1):
        rows = np.full(len(shared.start), -1, np.int64)
        rows[case[place == turn]] = shared.people[place == turn]
        out.append(rows)
    return out


def _random(learned: Learned, shared: Setting, seed: int) -> Trace:
    key = np.random.default_rng(seed).random(len(shared.start))
    turns = _turns(shared)
    if not turns:
        return _nobody(shared.start)
    trace = _fuse(learned, shared, turns, key)
    # first everybody's first person, then the second ones
    return _trace(
        trace.start, trace.case, trace.row, key[trace.case] - trace.spoke, trace.verdict, trace.spoke
    )


def best_machine(learned: Learned, stage: Stage) -> int:
    """The machine that was worth most on held-out cases among those that answer often, -1 = there is none."""
    total = np.zeros(len(stage.history.agent_id))
    seen = np.zeros(len(total))
    for held in learned.holdout:
        answers = held.history.answers
        rows = np.flatnonzero((answers.label >= 0) & ~held.history.is_person[answers.agent])
        worth = learned.model.asking.utility[held.history.truth[answers.case[rows]], answers.label[rows]]
        total += np.bincount(answers.agent[rows], worth, len(total))
        seen += np.bincount(answers.agent[rows], minlength=len(total))
    if seen.sum() == 0:
        return -1
    return int(np.argmax(np.where(seen >= 0.5 * seen.max(), total / np.maximum(seen, 1), -np.inf)))


def _best_machine(learned: Learned, shared: Setting) -> I32:
    """The best machine's answers; where it has none, the belief's verdict."""
    out = shared.start.copy()
    opened = shared.stage.opened
    answers = shared.stage.history.answers
    rows = np.flatnonzero((answers.agent == best_machine(learned, shared.stage)) & (opened.label >= 0))
    out[opened.case[rows]] = opened.label[rows]
    return out


def _majority(shared: Setting) -> Trace:
    """The label most of the first three people gave; the machines' verdict, then the earliest answer, break ties."""
    n_labels = shared.stage.opened.prior.shape[1]
    votes = np.zeros((len(shared.start), n_labels))
    parts = []
    for turn, rows in enumerate(_turns(shared)[:3]):
        case = np.flatnonzero(rows >= 0)
        answer = shared.stage.opened.label[rows[case]]
        given = answer >= 0
        votes[case[given], answer[given]] += 1.0 + 0.01 * (turn == 0)
        tally = votes[case].copy()
        tally[np.arange(len(case)), shared.start[case]] += 0.1
        parts.append((case, rows[case], tally.argmax(1).astype(np.int32), np.full(len(case), turn)))
    if not parts:
        return _nobody(shared.start)
    case, row, verdict, turn_of = (np.concatenate(p) for p in zip(*parts, strict=True))
    return _trace(shared.start, case, row, _in_order(shared)[case], verdict, turn_of)


def _oracle(shared: Setting) -> Trace:
    truth = shared.stage.history.truth
    case = np.flatnonzero(shared.drawn >= 0)
    answer = shared.stage.opened.label[shared.drawn[case]]
    saved = (answer == truth[case]) & (shared.start[case] != truth[case])
    verdict = np.where(saved, answer, shared.start[case]).astype(np.int32)
    return _trace(
        shared.start, case, shared.drawn[case], saved.astype(float), verdict, np.zeros(len(case), np.int64)
    )
