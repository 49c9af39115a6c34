"""Writes a history directory: the same tables give the same bytes, on every machine and on every day."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.histories.places import check_directory
from mindshare.histories.tables import ENDINGS
from mindshare.histories.team import FILE

if TYPE_CHECKING:
    import polars as pl

PLAIN_BYTES = 5_000_000  # a larger csv is packed


def write_history(
    history_dir: str | Path, team: Mapping[str, Any], cases: pl.DataFrame, answers: pl.DataFrame
) -> Path:
    """Writes team.yaml, cases and answers as they are, in the order given, in place of what was there.

    Numbers and strings of numpy in `team` are written as their plain values. Raises MindshareError, and writes nothing, where the team
    holds what YAML cannot say.
    """
    import yaml

    directory = Path(history_dir)
    check_directory(directory, must_be_empty=False)
    try:
        text = yaml.safe_dump(_plain(team), sort_keys=False, allow_unicode=True, width=110)
    except yaml.representer.RepresenterError as error:
        raise MindshareError(
            f"The team cannot be written: {error.args[-1]!r} is neither a number, a string, a list nor a mapping."
        ) from error
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for stem in ("cases", "answers"):
            for end in ENDINGS:
                (directory / f"{stem}{end}").unlink(missing_ok=True)
        _write_csv(directory / "cases.csv", cases)
        _write_csv(directory / "answers.csv", answers)
        (directory / FILE).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:  # a full disk
        raise MindshareError(
            f"The history could not be written to {history_dir}: {error.strerror}."
        ) from error
    return directory


def _plain(value: Any) -> Any:
    """The same without types of numpy; a string or number of numpy passes for a plain one until YAML is to write it."""
    if isinstance(value, Mapping):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def write_tables(directory: Path, cases: pl.DataFrame, answers: pl.DataFrame) -> None:
    """Cases, and answers where there are any, without a team, as open cases are, in place of those that were there."""
    for stem in ("cases", "answers"):
        for end in ENDINGS:
            (directory / f"{stem}{end}").unlink(missing_ok=True)
    _write_csv(directory / "cases.csv", cases)
    if answers.height:
        _write_csv(directory / "answers.csv", answers)


def _write_csv(path: Path, frame: pl.DataFrame) -> None:
    text = io.BytesIO()
    frame.write_csv(text, line_terminator="\n", null_value="")
    body = text.getbuffer()
    if len(body) <= PLAIN_BYTES:
        path.write_bytes(body)
        return
    with (
        path.with_name(path.name + ".gz").open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as packed,
    ):
        packed.write(body)
