"""The shapes of reliance: how far each person follows advice."""

from __future__ import annotations

from typing import Literal

from mindshare.web.shapes import Out


class Share(Out):
    """So often `yes`, `of` so many; the mean of its posterior, with an interval of 95 %."""

    yes: int
    of: int
    mean: float
    mean_95: list[float]


class PersonReliance(Out):
    """Of one person: what may be said with a probability of 90 % (`looks_like`), and the shares behind it (docs/advice.md)."""

    id: str
    looks_like: Literal["fast", "follower", "ignorer", "careful", "open"]
    simulated: bool
    answers: int
    planted: int
    follows_wrong: Share
    follows_right: Share
    put_right: Share
    kept_right: Share
    changes: Share
    misled: Share
    right_alone: Share
    right_shown: Share
    too_fast: Share
    hasty: Share


class RelianceOut(Out):
    """Of all people; of all `answers`, those given with advice in sight, and those with planted advice."""

    people: list[PersonReliance]
    answers: int
    with_advice: int
    planted: int
