"""A service for a long time: 200 people, 10,000 open cases, 40 requests for the next case a second; then a flood.

    python benchmarks/soak.py [--minutes 30] [--open 10000] [--people 200] [--rate 40] [--flood 60] [--capacity 600]

A made service (simulated machines and people) first takes cases until --open of them wait for people. Then each of --rate requests a
second is a person who asks for the next case and answers it; for each case that is decided then, another one comes. `next` is from
when a request was due until the lease is there, flushed to disk. Each row tells the memory of the service's process. Last comes a
flood: twice --capacity cases a second for --flood seconds; what was acknowledged is counted in the log, and `recovery` is how long
after its end a request still took more than 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from load import CONNECTIONS, ask, cpu_s, sent, served, world, write

from mindshare.engine import events as ev
from mindshare.engine.folder import DATABASE
from mindshare.engine.rebuild import events_of
from mindshare.store.sqlite import open_to_read

MB, PARTS, CALM_S = 1e6, 10, 0.05


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--open", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--rate", type=int, default=40)
    parser.add_argument("--flood", type=float, default=60.0)
    parser.add_argument("--capacity", type=int, default=600)
    given = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    model, raws = world(argparse.Namespace(machines=16, people=given.people, labels=10))
    with tempfile.TemporaryDirectory(prefix="mindshare-soak-") as place:
        folder = Path(place) / "service"
        folder.mkdir()
        # so many answers that none has a price; nobody's time is over before the end
        write(folder, model, 100.0, 1_000_000, wait_s=86_400.0)
        asyncio.run(soaked(folder, raws, given))
    return 0


async def soaked(folder: Path, raws: list[bytes], given: argparse.Namespace) -> None:
    async with served(folder) as (port, process):
        hard = await filled(port, raws, given.open)
        print(f"{await waiting(port):,} cases wait; {process.memory_info().rss / MB:.0f} MB", flush=True)
        print(
            "| minute | next p50 ms | p99 ms | max ms | answers/s | open | CPU % | RSS MB |\n|---|---|---|---|---|---|---|---|"
        )
        seconds, number = 60.0 * given.minutes / PARTS, 0
        for part in range(PARTS):
            before, start = cpu_s(process), time.perf_counter()
            lat, answers = await attended(port, given, seconds, hard, number)
            number += len(lat)
            took, cpu = time.perf_counter() - start, cpu_s(process) - before
            took_ms = np.sort(lat) * 1e3
            half, nearly = np.quantile(took_ms, 0.5), np.quantile(took_ms, 0.99)
            print(
                f"| {(part + 1) * given.minutes / PARTS:g} | {half:.1f} | {nearly:.1f} | {took_ms[-1]:.0f}"
                f" | {answers / took:.0f} | {await waiting(port):,} | {100 * cpu / took:.0f} | {process.memory_info().rss / MB:.0f} |",
                flush=True,
            )
        acknowledged = await flooded(port, raws, given, process) if given.flood else 0
    if given.flood:
        counted(folder, acknowledged)


async def filled(port: int, raws: list[bytes], most: int) -> list[bytes]:
    """Sends cases until so many wait for people, and returns those; the others were decided at once."""
    hard, numbers = list[bytes](), count()

    async def some() -> None:
        line = await asyncio.open_connection("127.0.0.1", port)
        while len(hard) < most:
            i = next(numbers)
            raw = raws[i % len(raws)]
            _, body = await ask(line, b"POST", b"/v1/cases", raw.replace(b"@", b"first%d" % i, 1))
            if json.loads(body)["state"] == "waiting":
                hard.append(raw)
        line[1].close()

    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))
    return hard


async def attended(
    port: int, given: argparse.Namespace, seconds: float, raws: list[bytes], number: int
) -> tuple[np.ndarray, int]:
    """Requests for the next case at a rate, each followed by its answer and a new case; (latencies in seconds, answers)."""
    lines: asyncio.Queue[Any] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        lines.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    took, answers = list[float](), [0]
    idle = asyncio.Queue[str]()
    for k in range(given.people):
        idle.put_nowait(f"person_{k + 1}")

    async def one(i: int, due: float) -> None:
        person, line = await idle.get(), await lines.get()
        try:
            status, body = await ask(
                line, b"POST", b"/v1/next", json.dumps({"person": person, "wait_s": 0.0}).encode()
            )
            took.append(time.perf_counter() - due)
            if status == 200:
                lease = json.loads(body)
                said = {
                    "case": lease["case"],
                    "token": lease["token"],
                    "person": person,
                    "label": lease["labels"][0],
                }
                status, body = await ask(line, b"POST", b"/v1/answers", json.dumps(said).encode())
                answers[0] += status == 200
                if json.loads(body)["state"] != "waiting":  # it is decided, and another one comes
                    await ask(line, b"POST", b"/v1/cases", raws[i % len(raws)].replace(b"@", b"new%d" % i, 1))
        finally:
            lines.put_nowait(line)
            idle.put_nowait(person)

    start, tasks = time.perf_counter(), set[asyncio.Task[None]]()
    for i in range(int(given.rate * seconds)):
        due = start + i / given.rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(number + i, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    while not lines.empty():
        lines.get_nowait()[1].close()
    return np.array(took), answers[0]


async def waiting(port: int) -> int:
    """How many cases wait, as the service measures it."""
    line = await asyncio.open_connection("127.0.0.1", port)
    told = (await ask(line, b"GET", b"/metrics", b""))[1].decode()
    line[1].close()
    return int(float(next(x.split()[1] for x in told.splitlines() if x.startswith("mindshare_waiting "))))


async def flooded(port: int, raws: list[bytes], given: argparse.Namespace, process: psutil.Process) -> int:
    """Twice as many cases as can be taken; then how soon a request is quick again."""
    before = process.memory_info().rss / MB
    rate = 2 * given.capacity
    lat, refused = await sent(port, raws, rate, given.flood, "flood")
    ended, line = time.perf_counter(), await asyncio.open_connection("127.0.0.1", port)
    calm = slow = ended
    while calm - slow < 1.0 and calm - ended < 60.0:
        due = time.perf_counter()
        await ask(line, b"GET", b"/v1/cases/first0", b"")
        calm = time.perf_counter()
        slow = calm if calm - due > CALM_S else slow
        await asyncio.sleep(0.02)
    line[1].close()
    print(
        f"flood of {rate}/s for {given.flood:g} s: {len(lat):,} taken, {refused:,} refused, p50 {1e3 * np.median(lat):.0f} ms; memory"
        f" {before:.0f} MB before, {process.memory_info().rss / MB:.0f} MB after; recovery {slow - ended:.1f} s"
    )
    return len(lat)


def counted(folder: Path, acknowledged: int) -> None:
    """What the log holds of the flood, beside what was acknowledged."""
    store = open_to_read(folder / DATABASE)
    kept = sum(isinstance(e, ev.Received) and e.case.startswith("flood") for e in events_of(store.frames()))
    store.close()
    print(f"{acknowledged:,} cases of the flood were acknowledged, {kept:,} are in the log")


if __name__ == "__main__":
    sys.exit(main())
