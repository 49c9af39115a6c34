"""Which machines that run here are asked only if their answer is worth its price, and why one was run or not, in words.

A machine is weighed by the values that a backtest goes by: what its answer is expected to bring on this belief, by a model
that knows cases on which the machine is silent. Of a machine that has hardly been tried such a value says nothing, so it is
run on every case until enough of its answers are known to be right or wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mindshare.core.model import Model
from mindshare.engine.machine_events import Weight
from mindshare.engine.running.told import LEARNT, WORTH, Machine
from mindshare.histories.assumed import is_assumed


def weighed_by(model: Model, machines: Mapping[str, Machine]) -> tuple[str, ...]:
    """The machines, of those of a kind, that are run for what their answers are worth to this model."""
    return tuple(
        name
        for name, machine in machines.items()
        if machine.when == WORTH
        or (machine.when == LEARNT and not model.pool.machines_always and known(model, name) >= machine.trial)
    )


def known(model: Model, machine: str) -> int:
    """How many answers of a machine the model has counted on cases whose truth is known; none where it is only assumed."""
    return counted_of(model, machine)[0]


def counted_of(model: Model, agent: str) -> tuple[int, int]:
    """Answers of an agent that the model has counted on cases whose truth is known, and the right ones of them."""
    agents = model.pool.reading.agents.id
    if is_assumed(model.about.name) or agent not in agents:
        return 0, 0
    seen, right = model.pool.reading.counts.agent[:, agents.index(agent)].tolist()
    return int(seen), round(right)


_WHY = {
    "always": "{agent} was run, as it always is.",
    "free": "{agent} was run, as it uses nothing that is limited.",
    "trial": "{agent} was run, as the model has yet to learn what its answers are worth.",
    "tried": "{agent} was run whatever it is worth, as it is on a share of the cases that is drawn, so that its worth stays known.",
    "worth": "{agent} was run: its answer was worth {value:.3f} and its price {cost:.3f}, a net of {net:+.3f}.",
    "nothing": "{agent} was not run: its answer was worth nothing.",
    "dear": "{agent} was not run: its answer was worth {value:.3f} and its price {cost:.3f}, a net of {net:+.3f}.",
    "full": "{agent} was not run: it does not fit into the limits, though it was worth {value:.3f} at a price of {cost:.3f}.",
    "other": "{agent} was not run yet: somebody else was worth more than its net of {net:+.3f} "
    "({value:.3f} at a price of {cost:.3f}).",
}


def sentences(weights: Iterable[Weight]) -> list[str]:
    """Why each machine was run on a case or not."""
    return [
        _WHY[w.why].format(agent=w.agent, value=w.value, cost=w.cost, net=w.net)
        for w in sorted(weights, key=lambda w: w.agent)
    ]
