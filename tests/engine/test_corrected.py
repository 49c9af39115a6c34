"""A corrected outcome moves the counts at once: what it taught before is taken back, and the model is as if it had never been told."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from mindshare.core.model import Model
from mindshare.engine.attending import Said
from mindshare.engine.engine import Engine
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from mindshare.engine.snapshots import frozen
from mindshare.store.protocol import Snapshot
from tests.engine.world import World

LABELS = ("billing", "bug", "delivery")


def model_of(engine: Engine) -> Model:
    return engine.seeing.judges[""].model


def assert_same(one: Model, other: Model, within: float = 0.0) -> None:
    a, b = one.pool.reading, other.pool.reading
    for counted, again in zip(a.counts, b.counts, strict=True):
        np.testing.assert_array_equal(counted, again)
    for learnt, again in zip((*a.tables, a.truths), (*b.tables, b.truths), strict=True):
        np.testing.assert_allclose(learnt, again, rtol=within, atol=within)


def world_with_answers() -> World:
    """Eight cases, some of which people have answered."""
    world = World()
    for i in range(8):
        world.submit(i)
    for person in ("ana", "ben", "ana", "cem"):
        lease = world.step(lambda e, p=person: e.next(p, world.now + 5))
        if lease is not None:
            said = Said(LABELS[lease.token % 3])
            world.step(lambda e, x=lease, said=said: e.answer(x.case, x.person, x.token, said))
    return world


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from(LABELS)), min_size=1, max_size=20),
    st.integers(0, 20),
)
def test_corrections_leave_the_model_that_the_last_outcomes_alone_would_have_made(
    told, snapshot_after
) -> None:
    corrected, straight = world_with_answers(), world_with_answers()
    for i, (case, label) in enumerate(told):
        corrected.step(lambda e, c=case, y=label: e.outcome(f"n{c}", y))
        if i == snapshot_after:
            corrected.log.snap = Snapshot(
                corrected.log.head(), frozen(corrected.engine, corrected.made.digest)()
            )
    for case, label in dict(told).items():
        straight.step(lambda e, c=case, y=label: e.outcome(f"n{c}", y))
    assert_same(model_of(corrected.engine), model_of(straight.engine), within=1e-9)
    again = rebuilt(corrected.made, corrected.log, corrected.now)
    assert_same(model_of(corrected.engine), model_of(again))
    assert replayed(corrected.made, corrected.log).differences == ()


def test_a_correction_takes_back_the_answers_that_were_in_by_the_first_outcome_and_no_later_ones() -> None:
    world, first = world_with_answers(), model_of(World().engine)
    case = next(c for c in world.engine.state.cases.values() if c.heard)
    world.step(lambda e: e.outcome(case.id, "bug"))
    taught = case.taught
    world.step(lambda e: e.reopen(case.id, "odd", "lead"))
    lease = world.step(lambda e: e.next("cem", world.now + 5)) or world.step(
        lambda e: e.next("ben", world.now + 5)
    )
    world.step(lambda e: e.answer(lease.case, lease.person, lease.token, Said("delivery")))
    world.step(lambda e: e.outcome(case.id, "billing"))
    assert case.taught == taught
    agents = model_of(world.engine).pool.reading.counts.agent[0] - first.pool.reading.counts.agent[0]
    assert agents.sum() == len(taught) + 2  # two machines came with it
    assert model_of(world.engine).pool.reading.counts.agent.min() >= 0
