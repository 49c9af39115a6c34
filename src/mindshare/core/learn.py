"""Learn everything that a decision needs from one history: belief, channel, gain gate, prices; all held out.

The belief is fitted on the whole; how far it can be trusted (its temperature, the answer channel, the gate, the
price of attention) is learnt on cases that a belief fitted on the other folds had never seen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from mindshare.core.asking import Trace, ask
from mindshare.core.channel import fit_channel, identity
from mindshare.core.folds import split
from mindshare.core.gain import GainGate
from mindshare.core.cost import human_answers
from mindshare.core.history import History
from mindshare.core.pool import SPOKE, Open, Pool
from mindshare.core.value import best_verdicts, indices, values

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
FOLDS = 4
MACHINE_GATE = 3_000  # held-out cases that the gate of machines is fitted on
ENOUGH = 40_000  # labelled cases that the held-out stages are learnt on at most


class Stage(NamedTuple):
    """Cases that a belief has not seen, prepared for it."""

    history: History
    belief: Pool
    opened: Open

    def machines(self) -> Mask:
        """(M,) the rows of machines: known before any person is asked, where machines cost nothing."""
        return np.asarray(self.opened.person == 0)


class Learned:
    """A belief and what is known of it out of fold. `machines_always`: machines cost nothing and all speak first."""

    def __init__(self, seed: int = 0, machines_always: bool = True) -> None:
        self.seed, self.machines_always = seed, machines_always

    def fit(self, history: History) -> Learned:
        self.utility_ = history.team.utility_matrix()
        rng = np.random.default_rng(self.seed)
        some = _some(history, rng)
        self.race_: dict[str, float] = {}
        self.stages_ = [self._stage(some.take(fit), some.take(test)) for fit, test in split(some, FOLDS, self.seed)]
        self.belief_ = Pool(self.seed, self.machines_always).fit(history)
        self._fit_sharp(rng)
        self._fit_channel(rng)
        self._fit_gate()
        return self

    def _stage(self, fit: History, test: History) -> Stage:
        belief = Pool(self.seed, self.machines_always).fit(fit)
        test = test.take(np.flatnonzero(test.truth >= 0))
        return Stage(test, belief, belief.open(test))

    def _fit_sharp(self, rng: np.random.Generator) -> None:
        """One temperature by how many people spoke, on held-out scores of random subsets of people."""
        sharp = np.ones(SPOKE + 1)
        pooled: dict[int, list[tuple[F64, NDArray[np.int32]]]] = {}
        for stage in self.stages_:
            for share in (0.0, 0.25, 0.6, 1.0):
                known = stage.machines() | (rng.random(len(stage.opened.person)) < share)
                heard = _heard(stage.opened, known)
                scores = stage.belief.scores(stage.opened, known)
                for n in np.unique(heard):
                    mine = heard == n
                    pooled.setdefault(int(n), []).append((scores[mine], stage.history.truth[mine]))
        for n in range(SPOKE + 1):
            parts = pooled.get(n, [])
            if sum(len(t) for _, t in parts) < 200:
                sharp[n] = sharp[n - 1] if n else 1.0
                continue
            scores, truth = np.concatenate([s for s, _ in parts]), np.concatenate([t for _, t in parts])
            found = minimize_scalar(lambda z: _log_loss(np.exp(z) * scores, truth), (-1.0, 0.0), tol=1e-3)
            sharp[n] = float(np.exp(np.clip(found.x, -1.5, 0.7)))
        self.sharp_ = sharp
        self.belief_.sharp_ = sharp
        self.stages_ = [
            Stage(s.history, s.belief.sharpened(sharp), s.opened._replace(sharp=sharp)) for s in self.stages_
        ]

    def _fit_channel(self, rng: np.random.Generator) -> None:
        """Two sets of coefficients, machines and people, on answers that come next in random states."""
        self.channel_ = np.stack([identity(), identity()])
        for kind in (0, 1):
            states = []
            for stage in self.stages_:
                person, label = stage.opened.person, stage.opened.sheet.label
                for share in (0.0, 0.4):
                    known = rng.random(len(person)) < share
                    if kind == 1:
                        known |= stage.machines()
                    rows = np.flatnonzero(~known & (person == kind) & (label >= 0))
                    truth = stage.history.truth[stage.opened.sheet.case[rows]].astype(np.int64)
                    states.append((stage.opened, known, rows, truth))
            if kind == 1 or not self.machines_always:
                self.channel_[kind] = fit_channel(states)

    def _fit_gate(self) -> None:
        """Realised against promised gain along ungated paths on held-out cases, by kind of agent."""
        self.gate_ = [GainGate.open(), GainGate.open()]
        gates = list(self.gate_)
        ungated: list[tuple[Stage, Trace]] = []
        for kind in (0, 1) if not self.machines_always else (1,):
            parts = []
            for stage in self.stages_ if kind == 1 else thinned(self.stages_, MACHINE_GATE):
                known = np.zeros(len(stage.opened.person), bool) if kind == 0 else stage.machines()
                trace = self.path(stage, np.ones(len(known)), known, stage.opened.person == kind)
                gain = realised_gains(trace, stage.history.truth, self.utility_)
                promised = trace.promised if stage.history.stakes is None else trace.promised / stage.history.stakes[trace.case]
                parts.append((promised, gain, trace.spoke))
                if kind == 1:
                    ungated.append((stage, trace))
            if sum(len(p[0]) for p in parts):
                gates[kind] = GainGate().fit(*(np.concatenate(p) for p in zip(*parts, strict=True)))
        self.gate_ = gates
        # the gate is monotone and people cost one answer each, so the gated path asks the same questions
        self.held_out_ = np.sort(np.concatenate([self._gated(s, t) for s, t in ungated] or [np.zeros(0)]))[::-1]

    def _gated(self, stage: Stage, trace: Trace) -> F64:
        """The prices of an ungated path once its promises have passed the gate; worthless questions end a path."""
        stakes = np.ones(len(trace.start)) if stage.history.stakes is None else stage.history.stakes
        worth = self.gate_[1](trace.promised / stakes[trace.case], trace.spoke) * stakes[trace.case]
        floor = np.full(len(trace.start), np.inf)
        price = np.zeros(len(worth))
        for turn in range(int(trace.spoke.max(initial=-1)) + 1):
            mine = trace.spoke == turn
            floor[trace.case[mine]] = np.minimum(floor[trace.case[mine]], worth[mine])
            price[mine] = floor[trace.case[mine]]
        return price[price > 0]

    def price_at(self, share: float) -> float:
        """The price of one human answer at which held-out cases buy `share` answers a case."""
        at = int(np.floor(share * sum(len(s.history) for s in self.stages_)))
        return float(self.held_out_[at]) if at < len(self.held_out_) else 0.0

    # -- use -------------------------------------------------------------------------------------------------------
    def open(self, history: History) -> Stage:
        """Prepare cases that the belief was not fitted on."""
        return Stage(history, self.belief_, self.belief_.open(history))

    def worth(self, stage: Stage, known: Mask, rows: I64) -> F64:
        """(len(rows),) the gated value of asking each row next, times the stakes of its case."""
        opened = stage.opened
        out = np.zeros(len(rows))
        for kind, look in ((0, values), (1, indices)):
            mine = np.flatnonzero(opened.person[rows] == kind)
            if len(mine):
                raw = look(opened, known, rows[mine], self.channel_, self.utility_)
                heard = heard_by_kind(opened, known, kind)[opened.sheet.case[rows[mine]]]
                out[mine] = self.gate_[kind](raw, heard)
        stakes = stage.history.stakes
        return out if stakes is None else out * stakes[opened.sheet.case[rows]]

    def path(self, stage: Stage, cost: F64, known: Mask | None = None, askable: Mask | None = None) -> Trace:
        """The path of the rule on these cases: all machines first (unless `known` says otherwise), then people."""
        opened = stage.opened
        known = stage.machines() if known is None else known
        askable = opened.person == 1 if askable is None else askable

        def index(now: Mask, rows: I64) -> F64:
            return self.worth(stage, now, rows)

        def decide(now: Mask, cases: I64) -> NDArray[np.int32]:
            return best_verdicts(opened, now, cases, self.utility_)

        return ask(opened, known, askable, index, decide, cost)


def thinned(stages: list[Stage], cases: int) -> list[Stage]:
    """The stages cut down, evenly, to about `cases` cases in all."""
    each = max(1, cases // max(len(stages), 1))
    out = []
    for stage in stages:
        n = len(stage.history)
        part = stage.history.take(np.unique(np.linspace(0, n - 1, min(each, n)).astype(np.int64)))
        out.append(Stage(part, stage.belief, stage.belief.open(part)))
    return out


def heard_by_kind(opened: Open, known: Mask, kind: int) -> I64:
    """(N,) agents of the kind whose answer is in, or came back empty."""
    rows = known & (opened.person == kind)
    return np.bincount(opened.sheet.case[rows], minlength=len(opened.indptr) - 1)


def realised_gains(trace: Trace, truth: NDArray[np.int32], utility: F64) -> F64:
    """(Q,) utility of the verdict after each question less the one before."""
    now = trace.start.copy()
    order = np.argsort(trace.spoke, kind="stable")
    gain = np.zeros(len(trace.case))
    for n in np.unique(trace.spoke):
        mine = order[trace.spoke[order] == n]
        case, verdict = trace.case[mine], trace.verdict[mine]
        gain[mine] = utility[truth[case], verdict] - utility[truth[case], now[case]]
        now[case] = verdict
    return gain


def _heard(opened: Open, known: Mask) -> I64:
    """(N,) people whose answer is in."""
    in_ = known & (opened.person == 1) & (opened.sheet.label >= 0)
    return np.minimum(np.bincount(opened.sheet.case[in_], minlength=len(opened.indptr) - 1), SPOKE)


def _log_loss(scores: F64, truth: NDArray[np.int32]) -> float:
    top = scores.max(1)
    return float((np.log(np.exp(scores - top[:, None]).sum(1)) + top - scores[np.arange(len(truth)), truth]).mean())


def _some(history: History, rng: np.random.Generator) -> History:
    """At most ENOUGH labelled cases: what is held out needs no more."""
    labelled = np.flatnonzero(history.truth >= 0)
    if len(labelled) <= ENOUGH:
        return history
    return history.take(np.sort(rng.choice(labelled, ENOUGH, replace=False)))
