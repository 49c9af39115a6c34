"""Names that nobody has are refused where they would change what is decided without a word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import mindshare as ms
from mindshare.core.errors import MindshareError
from mindshare.core.records import Agent
from mindshare.engine.rebuild import rebuilt
from tests.engine.world import World

BY_NOBODY = [{"agent": "nobot", "label": "bug"}]


def with_team(*agents: Agent) -> World:
    """A service of tickets whose team names these beside those that its model has met."""
    world = World()
    team = replace(world.made.team, agents=agents)
    world.made = world.made._replace(team=team)
    world.engine = rebuilt(world.made, world.log, world.now)
    world.step(lambda e: e.start("test", {"": "0"}))
    return world


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"kind": "loan"}, "no kind 'loan'; there is one kind only"),
        ({"askable": ["nobody"]}, "no such person is here"),
        ({"askable": ["ana", "bne"]}, "Did you mean 'ben'"),
        ({"answers": BY_NOBODY}, "nobody knows 'nobot'"),
        ({"answers": [{"agent": "large_bto", "label": "bug"}]}, "Did you mean 'large_bot'"),
    ],
)
def test_a_case_that_names_what_there_is_not_is_refused_and_nothing_of_it_is_kept(
    more: dict[str, Any], why: str
) -> None:
    world = with_team()
    before = len(world.log.kept)
    with pytest.raises(MindshareError, match=why):
        world.submit(0, **more)
    assert len(world.log.kept) == before and "n0" not in world.engine.state.cases
    assert world.submit(0, askable=["ana"]).id == "n0"


def test_whoever_has_joined_may_be_asked() -> None:
    world = with_team()
    with pytest.raises(MindshareError, match="Whoever may be asked has to join first"):
        world.submit(0, askable=["zoe"])
    world.step(lambda e: e.agent("zoe", "lead", active=True))
    assert world.submit(0, askable=["zoe"]).id == "n0"


def test_a_new_machine_may_answer_where_the_team_has_one_that_stands_for_any() -> None:
    world = with_team(Agent(id="bot_*", kind="machine"), Agent(id="person_*", kind="person"))
    world.submit(0, answers=BY_NOBODY)
    judge = world.engine.seeing.judges[""]
    assert [a.kind for a in judge._seats if a.id == "nobot"] == ["machine"]
    with pytest.raises(MindshareError, match="nobody knows 'person_7'"):
        world.submit(1, answers=[{"agent": "person_7", "label": "bug"}])


def test_a_name_that_stands_for_people_makes_no_machine_of_its_own() -> None:
    with pytest.raises(MindshareError, match="nobody knows 'nobot'"):
        with_team(Agent(id="*", kind="person")).submit(0, answers=BY_NOBODY)


@pytest.mark.parametrize("name", ["large_bot", "ana+shown", "assumed:person_1", "bot_9", "cnn"])
def test_nobody_joins_under_the_name_of_a_machine_or_one_of_ours(name: str) -> None:
    world = with_team(Agent(id="bot_*", kind="machine"), Agent(id="cnn", kind="machine"))
    with pytest.raises(ms.MindshareError, match=r"choose another name"):
        world.step(lambda e: e.agent(name, "lead", active=True))
    assert name not in world.engine.state.people
