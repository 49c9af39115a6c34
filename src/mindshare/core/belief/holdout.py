"""Cases held out: what a belief that had not seen them says of them, and what may learn from that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.attention import Net
from mindshare.core.belief.design import Design
from mindshare.core.belief.pool import Pool, Reading
from mindshare.core.belief.state import Opened, scores_of
from mindshare.core.belief.temperature import log_losses
from mindshare.core.belief.weights import SPOKE
from mindshare.core.history import History

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
ONE_BY_ONE = 3  # people of a case whose answers are tried alone
ENOUGH = 40_000  # labelled cases that the held-out stages are learnt on at most


class Stage(NamedTuple):
    """Cases that a belief has not seen, prepared for it."""

    history: History
    belief: Pool
    opened: Opened

    def machines(self) -> Mask:
        """(M,) the rows of machines: known before any person is asked, where machines cost nothing."""
        return np.asarray(self.opened.person == 0)

    def design(self, reading: Reading) -> Design:
        """The columns that hold for each case, as this reading knows them."""
        return reading.design(reading.schema.read(self.history), self.opened.rows)

    def tempered(self, temperature: F64) -> Stage:
        """The same cases at another temperature."""
        shared = self.opened.shared._replace(temperature=temperature)
        return Stage(
            self.history, self.belief.at_temperature(temperature), self.opened._replace(shared=shared)
        )

    def described(self, reading: Reading) -> Stage:
        """The same cases, whose design is that of this reading: columns of one number then mean the same on all stages."""
        return self._replace(opened=self.opened._replace(design=self.design(reading)))

    def stakes(self) -> F64:
        """(N,) what the utility of each case is multiplied by."""
        stakes = self.history.stakes
        return np.ones(len(self.history)) if stakes is None else stakes

    def losses(self) -> F64:
        """(N,) log-loss of each case, half before any person has spoken, half after all."""
        scores = (scores_of(self.opened, self.opened.person <= people) for people in (0, 1))
        return np.asarray(sum(log_losses(s, self.history.truth) / 2 for s in scores))

    def lifts(self) -> F64:
        """(n,) by how much one person's answer lifts the log-score of the truth, on cases that have both: the mean of up to ONE_BY_ONE.

        All machines have spoken before.
        """
        opened, truth = self.opened, self.history.truth
        told = np.flatnonzero(truth >= 0)
        before = np.zeros(opened.n_cases)
        before[told] = log_losses(scores_of(opened, self.machines(), told), truth[told])
        lift, count = np.zeros((2, opened.n_cases))
        for rows in self.one_by_one():
            known, cases = self.machines(), opened.case[rows].astype(np.int64)
            known[rows] = True
            lift[cases] += before[cases] - log_losses(scores_of(opened, known, cases), truth[cases])
            count[cases] += 1
        return np.asarray(lift[count > 0] / count[count > 0])

    def one_by_one(self) -> list[I64]:
        """Rows of people on cases whose truth is known: the first of each case, the second, up to ONE_BY_ONE."""
        rows = np.flatnonzero((self.opened.person == 1) & (self.history.truth[self.opened.case] >= 0))
        case = self.opened.case[rows]
        place = np.arange(len(case)) - np.searchsorted(case, case, side="left")
        return [rows[place == turn] for turn in range(min(ONE_BY_ONE, int(place.max(initial=-1)) + 1))]


def stage_of(belief: Pool, history: History) -> Stage:
    """Prepare cases that the belief was not fitted on."""
    return Stage(history, belief, belief.open(history))


class Seen(NamedTuple):
    """What a correction learns from: held-out cases, prepared by a belief that had not seen them."""

    opened: Opened
    design: Design
    width: int  # columns of the design
    truth: NDArray[np.int32]
    is_person: NDArray[np.bool_]  # (K,)
    machines_always: bool

    @staticmethod
    def of(stage: Stage, reading: Reading) -> Seen:
        """The cases of a stage, described as this reading does."""
        return Seen(
            stage.opened,
            stage.design(reading),
            reading.width,
            stage.history.truth,
            reading.agents.is_person,
            stage.belief.machines_always,
        )


class Learner(Protocol):
    """Learns answer attention; `machines.belief.answer_attention` has one."""

    always: bool  # taken even where the race is lost

    def learn(self, seen: Sequence[Seen]) -> Net:
        """A net that corrects the scores of such cases."""
        ...


def thinned(stages: Sequence[Stage], cases: int) -> list[Stage]:
    """The stages cut down, evenly, to about `cases` cases in all."""
    each = max(1, cases // max(len(stages), 1))
    out = []
    for stage in stages:
        n = len(stage.history)
        kept = np.unique(np.linspace(0, n - 1, min(each, n)).astype(np.int64))
        part = stage_of(stage.belief, stage.history.take(kept))
        opened = part.opened._replace(design=stage.opened.design.take(kept))
        out.append(part._replace(opened=opened))
    return out


def people_heard(opened: Opened, known: Mask) -> I64:
    """(N,) people whose answer is in, counted up to SPOKE."""
    in_ = known & (opened.person == 1) & (opened.label >= 0)
    return np.minimum(np.bincount(opened.case[in_], minlength=opened.n_cases), SPOKE)


def some_of(history: History, rng: np.random.Generator) -> History:
    """At most ENOUGH labelled cases: what is held out needs no more."""
    labelled = np.flatnonzero(history.truth >= 0)
    if len(labelled) <= ENOUGH:
        return history
    return history.take(np.sort(rng.choice(labelled, ENOUGH, replace=False)))
