"""STOP holds within a second, whatever the disk does, and over a restart, until its end is in the log."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mindshare.cli.start import run
from mindshare.core.errors import Halted
from mindshare.engine import events as ev
from mindshare.engine.folder import CONSOLE, STOP
from mindshare.engine.prepared import made_of
from mindshare.engine.rebuild import events_of
from mindshare.engine.replay import replayed
from mindshare.engine.service import Service
from mindshare.engine.settings import read_settings
from mindshare.engine.shelf import Shelf
from mindshare.histories.team import read_team
from mindshare.store.sqlite import open_to_read
from mindshare.web.starting import started
from tests.web.real import Real

Plain = Callable[[Path], Path]
ALONE = {"limits": {"human_answers": {"limit": 0, "per_s": None}}, "learn": False}  # machines decide all
BOTH_SAY_YES = [{"agent": "bot_1", "label": "yes"}, {"agent": "bot_2", "label": "yes"}]


def case_of(name: str) -> dict[str, Any]:
    return {"id": name, "answers": BOTH_SAY_YES}


@pytest.fixture
def alone(plain: Plain, tmp_path: Path) -> Path:
    made = plain(tmp_path / "alone")
    (made / "service.yaml").write_text(yaml.safe_dump(ALONE))
    return made


def http_of(folder: Path, url: str) -> httpx.Client:
    token = (folder / CONSOLE).read_text().strip()
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20)


@contextmanager
def load(folder: Path, url: str) -> Iterator[list[tuple[float, str]]]:
    """Cases come on four lines; yields when each was acknowledged, and its state."""
    told: list[tuple[float, str]] = []
    over = threading.Event()

    def line(k: int) -> None:
        with http_of(folder, url) as http:
            i = 0
            while not over.is_set():
                got = http.post("/v1/cases", json=case_of(f"{k}-{i}"))
                if got.status_code == 202:
                    told.append((time.monotonic(), got.json()["state"]))
                    i += 1
                else:
                    assert got.status_code == 503, got.text
                    time.sleep(0.02)

    lines = [threading.Thread(target=line, args=(k,)) for k in range(4)]
    for each in lines:
        each.start()
    try:
        yield told
    finally:
        over.set()
        for each in lines:
            each.join()


def process_of(folder: Path) -> int:
    return int((folder / "mindshare.db.lock").read_text())


def most_of_a_file(folder: Path, size: int) -> None:
    """The log cannot be written beyond so many bytes; a file of STOP is small enough."""
    process = process_of(folder)
    hard = resource.prlimit(process, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, hard))


def press(folder: Path, url: str, how: str) -> None:
    if how == "api":
        with http_of(folder, url) as http:
            began = time.monotonic()
            assert http.post("/v1/stop", json={"reason": "odd"}).json() == {"stopped": {"": "console"}}
            assert time.monotonic() - began < 1.5
    else:
        assert run(["stop", str(folder), "--reason", "odd"]) == 0


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's")
@pytest.mark.parametrize("how", ["api", "command"])
@pytest.mark.parametrize("writes", [True, False], ids=["log-well", "log-cannot-be-written"])
def test_no_verdict_by_machines_alone_later_than_a_second_after_stop(
    alone: Path, how: str, writes: bool
) -> None:
    with started(alone) as url, load(alone, url) as told:
        while len(told) < 20:
            time.sleep(0.01)
        if not writes:
            most_of_a_file(alone, 4_096)
        pressed = time.monotonic()
        press(alone, url, how)
        time.sleep(2.5)
        late = [state for at, state in told if at > pressed + 1 and state in ("provisional", "final")]
        assert late == []
        with http_of(alone, url) as http:
            assert http.get("/v1/stops").json() == {"stopped": {"": "console"}}
        if not writes:
            most_of_a_file(alone, resource.RLIM_INFINITY)
        before = len(told)
        until = time.monotonic() + 20
        while len(told) < before + 20:
            assert time.monotonic() < until, "the service does not come back"
            time.sleep(0.02)
        assert {state for at, state in told if at > pressed + 1} == {"waiting"}
    store = open_to_read(alone / "mindshare.db")
    events = list(events_of(store.frames()))
    first = next(i for i, e in enumerate(events) if isinstance(e, ev.Stopped))
    assert not [e for e in events[first:] if isinstance(e, ev.Decided)]
    settings, team = read_settings(alone), read_team(alone / "team.yaml").team
    assert replayed(made_of(alone, settings, team, Shelf(alone)), store).differences == ()
    store.close()


def test_a_service_that_was_stopped_while_it_was_down_starts_stopped_and_reopens_what_was_not_final(
    alone: Path,
) -> None:
    service = Service(alone)
    [early] = service.actor.ask(
        lambda e: e.submit([b'{"id": "early", "answers": [{"agent": "bot_1", "label": "yes"}]}'])
    )
    assert early.word(service.clock()) == "provisional"
    service.close()
    assert run(["stop", str(alone)]) == 0
    again = Service(alone)
    told = again.actor.ask(lambda e: {c.id: c.word(e.now) for c in e.state.cases.values()})
    assert told == {"early": "reopened"}
    assert again.stops.told() == {"": "console"} == again.actor.engine.state.stopped
    again.close()


def test_the_file_goes_when_the_end_is_in_the_log_and_not_before(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(alone)
    name = service.stops.press("", "lea", "odd")
    service.stops.keep(name)
    service.actor.ask(lambda e: e.now)
    assert [f.name for f in (alone / STOP).iterdir()] == [name]
    with monkeypatch.context() as patch:
        patch.setattr(service.store, "append", lambda _: 1 / 0)
        with pytest.raises(Halted):
            service.actor.ask(lambda e: e.resume("lea", "max"))
    assert (alone / STOP / name).exists() and service.stops.told() == {"": "lea"}
    until = time.monotonic() + 20
    while True:
        try:
            service.actor.ask(lambda e: e.resume("lea", "max"))
            break
        except Halted:
            assert time.monotonic() < until
            time.sleep(0.05)
    assert not list((alone / STOP).iterdir()) and service.stops.told() == {}
    service.close()


def test_a_press_while_another_stop_is_being_lifted_stays(alone: Path) -> None:
    service = Service(alone)
    service.stops.press("", "lea")
    service.actor.ask(lambda e: e.now)

    def lifted(engine: Any) -> None:
        engine.resume("lea", "max")
        service.stops.press("", "zoe")

    service.actor.ask(lifted)
    assert service.actor.ask(lambda e: dict(e.state.stopped)) == {"": "zoe"} == service.stops.told()
    service.close()


@pytest.mark.parametrize("content", [b"", b"{", b'{"kind": "no such kind"}', b"\xff" * 50])
def test_any_file_in_the_folder_of_stop_stops_all(alone: Path, content: bytes) -> None:
    service = Service(alone)
    (alone / STOP / "now").write_bytes(content)
    time.sleep(0.6)
    assert "" in service.actor.ask(lambda e: dict(e.state.stopped))
    service.close()


def test_stop_answers_while_a_flush_hangs_and_what_was_decided_in_it_is_not_told(alone: Path) -> None:
    real = Real(alone)
    append, hangs, goes_on = real.service.store.append, threading.Event(), threading.Event()

    def slow(frames: Any) -> Any:
        hangs.set()
        assert goes_on.wait(20)
        return append(frames)

    got: list[Any] = []
    with real.client("lead") as http:
        real.service.store.append = slow  # type: ignore[method-assign]
        sends = threading.Thread(target=lambda: got.append(http.post("/v1/cases", json=case_of("a"))))
        sends.start()
        assert hangs.wait(20)
        began = time.monotonic()
        with real.client("lead") as other:
            assert other.post("/v1/stop", json={}).json() == {"stopped": {"": "lea"}}
        assert time.monotonic() - began < 1.5
        goes_on.set()
        sends.join()
        assert got[0].status_code == 503 and "STOP" in got[0].text
        assert http.post("/v1/cases", json=case_of("a")).json()["state"] in ("waiting", "reopened")
    real.stop()


def test_a_stop_that_can_be_written_nowhere_holds_and_says_so(
    live: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(live.service.store, "append", lambda _: 1 / 0)
        patch.setattr(live.service.stops, "place", Path("/proc/nowhere"))
        told = live.ask("lead", "POST", "/v1/stop", {})
        assert told.status_code == 503 and "STOP holds" in told.text
        assert live.ask("reader", "GET", "/v1/stops").json() == {"stopped": {"": "lea"}}
    until = time.monotonic() + 20
    while live.ask("reader", "GET", "/healthz").status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert live.service.actor.ask(lambda e: dict(e.state.stopped)) == {"": "lea"}


def test_a_kind_that_there_is_not_is_refused_for_it_would_stop_nothing(live: Any, alone: Path) -> None:
    told = live.ask("lead", "POST", "/v1/stop", {"kind": "tikcet"})
    assert told.status_code == 400 and "no kind 'tikcet'" in told.text
    assert run(["stop", str(alone), "--kind", "tikcet"]) == 2


def test_stop_may_be_kept_on_another_disk(alone: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (alone / "service.yaml").write_text(yaml.safe_dump({**ALONE, "stop_folder": str(other)}))
    done = subprocess.run(
        [sys.executable, "-m", "mindshare", "stop", str(alone)], capture_output=True, text=True, check=True
    )
    assert str(other) in done.stdout and len(list(other.iterdir())) == 1 and not (alone / STOP).exists()
    service = Service(alone)
    assert service.actor.engine.state.stopped == {"": "console"}
    service.close()
