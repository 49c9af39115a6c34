"""Learn everything that a decision needs from one history, in steps with a result each.

    pool         how cases and answers are read, counted and weighed; ways to do so race out of fold
    correction   trees, or answer attention, where they beat the pool by more than chance on cases that neither had seen
    temperature  how sure the belief may be
    channel      what an agent would answer
    first        what a machine that speaks first brings beyond what is foreseen
    edge         how much better a person's answer is than the verdict that stands
    opinion      what weight that has in the verdict after one answer
    gate         what a promised gain has been worth, and the price of an answer

The belief is fitted on the whole; how far it can be trusted is learnt on cases that a belief fitted on the other folds
had never seen. Those cases are the holdout; a model does not keep them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.channel import channel_for, fit_channel, identity
from mindshare.core.asking.edge import Edge, learn_edges, no_edge
from mindshare.core.asking.gate import Asked, Gate, learn_gate, open_gate, passed
from mindshare.core.asking.opinion import with_opinion
from mindshare.core.asking.path import Trace, realised_gains
from mindshare.core.asking.value import values
from mindshare.core.asking.verdict import best_verdicts
from mindshare.core.asking.worth import Asking
from mindshare.core.belief.correction import corrected
from mindshare.core.belief.foretell import temperature_without_truth
from mindshare.core.belief.holdout import Learner, Stage, people_heard, some_of, stage_of, thinned
from mindshare.core.belief.pool import Pool
from mindshare.core.belief.pooling import Pooling, gather, weigh
from mindshare.core.belief.race import Raced, race, ways, without_race
from mindshare.core.belief.state import scores_of
from mindshare.core.belief.temperature import learn_temperature
from mindshare.core.cost import human_answers, learn_speed, machine_resources
from mindshare.core.folds import split
from mindshare.core.history import History, must_be_one_kind
from mindshare.core.model import Model, about_of
from mindshare.core.pacing.demand import Demand
from mindshare.core.refit import refit

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FOLDS = 4
SOME_GATE = 3_000  # held-out cases that the gates are fitted on where machines are asked one by one
PEOPLE_SHARES = (0.0, 0.25, 0.6, 1.0)  # of the people of a case, that a temperature is learnt for


class Learned(NamedTuple):
    """A model and the held-out cases that it learnt from: what the policies to beat learn from too."""

    model: Model
    holdout: tuple[Stage, ...]
    how: Pooling  # what won the race


def learn(
    history: History,
    *,
    seed: int = 0,
    machines_always: bool | None = None,
    how: Pooling | None = None,
    attention: Learner | None = None,
    start: Model | None = None,
) -> Model:
    """The model of this history.

    `start`: a model of an earlier state of the same history, from which learning goes on: all that was counted is counted
    anew, and the weights move on from where they were; whatever needs cases held out (temperature, corrections, channel,
    gate, demand, and the way to pool) stays. That takes about a tenth of the time; learn from nothing now and then.

    `machines_always`: all machines speak before anybody is asked (None: where they use no limited resource). `how`: a way
    to pool that was found before (None = a race decides). `attention` learns a second family of belief, which is in the
    race where all machines speak first.
    """
    if start is not None:
        return refit(history, start)
    return learn_held_out(
        history, seed=seed, machines_always=machines_always, how=how, attention=attention
    ).model


def learn_held_out(
    history: History,
    *,
    seed: int = 0,
    machines_always: bool | None = None,
    how: Pooling | None = None,
    attention: Learner | None = None,
) -> Learned:
    """The same, and the cases held out on the way."""
    must_be_one_kind(history)
    always = not machine_resources(history) if machines_always is None else machines_always
    rng = np.random.default_rng(seed)
    pooled = _pool_out(history, seed, always, how, rng)
    better = corrected(pooled.pool, pooled.stages, attention, seed)
    without = None
    if pooled.how.unlabelled:
        without = temperature_without_truth(stage_of(better.pool, history), rng)
    temperature = _temperature(better.stages, rng, without)
    pool = better.pool.at_temperature(temperature)
    stages = [s.tempered(temperature).described(pool.reading) for s in better.stages]
    asking = _ask_of(history, pool, stages, _coefficients(stages, always, rng))
    race_ = pooled.log_loss | better.race
    about = about_of(history, pool, race_, pooled.how)
    blank = demand_for_answers(0, np.zeros(0))
    speed = learn_speed(history)
    open_model = Model(team=history.team, pool=pool, asking=asking, demand=blank, speed=speed, about=about)
    # what cases would buy needs no truth; what it is worth does
    paths = stages or thinned([open_model.open(history)], SOME_GATE)
    apart, edge = learn_edges(
        stages if always else [], pool.reading.width, asking.coefficient, asking.utility, asking.unit
    )
    apart, edge = with_opinion(stages, apart, edge, asking.utility)
    gate, demand = _gate(open_model, paths, apart)
    model = replace(open_model, asking=asking._replace(people=gate, edge=edge), demand=demand)
    return Learned(model, tuple(stages), pooled.how)


class _Pooled(NamedTuple):
    pool: Pool
    stages: list[Stage]  # out of fold
    how: Pooling
    log_loss: dict[str, float]  # of the ways that raced


def _pool_out(
    history: History, seed: int, always: bool, how: Pooling | None, rng: np.random.Generator
) -> _Pooled:
    """A pool of all cases, and pools of folds on the cases that they had not seen; ways to pool race on the first fold."""
    some = some_of(history, rng)
    folds = split(some, FOLDS, seed) if (some.truth >= 0).any() else []
    raced = None
    start = replace(how or Pooling(), seed=seed, machines_always=always)
    settled = without_race(history, start)
    if how is None and settled is not None:
        start = settled
    elif how is None and folds:
        raced = _raced(some, folds[0], start)
        start = raced.how
    like = raced.weighed if raced is not None else None
    stages: list[Stage] = []
    for j, (fit, test) in enumerate(folds):
        told = test[some.truth[test] >= 0]
        if not len(told):
            continue
        # the race has weighed the first fold already
        ready = raced.weighed if raced is not None and j == 0 else None
        weighed = ready or weigh(start, *gather(start, some.take(fit)), like)
        like = like or weighed
        stages.append(stage_of(weighed.pool, some.take(told)))
    pool = weigh(start, *gather(start, history), like).pool
    return _Pooled(pool, stages, start, raced.log_loss if raced is not None else {})


def _raced(some: History, fold: tuple[I64, I64], start: Pooling) -> Raced:
    fit, test = fold
    return race(some.take(fit), some.take(test[some.truth[test] >= 0]), ways(some, start))


def _temperature(stages: Sequence[Stage], rng: np.random.Generator, without: F64 | None) -> F64:
    """One temperature by how many people spoke, on held-out scores of random subsets of people, else that of `without`."""
    pooled: dict[int, list[tuple[F64, NDArray[np.int32]]]] = {}
    for stage in stages:
        for share in PEOPLE_SHARES:
            known = stage.machines() | (rng.random(len(stage.opened.person)) < share)
            heard = people_heard(stage.opened, known)
            scores = scores_of(stage.opened, known)
            for n in np.unique(heard):
                mine = heard == n
                pooled.setdefault(int(n), []).append((scores[mine], stage.history.truth[mine]))
    return learn_temperature(pooled, without)


def _coefficients(stages: Sequence[Stage], always: bool, rng: np.random.Generator) -> F64:
    """Two rows of the answer channel, machines and people, from answers that come next in random states."""
    out = np.stack([identity(), identity()])
    for kind in (0, 1):
        states = []
        for stage in stages:
            person, label = stage.opened.person, stage.opened.label
            for share in (0.0, 0.4):
                known = rng.random(len(person)) < share
                if kind == 1:
                    known |= stage.machines()
                rows = np.flatnonzero(~known & (person == kind) & (label >= 0))
                truth = stage.history.truth[stage.opened.case[rows]].astype(np.int64)
                states.append((stage.opened, known, rows, truth))
        if states and (kind == 1 or not always):
            out[kind] = fit_channel(states)
    return out


def _ask_of(history: History, pool: Pool, stages: Sequence[Stage], coefficient: F64) -> Asking:
    """What is known of asking before any promise is held to what it brought."""
    utility = history.team.utility_matrix()
    unit = float(np.ptp(utility, axis=1).max()) or 1.0
    first = np.zeros(len(pool.reading.agents.is_person))
    if not pool.machines_always:
        first = _first(thinned(stages, SOME_GATE), utility, unit, coefficient, len(first))
    return Asking(utility, unit, coefficient, first, open_gate(), open_gate(), no_edge())


def _first(stages: Sequence[Stage], utility: F64, unit: float, coefficient: F64, agents: int) -> F64:
    """(K,) what a machine that speaks first brings a case beyond what is foreseen, in `unit`, held to 0 by one verdict.

    Nothing is known of such a case yet. Probabilities are why it differs: a machine that gives them tells more than its
    likeliest label, which is all that is foreseen. So it is added: where no label can turn the verdict, nothing is foreseen.
    """
    beyond, cases_of = np.zeros(agents), np.ones(agents)
    for stage in stages:
        opened, truth, cases = stage.opened, stage.history.truth, np.arange(len(stage.history))
        nobody = np.zeros(len(opened.person), bool)
        reading = stage.belief.reading
        channel = channel_for(coefficient, reading.tables, reading.agents.is_person)
        start = best_verdicts(opened, nobody, cases, utility)
        for k in np.unique(opened.rows.agent[opened.person == 0]):
            rows = np.flatnonzero(opened.rows.agent == k)
            known, case = nobody.copy(), opened.case[rows]
            known[rows] = True
            after = best_verdicts(opened, known, case.astype(np.int64), utility)
            brought = utility[truth[case], after] - utility[truth[case], start[case]]
            beyond[k] += (brought - values(opened, nobody, rows, channel, utility)).sum() / unit
            cases_of[k] += len(rows)
    return beyond / cases_of


def ungated(model: Model, stages: Sequence[Stage], edges: Sequence[Edge] = ()) -> tuple[Asked, list[Trace]]:
    """What people's answers promised and brought on held-out cases, had the gate let every promise through; the paths.

    `edges`: that of each stage; without them that of the model.
    """
    unit, traces = model.asking.unit, []
    none, whole = np.zeros(0), np.zeros(0, np.int64)
    parts = [Asked(none, none, whole, whole, none)]
    for j, stage in enumerate(stages):
        edge = edges[j] if edges else model.asking.edge
        model = replace(model, asking=model.asking._replace(people=open_gate(), edge=edge))
        trace = model.path(stage, human_answers(stage.history))
        gain, answers = realised_gains(trace, stage.history.truth, model.asking.utility)
        promised = trace.promised / (unit * stage.stakes()[trace.case])
        told = stage.history.truth[trace.case] >= 0
        seen = promised[told], gain[told] / unit, trace.spoke[told], answers[told]
        parts.append(Asked(*seen, stage.lifts()))
        traces.append(trace)
    return Asked(*(np.concatenate(p) for p in zip(*parts, strict=True))), traces


def _gate(model: Model, stages: Sequence[Stage], edges: Sequence[Edge]) -> tuple[Gate, Demand]:
    """The gate of people's promises, and the prices of their answers on held-out cases.

    Machines pass as they are: they are cheap, always there, and a wrong promise of theirs wastes nobody's time.
    """
    some = list(stages) if model.pool.machines_always else thinned(stages, SOME_GATE)
    asked, traces = ungated(model, some, edges)
    gate = learn_gate(asked)
    # the gate is monotone and people cost one answer each, so the gated path asks the same questions
    prices = [_gated(gate, model.asking.unit, s, trace) for s, trace in zip(some, traces, strict=True)]
    price = np.sort(np.concatenate([*prices, np.zeros(0)]))[::-1]
    return gate, demand_for_answers(sum(len(s.history) for s in some), price)


def demand_for_answers(cases: int, price: F64) -> Demand:
    """What so many held-out cases buy of human answers: (Q,) the largest price at which each question is asked."""
    count = len(price)
    return Demand.of(("human_answers",), cases, np.arange(count), np.ones((count, 1)), price)


def _gated(gate: Gate, unit: float, stage: Stage, trace: Trace) -> F64:
    """The prices of an ungated path once its promises have passed the gate; worthless questions end a path."""
    unit_of = unit * stage.stakes()[trace.case]
    worth = passed(gate, trace.promised / unit_of, trace.spoke) * unit_of
    floor = np.full(len(trace.start), np.inf)
    price = np.zeros(len(worth))
    for turn in range(int(trace.spoke.max(initial=-1)) + 1):
        mine = trace.spoke == turn
        floor[trace.case[mine]] = np.minimum(floor[trace.case[mine]], worth[mine])
        price[mine] = floor[trace.case[mine]]
    return price[price > 0]
