"""What a store costs: disk, CPU of appending, verifying, reading back, a snapshot, a backup.

    python benchmarks/store.py [--events 1000000] [--commits 1000]

Events are JSON lines of about 300 bytes. `disk` is the file's size over the bytes of the events. `verify` and `read` are CPU of
one core for all events. `append` commits one frame at a time, each flushed; a case is one event, and with `bodies` 700 bytes
of evidence each. CPU is the process's own; the wall time of an append is that of the disk.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from mindshare.store.chain import followed, verify
from mindshare.store.protocol import Body, Frame
from mindshare.store.sqlite import SqliteStore, open_store

PER_FRAME, CASES = (5, 64), (1, 5, 32)
BODY = 700  # bytes
AT_ONCE = 512  # frames of one transaction where disk, not flushing, is measured
T = TypeVar("T")


def event(chance: random.Random, n: int) -> bytes:
    """A made event: an allocation with the numbers that led to it."""
    told = {
        "type": "Allocated", "case": f"case_{n:09d}", "agent": f"person_{chance.randrange(200)}", "token": chance.getrandbits(40),
        "worth": chance.random(), "price": chance.random(), "net": chance.random(), "cost": {"people.minutes": chance.random()},
        "belief": [round(chance.random(), 6) for _ in range(6)], "at": 1.8e9 + n,
    }  # fmt: skip
    return json.dumps(told, separators=(",", ":")).encode()


def frames(chance: random.Random, events: int, each: int) -> Iterator[Frame]:
    pool = [event(chance, n) for n in range(2_000)]
    for number in range(1, events // each + 1):
        lines = (pool[(number * each + k) % len(pool)] for k in range(each))
        yield Frame(number, float(number), b"\n".join(lines))


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """What it gives, CPU s, wall s."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - wall


def disk(folder: Path, name: str) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.name in (name, f"{name}-wal"))


def kept(folder: Path, events: int, each: int) -> None:
    store, chance, payload = open_store(folder / "store.db"), random.Random(1), 0
    made = frames(chance, events, each)
    while part := list(itertools.islice(made, AT_ONCE)):
        store.append(part)
        payload += sum(len(frame.events) for frame in part)
    checked, verify_s, _ = timed(lambda: verify(store))
    assert not checked.wrong
    _, read_s, _ = timed(lambda: sum(1 for _ in followed(store.frames())))
    _, backup_s, backup_wall = timed(lambda: store.backup(folder / "backup.db"))
    store.close()
    reopened, open_s, _ = timed(lambda: open_store(folder / "store.db"))
    ratio = disk(folder, "store.db") / payload
    reopened.close()
    print(
        f"{checked.events:,} events of {payload / checked.events:.0f} bytes in frames of {each}: disk {ratio:.2f} x, "
        f"verify {verify_s:.2f} CPU s, read {read_s:.2f}, backup {backup_s:.2f} ({backup_wall:.1f} s), open {open_s * 1e3:.0f} ms"
    )


def appended(store: SqliteStore, commits: int, cases: int, body: int) -> None:
    chance, start = random.Random(2), store.head().number
    made = []
    for frame in frames(chance, commits * cases, cases):
        first = (start + frame.number) * 100
        bodies = [Body(first + k, "evidence", 0.0, bytes(16), chance.randbytes(body)) for k in range(cases)]
        made.append(Frame(start + frame.number, start + frame.at, frame.events, bodies if body else []))

    def run() -> None:
        for frame in made:
            store.append([frame])

    _, cpu, wall = timed(run)
    with_bodies = f" and bodies of {body} bytes" if body else ""
    print(
        f"append, a case an event{with_bodies}, frames of {cases}: {cpu / commits / cases * 1e6:.0f} CPU us per case, "
        f"{cpu / commits * 1e6:.0f} a frame; {commits / wall:,.0f} frames/s on this disk"
    )


def snapshots(store: SqliteStore) -> None:
    number, data = store.head().number, random.Random(3).randbytes(1 << 26)
    _, cpu, wall = timed(lambda: store.keep_snapshot(number, data))
    _, read, _ = timed(store.snapshot)
    print(f"a snapshot of 64 MiB: kept in {cpu:.2f} CPU s ({wall:.1f} s), read in {read:.2f} CPU s")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--commits", type=int, default=1_000)
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    for each in PER_FRAME:
        with tempfile.TemporaryDirectory(prefix="mindshare-store-") as folder:
            kept(Path(folder), given.events, each)
    with tempfile.TemporaryDirectory(prefix="mindshare-store-") as folder:
        store = open_store(Path(folder) / "store.db")
        for body in (0, BODY):
            for cases in CASES:
                appended(store, given.commits, cases, body)
        snapshots(store)
        store.close()


if __name__ == "__main__":
    main()
