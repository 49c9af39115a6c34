"""What `why` says beside the model's belief: machines that bring no answer, time that was over, a folder that lost its models."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine.create import create_service, team_of_labels
from mindshare.engine.machining import Ran
from mindshare.engine.noted import notes
from mindshare.engine.service import Service
from mindshare.engine.settings import Settings
from tests.engine.world import World

BOT = {"bad_bot": {"runs": {"endpoint": "http://unused"}}}
LIMITS = {"human_answers": {"limit": 50.0, "per_s": None}}
FAILED = Ran(None, None, "rubbish came", {"cpu_s": 0.1})


def fail(world: World) -> None:
    [token] = world.engine.state.runs
    world.step(lambda e: e.ran(token, FAILED))


def test_a_machine_that_brings_no_answer_is_named_with_its_second_try_and_when_it_is_run_again() -> None:
    world = World(machines=BOT, limits=LIMITS, guard={"mandatory_review": {}})
    case = world.submit(0)
    assert notes(case, world.engine)[0] == "bad_bot is at it."
    fail(world)
    assert notes(case, world.engine)[0] == "bad_bot brought no answer, and is tried once more."
    fail(world)
    [first, *_] = notes(case, world.engine)
    assert first == "bad_bot brought no answer in two tries, so the case went on without it."
    later = world.submit(1)
    fail(world)  # the third one in a row
    told = notes(later, world.engine)
    assert told[0] == "bad_bot brought no answer."
    assert told[1].startswith("bad_bot is not run until 20") and "again and again" in told[1]
    other = world.submit(2)
    assert any(note.startswith("bad_bot is not run until") for note in notes(other, world.engine))


def test_a_verdict_of_which_the_time_was_over_says_so() -> None:
    world = World(limits=LIMITS, kinds={"default": {"wait_s": 5.0, "timeout": "decide"}})
    for i in range(20):
        case = world.submit(i)
        world.step(lambda e: e.tick(), later=100.0)
        if case.by == "timeout":
            assert notes(case, world.engine)[-1].startswith("Its time was over")
            return
    raise AssertionError("no case waited")


def test_a_folder_that_lost_its_models_says_how_to_get_them_back(tmp_path: Path) -> None:
    create_service(tmp_path / "service", team_of_labels(["yes", "no"]), Settings(learn=False))
    shutil.rmtree(tmp_path / "service" / "models")
    with pytest.raises(MindshareError, match=r"restore the last backup .*mindshare restore"):
        Service(tmp_path / "service")
