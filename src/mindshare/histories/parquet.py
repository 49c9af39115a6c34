"""Parquet files, each read in a process of its own: a damaged one may end the process that reads it, and no look beforehand tells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError

if TYPE_CHECKING:
    import polars as pl

READ = "import sys, polars; polars.read_parquet(sys.argv[1]).write_ipc(sys.argv[2])"


def read_parquet(path: Path, file: str) -> pl.DataFrame:
    """The table. Raises HistoryError where it cannot be read; `file` is what users call it."""
    import polars as pl

    with TemporaryDirectory(prefix="mindshare-parquet-", ignore_cleanup_errors=True) as folder:
        read = Path(folder) / "read.arrow"
        command = [sys.executable, "-c", READ, str(path), str(read)]
        told = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if told.returncode:
            raise HistoryError("this is not a whole parquet file. Write it again.", file=file)
        return pl.read_ipc(read)
