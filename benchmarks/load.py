"""The live service under load, whole way through HTTP: how fast a case is taken, decided and durable.

    python benchmarks/load.py [--rates 200,400,1000] [--seconds 60] [--share 0.1] [--people 16] [--machines 16] [--labels 10]

A service of a made history (simulated machines and people; trees kept) runs in a process of its own; the load generator, which shares
the cores, sends one case a request at a fixed rate, whether or not the last one is answered, and people ask for cases and answer them at
once. Latency is from when a request was due until its answer is there: by then the case and its first allocation are flushed to
disk. CPU is that of the service's process. The load of the machine is said: with other work on the cores latencies are worse.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import yaml

from mindshare.core.model import Model
from mindshare.engine.folder import CONSOLE
from mindshare.engine.settings import settings_of, settings_text
from mindshare.engine.shelf import Shelf
from mindshare.testing import made_history

CONNECTIONS = 64
BEARING = {"token": b""}  # of the service that runs
WARM_S = 5.0
GOALS = {
    200: (15.0, 50.0, 1.0),
    400: (15.0, 50.0, 0.6),
    1000: (20.0, 50.0, None),
}  # p50, p99 ms; CPU ms a case


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rates", default="200,400,1000")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--machines", type=int, default=16)
    parser.add_argument("--labels", type=int, default=10)
    given = parser.parse_args()
    rates = [int(r) for r in given.rates.split(",")]
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    model, raws = world(given)
    print(
        "| cases/s | done/s | p50 ms | p99 ms | max ms | CPU ms a case | cases a flush | answers/s | refused | RSS MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for rate in rates:
        with tempfile.TemporaryDirectory() as place:
            write(Path(place), model, given.share, int(rate * (given.seconds + WARM_S)))
            asyncio.run(measured(Path(place), raws, rate, given))
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}")
    return 0


def world(given: argparse.Namespace) -> tuple[Model, list[bytes]]:
    """A model, and cases as they are sent, about 1 kB each."""
    sys.path.insert(0, str(Path(__file__).parent))
    from decision import with_trees

    model = with_trees(made_history(3_000, given.machines, given.people, given.labels, proba=False, seed=1))
    new = made_history(20_000, given.machines, given.people, given.labels, proba=False, seed=2)
    a, labels, fog, rng = (
        new.answers,
        new.team.labels,
        new.features.categorical["fog"],
        np.random.default_rng(0),
    )
    out = []
    for i in range(len(new)):
        rows = [r for r in range(a.indptr[i], a.indptr[i + 1]) if not new.is_person[a.agent[r]]]
        answers = [
            {
                "agent": new.agent_id[a.agent[r]],
                "label": labels[a.label[r]],
                "confidence": round(float(rng.random()), 2),
            }
            for r in rows
        ]
        features = {"size": float(new.features.numeric["size"][i]), "fog": fog.names[fog.code[i]]}
        out.append(json.dumps({"id": "@", "features": features, "answers": answers}).encode())
    return model, out


def write(folder: Path, model: Model, share: float, cases: int, wait_s: float = 60.0) -> None:
    """A service in a folder."""
    Shelf(folder).keep("", model, first=True)
    team = {
        "name": "made",
        "labels": list(model.team.labels),
        "agents": {a.id: {"kind": a.kind} for a in model.met},
    }
    (folder / "team.yaml").write_text(yaml.safe_dump(team, sort_keys=False))
    told = {
        "limits": {"human_answers": {"limit": share * cases, "per_s": None}},
        "cases": cases,
        "kinds": {"default": {"grace_s": 30.0, "wait_s": wait_s}},
    }
    (folder / "service.yaml").write_text(settings_text(settings_of(told, "load")))


SERVE = """
import sys
from mindshare.engine.service import Service
from mindshare.web.front import Front
from mindshare.web.serving import listening, serve
with listening("127.0.0.1", int(sys.argv[2])) as at:
    service = Service(sys.argv[1])
    serve(service, Front(service), at, None, lambda: None)
    service.close()
"""


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[int, psutil.Process]]:
    """A service of this folder in a process of its own; its port, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = subprocess.Popen([sys.executable, "-c", SERVE, str(folder), str(port)])
    try:
        await up(port)
        BEARING["token"] = (folder / CONSOLE).read_bytes().strip()
        yield port, psutil.Process(run.pid)
    finally:
        run.send_signal(signal.SIGINT)
        run.wait()


