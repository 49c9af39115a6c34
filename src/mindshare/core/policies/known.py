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

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace
from mindshare.core.belief.holdout import Stage
from mindshare.core.learn import Learned
from mindshare.core.policies.posthoc import Posthoc
from mindshare.core.policies.setting import (
    Setting,
    by_arrival,
    fused,
    in_file_order,
    nobody,
    replaced,
    setting,
    turns_of,
)
from mindshare.core.policies.simple import best_machines_verdicts, majority, oracle, random_order

I64 = NDArray[np.int64]


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
            "threshold": lambda: replaced(shared, shared.drawn, -shared.confidence),
            "threshold_fused": lambda: fused(learned, shared, [shared.drawn], -shared.confidence),
            "best_machine": lambda: nobody(best_machines_verdicts(learned, shared)),
            "all_machines": lambda: nobody(shared.start),
            "one_person": lambda: replaced(shared, shared.drawn, in_file_order(shared)),
            "everybody": lambda: fused(learned, shared, turns_of(shared), in_file_order(shared)),
            "random": lambda: random_order(learned, shared, self.seed),
            "majority_of_3": lambda: majority(shared),
            "first_come": lambda: fused(learned, shared, [shared.drawn], by_arrival(shared)),
            "oracle": lambda: oracle(shared),
        }
        return {name: makers[name]() for name in (makers if names is None else names)}

    def _deferred(self, shared: Setting, rows: I64, *, skill: bool) -> Trace:
        if skill not in self._posthoc:
            self._posthoc[skill] = Posthoc(skill=skill).fit(self.learned)
        return replaced(shared, *self._posthoc[skill].best(self.learned, shared.stage, rows))


def traces(learned: Learned, stage: Stage, seed: int, names: Iterable[str] | None = None) -> dict[str, Trace]:
    """The traces of all policies, or of those named, on cases that none of them has learnt from."""
    return Policies(learned, seed)(stage, names)
