"""A service in a process of its own, on a free port, for as long as a block runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mindshare.core.errors import MindshareError

ADDRESS = "Address: "
PATIENCE = 60  # seconds that it has to end


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """Starts the service of this folder; the block gets its address. It ends with the block, and keeps what it acknowledged."""
    command = [sys.executable, "-m", "mindshare", "serve", "--folder", str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process, folder)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(process: subprocess.Popen[str], folder: Path) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stdout:
        if line.startswith(ADDRESS):
            return line.removeprefix(ADDRESS).strip()
    said = process.stderr.read().strip().splitlines()
    raise MindshareError(f"The service in {folder} did not start: {said[-1] if said else 'it said nothing'}")