def cpu_s(process: psutil.Process) -> float:
    """CPU seconds of the process so far."""
    spent = process.cpu_times()
    return float(spent.user + spent.system)


async def measured(folder: Path, raws: list[bytes], rate: int, given: argparse.Namespace) -> None:
    """One row of the table."""
    async with served(folder) as (port, process):
        stop, told = asyncio.Event(), {"answers": 0}
        people = [
            asyncio.create_task(person(port, f"person_{k + 1}", stop, told)) for k in range(given.people)
        ]
        await sent(port, raws, rate, WARM_S, "warm")
        before, start, batches = cpu_s(process), time.perf_counter(), await batches_of(port)
        told["answers"] = 0
        lat, refused = await sent(port, raws, rate, given.seconds, "case")
        took, cpu = time.perf_counter() - start, cpu_s(process) - before
        stop.set()
        await asyncio.gather(*people)
        lat = np.sort(lat) * 1e3
        batches = await batches_of(port) - batches
        print(
            f"| {rate} | {len(lat) / took:.0f} | {np.quantile(lat, 0.5):.1f} | {np.quantile(lat, 0.99):.1f} | {lat[-1]:.0f}"
            f" | {1e3 * cpu / max(len(lat), 1):.2f} | {len(lat) / batches:.1f} | {told['answers'] / took:.0f} | {refused}"
            f" | {process.memory_info().rss / 1e6:.0f} |",
            flush=True,
        )


async def sent(port: int, raws: list[bytes], rate: int, seconds: float, name: str) -> tuple[np.ndarray, int]:
    """Sends cases at a rate for so long; (latencies in seconds, refused)."""
    lines: asyncio.Queue[Any] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        lines.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    took, refused, tasks = list[float](), [0], list[asyncio.Task[None]]()
    start = time.perf_counter()

    async def one(raw: bytes, due: float) -> None:
        line = await lines.get()
        try:
            status, _ = await ask(line, b"POST", b"/v1/cases", raw)
        finally:
            lines.put_nowait(line)
        if status == 202:
            took.append(time.perf_counter() - due)
        else:
            refused[0] += 1

    for i in range(int(rate * seconds)):
        due = start + i / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        tasks.append(
            asyncio.create_task(one(raws[i % len(raws)].replace(b"@", f"{name}{i}".encode(), 1), due))
        )
    await asyncio.gather(*tasks)
    while not lines.empty():
        lines.get_nowait()[1].close()
    return np.array(took), refused[0]


async def person(port: int, name: str, stop: asyncio.Event, told: dict[str, int]) -> None:
    """Asks for the next case, answers it, and asks again."""
    rng, line = random.Random(name), await asyncio.open_connection("127.0.0.1", port)
    while not stop.is_set():
        status, body = await ask(
            line, b"POST", b"/v1/next", json.dumps({"person": name, "wait_s": 1.0}).encode()
        )
        if status == 200:
            lease = json.loads(body)
            said = {
                "case": lease["case"],
                "token": lease["token"],
                "person": name,
                "label": rng.choice(lease["labels"]),
            }
            status, _ = await ask(line, b"POST", b"/v1/answers", json.dumps(said).encode())
            told["answers"] += status == 200
    line[1].close()


async def ask(line: Any, method: bytes, path: bytes, body: bytes) -> tuple[int, bytes]:
    """One request on an open connection."""
    reader, writer = line
    writer.write(
        b"%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
        % (method, path, BEARING["token"], len(body), body)
    )
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    size = int(head.split(b"content-length: ")[1].split(b"\r\n")[0]) if b"content-length: " in head else 0
    return int(head[9:12]), await reader.readexactly(size)


async def call(port: int, method: bytes, path: bytes, body: bytes) -> tuple[int, bytes]:
    """One request on a connection of its own."""
    line = await asyncio.open_connection("127.0.0.1", port)
    told = await ask(line, method, path, body)
    line[1].close()
    return told


async def batches_of(port: int) -> float:
    """How many batches the engine has done."""
    told = (await call(port, b"GET", b"/metrics", b""))[1].decode()
    return next(float(line.split()[1]) for line in told.splitlines() if line.startswith("mindshare_batches "))


async def up(port: int) -> None:
    """Waits until the service answers."""
    for _ in range(600):
        try:
            await call(port, b"GET", b"/healthz", b"")
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return
    raise SystemExit("The service did not start.")


if __name__ == "__main__":
    sys.exit(main())
