"""A small valid history; a test changes only what it is about."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl

TEAM = """\
name: small
labels: [cat, dog]
agents:
  bot: {kind: machine}
  person_*: {kind: person}
"""
CASES = """\
case,truth,size
c1,cat,1.5
c2,dog,2.5
c3,,0.5
c4,cat,1.5
"""
ANSWERS = """\
case,agent,answer,seconds,confidence,p:cat,p:dog
c1,bot,cat,,0.9,0.9,0.1
c1,person_1,cat,4,,,
c2,bot,cat,,0.6,0.6,0.4
c2,person_1,dog,8,,,
c4,bot,cat,,0.8,0.8,0.2
"""


def write_small_history(
    directory: Path,
    *,
    team: str | bytes | None = TEAM,
    cases: str | bytes | None = CASES,
    answers: str | bytes | None = ANSWERS,
    end: str = ".csv",
) -> Path:
    """Writes the three files, None = that file is missing and bytes as they are; `end` is .csv, .csv.gz or .parquet."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in (("team.yaml", team), (f"cases{end}", cases), (f"answers{end}", answers)):
        if content is None:
            continue
        body = content.encode() if isinstance(content, str) else content
        if name.endswith(".gz") and isinstance(content, str):
            body = gzip.compress(body, mtime=0)
        if name.endswith(".parquet"):
            pl.read_csv(body).write_parquet(directory / name)
        else:
            (directory / name).write_bytes(body)
    return directory
