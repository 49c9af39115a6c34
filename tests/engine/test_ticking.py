"""One bad case, lease or person keeps no other from being looked at when time passes."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine import events as ev
from mindshare.engine.desk import Desk
from mindshare.engine.folder import DATABASE
from mindshare.engine.overdue import Overdue
from mindshare.engine.rebuild import events_of
from mindshare.engine.replay import replayed
from mindshare.engine.seeing import Seeing
from mindshare.engine.service import Service
from mindshare.engine.ticking import Ticking
from tests.engine.world import World, one, ticket, write_service

SHORT = {"default": {"grace_s": 0.0, "wait_s": 600.0, "lease_s": 3.0}}


def until(service: Service, holds: Callable[[Any], bool], seconds: float = 20.0) -> None:
    """Waits until this holds of the engine; nobody is ever refused for longer than it takes to build it anew."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if service.actor.ask(holds):
                return
        except MindshareError:
            assert not service.actor.halted or end - time.monotonic() > 1
        time.sleep(0.02)
    raise AssertionError("it never came to hold")


def test_a_case_whose_contents_are_lost_keeps_no_other_lease_from_ending(tmp_path: Path) -> None:
    write_service(tmp_path, learn=False, kinds=SHORT, guard={"mandatory_review": {"people": 1}})
    service = Service(tmp_path)
    held = []
    for i, person in enumerate(("ana", "ben", "cem")):
        case = service.actor.ask(lambda e, i=i: one(e.submit([ticket(3, id=f"n{i}")])))
        lease = service.actor.ask(lambda e, p=person: e.next(p, e.now + 1))
        held.append(lease.case)
        key = service.actor.ask(lambda e, c=case.id: e.case(c).body.key)
        if i == 0:
            lost = key
    service.close()
    with sqlite3.connect(tmp_path / DATABASE) as broken:
        assert broken.execute("DELETE FROM bodies WHERE key = ?", (lost,)).rowcount == 1

    service = Service(tmp_path)
    try:
        until(service, lambda e: all(e.case(c).token == 0 for c in held[1:]))
        assert service.actor.left_out[0].startswith("lease ")
        assert service.actor.ask(lambda e: e.case(held[0]).token) != 0  # as it was
        asked = service.actor.ask(lambda e: e.next("ben", e.now + 1))
        assert asked.case in held[1:]
    finally:
        service.close()


PARTS = {"over": (Desk, "time_is_over"), "moved": (Desk, "anew"), "final": (Ticking, "_final")}


def broken(monkeypatch: pytest.MonkeyPatch, of: type, name: str) -> None:
    """What is done with a case whose id begins with `bad` raises."""
    right = getattr(of, name)

    def wrong(self: Any, case: Any, *rest: Any) -> Any:
        case_id = case if isinstance(case, str) else case.id
        if case_id.startswith("bad"):
            raise ZeroDivisionError(case_id)
        return right(self, case, *rest)

    monkeypatch.setattr(of, name, wrong)


@pytest.mark.parametrize("what", list(PARTS))
def test_what_raises_is_found_among_many_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken(monkeypatch, *PARTS[what])
    if what == "moved":
        monkeypatch.setattr(Overdue, "moved", lambda overdue: list(overdue._w.state.waiting))
    wait_s = 1.0 if what == "over" else 600.0
    write_service(tmp_path, learn=False, kinds={"default": {"grace_s": 0.5, "wait_s": wait_s}})
    service = Service(tmp_path)
    try:
        names = ["a", "bad1", "b", "bad2", "c"]
        for name in names:
            sent = json.loads(ticket(3)) | {"id": name}
            service.actor.ask(lambda e, s=sent: one(e.submit([json.dumps(s).encode()])))
            if what == "final":
                service.actor.ask(lambda e, n=name: e.override(n, "bug", "so it is", "lead") and None)
        if what != "moved":
            good = [name for name in names if not name.startswith("bad")]
            until(service, lambda e: all(e.case(c).word(e.now) == "final" for c in good))
        until(service, lambda e: len(service.actor.left_out) == 2)
        assert set(service.actor.left_out) == {f"{what} bad1", f"{what} bad2"}
        assert f"'{what} bad1' is left out of ticks for ten minutes" in caplog.text
        engine = service.actor.ask(lambda e: e)
        time.sleep(1.0)
        assert service.actor.ask(lambda e: e) is engine  # it is not built anew again
        ticks = [e for e in events_of(service.store.frames()) if isinstance(e, ev.Ticked)]
        assert what == "final" or ticks[-1].without == [f"{what} bad1", f"{what} bad2"]
        assert replayed(service.made, service.store).differences == ()
    finally:
        service.close()


def test_of_cases_that_are_looked_at_together_the_one_that_raises_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    for i in range(4):
        world.submit(3, id=f"n{i}")
    assert "n2" in world.engine.state.waiting
    monkeypatch.setattr(Overdue, "moved", lambda overdue: list(overdue._w.state.waiting))
    looks = Seeing.looks

    def broken(self: Seeing, cases: Any) -> Any:
        if any(case.id == "n2" for case in cases):
            raise ZeroDivisionError
        return looks(self, cases)

    monkeypatch.setattr(Seeing, "looks", broken)
    with pytest.raises(ZeroDivisionError):
        world.step(lambda e: e.tick())
    assert str(world.engine.part) == "moved n2"
