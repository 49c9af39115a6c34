"""davidson: votes on hate speech and offensive language in tweets (Davidson et al. 2017); one vote is the person, the rest the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mindshare.histories.public.draw import draw_from_counts
from mindshare.histories.public.tables import Tables, left_out, read_text_table
from mindshare.histories.public.text_machine import NAME, machine_answers

LABELS = ["hate", "offensive", "neither"]
_VOTES = ("hate_speech", "offensive_language", "neither")
PERSON = "crowd"
_NOISE = (
    r"https?://\S+|@\w+|&\S+;|[^a-z ]"  # what differs between two posts of one tweet: links, names, signs
)


def davidson(source: Path) -> Tables:
    """One drawn vote (seed 0) is the person's answer; the truth is the majority of the remaining votes, ties leave."""
    table = read_text_table(source / "labeled_data.csv")
    votes = table.select(pl.col(c).cast(pl.Int32) for c in _VOTES).to_numpy()
    drawn = draw_from_counts(votes, 1, seed=0)[:, 0]
    rest = votes - np.eye(len(LABELS), dtype=np.int32)[drawn]
    ranked = np.sort(rest, axis=1)
    clear = ranked[:, -1] > ranked[:, -2]
    names = np.array(LABELS)
    tweets = table.select(
        case=pl.format("tweet-{}", pl.col(table.columns[0]).str.zfill(5)),
        truth=pl.Series(names[rest.argmax(axis=1)]),
        parent=_same_tweet(pl.col("tweet")).rank("dense") - 1,
        tweet="tweet",
        answer=pl.Series(names[drawn]),
    ).filter(pl.Series(clear))
    cases = tweets.select("case", "truth", pl.format("text-{}", "parent").alias("parent"), "tweet")
    person = tweets.select("case", pl.lit(PERSON).alias("agent"), "answer")
    machine = machine_answers(cases, "tweet", LABELS)
    return Tables(
        team={
            "name": "davidson: tweets, a text model; crowd is one drawn vote, a different person each time",
            "labels": LABELS,
            "utility": "accuracy",
            "agents": {NAME: {"kind": "machine"}, PERSON: {"kind": "person"}},
        },
        cases=cases,
        answers=pl.concat([machine, person], how="diagonal").sort("case", "agent"),
        dropped=left_out(int((~clear).sum()), "tweets whose remaining votes are tied"),
    )


def _same_tweet(tweet: pl.Expr) -> pl.Expr:
    """The words of a tweet without links, names and signs: equal for two posts of one tweet."""
    plain = tweet.str.to_lowercase().str.replace_all(_NOISE, "").str.replace_all(r"\brt\b|\s+", " ")
    return plain.str.replace_all(r"\s+", " ").str.strip_chars()
