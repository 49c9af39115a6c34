"""What corrects the pool: trees, or answer attention, each only where it wins on cases that neither had seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.attention import Net, attend
from mindshare.core.belief.holdout import Learner, Seen, Stage
from mindshare.core.belief.pool import Pool, Reading
from mindshare.core.belief.state import scores_of
from mindshare.core.belief.temperature import log_losses
from mindshare.core.belief.trees import LEAST, Part, Trees, grow, shift

F64 = NDArray[np.float64]
TREES = "pool + boosting"  # their names in the race
ATTENTION = "pool + attention"


class Corrected(NamedTuple):
    """A pool, the held-out stages, and the log-loss of each correction that was tried."""

    pool: Pool
    stages: list[Stage]
    race: dict[str, float]


def corrected(pool: Pool, stages: list[Stage], learner: Learner | None, seed: int) -> Corrected:
    """The pool with whatever corrects it best; the same pool where nothing does, or where machines are asked one by one."""
    if not pool.machines_always or len(stages) < 3:
        return Corrected(pool, stages, {})
    best = _with_trees(pool, stages, seed)
    return best if learner is None else _with_attention(pool, stages, best, learner)


def _with_trees(pool: Pool, stages: list[Stage], seed: int) -> Corrected:
    """Trees are kept where they beat the pool by more than chance."""
    if sum(len(s.history) for s in stages) < LEAST:
        return Corrected(pool, stages, {})
    reading = pool.reading
    parts = [part_of(s, reading) for s in stages]
    machines = int(np.flatnonzero(~reading.agents.is_person[:-2]).max(initial=-1)) + 1
    columns = len(reading.context.how)
    trial = grow(parts[1:], machines, columns, seed)
    opened, scores, design, truth = parts[0]
    before = log_losses(scores, truth)
    gain = before - log_losses(scores + shift(trial, opened, scores, design), truth)
    told = {TREES: float((before - gain).mean())}
    if gain.mean() < 2 * gain.std() / np.sqrt(len(gain)):
        return Corrected(pool, stages, told)
    others = (grow(parts[:j] + parts[j + 1 :], machines, columns, seed) for j in range(1, len(parts)))
    grown = [shifted(s, p, t) for s, p, t in zip(stages, parts, [trial, *others], strict=True)]
    return Corrected(pool._replace(trees=grow(parts, machines, columns, seed)), grown, told)


def part_of(stage: Stage, reading: Reading) -> Part:
    """What trees learn from, or look at."""
    scores = scores_of(stage.opened, stage.machines())
    return Part(stage.opened, scores, stage.design(reading), stage.history.truth)


def shifted(stage: Stage, part: Part, trees: Trees) -> Stage:
    """The same cases, whose beliefs the trees correct."""
    more = shift(trees, part.opened, part.scores, part.design)
    return stage._replace(opened=stage.opened._replace(prior=stage.opened.prior + more))


def _with_attention(pool: Pool, stages: list[Stage], best: Corrected, learner: Learner) -> Corrected:
    """Answer attention is kept where it beats the pool of `stages` by more than chance, and loses to nothing that stands."""
    if not learner.always and sum(len(s.history) for s in stages) < LEAST:
        return best
    seen = [Seen.of(s, pool.reading) for s in stages]
    attending: list[Stage] = []
    told = dict(best.race)
    gain = after = np.zeros(0)
    for j, stage in enumerate(stages):
        attending.append(attended(stage, learner.learn(seen[:j] + seen[j + 1 :]), pool.reading))
        after = np.concatenate([s.losses() for s in attending])
        gain = np.concatenate([s.losses() for s in stages[: j + 1]]) - after
        told.setdefault(ATTENTION, float(after.mean()))
        if not learner.always and gain.mean() <= 0:
            return best._replace(race=told)
    stands = np.concatenate([s.losses() for s in best.stages])
    won = gain.mean() >= 2 * gain.std() / np.sqrt(len(gain)) and after.mean() <= stands.mean()
    if not (won or learner.always):
        return best._replace(race=told)
    return Corrected(pool._replace(net=learner.learn(seen)), attending, told)


def attended(stage: Stage, net: Net, reading: Reading) -> Stage:
    """The same cases, whose scores answer attention corrects."""
    attention = attend(net, stage.design(reading), stage.opened.rows, stage.opened.prior)
    return stage._replace(opened=stage.opened._replace(attention=attention))
