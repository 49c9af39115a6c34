"""What is told of limits: prices from the first case on, and a limit that this computer holds lower than it was set."""

from __future__ import annotations

from mindshare.web.telling import limits_told
from tests.engine.world import World

DAY = {"limit": 60.0, "per_s": 86_400.0}


def test_minutes_that_are_scarce_have_a_price_from_the_first_case_on_also_in_a_service_that_begins_by_day() -> (
    None
):
    """1,000 cases a day, most of them worth a question of a third of a minute: that is far more than 60 minutes."""
    world = World(limits={"people.minutes": DAY}, cases=None)
    assert world.now % 86_400.0 > 20_000.0
    world.submit(0)
    assert limits_told(world.engine)["people.minutes"]["price"] > 0.1


def test_a_limit_that_this_computer_holds_lower_says_what_it_was_told_to_be_and_why() -> None:
    cpu = {"limit": 20.0, "per_s": 100.0}
    world = World(limits={"human_answers": DAY, "cpu_s": cpu}, cases=None)
    assert "told" not in limits_told(world.engine)["cpu_s"]
    world.step(lambda e: e.see({"cpu_s": 0.05}))
    told = limits_told(world.engine)
    assert told["cpu_s"]["limit"] == 5.0 and told["cpu_s"]["told"] == 20.0
    assert "This computer leaves machines no more" in told["cpu_s"]["why"]
    assert "told" not in told["human_answers"]
    world.step(lambda e: e.change_limits({"cpu_s": 3.0}, "lead"))
    assert limits_told(world.engine)["cpu_s"] == {"limit": 3.0, "left": 3.0, "price": 0.0}
    world.step(lambda e: e.see({"cpu_s": 9.0}))
    assert "told" not in limits_told(world.engine)["cpu_s"]
