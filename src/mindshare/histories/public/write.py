"""Write a history directory: cases.csv, answers.csv, team.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import yaml


def write_history(out: Path, team: dict[str, Any], cases: pl.DataFrame, answers: pl.DataFrame) -> None:
    """The three files of a history; the same tables give the same bytes."""
    out.mkdir(parents=True, exist_ok=True)
    cases.write_csv(out / "cases.csv")
    answers.write_csv(out / "answers.csv")
    text = yaml.safe_dump(team, sort_keys=False, allow_unicode=True, width=1000)
    (out / "team.yaml").write_text(text, encoding="utf-8")
