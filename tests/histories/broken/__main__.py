"""Prints every broken history with what it is told, and rewrites docs/errors.md."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.histories.broken import BROKEN, DOC, table


def _main() -> None:
    for broken in BROKEN:
        with tempfile.TemporaryDirectory() as directory:
            sys.stdout.write(f"{broken.what}\n    {broken.sentence(Path(directory))}\n")
    DOC.write_text(table(), encoding="utf-8")


if __name__ == "__main__":
    _main()
