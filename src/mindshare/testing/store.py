"""Promises of a store: `check_store(make)` runs them all, on ours and on yours."""

from __future__ import annotations

import multiprocessing
from contextlib import closing, suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Protocol

from mindshare.store.chain import followed, signed, verify
from mindshare.store.protocol import EMPTY, Archived, Body, Frame, Sealed, Store
from mindshare.testing.frames import as_stored, made_frame, read_back, refused

ACKNOWLEDGED = 40  # frames, before the process that appends them is killed


class Make(Protocol):
    """Opens the store of a folder; where a backup is given, a new store from it. A name of a module: other processes call it too."""

    def __call__(self, folder: Path, backup: Path | None = None) -> Store: ...


def check_store(make: Make) -> None:
    """Promises of a store; ours and yours run the same list. Processes are started, and killed, on the way."""
    for promise in (
        _a_new_store_is_empty,
        _what_is_appended_is_read_back,
        _an_append_stores_all_or_nothing,
        _numbers_follow_and_time_never_falls,
        _an_erased_body_is_gone_and_the_chain_stands,
        _bodies_are_found_by_class_and_time,
        _what_was_archived_last_is_given_back,
        _the_newest_snapshot_is_given_back,
        _checkpoints_hold_the_chain,
        _a_second_writer_is_refused,
        _a_reader_sees_whole_frames_while_others_append,
        _a_backup_restores_the_same,
        _a_closed_store_refuses_and_opens_again,
        _what_was_acknowledged_survives_a_kill,
    ):
        with TemporaryDirectory(prefix="mindshare-check-") as folder:
            promise(make, Path(folder))


def _a_new_store_is_empty(make: Make, folder: Path) -> None:
    with closing(make(folder)) as store:
        assert store.head() == EMPTY
        assert list(store.frames()) == []
        assert store.checkpoints() == []
        assert store.body(1) is None
        assert store.bodies([1, 2]) == {}
        assert list(store.bodies_of("any", 1e12)) == []
        assert store.snapshot() is None
        assert store.append([]) == EMPTY
        assert verify(store).wrong == ""


def _what_is_appended_is_read_back(make: Make, folder: Path) -> None:
    frames = [made_frame(number, bodies=number % 3) for number in range(1, 201)]
    with closing(make(folder)) as store:
        for start, end in pairwise((0, 1, 2, 50, 200)):
            head = store.append(frames[start:end])
            assert head == store.head()
        assert read_back(store) == as_stored(frames)
        assert [f.number for f in store.frames(after=197)] == [198, 199, 200]
        assert list(store.frames(after=200)) == []
        for frame in frames:
            assert store.bodies([b.key for b in frame.bodies]) == {b.key: b for b in frame.bodies}
        one = frames[1].bodies[0]
        assert store.body(one.key) == one
        assert store.body(10**9) is None
        found = store.body(one.key)
        assert found is not None
        assert found.digest == one.digest
        last = list(store.frames())[-1]
        assert store.head() == (last.number, last.hash, last.at)
        assert verify(store).frames == 200


def _an_append_stores_all_or_nothing(make: Make, folder: Path) -> None:
    with closing(make(folder)) as store:
        store.append([made_frame(1)])
        taken = made_frame(1).bodies[0].key
        for bad in (
            [made_frame(2), made_frame(4)],
            [made_frame(2), Frame(3, 3.0, b"{}", [Body.salted(taken, b"", "evidence", 3.0)])],
            [
                Frame(
                    2,
                    3.0,
                    b"{}",
                    [Body.salted(7, b"", "evidence", 3.0), Body.salted(7, b"", "evidence", 3.0)],
                )
            ],
        ):
            refused(lambda bad=bad: store.append(bad))  # type: ignore[misc]
            assert store.head().number == 1
            assert len(list(store.frames())) == 1
            assert store.body(200) is None
            assert store.body(7) is None
        store.append([made_frame(2)])
        assert read_back(store) == as_stored([made_frame(1), made_frame(2)])


