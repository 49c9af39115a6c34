"""Writes today's lists: a page to print, a list on each sheet, and the same as CSV."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from mindshare.domains.city.schedule import VISITS_A_DAY
from mindshare.domains.city.today import Today

PAGE, TABLE = "today.html", "today.csv"


def write_today(out: Path, today: Today) -> None:
    """Writes PAGE and TABLE into the folder `out`, in place of those that were there."""
    import polars as pl
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    made = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape())
    text = made.get_template(PAGE).render(today=today, visits_a_day=VISITS_A_DAY)
    (out / PAGE).write_text(text, encoding="utf-8", newline="\n")
    rows = [{"day": today.day, **asdict(stop), "chance": round(stop.chance, 4)} for stop in today.stops]
    pl.DataFrame(rows).write_csv(out / TABLE, line_terminator="\n")
