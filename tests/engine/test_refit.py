"""Models are learnt anew when it is time, within their share, and a service that starts again decides as the one before."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import psutil
import pytest

from mindshare.core.errors import MindshareError
from mindshare.core.packed import packed
from mindshare.engine import refit as module
from mindshare.engine.beside import within_share
from mindshare.engine.engine import Engine
from mindshare.engine.refit import Learning, Refits, next_at
from mindshare.engine.relearn import APART, known_by, relearn
from mindshare.engine.running.told import Machine, Runs, one_by_one
from mindshare.engine.service import Service
from mindshare.engine.settings import FILE, Limit, Settings, settings_text
from mindshare.engine.weighing import known
from mindshare.histories.streamed import Scripted
from mindshare.store.model_file import load_model
from tests.engine.conftest import play

T = TypeVar("T")


def test_it_is_time_after_30_60_120_240_and_then_each_half_more() -> None:
    assert [next_at(n) for n in (0, 29, 30, 60, 120, 240, 359, 360, 540)] == [
        30, 30, 60, 120, 240, 360, 360, 540, 810,
    ]  # fmt: skip
    assert all(n < next_at(n) <= max(2 * n, 1.5 * n + 1, 30) for n in range(5_000))


def test_a_new_model_hears_what_came_later_and_is_found_again(
    folder: Path, script: list[Scripted], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / FILE).write_text(
        settings_text(msgspec.structs.replace(settings, learn=True, history="history")), "utf-8"
    )
    monkeypatch.setattr(module, "LOOK_S", 1e9)
    service = Service(folder)
    play(service, script[:60])
    told = known_by(folder, service.settings, folder / "looked")
    assert told.outcomes == 60 and len(told.history) == 90 + 60 and (told.history.truth >= 0).all()
    refits = service._refits
    assert isinstance(refits, Refits) and service.learning() == Learning(150, 90, 120)
    assert service.learning().is_due and not Learning(119, 90, 120).is_due
    assert refits.learn_anew() == 60
    change = service.actor.engine.state.changed[""]
    assert change.outcomes == 60 and service.actor.engine.seeing.judges[""].model.about.cases == 150
    play(service, script[60:80])
    # the same model once more, as if those outcomes had come while it was learnt
    shelf = service.shelf
    service.actor.ask(lambda e: e.change_model("", shelf.load("", change.digest), change.digest, 60))
    before = stands(service.actor.engine)
    service.close()
    again = Service(folder)
    after = stands(again.actor.engine)
    again.close()
    assert before.keys() == after.keys()
    assert [k for k in before if not np.array_equal(before[k], after[k])] == []


def test_where_machines_are_weighed_the_new_model_knows_cases_on_which_they_are_silent(
    folder: Path, script: list[Scripted], tmp_path: Path
) -> None:
    service = Service(folder)
    play(service, script[:60])
    service.close()
    told = relearn(folder, tmp_path, APART)
    model = load_model(tmp_path / told.models[""])
    assert not model.pool.machines_always and known(model, "large_bot") >= 60
    usual = {"bot": Machine(Runs(endpoint="https://example.org"))}
    assert one_by_one(usual.values(), ["cpu_s"]) and not one_by_one(usual.values(), ["human_answers"])
    assert not one_by_one([msgspec.structs.replace(usual["bot"], when="always")], ["cpu_s"])


def stands(engine: Engine) -> dict[str, object]:
    """All that decides: the model, bit by bit, and the pacer. What old charges may still do decides nothing."""
    pacer = engine.spending.pacer.state()
    del pacer["ledger.became"]
    return {"model": packed(engine.seeing.judges[""].model), **pacer}


def test_learning_keeps_to_its_share_and_ends_when_told() -> None:
    busy = "import time\nt = time.process_time()\nwhile time.process_time() < t + 0.6: pass"
    start = time.monotonic()
    assert within_share([sys.executable, "-c", busy], 0.2, threading.Event())
    assert time.monotonic() - start > 1.5  # 0.6 s of CPU at a fifth of a core, 0.2 s ahead
    end = threading.Event()
    threading.Timer(0.3, end.set).start()
    assert not within_share([sys.executable, "-c", "import time; time.sleep(60)"], 1.0, end)
    assert not any("time.sleep(60)" in " ".join(p.cmdline()) for p in psutil.Process().children())


def test_learning_ends_with_its_service_also_where_that_is_killed_and_holds_it(tmp_path: Path) -> None:
    busy = f"""
import os, pathlib
from mindshare.engine.beside import done_apart
def work():
    pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(os.getpid()))
    while True: pass
done_apart(work)"""
    service = f"""
import sys, threading
from mindshare.engine.beside import within_share
within_share([sys.executable, "-c", {busy!r}], 0.01, threading.Event())"""
    with subprocess.Popen([sys.executable, "-c", service]) as run:
        learns = psutil.Process(int(until(lambda: text_of(tmp_path / "pid"))))
        until(lambda: learns.status() == psutil.STATUS_STOPPED)
        run.kill()
    until(lambda: not learns.is_running() or learns.status() == psutil.STATUS_ZOMBIE)


def text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def until(true: Callable[[], T], seconds: float = 60.0) -> T:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told = true()
        if told:
            return told
        time.sleep(0.02)
    raise AssertionError("it never came")


def test_learning_that_fails_says_why() -> None:
    words = [sys.executable, "-c", "import sys; sys.stderr.write('no truth'); sys.exit(2)"]
    with pytest.raises(MindshareError, match="no truth"):
        within_share(words, 1.0, threading.Event())


def test_a_log_in_which_hardly_anybody_was_asked_still_knows_what_answers_would_be_bought(
    folder: Path, script: list[Scripted], settings: Settings, tmp_path: Path
) -> None:
    dear = {"human_answers": Limit(2.0, None)}
    (folder / FILE).write_text(settings_text(msgspec.structs.replace(settings, limits=dear)), "utf-8")
    service = Service(folder)
    play(service, script[:120])
    asked = service.actor.engine.state.answers
    service.close()
    told = relearn(folder, tmp_path)
    wanted = load_model(tmp_path / told.models[""]).demand
    assert asked <= 2 and wanted.cases == 120 and len(wanted.case) > 20
    assert 0 < wanted.price(np.array([0.1]))[0] <= wanted.price(np.array([0.02]))[0]
