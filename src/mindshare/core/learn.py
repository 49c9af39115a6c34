"""Learn everything that a decision needs from one history: belief, channel, gain gate, prices; all held out.

The belief is fitted on the whole; how far it can be trusted (its temperature, the answer channel, the gate, the
price of attention) is learnt on cases that a belief fitted on the other folds had never seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking import Trace, ask, realised_gains
from mindshare.core.attention import Attentive
from mindshare.core.boost import LEAST, Boost
from mindshare.core.channel import fit_channel, identity
from mindshare.core.cost import human_answers
from mindshare.core.folds import split
from mindshare.core.gain import GainGate
from mindshare.core.held import Learner, Seen, Stage, heard_by_kind, people_heard, some_of, thinned
from mindshare.core.history import History
from mindshare.core.opened import Open
from mindshare.core.pool import Pool
from mindshare.core.race import log_losses, race, temperatures, ways
from mindshare.core.value import best_verdicts, indices, values

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
FOLDS = 4
SOME_GATE = 3_000  # held-out cases that the gates are fitted on where machines are asked one by one
ATTENTION = "pool + attention"  # its name in the race


class Learned:
    """A belief and what is known of it out of fold. `machines_always`: machines cost nothing and all speak first."""

    def __init__(
        self,
        seed: int = 0,
        machines_always: bool = True,
        how: Mapping[str, Any] | None = None,
        attention: Learner | None = None,
    ) -> None:
        """`how`: settings of the pool that a race has found before; None = race.

        `attention` learns a second family of belief, which is in the race where all machines speak first.
        """
        self.seed, self.machines_always, self.how, self.attention = seed, machines_always, how, attention

    def fit(self, history: History) -> Learned:
        self.utility_ = history.team.utility_matrix()
        self.machines_ = int(np.flatnonzero(~history.is_person).max(initial=-1)) + 1
        # the gate counts in verdicts: what the best verdict on a case can be worth more than the worst
        self.unit_ = float(np.ptp(self.utility_, axis=1).max()) or 1.0
        rng = np.random.default_rng(self.seed)
        some = some_of(history, rng)
        folds = split(some, FOLDS, self.seed)
        self.race_, self.how_ = self._race(some, folds) if self.how is None else ({}, dict(self.how))
        self.stages_: list[Stage] = []
        for fit, test in folds:
            self.stages_.append(self._stage(some.take(fit), some.take(test)))
        self.belief_ = self._pool().fit(history, self._warm())
        pooled = self.stages_
        self._fit_boost()
        self._fit_attention(pooled)
        self._fit_sharp(rng)
        self._fit_channel(rng)
        self._fit_first()
        self._fit_gate()
        return self

    def _pool(self) -> Pool:
        return Pool(self.seed, self.machines_always, **self.how_)

    def _warm(self) -> Pool | None:
        return self.stages_[0].belief if self.stages_ else None

    def _race(self, some: History, folds: list[tuple[I64, I64]]) -> tuple[dict[str, float], dict[str, Any]]:
        """Held-out log-loss of each way to pool, on one fold, and the way that won."""
        if not folds:
            return {}, dict(ways(some)["pool"])
        fit, test = folds[0]
        test = test[some.truth[test] >= 0]
        # who listens to the best machine alone would never hear a cheaper one, where each has to be bought
        heard = {name: how for name, how in ways(some).items() if self.machines_always or "only" not in how}
        return race(some.take(fit), some.take(test), heard, self.seed, self.machines_always)

    def _stage(self, fit: History, test: History) -> Stage:
        belief = self._pool().fit(fit, self._warm())
        test = test.take(np.flatnonzero(test.truth >= 0))
        return Stage(test, belief, belief.open(test))

    def _fit_boost(self) -> None:
        """Trees are kept where they beat the pool on cases that neither had seen, by more than chance."""
        self.boost_: Boost | None = None
        cases = sum(len(s.history) for s in self.stages_)
        if not self.machines_always or cases < LEAST or len(self.stages_) < 3:
            return
        parts = [self._boost_part(s) for s in self.stages_]
        trial = Boost(self.seed, self.machines_).fit(parts[1:])
        opened, scores, design, truth = parts[0]
        before = log_losses(scores, truth)
        gain = before - log_losses(scores + trial.shift(opened, scores, design), truth)
        self.race_["pool + boosting"] = float((before - gain).mean())
        if gain.mean() < 2 * gain.std() / np.sqrt(len(gain)):
            return
        self.boost_ = Boost(self.seed, self.machines_).fit(parts)
        trees = [trial] + [
            Boost(self.seed, self.machines_).fit(parts[:j] + parts[j + 1 :]) for j in range(1, len(parts))
        ]
        self.stages_ = [self._boosted(s, tree) for s, tree in zip(self.stages_, trees, strict=True)]

    def _boost_part(self, stage: Stage) -> tuple[Open, F64, Any, NDArray[np.int32]]:
        scores = stage.belief.scores(stage.opened, stage.machines())
        design = self.belief_.context_.design(stage.history)
        return stage.opened, scores, design, stage.history.truth

    def _boosted(self, stage: Stage, boost: Boost | None) -> Stage:
        if boost is None:
            return stage
        opened, scores, design, _ = self._boost_part(stage)
        shift = boost.shift(opened, scores, design) / opened.sharp[0]
        return stage._replace(opened=opened._replace(prior=opened.prior + shift))

    def _fit_attention(self, pooled: list[Stage]) -> None:
        """Answer attention is kept where it beats the pool (of the stages `pooled`) on cases that neither had seen, by
        more than chance, and no less what stands; then it corrects the pool in the place of trees.
        """
        learner, design = self.attention, self.belief_.design
        if learner is None or not self.machines_always or len(pooled) < 3:
            return
        if not learner.always and sum(len(s.history) for s in pooled) < LEAST:
            return
        seen = [Seen(s.opened, design(s.history), s.history, self.machines_always) for s in pooled]
        attending: list[Stage] = []
        for j, stage in enumerate(pooled):
            net = learner.learn(seen[:j] + seen[j + 1 :])
            attending.append(stage.attending(Attentive(net, design)))
            after = np.concatenate([s.losses() for s in attending])
            gain = np.concatenate([s.losses() for s in pooled[: j + 1]]) - after
            self.race_.setdefault(ATTENTION, float(after.mean()))
            if not learner.always and gain.mean() <= 0:
                return
        stands = np.concatenate([s.losses() for s in self.stages_])
        won = gain.mean() >= 2 * gain.std() / np.sqrt(len(gain)) and after.mean() <= stands.mean()
        if won or learner.always:
            self.stages_, self.boost_ = attending, None
            self.belief_ = self.belief_.attending(Attentive(learner.learn(seen), design))

    def _fit_sharp(self, rng: np.random.Generator) -> None:
        """One temperature by how many people spoke, on held-out scores of random subsets of people."""
        pooled: dict[int, list[tuple[F64, NDArray[np.int32]]]] = {}
        for stage in self.stages_:
            for share in (0.0, 0.25, 0.6, 1.0):
                known = stage.machines() | (rng.random(len(stage.opened.person)) < share)
                heard = people_heard(stage.opened, known)
                scores = stage.belief.scores(stage.opened, known)
                for n in np.unique(heard):
                    mine = heard == n
                    pooled.setdefault(int(n), []).append((scores[mine], stage.history.truth[mine]))
        sharp = temperatures(pooled)
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

    def _fit_first(self) -> None:
        """How much more a machine that speaks first brings than is foreseen: counted on held-out cases.

        Nothing is known of such a case yet, so one factor a machine says it, (K,), held to 1 by one verdict.
        Probabilities are why it differs: a machine that gives them tells more than its likeliest label, which is all
        that is foreseen.
        """
        promised, brought = np.full((2, len(self.belief_.evidence_.person_)), self.unit_)
        for stage in [] if self.machines_always else thinned(self.stages_, SOME_GATE):
            opened, truth, cases = stage.opened, stage.history.truth, np.arange(len(stage.history))
            nobody = np.zeros(len(opened.person), bool)
            start = best_verdicts(opened, nobody, cases, self.utility_)
            for k in np.unique(opened.sheet.agent[opened.person == 0]):
                rows = np.flatnonzero(opened.sheet.agent == k)
                known, case = nobody.copy(), opened.sheet.case[rows]
                known[rows] = True
                after = best_verdicts(opened, known, case.astype(np.int64), self.utility_)
                worth = self.utility_[truth[case], after] - self.utility_[truth[case], start[case]]
                brought[k] += worth.sum()
                promised[k] += values(opened, nobody, rows, self.channel_, self.utility_).sum()
        self.first_ = np.maximum(brought / promised, 0.0)

    def _fit_gate(self) -> None:
        """Realised against promised gain of people's answers along ungated paths on held-out cases.

        Machines pass as they are: they are cheap, always there, and a wrong promise of theirs wastes nobody's time.
        """
        self.gate_ = [GainGate.open(), GainGate.open()]
        ungated: list[tuple[Stage, Trace]] = []
        parts = []
        for stage in self.stages_ if self.machines_always else thinned(self.stages_, SOME_GATE):
            trace = self.path(stage, human_answers(stage.history))
            stakes = np.ones(len(stage.history)) if stage.history.stakes is None else stage.history.stakes
            gain, answers = realised_gains(trace, stage.history.truth, self.utility_)
            unit = self.unit_ * stakes[trace.case]
            parts.append((trace.promised / unit, gain / self.unit_, trace.spoke, answers))
            ungated.append((stage, trace))
        if sum(len(p[0]) for p in parts):
            self.gate_[1] = GainGate().fit(*(np.concatenate(p) for p in zip(*parts, strict=True)))
        self.held_cases_ = sum(len(s.history) for s, _ in ungated)
        # the gate is monotone and people cost one answer each, so the gated path asks the same questions
        self.held_out_ = np.sort(np.concatenate([self._gated(s, t) for s, t in ungated] or [np.zeros(0)]))[
            ::-1
        ]

    def _gated(self, stage: Stage, trace: Trace) -> F64:
        """The prices of an ungated path once its promises have passed the gate; worthless questions end a path."""
        stakes = np.ones(len(trace.start)) if stage.history.stakes is None else stage.history.stakes
        unit = self.unit_ * stakes[trace.case]
        worth = self.gate_[1](trace.promised / unit, trace.spoke) * unit
        floor = np.full(len(trace.start), np.inf)
        price = np.zeros(len(worth))
        for turn in range(int(trace.spoke.max(initial=-1)) + 1):
            mine = trace.spoke == turn
            floor[trace.case[mine]] = np.minimum(floor[trace.case[mine]], worth[mine])
            price[mine] = floor[trace.case[mine]]
        return price[price > 0]

    def price_at(self, share: float) -> float:
        """The price of one human answer at which held-out cases buy `share` answers a case."""
        at = int(np.floor(share * self.held_cases_))
        return float(self.held_out_[at]) if at < len(self.held_out_) else 0.0

    @property
    def family(self) -> str:
        """What won the race."""
        pools = (n for n in self.race_ if n not in ("pool + boosting", ATTENTION))
        name = min(pools, key=lambda n: self.race_[n], default="pool")
        if self.belief_.attentive_ is not None:
            return f"{name} + attention"
        return f"{name} + boosting" if self.boost_ is not None else name

    # -- use -------------------------------------------------------------------------------------------------------
    def open(self, history: History) -> Stage:
        """Prepare cases that the belief was not fitted on."""
        return self._boosted(Stage(history, self.belief_, self.belief_.open(history)), self.boost_)

    def worth(self, stage: Stage, known: Mask, rows: I64) -> F64:
        """(len(rows),) the gated value of asking each row next, times the stakes of its case."""
        opened = stage.opened
        out = np.zeros(len(rows))
        for kind, look in ((0, values), (1, indices)):
            mine = np.flatnonzero(opened.person[rows] == kind)
            if len(mine):
                raw = look(opened, known, rows[mine], self.channel_, self.utility_)
                case = opened.sheet.case[rows[mine]]
                heard = heard_by_kind(opened, known, kind)[case]
                if kind == 0:
                    spoken = heard + heard_by_kind(opened, known, 1)[case]
                    raw = np.where(spoken == 0, raw * self.first_[opened.sheet.agent[rows[mine]]], raw)
                out[mine] = self.gate_[kind](raw / self.unit_, heard) * self.unit_
        stakes = stage.history.stakes
        return out if stakes is None else out * stakes[opened.sheet.case[rows]]

    def verdicts(self, stage: Stage, known: Mask) -> NDArray[np.int32]:
        """(N,) the verdict of the highest expected utility, given the rows that are known."""
        return best_verdicts(stage.opened, known, np.arange(len(stage.history)), self.utility_)

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
