"""Whether people are asked about a case alone, or shown what machines say: what the settings of its kind, the guard and a draw leave open.

never     nobody is shown it
request   a person who has the case may ask for it (`revealing.py`)
after     the same, once he or she has given an own answer
always    it is shown with the case
learnt    the rule decides: of the seats that are left (`core/seat.py`), the one of the best net is asked

Except with never and always, a share of the cases is drawn by a hash of their ids, half of them for either manner: what is never done is
never learnt.
"""

from __future__ import annotations

from typing import NamedTuple

from mindshare.core.guard.draw import is_drawn
from mindshare.engine.settings import Kind

ON_REVEAL = ("request", "after")


class Manners(NamedTuple):
    """In which manners people may be asked about a case."""

    alone: bool
    shown: bool


def manners(how: Kind, case: str, seed: int, *, can_show: bool) -> Manners:
    """`can_show`: there is something to be shown, and no rule of the guard wants a blind answer."""
    if how.shown not in ("always", "learnt") or not can_show:
        return Manners(alone=True, shown=False)
    if how.shown == "always":
        return Manners(alone=False, shown=True)
    shown = drawn_manner(how, case, seed)
    return Manners(alone=shown is not True, shown=shown is not False)


def drawn_manner(how: Kind, name: str, seed: int) -> bool | None:
    """Whether a person who has this case is, by the draw, to be shown what machines say; None = it is not drawn."""
    key = f"{seed}".encode()
    return is_drawn(key, f"shown:{name}", 0.5) if is_drawn(key, f"tried:{name}", how.tried) else None
