"""crowd-*: crowd workers' answers with truth, on some sets with seconds (Venanzi et al. 2016); people only."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from mindshare.histories.public.tables import Tables, first_answers, read_text_table

FILES = {  # variant -> file, has seconds
    "crowd-cf": ("CF.csv", False),
    "crowd-cf-amt": ("CF_amt.csv", True),
    "crowd-ms": ("MS.csv", False),
    "crowd-sp": ("SP.csv", False),
    "crowd-sp-amt": ("SP_amt.csv", True),
    "crowd-zencrowd-in": ("ZenCrowd_in.csv", True),
    "crowd-zencrowd-us": ("ZenCrowd_us.csv", True),
}
_MENTION = (
    r"^(.*?)-(?:http|.*undisclosedLink)"  # zencrowd items: the mention, a hyphen, one of its possible links
)


def crowd_answers(source: Path, name: str) -> Tables:
    """One case an item, every worker a person."""
    file, timed = FILES[name]
    columns = ["agent", "case", "answer", "truth", *(["seconds"] if timed else [])]
    rows = read_text_table(source / file, columns)
    if timed:
        rows = rows.with_columns(pl.col("seconds").cast(pl.Float64))
    if "zencrowd" in name:
        rows = _shared_pages(rows)
    kept, repeated = first_answers(rows)
    cases = kept.unique("case", keep="first", maintain_order=True).sort("case")
    labels = sorted(set(kept["truth"]) | set(kept["answer"]), key=lambda label: (len(label), label))
    return Tables(
        team={
            "name": f"{name}: crowd workers",
            "labels": labels,
            "utility": "accuracy",
            "agents": {"*": {"kind": "person"}},
        },
        cases=cases.select("case", "truth", *(["parent"] if "parent" in cases.columns else [])),
        answers=kept.select("case", "agent", "answer", *(["seconds"] if timed else [])).sort("case", "agent"),
        dropped=repeated,
    )


def _shared_pages(rows: pl.DataFrame) -> pl.DataFrame:
    """Zencrowd repeats a page's seconds on every link of a mention: each link gets its equal part of the page."""
    mention = pl.col("case").str.extract(_MENTION)
    page = ["agent", "parent", "seconds"]
    return rows.with_columns(parent=pl.coalesce(mention, "case")).with_columns(
        seconds=(pl.col("seconds") / pl.len().over(page)).round(3)
    )
