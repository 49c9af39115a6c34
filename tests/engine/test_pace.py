"""What people keep is spent and not held: nobody gives it back, so it has to last for the cases that come later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mindshare as ms
from mindshare.core.records import Agent, Cost
from mindshare.engine.pace import demand_of, new_pacer
from tests.engine.world import PEOPLE, made, tickets

KEPT_MB = {"fixed": 0.001, "per": 0.0001, "of": "words"}


@pytest.fixture(scope="module")
def keeping() -> ms.Model:
    """A model of the tickets, where an answer of a person keeps some of the disk, and more of it for a longer ticket."""
    history, _ = tickets()
    cost = {"disk_mb": Cost(**KEPT_MB), "people.minutes": Cost(fixed=0.3)}
    people = tuple(Agent(id=name, kind="person", cost=cost) for name in PEOPLE)
    machines = tuple(a for a in history.team.agents if a.id not in PEOPLE)
    return ms.learn(
        replace(history, team=replace(history.team, agents=(*machines, *people))).take(range(600))
    )


def test_what_an_answer_of_a_person_keeps_is_paced_by_its_mean_use_and_never_given_back(
    keeping: ms.Model,
) -> None:
    limits = {"disk_mb": {"limit": 0.1, "per_s": None}, "mem_mb": {"limit": 100.0, "per_s": None}}
    settings = made(keeping, limits=limits).settings
    demand = demand_of(settings, {"": keeping})
    assert demand is not None
    stated = dict(keeping.speed.stated)
    assert 0.001 < stated["disk_mb"] < 0.01 and stated["people.minutes"] == pytest.approx(0.3)
    asked = demand.use[:, 0] > 0
    np.testing.assert_allclose(demand.use[asked, 0], stated["disk_mb"])
    pacer = new_pacer(settings, {"": keeping}, 0.0)
    held = dict(zip(pacer.resources, pacer.state()["ledger.stock"].tolist(), strict=True))
    assert held == {"disk_mb": False, "mem_mb": True}
