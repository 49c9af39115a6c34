"""One bad case fails alone: the others of its batch are answered, charged right, and the machine goes on."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.engine import events as ev
from mindshare.engine.cases import DECIDED
from mindshare.engine.running.halving import MORE, Bad, each
from mindshare.engine.service import Service
from tests.engine import machines
from tests.engine.test_machines import endpoint, events, running
from tests.engine.world import ticket

__all__ = ["endpoint"]


def until_all(service: Service, cases: list[str], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not all(service.actor.ask(lambda e: [e.case(c).status == DECIDED for c in cases])):
        assert time.monotonic() < end, service.actor.ask(lambda e: e.state.runs)
        time.sleep(0.02)


def sent_together(service: Service, contents: list[str]) -> list[str]:
    """Cases with these contents, in one batch of commands."""
    raw = [ticket(i, answers=[], content=content) for i, content in enumerate(contents)]
    told = service.actor.ask(lambda e: e.submit(raw))
    return [case.id for case in told]


def of_runs(service: Service) -> tuple[dict[str, list[str]], float]:
    """Case -> what its runs ended with; and all CPU seconds that were charged to them."""
    told: dict[str, list[str]] = {}
    for e in events(service, ev.Failed):
        told.setdefault(e.case, []).append(e.why)
    for e in events(service, ev.Answered):
        told.setdefault(e.case, []).append(e.label)
    ended = events(service, ev.Failed) + events(service, ev.Answered)
    return told, sum(e.spent["cpu_s"] for e in ended)


def test_a_rubbish_reply_of_an_endpoint_fails_that_case_only_and_no_process_begins_anew(
    tmp_path: Path, endpoint: str
) -> None:
    told = {"far_bot": {"runs": {"endpoint": endpoint}}}
    with running(tmp_path, {}, machines=told, web={"reach": ["127.0.0.0/8"]}) as service:
        contents = ["rubbish" if i % 7 == 6 else "good" for i in range(60)]
        cases = sent_together(service, contents)
        until_all(service, cases)
        ends, cpu_s = of_runs(service)
        bad = [c for c, content in zip(cases, contents, strict=True) if content == "rubbish"]
        assert all(ends[c] == ["bug"] for c in set(cases) - set(bad))
        assert all(len(ends[c]) == 1 and "no JSON object" in ends[c][0] for c in bad)
        assert not events(service, ev.PutAside)
        assert service.actor.ask(lambda e: e.spending.pacer.used["cpu_s"]) == pytest.approx(cpu_s)


def test_of_a_batch_that_raises_only_the_bad_case_fails(tmp_path: Path) -> None:
    with running(tmp_path, {"new_bot": machines.all_but_bad}) as service:
        contents = ["bad" if i in (5, 20) else "good" for i in range(32)]
        cases = sent_together(service, contents)
        until_all(service, cases)
        ends, cpu_s = of_runs(service)
        assert all(ends[cases[i]] == ["bug"] for i in range(32) if i not in (5, 20))
        assert all(ends[cases[i]] == ["ValueError: this one is bad"] for i in (5, 20))
        assert service.actor.ask(lambda e: e.spending.pacer.used["cpu_s"]) == pytest.approx(cpu_s)
        assert not events(service, ev.PutAside)


def test_runs_that_wait_for_a_machine_that_is_put_aside_end_and_are_charged_nothing(tmp_path: Path) -> None:
    told = {"slow_bot": {"runs": {"endpoint": "http://unused"}, "seconds": 1.0}}
    with running(tmp_path, {"slow_bot": machines.sleeps}, machines=told) as service:
        cases = sent_together(service, ["good"] * 40)
        until_all(service, cases)
        dropped = [e for e in events(service, ev.Failed) if not e.own]
        assert len(dropped) > 20  # their second tries, each alone
        assert all(e.why == "it was put aside" and not any(e.spent.values()) for e in dropped)
        assert len(events(service, ev.PutAside)) == 1


@given(
    n=st.integers(1, 16),
    bad=st.sets(st.integers(0, 15), max_size=3),
)
def test_bad_cases_are_found_in_few_askings(n: int, bad: set[int]) -> None:
    bad = {i for i in bad if i < n}
    asked: Counter[int] = Counter()

    def ask(cases: Any) -> list[int]:
        asked["times"] += 1
        if bad & set(cases):
            raise ValueError
        return [i * i for i in cases]

    told = each(ask, range(n), time.monotonic() + 60)
    depth = max(n - 1, 0).bit_length()
    assert asked["times"] <= 1 + min(len(bad) * (depth + 2), MORE)
    if len(bad) < n:
        found = [i for i, one in enumerate(told) if one != i * i]
        assert found == sorted(bad) or (len(bad) == 3 and len(found) == n)  # three before all others


def test_a_machine_that_raises_at_everything_is_asked_few_times_and_one_that_is_late_no_more() -> None:
    times = list[int]()

    def ask(cases: Any) -> Any:
        times.append(len(cases))
        raise ValueError("out of ideas")

    assert all(isinstance(one, Bad) for one in each(ask, range(16), time.monotonic() + 60))
    assert times == [16, 8, 4, 2, 1, 15, 7, 3, 1, 14]
    times.clear()
    each(ask, range(16), time.monotonic() - 1)
    assert not times


def test_out_of_memory_is_nothing_that_a_case_is_to_blame_for() -> None:
    def ask(_: Any) -> Any:
        raise MemoryError

    with pytest.raises(MemoryError):
        each(ask, range(4), time.monotonic() + 60)