def _numbers_follow_and_time_never_falls(make: Make, folder: Path) -> None:
    with closing(make(folder)) as store:
        refused(lambda: store.append([Frame(2, 0.0, b"")]))
        refused(lambda: store.append([Frame(1, -1.0, b"")]))
        store.append([Frame(1, 10.0, b""), Frame(2, 10.0, b"")])
        for number, at in ((2, 11.0), (4, 11.0), (0, 11.0), (3, 9.9), (3, float("nan")), (3, float("inf"))):
            refused(lambda number=number, at=at: store.append([Frame(number, at, b"")]))  # type: ignore[misc]
        assert store.append([Frame(3, 10.5, b"")]).number == 3
        assert [(f.number, f.at) for f in followed(store.frames())] == [(1, 10.0), (2, 10.0), (3, 10.5)]


def _an_erased_body_is_gone_and_the_chain_stands(make: Make, folder: Path) -> None:
    with closing(make(folder)) as store:
        store.append([made_frame(number, bodies=2) for number in range(1, 11)])
        before = verify(store)
        assert store.erase([300, 301, 5]) == 2
        assert store.erase([300]) == 0
        assert store.erase([]) == 0
        assert store.body(300) is None
        assert store.bodies([300, 301, 400]).keys() == {400}
        assert verify(store) == before
        assert before.wrong == ""
        assert store.append([made_frame(11)]).number == 11
    with closing(make(folder)) as store:
        assert store.body(300) is None
        assert store.body(400) is not None
        assert verify(store).wrong == ""


def _bodies_are_found_by_class_and_time(make: Make, folder: Path) -> None:
    with closing(make(folder)) as store:
        kept = [Body.salted(k, b"x", ("person", "evidence")[k % 2], float(k % 7)) for k in range(2_000)]
        store.append([Frame(1, 1.0, b"{}", kept)])
        asked = [k for k in range(2_000) if k % 2 == 0 and k % 7 < 3]
        assert list(store.bodies_of("person", 3.0)) == asked
        assert list(store.bodies_of("person", 0.0)) == [] == list(store.bodies_of("unknown", 9.0))
        assert store.erase(store.bodies_of("person", 3.0)) == len(asked)
        assert list(store.bodies_of("person", 3.0)) == []


def _what_was_archived_last_is_given_back(make: Make, folder: Path) -> None:
    rows = {n: Archived(f"case {n % 5}", n % 5, b"as of %d" % n) for n in range(1, 9)}
    with closing(make(folder)) as store:
        assert store.archived("case 1") is None
        assert store.archived_after(-1, 9) == []
        for n, row in rows.items():
            store.append([Frame(n, float(n), b"{}", archived=[row])])
        assert store.archived("case 1") == b"as of 6"
        assert store.archived_of(["case 1", "nobody"]) == {"case 1": b"as of 6"}
        assert store.archived("case 1", upto=6) == b"as of 6"
        assert store.archived("case 1", upto=5) == b"as of 1"
        assert store.archived("case 4", upto=3) is None
        assert store.archived("' OR 1=1 --") is None
        assert store.archived_after(0, 2) == [rows[6], rows[7]]
        assert store.archived_after(2, 9) == [rows[8], rows[4]]
        refused(lambda: store.append([Frame(10, 9.0, b"{}", archived=[Archived("lost", 7, b"")])]))
        assert store.archived("lost") is None
        assert verify(store).wrong == ""
        store.backup(folder / "backup")
    (folder / "two").mkdir()
    with closing(make(folder / "two", folder / "backup")) as store:
        assert store.archived_after(0, 2) == [rows[6], rows[7]]


def _the_newest_snapshot_is_given_back(make: Make, folder: Path) -> None:
    with closing(make(folder)) as store:
        refused(lambda: store.keep_snapshot(1, b"of no frame"))
        store.append([made_frame(number) for number in range(1, 6)])
        for number in (2, 3, 4):
            store.keep_snapshot(number, b"state %d" % number * 10_000)
        store.append([made_frame(6)])
        place = {f.number: f for f in store.frames()}[4]
        found = store.snapshot()
        assert found is not None
        assert found.data == b"state 4" * 10_000
        assert found.head == (4, place.hash, place.at)
        assert [f.number for f in followed(store.frames(found.head.number), found.head)] == [5, 6]
        store.keep_snapshot(4, b"again")
    with closing(make(folder)) as store:
        found = store.snapshot()
        assert found is not None
        assert found.data == b"again"


