"""How long a service takes to begin again on a long log: from the whole of it, and from a snapshot; and what lies on the disk.

    python benchmarks/start.py [--events 1000000] [--cases 2000]

A made service of 16 machines, 16 people and 10 labels (simulated) takes --cases cases, each asked about and answered, one of five with its
outcome; that log is then written again and again with other ids until it has --events events. `disk` is the size of the database over
the bytes of events and contents. CPU and wall time are those of a new process that opens the service.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from load import world, write

from mindshare.engine import events as ev
from mindshare.engine.attending import Said
from mindshare.engine.folder import DATABASE, key_of
from mindshare.engine.past import AT_ONCE, IN_MEMORY
from mindshare.engine.service import Service
from mindshare.engine.snapshots import frozen
from mindshare.store.chain import verify
from mindshare.store.protocol import Body, Frame
from mindshare.store.sqlite import open_store, open_to_read

EACH, FRAMES = 16, 256  # cases of a frame; frames of a transaction
BEGIN = """
import sys, time
from mindshare.engine.service import Service
cpu, wall = time.process_time(), time.perf_counter()
service = Service(sys.argv[1])
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
print(f"{cpu:.2f} CPU s, {wall:.2f} s, {len(service.actor.engine.state.cases):,} cases in memory")
import psutil
print(f"{psutil.Process().memory_info().rss / 1e6:.0f} MB")
service.actor.close()
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=2_000)
    given = parser.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="mindshare-start-") as place:
        folder = Path(place) / "service"
        folder.mkdir()
        model, raws = world(argparse.Namespace(machines=16, people=16, labels=10))
        write(folder, model, 0.1, given.cases)
        worked(folder, raws[: given.cases])
        payload, events = lengthened(folder, given.events)
        on_disk = (folder / DATABASE).stat().st_size
        print(
            f"{events:,} events, {payload / 1e6:.0f} MB of events and contents; disk {on_disk / payload:.2f} x"
        )
        with closing(open_to_read(folder / DATABASE)) as store:
            told = verify(store, key_of(folder))
        assert not told.wrong
        begun(folder, "from the whole log")
        service = Service(folder)
        while len(service.actor.engine.state.cases) > IN_MEMORY + AT_ONCE:  # as after some minutes of work
            service.actor.ask(lambda e: e.next("person_1", e.now) and None)
        service.store.keep_snapshot(
            service.store.head().number, frozen(service.actor.engine, service.made.digest)()
        )
        service.close()
        begun(folder, "from a snapshot")
    return 0


def worked(folder: Path, raws: list[bytes]) -> None:
    """The log of a service that has worked."""
    with closing(Service(folder)) as service:
        ask = service.actor.ask
        for first in range(0, len(raws), EACH):
            part = [
                raw.replace(b"@", b"case%d" % i, 1) for i, raw in enumerate(raws[first : first + EACH], first)
            ]
            ask(lambda e, part=part: e.submit(part))
            for k in range(1, 17):
                lease = ask(lambda e, k=k: e.next(f"person_{k}", e.now))
                if lease is not None:
                    ask(
                        lambda e, x=lease: e.answer(
                            x.case, x.person, x.token, Said(e.seeing.judges[""].labels[0])
                        )
                    )
            for i in range(first, first + len(part), 5):
                ask(lambda e, i=i: e.outcome(f"case{i}", e.seeing.judges[""].labels[0]))


def lengthened(folder: Path, events: int) -> tuple[int, int]:
    """Writes the log again with other ids; (bytes of events and contents, number of events)."""
    store = open_store(folder / DATABASE)
    with closing(store):
        frames = [(f.at, ev.read_lines(f.events)) for f in store.frames()]
        keys = max(e.body.key for _, es in frames for e in es if getattr(e, "body", None))
        tokens = max((e.token for _, es in frames for e in es if isinstance(e, ev.Leased)), default=0)
        bodies = store.bodies(range(1, keys + 1))
        span = frames[-1][0] - frames[0][0] + 1.0
        count = sum(len(es) for _, es in frames)
        payload = sum(len(ev.lines(es)) for _, es in frames) + sum(len(b.data) for b in bodies.values())
        number, round_, part = store.head().number, 0, list[Frame]()
        while count < events:
            round_ += 1
            for at, es in frames[1:]:
                number += 1
                made = [again(e, round_, span, keys, tokens) for e in es]
                kept = [
                    Body(
                        b.key + round_ * keys,
                        b.keep,
                        b.at + round_ * span,
                        b.salt,
                        renamed(b.data, e, round_),
                    )
                    for e in es
                    if getattr(e, "body", None) and (b := bodies.get(e.body.key))
                ]
                lines = ev.lines(made)
                part.append(Frame(number, at + round_ * span, lines, kept))
                payload += len(lines) + sum(len(b.data) for b in kept)
                count += len(es)
                if len(part) == FRAMES:
                    store.append(part)
                    part = []
        store.append(part)
    return payload, count


def again(e: Any, round_: int, span: float, keys: int, tokens: int) -> Any:
    """The event of another round: of other cases, bodies and leases, later."""
    other: dict[str, object] = {"at": e.at + round_ * span}
    if isinstance(getattr(e, "case", None), str):
        other["case"] = f"{e.case}r{round_}"
    if getattr(e, "body", None) is not None:
        other["body"] = ev.Kept(e.body.key + round_ * keys, e.body.digest)
    if getattr(e, "token", 0):
        other["token"] = e.token + round_ * tokens
    if isinstance(getattr(e, "until", None), float):
        other["until"] = e.until + round_ * span
    return msgspec.structs.replace(e, **other)


def renamed(data: bytes, e: Any, round_: int) -> bytes:
    """The contents of a case with the id of another round."""
    return data.replace(f'"{e.case}"'.encode(), f'"{e.case}r{round_}"'.encode(), 1)


def begun(folder: Path, how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN, str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    print(f"{how}: {', '.join(done.stdout.split(chr(10))[:2])}")


if __name__ == "__main__":
    sys.exit(main())
