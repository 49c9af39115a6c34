"""Whether people are asked about a case alone, or shown what machines say: what the settings of its kind, the guard and a draw leave open.

The rest the rule decides: of the seats that are left (`core/seat.py`), the one of the best net is asked.
"""

from __future__ import annotations

from typing import NamedTuple

from mindshare.core.guard.draw import is_drawn
from mindshare.engine.settings import Kind


class Manners(NamedTuple):
    """In which manners people may be asked about a case."""

    alone: bool
    shown: bool


def manners(how: Kind, case: str, seed: int, *, can_show: bool) -> Manners:
    """`can_show`: there is something to be shown, and no rule of the guard wants a blind answer.

    Where it is learnt whether to show, a share of the cases is drawn by a hash of their ids, half of them for either manner: what
    is never done is never learnt.
    """
    if how.shown == "never" or not can_show:
        return Manners(alone=True, shown=False)
    if how.shown == "always":
        return Manners(alone=False, shown=True)
    key = f"{seed}".encode()
    if is_drawn(key, f"tried:{case}", how.tried):
        shown = is_drawn(key, f"shown:{case}", 0.5)
        return Manners(alone=not shown, shown=shown)
    return Manners(alone=True, shown=True)
