"""`why.csv` beside a history that a service wrote: why each agent was asked, and so what the log cannot judge."""

from __future__ import annotations

from pathlib import Path

from mindshare.core.errors import counted

FILE = "why.csv"
RULE, RECORDED, AUDIT = "rule", "recorded", "audit"  # other reasons are those of the guard, in words
PRICE = "price:"


def why_in_words(directory: Path) -> tuple[str, ...]:
    """What a log cannot judge, a sentence; nothing where the history is no log."""
    file = directory / FILE
    if not file.is_file():
        return ()
    import polars as pl

    why = pl.read_csv(
        file, columns=["case", "agent", "why"], schema_overrides={"case": pl.String, "agent": pl.String}
    )
    asked = why.filter(pl.col("why") != RECORDED)
    rule, audit = (int((asked["why"] == word).sum()) for word in (RULE, AUDIT))
    sample = f" Only the {counted(audit, 'question')} of the audit are a fair sample." if audit else ""
    return (
        f"This is the log of a service: {counted(rule, 'answer')} of {len(asked):,} were asked for by the rule, where people were"
        " thought to be worth most, and nobody knows what they would have said elsewhere. So the gain of asking people is that of"
        f" those cases, and what more questions would bring cannot be judged.{sample}",
    )
