"""A service that is killed at any moment loses nothing that it acknowledged, and goes on as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from mindshare.engine import events as ev
from mindshare.engine.rebuild import events_of, rebuilt
from mindshare.engine.replay import replayed
from mindshare.store.chain import verify
from mindshare.store.sqlite import open_to_read
from tests.engine.world import made, write_service

ROUNDS = int(os.environ.get("MINDSHARE_KILLS", "5"))
SETTINGS = {
    "limits": {"human_answers": {"limit": 200.0, "per_s": 2.0}},
    "expect": 5e6,
    "cases": None,
    "kinds": {"default": {"grace_s": 0.5, "wait_s": 5.0, "lease_s": 1.0}},
}


def one_round(folder: Path, seed: int) -> list[list[str]]:
    """Starts the service, kills it at a random moment; what it acknowledged."""
    said = folder / f"said-{seed}"
    with said.open("w") as out:
        command = [sys.executable, "-m", "tests.engine.under_load", str(folder), str(seed)]
        run = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
    until = time.monotonic() + 120
    while "ready" not in said.read_text():
        assert run.poll() is None, run.stderr.read().decode() if run.stderr else ""
        assert time.monotonic() < until, "the service did not start"
        time.sleep(0.02)
    time.sleep(random.Random(seed).uniform(0.05, 1.5))
    run.send_signal(signal.SIGKILL)
    run.communicate()
    whole = said.read_text().rpartition("\n")[0]  # the last line may be cut
    return [line.split(" ") for line in whole.splitlines()]


def test_nothing_that_was_acknowledged_is_lost_however_often_the_service_is_killed(tmp_path: Path):
    write_service(tmp_path, **SETTINGS)
    promised = []
    for seed in range(ROUNDS):
        promised += one_round(tmp_path, seed)
    store, service = open_to_read(tmp_path / "mindshare.db"), made(**SETTINGS)
    events = list(events_of(store.frames()))
    answers = {(e.case, str(e.token), e.agent, e.label) for e in events if isinstance(e, ev.Answered)}
    leases = {(e.case, str(e.token), e.agent) for e in events if isinstance(e, ev.Leased)}
    outcomes = {(e.case, e.label) for e in events if isinstance(e, ev.Came)}
    engine = rebuilt(service, store, time.time())
    told = {
        kind: [tuple(rest) for first, *rest in promised if first == kind]
        for kind in ("case", "lease", "answer", "outcome")
    }
    assert min(len(lines) for lines in told.values()) > 0
    assert all(engine.state.cases[case].version >= int(version) for case, version in told["case"])
    assert set(told["lease"]) <= leases
    assert set(told["answer"]) <= answers
    assert set(told["outcome"]) <= outcomes
    assert len(leases) == len([e for e in events if isinstance(e, ev.Leased)])  # no token twice
    versions = [(e.case, e.version) for e in events if isinstance(e, ev.Decided)]
    assert len(versions) == len(set(versions))
    assert verify(store).frames == store.head().number
    replay = replayed(service, store)
    assert replay.differences == ()
    assert len([e for e in events if isinstance(e, ev.Started)]) == ROUNDS
    store.close()
