"""Files that cases show, in the engine: what nobody shows goes within a day, and the log can be followed and replayed."""

from __future__ import annotations

from mindshare.engine import events as ev
from mindshare.engine.gold import Gold
from mindshare.engine.media import File
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from mindshare.engine.snapshots import frozen
from mindshare.people.qualification import Probe
from mindshare.store.protocol import Snapshot
from tests.engine.world import World, ticket

GIF = File(b"GIF89a", "image/gif", 6)
DAY = 86_400.0


def bring(world: World, later: float = 1.0) -> str:
    """A file; its digest."""
    return str(world.step(lambda e: e.bring(GIF, "lead").digest, later=later))


def test_a_file_that_no_case_shows_within_a_day_is_deleted_and_one_that_is_shown_stays() -> None:
    world = World()
    shown, forgotten = bring(world), bring(world)
    world.submit(0, show={"image": shown})
    last = bring(world, later=DAY + 10)
    assert set(world.engine.state.media) == {shown, last}
    [gone] = [e for e in world.events() if isinstance(e, ev.Erased)]
    assert gone.media == [forgotten] and gone.by == "retention" and len(gone.keys) == 1
    assert replayed(world.made, world.log).differences == ()
    world.log.snap = Snapshot(world.log.head(), frozen(world.engine, world.made.digest)())
    for again in (rebuilt(world.made, world.log, world.now), rebuilt(world.made, world.log, world.now)):
        assert again.state.media == world.engine.state.media and gone.keys[0] in again.state.gone


def test_a_file_that_a_probe_shows_stays() -> None:
    world = World()
    mine = bring(world)
    raw = ticket(300, id="g1", show={"image": mine})
    world.made = world.made._replace(gold=Gold(b"key", {"": {"g1": raw}}, {"": [Probe("g1", "bug")]}))
    world.engine = rebuilt(world.made, world.log, world.now)
    bring(world, later=DAY + 10)
    assert mine in world.engine.state.media


def test_two_files_of_the_same_bytes_are_two_and_their_names_tell_nothing() -> None:
    world = World()
    assert bring(world) != bring(world)
