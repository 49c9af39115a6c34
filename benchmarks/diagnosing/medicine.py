"""Medicine: symptoms, then readers of X-rays and ECGs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from diagnosing.reading import readers
from diagnosing.symptoms import symptoms


def medicine(data: Path) -> Iterator[tuple[str, str]]:
    yield from symptoms(data)
    yield from readers(data)
