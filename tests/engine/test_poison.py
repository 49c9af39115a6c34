"""A command at which the engine raises is refused, and holds up nobody else."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from mindshare.core.errors import Failed
from mindshare.engine.engine import Engine
from mindshare.engine.incoming import read_case
from mindshare.engine.service import Service
from mindshare.engine.taking import Taking


@pytest.fixture
def raises(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Cases whose id begins with `bad` and outcomes of `bad` make the engine raise in the middle; tells what was tried."""
    tried, submit = list[str](), Taking._receive

    def broken(self: Taking, raw: bytes, *rest: Any) -> Any:
        told = submit(self, raw, *rest)
        name = read_case(raw).id
        tried.append(name)
        if name.startswith("bad"):
            raise ZeroDivisionError(name)
        return told

    monkeypatch.setattr(Taking, "_receive", broken)
    return tried


def sent_together(service: Service, names: list[str]) -> dict[str, Any]:
    """What each of these cases was told, all of one batch."""
    heard, all_there, held = dict[str, Any](), threading.Event(), threading.Event()
    service.actor.call(lambda _: held.wait(10), lambda _: None)
    for name in names:

        def done(result: Any, name: str = name) -> None:
            heard[name] = result
            if len(heard) == len(names):
                all_there.set()

        service.actor.submit(b'{"id": "%s"}' % name.encode(), "", lambda case, _: case.id, done)
    held.set()
    assert all_there.wait(20)
    return heard


def test_a_command_that_raises_is_refused_and_the_others_of_its_batch_are_done(
    service: Service, raises: list[str]
) -> None:
    told = sent_together(service, ["a", "b", "bad", "c"])
    assert isinstance(told["bad"], Failed) and "the log says more under" in str(told["bad"])
    assert [told[name] for name in "abc"] == ["a", "b", "c"]
    assert set(service.actor.engine.state.cases) == {"a", "b", "c"} and service.actor.halted == ""


def test_the_same_command_again_is_refused_at_once(service: Service, raises: list[str]) -> None:
    engine = sent_together(service, ["bad"]) and service.actor.ask(lambda e: e)
    tried = len(raises)
    began = time.monotonic()
    for _ in range(50):
        told = sent_together(service, ["bad", "a"])
        assert isinstance(told["bad"], Failed) and told["a"] == "a"
    assert time.monotonic() - began < 5
    assert "bad" not in raises[tried:] and service.actor.ask(lambda e: e) is engine  # it was not built anew


def test_a_call_is_known_again_by_what_it_does_and_what_it_was_given(service: Service) -> None:
    def asked(case: str) -> float:
        return service.actor.ask(lambda e: e.now / (len(case) - 3))

    def engine() -> Engine:
        return service.actor.ask(lambda e: e)

    first = engine()
    with pytest.raises(Failed, match="the log says more under"):
        asked("bad")
    second = engine()
    assert second is not first
    with pytest.raises(Failed, match="a moment ago"):
        asked("bad")
    assert asked("good") > 0 and engine() is second


def test_each_of_several_that_raise_is_found(service: Service, raises: list[str]) -> None:
    told = sent_together(service, ["bad1", "a", "bad2", "b", "bad3"])
    assert {name for name, result in told.items() if isinstance(result, Failed)} == {"bad1", "bad2", "bad3"}
    assert {told["a"], told["b"]} == {"a", "b"}
