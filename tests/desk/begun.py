"""`mindshare serve` as somebody types it, in a process of its own; what it printed, and a page that counts what a person clicks."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LABELS = ("billing", "bug", "delivery")


@contextmanager
def begun(words: Sequence[str]) -> Iterator[dict[str, str]]:
    """First word of each line that was printed (Address, Open, Desk, ...) -> the rest of it."""
    command = [sys.executable, "-m", "mindshare", "serve", *words, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told: dict[str, str] = {}
        try:
            for line in process.stdout:
                name, _, rest = line.partition(":")
                told[name.strip()] = rest.strip()
                if "Ctrl-C" in line:
                    break
            else:
                raise AssertionError(process.stderr.read())
            yield told
        finally:
            process.terminate()
            _, wrong = process.communicate(timeout=60)
    assert process.returncode == 0 and "Traceback" not in wrong, wrong


def link(told: dict[str, str], name: str = "Open") -> str:
    """The address in a line."""
    return told[name].split()[0]


def write_own(file: Path, *, known: int = 2_000, rows: int = 2_500, first: int = 1) -> Path:
    """A table as people have them: a model's label and confidence, the truth of the older rows, a text, a column of ids."""
    chance = random.Random(first)
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["ticket_id", "channel", "message", "model", "model_confidence", "truth"])
        for i in range(rows):
            truth = chance.choice(LABELS)
            right = chance.random() < 0.78
            said = truth if right else chance.choice([label for label in LABELS if label != truth])
            sure = min(0.99, chance.gauss(0.85 if right else 0.65, 0.12))
            text = f"Order {chance.randrange(10**6)} is not as it should be; please look at it soon, thank you very much."
            channel = chance.choice(("web", "mail", "chat"))
            table.writerow([f"T{first + i}", channel, text, said, f"{sure:.2f}", truth if i < known else ""])
    return file


class Counted:
    """A page, and how often somebody clicked on it or pressed a key."""

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, page: Any, what: str) -> None:
        self.clicks += 1
        page.click(what)

    def press(self, page: Any, key: str) -> None:
        self.clicks += 1
        page.keyboard.press(key)
