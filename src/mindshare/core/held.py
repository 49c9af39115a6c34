"""Cases held out: what a belief that had not seen them says of them, and what may learn from that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mindshare.core.attention import Attentive, Net
from mindshare.core.history import History
from mindshare.core.opened import SPOKE, Open
from mindshare.core.pool import Pool
from mindshare.core.race import log_losses

F64 = NDArray[np.float64]
ENOUGH = 40_000  # labelled cases that the held-out stages are learnt on at most


class Stage(NamedTuple):
    """Cases that a belief has not seen, prepared for it."""

    history: History
    belief: Pool
    opened: Open

    def machines(self) -> NDArray[np.bool_]:
        """(M,) the rows of machines: known before any person is asked, where machines cost nothing."""
        return np.asarray(self.opened.person == 0)

    def losses(self) -> F64:
        """(N,) log-loss of each case, half before any person has spoken, half after all."""
        scores = (self.belief.scores(self.opened, self.opened.person <= people) for people in (0, 1))
        return np.asarray(sum(log_losses(s, self.history.truth) / 2 for s in scores))

    def attending(self, attentive: Attentive) -> Stage:
        """The same cases, whose scores answer attention corrects."""
        attention = attentive.on(self.history, self.opened.prior)
        return Stage(
            self.history, self.belief.attending(attentive), self.opened._replace(attention=attention)
        )


class Seen(NamedTuple):
    """What a correction learns from: held-out cases, prepared by a belief that had not seen them."""

    opened: Open
    design: sparse.csr_matrix  # (N, D) the case as numbers
    history: History
    machines_always: bool


class Learner(Protocol):
    """Learns answer attention; `machines.answer_attention` has one."""

    always: bool  # taken even where the race is lost

    def learn(self, seen: Sequence[Seen]) -> Net:
        """A net that corrects the scores of such cases."""
        ...


def thinned(stages: list[Stage], cases: int) -> list[Stage]:
    """The stages cut down, evenly, to about `cases` cases in all."""
    each = max(1, cases // max(len(stages), 1))
    out = []
    for stage in stages:
        n = len(stage.history)
        part = stage.history.take(np.unique(np.linspace(0, n - 1, min(each, n)).astype(np.int64)))
        out.append(Stage(part, stage.belief, stage.belief.open(part)))
    return out


def heard_by_kind(opened: Open, known: NDArray[np.bool_], kind: int) -> NDArray[np.int64]:
    """(N,) agents of the kind whose answer is in, or came back empty."""
    rows = known & (opened.person == kind)
    return np.bincount(opened.sheet.case[rows], minlength=len(opened.indptr) - 1)


def people_heard(opened: Open, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(N,) people whose answer is in."""
    in_ = known & (opened.person == 1) & (opened.sheet.label >= 0)
    return np.minimum(np.bincount(opened.sheet.case[in_], minlength=len(opened.indptr) - 1), SPOKE)


def some_of(history: History, rng: np.random.Generator) -> History:
    """At most ENOUGH labelled cases: what is held out needs no more."""
    labelled = np.flatnonzero(history.truth >= 0)
    if len(labelled) <= ENOUGH:
        return history
    return history.take(np.sort(rng.choice(labelled, ENOUGH, replace=False)))
