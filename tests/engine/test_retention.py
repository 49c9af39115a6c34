"""What is older than it is kept is erased by the service, unless it is still open."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine import events as ev
from mindshare.engine import retention
from mindshare.engine.retention import erase_older
from mindshare.engine.service import Service
from mindshare.engine.settings import settings_of
from tests.engine.world import World, write_service


def test_only_old_and_closed_cases_are_erased_a_few_at_a_time() -> None:
    world = World()
    old, open_, new = world.submit(0), world.submit(1), None
    world.step(lambda e: e.cancel("n0", "lead"))
    if open_.until:
        world.step(lambda e: e.reopen("n1", "appealed", "lead"))
    world.step(lambda e: e.tick(), later=20.0)
    before = world.now
    new = world.submit(2)
    world.step(lambda e: e.cancel("n2", "lead"))
    assert world.step(lambda e: erase_older(e, before, 0, 0)).done == 0
    assert world.step(lambda e: erase_older(e, before)).done == 1
    assert world.step(lambda e: erase_older(e, before)).done == 0
    assert (old.erased, open_.erased, new.erased) == (True, False, False)
    [erased] = [e for e in world.events() if isinstance(e, ev.Erased)]
    assert (erased.case, erased.by) == ("n0", "retention") and old.body.key in erased.keys


def test_a_service_erases_what_it_no_longer_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAUSE_S", 0.05)
    monkeypatch.setattr(retention, "LOOK_S", 0.05)
    write_service(tmp_path, learn=False, keep={"evidence": 0.5 / 86_400})
    service = Service(tmp_path)
    case = b'{"id": "a", "show": "marked-content"}'
    service.actor.ask(lambda e: e.submit([case]))
    service.actor.ask(lambda e: e.cancel("a", "lead"))
    end = time.monotonic() + 20
    while not service.actor.engine.state.cases["a"].erased and time.monotonic() < end:
        time.sleep(0.05)
    service.close()
    assert not any(b"marked-content" in f.read_bytes() for f in tmp_path.glob("mindshare.db*"))


def test_what_makes_no_sense_is_refused_in_one_sentence() -> None:
    with pytest.raises(MindshareError, match=r"keep.evidense is no class.*evidence"):
        settings_of({"keep": {"evidense": 3}}, "test")
    with pytest.raises(MindshareError, match="days > 0"):
        settings_of({"keep": {"evidence": 0}}, "test")