def _checkpoints_hold_the_chain(make: Make, folder: Path) -> None:
    with closing(make(folder)) as store:
        store.append([made_frame(1), made_frame(2)])
        first = signed(store.head(), b"key")
        store.keep_checkpoint(first)
        store.append([made_frame(3)])
        store.keep_checkpoint(signed(store.head(), b"key"))
        refused(lambda: store.keep_checkpoint(first._replace(hash=bytes(32))))
        refused(lambda: store.keep_checkpoint(first._replace(number=9)))
        assert [c.number for c in store.checkpoints()] == [2, 3]
        assert store.checkpoints()[0] == first
        assert verify(store, b"key").checkpoints == 2
        assert not verify(store, b"key").wrong
        assert verify(store, b"another").number == 2


def _a_second_writer_is_refused(make: Make, folder: Path) -> None:
    with closing(make(folder)) as store:
        store.append([made_frame(1)])
        refused(lambda: make(folder))
        assert store.append([made_frame(2)]).number == 2
    with closing(make(folder)) as store:
        assert read_back(store) == as_stored([made_frame(1), made_frame(2)])


def _a_reader_sees_whole_frames_while_others_append(make: Make, folder: Path) -> None:
    with closing(make(folder)) as store:
        store.append([made_frame(1)])
        wrong: list[BaseException] = []

        def read() -> None:
            try:
                while (seen := len(read_back(store))) < 60:
                    assert seen >= 1
            except BaseException as e:  # noqa: BLE001  a thread's error is the test's
                wrong.append(e)

        readers = [Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for number in range(2, 61):
            store.append([made_frame(number)])
        for reader in readers:
            reader.join()
        assert not wrong, wrong


def _a_backup_restores_the_same(make: Make, folder: Path) -> None:
    def content(store: Store) -> tuple[list[Sealed], dict[int, Body], object]:
        return list(store.frames()), store.bodies(range(5_000)), store.checkpoints()

    (folder / "one").mkdir()
    (folder / "two").mkdir()
    backup = folder / "backup"
    with closing(make(folder / "one")) as store:
        store.append([made_frame(number, bodies=2) for number in range(1, 31)])
        store.keep_checkpoint(signed(store.head(), b"key"))
        store.erase([500])
        store.backup(backup)
        then = content(store)
        refused(lambda: store.backup(backup))
        store.append([made_frame(31)])
    with closing(make(folder / "two", backup)) as restored:
        assert content(restored) == then
        assert not verify(restored, b"key").wrong
        assert restored.append([made_frame(31)]).number == 31


def _a_closed_store_refuses_and_opens_again(make: Make, folder: Path) -> None:
    for number in range(1, 4):
        store = make(folder)
        store.append([made_frame(number)])
        store.close()
        store.close()
        refused(lambda store=store, number=number: store.append([made_frame(number + 1)]))  # type: ignore[misc]
        refused(lambda store=store: list(store.frames()))  # type: ignore[misc]
    with closing(make(folder)) as store:
        assert read_back(store) == as_stored([made_frame(1), made_frame(2), made_frame(3)])


def _what_was_acknowledged_survives_a_kill(make: Make, folder: Path) -> None:
    """A process says each number once it is stored, and is killed without warning; its lock ends with it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_append_for_ever, args=(make, folder, theirs), daemon=True)
    process.start()
    theirs.close()
    while (said := ours.recv()) < ACKNOWLEDGED:
        pass
    refused(lambda: make(folder))
    process.kill()
    process.join()
    with suppress(EOFError):
        while True:
            said = ours.recv()
    with closing(make(folder)) as store:
        kept = read_back(store)
        assert len(kept) >= said, f"frame {said} was acknowledged, and {len(kept)} are stored"
        assert kept == as_stored([made_frame(n) for n in range(1, len(kept) + 1)])
        assert store.bodies(n * 100 for n in range(1, len(kept) + 1)).keys() == {n * 100 for n, *_ in kept}


def _append_for_ever(make: Make, folder: Path, say: Connection) -> None:
    store = make(folder)
    while True:
        say.send(store.append([made_frame(store.head().number + 1)]).number)
