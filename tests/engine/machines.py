"""Machines that are Python functions, good and bad, for tests: each runs in a process of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

Cases = Sequence[Mapping[str, Any]]


def sure(cases: Cases) -> list[dict[str, float]]:
    return [{"billing": 0.02, "bug": 0.95, "delivery": 0.03} for _ in cases]


def raises(cases: Cases) -> list[str]:
    raise ValueError("out of ideas")


def sleeps(cases: Cases) -> list[str]:
    time.sleep(1e6)
    return []


def not_a_number(cases: Cases) -> list[dict[str, float]]:
    return [{"billing": float("nan"), "bug": 0.5, "delivery": 0.5} for _ in cases]


def too_much(cases: Cases) -> list[dict[str, float]]:
    return [{"billing": 0.9, "bug": 0.9} for _ in cases]


def another_word(cases: Cases) -> list[str]:
    return ["weather" for _ in cases]


def kills_itself(cases: Cases) -> list[str]:
    os.kill(os.getpid(), 9)
    return []


def kills_on_many(cases: Cases) -> list[str]:
    time.sleep(0.2)  # so that others wait meanwhile
    if len(cases) > 1:
        os.kill(os.getpid(), 9)
    return ["bug" for _ in cases]


def grows(cases: Cases) -> list[str]:
    return ["bug" if bytearray(2_000_000_000) else "billing" for _ in cases]


def slow(cases: Cases) -> list[str]:
    time.sleep(0.3)
    return ["bug" for _ in cases]


def all_but_bad(cases: Cases) -> list[str]:
    """Raises at a batch in which a case says that it is bad."""
    for case in cases:
        if case["content"] == "bad":
            raise ValueError("this one is bad")
    time.sleep(0.02)
    return ["bug" for _ in cases]
