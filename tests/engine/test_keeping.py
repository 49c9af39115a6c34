"""Snapshots and checkpoints of a service: a start goes on from them, and is the same without them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest

from mindshare.core.errors import Conflict
from mindshare.engine import keeping
from mindshare.engine.attending import Said
from mindshare.engine.backup import back_up
from mindshare.engine.folder import DATABASE, key_of
from mindshare.engine.service import Service
from mindshare.engine.settings import FILE
from mindshare.store.chain import NotTheChain, verify
from mindshare.store.sqlite import open_to_read
from tests.engine.world import World, mark_of, one, ticket


@pytest.fixture
def worked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service that has taken cases and outcomes, taken a snapshot on the way and ended."""
    monkeypatch.setattr(keeping, "EVENTS", 20)
    monkeypatch.setattr(keeping, "FEW", 10**9)
    with closing(Service(folder)) as service:
        for i in range(12):
            service.actor.ask(lambda e, i=i: one(e.submit([ticket(i)])).id)
            service.actor.ask(lambda e, i=i: e.outcome(f"n{i}", "bug").id)
    return folder


def began_behind(folder: Path, caplog: pytest.LogCaptureFixture) -> tuple[Service, int]:
    """The service, and the frame behind which reading the log began."""
    caplog.clear()
    with closing(open_to_read(folder / DATABASE)) as store:
        kept = store.snapshot()
    return Service(folder), 0 if kept is None or "whole log" in caplog.text else kept.head.number


def test_a_start_goes_on_from_a_snapshot_and_stands_where_the_whole_log_leads(
    worked: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service, number = began_behind(worked, caplog)
    assert number > 0
    place, state = mark_of(service.actor.engine), service.actor.engine.state
    service.close()
    for snapshot in worked.glob(f"{DATABASE}.snapshot-*"):
        snapshot.unlink()
    again, number = began_behind(worked, caplog)
    assert number == 0
    assert mark_of(again.actor.engine)[:-1] == place[:-1]
    assert again.actor.engine.state.cases == state.cases
    assert again.actor.engine.state.told == state.told
    again.close()


def test_with_other_settings_the_whole_log_is_read(worked: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = worked / FILE
    file.write_text(
        file.read_text(encoding="utf-8").replace("most_waiting: 100000", "most_waiting: 7"), "utf-8"
    )
    service, _ = began_behind(worked, caplog)
    assert "of other settings or models; the whole log is read" in caplog.text
    assert len(service.actor.engine.state.cases) == 12
    service.close()


def test_a_backup_leaves_snapshots_out(worked: Path, tmp_path: Path) -> None:
    assert list(worked.glob("*.snapshot-*"))
    back_up(worked, tmp_path / "b.zip")
    assert not [name for name in ZipFile(tmp_path / "b.zip").namelist() if "snapshot" in name]


def test_a_service_that_ends_has_signed_its_log(worked: Path) -> None:
    with closing(open_to_read(worked / DATABASE)) as store:
        told = verify(store, key_of(worked))
    assert told.checkpoints >= 1 and told.wrong == ""


def test_a_log_that_was_changed_is_not_gone_on_from(worked: Path) -> None:
    for snapshot in worked.glob(f"{DATABASE}.snapshot-*"):
        snapshot.unlink()
    with closing(sqlite3.connect(worked / DATABASE)) as db:
        db.execute("UPDATE frames SET at = at + 0.001 WHERE number = 3")
        db.commit()
    with pytest.raises(NotTheChain, match="Frame 3"):
        Service(worked)


def test_cases_that_are_over_leave_memory_and_come_back_when_somebody_speaks_of_them() -> None:
    world = World(in_memory=2)
    for i in range(8):
        world.submit(i)
        world.step(lambda e, i=i: e.cancel(f"n{i}", "lead"))
    world.submit(8)
    state = world.engine.state
    assert len(state.cases) <= 4
    assert [case.id for case in world.engine.past.after(2, 4)] == ["n2", "n3", "n4", "n5"]
    assert world.step(lambda e: one(e.submit([ticket(0)]))).word(world.now) == "cancelled"  # it came before
    with pytest.raises(Conflict, match="other contents"):
        world.step(lambda e: one(e.submit([ticket(1).replace(b'"words"', b'"wordz"')])))
    assert world.step(lambda e: e.outcome("n3", "bug")).outcome == "bug"
    for i in range(9, 12):
        world.submit(i)
        world.step(lambda e, i=i: e.cancel(f"n{i}", "lead"))
    assert "n3" not in state.cases
    assert world.engine.case("n3").outcome == "bug"


def test_only_who_held_a_case_may_answer_it_late() -> None:
    world = World(guard={"mandatory_review": {"people": 1}})
    world.free("ana")
    case = world.submit(0)
    token, other = case.token, "ben"
    assert token
    world.step(lambda e: e.tick(), later=1_000.0)
    with pytest.raises(Conflict, match="never had it under token"):
        world.step(lambda e: e.answer(case.id, other, token, Said("bug")))
    assert world.step(lambda e: e.answer(case.id, "ana", token, Said("bug"))).heard[-1].agent == "ana"
