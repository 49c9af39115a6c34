"""A service under load in a process of its own, until it is killed: `python -m tests.engine.under_load FOLDER SEED`.

Every acknowledgement is a line on the output: what was promised to whom.
"""

from __future__ import annotations

import random
import sys
import threading
from pathlib import Path
from typing import Any

from mindshare.core.errors import MindshareError
from mindshare.engine.attending import Said
from mindshare.engine.service import Service

PEOPLE = ("ana", "ben", "cem")

LABELS = ("billing", "bug", "delivery")
said_lock = threading.Lock()


def told(*words: object) -> None:
    with said_lock:
        sys.stdout.write(" ".join(map(str, words)) + "\n")
        sys.stdout.flush()


def cases(service: Service, tickets: list[bytes], rng: random.Random) -> None:
    """Sends new cases for ever, now and then one that came before."""
    while True:
        i = rng.randrange(100_000)
        old = tickets[i % len(tickets)]
        raw = old.replace(f'"n{i % len(tickets)}"'.encode(), f'"n{i}"'.encode())
        ready = threading.Event()

        def done(result: Any, i: int = i, ready: threading.Event = ready) -> None:
            if not isinstance(result, Exception):
                told("case", f"n{i}", result)
            ready.set()

        service.actor.submit(raw, "load", lambda case, _: case.version, done)
        ready.wait()


def person(service: Service, name: str, rng: random.Random) -> None:
    """Asks for cases and answers them, or does not."""
    while True:
        got: list[Any] = []
        ready = threading.Event()

        def done(result: Any, got: list[Any] = got, ready: threading.Event = ready) -> None:
            got.append(result)
            ready.set()

        service.actor.next(name, 0.2, lambda lease, _: lease and (lease.case, lease.token), done)
        ready.wait()
        if not isinstance(got[0], tuple):
            continue
        case, token = got[0]
        told("lease", case, token, name)
        chance, label = rng.random(), rng.choice(LABELS)
        try:
            if chance < 0.8:
                service.actor.ask(lambda e, c=case, t=token, y=label: e.answer(c, name, t, Said(y)).id)
                told("answer", case, token, name, label)
            elif chance < 0.9:
                service.actor.ask(lambda e, t=token: e.skip(t, name, "not mine"))
            if chance < 0.3:
                service.actor.ask(lambda e, c=case, y=label: e.outcome(c, y).id)
                told("outcome", case, label)
        except MindshareError as e:
            told("refused", e)


def main() -> int:
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    service = Service(folder)
    tickets = (folder / "tickets.jsonl").read_bytes().splitlines()
    told("ready")
    loads: list[threading.Thread] = [
        threading.Thread(target=cases, args=(service, tickets, random.Random(seed + k))) for k in range(3)
    ]
    loads += [
        threading.Thread(target=person, args=(service, p, random.Random(f"{p} {seed}"))) for p in PEOPLE
    ]
    for thread in loads:
        thread.daemon = True
        thread.start()
    for thread in loads:
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
