"""Seats: a person alone, and the same person shown what machines say, are two agents of which one is asked about a case.

`ana` answers alone; what she answers after she has seen the machines' answers is that of the agent `ana+shown`. Each seat has counts,
weights, seconds and a channel of its own, so that what showing does is learnt; the minutes of both are hers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
SHOWN = "+shown"


def shown_seat(person: str) -> str:
    """The agent that answers as this person does who is shown what machines say."""
    return person + SHOWN


def is_shown(agent: str) -> bool:
    """Whether this is the seat of somebody who is shown what machines say."""
    return agent.endswith(SHOWN)


def person_of(agent: str) -> str:
    """Who sits there; every other agent is himself or herself."""
    return agent.removesuffix(SHOWN)


def other_seats(agents: Sequence[str]) -> I64 | None:
    """(K,) the place of the other seat of the same person, -1 = there is none; None = nobody has two."""
    if not any(map(is_shown, agents)):
        return None
    place = {name: k for k, name in enumerate(agents)}
    out = np.full(len(agents), -1, np.int64)
    for name, k in place.items():
        if is_shown(name) and person_of(name) in place:
            out[k] = place[person_of(name)]
            out[out[k]] = k
    return out if (out >= 0).any() else None
