"""One decision on a case that has come: its record, and the sentences that tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.errors import listed
from mindshare.core.pacing.ledger import Floats, Ledger
from mindshare.core.pacing.price_update import Shared, sensible


class Arrival(NamedTuple):
    """A case that has come, and been counted."""

    number: int
    kind: str


class Decision(NamedTuple):
    """What was decided on a case, and all that led to it. Option 0 is the stop."""

    option: int
    value: float
    net: float  # value - price . use
    use: Floats  # (R,) what the option is expected to use
    price: Floats  # (R,) at which it was taken
    left: Floats  # (R,) before it was taken
    reserve: Floats  # (R,) of what was left, kept for mandatory cases
    second: int  # the best other option that fitted, -1 where there is none
    second_net: float
    refused: int  # the option of the best net, where the ledger forbade it; else -1
    until: Floats  # (R,) when the period ends in which it was spent
    number: int  # of the charge in the ledger
    case: int  # the number of the case


def recorded(
    told: tuple[int, float, int, float, int],
    worth: Floats,
    uses: Floats,
    shared: Shared,
    ledger: Ledger,
    case: Arrival,
) -> Decision:
    """The record of what the prices called for (`price_update.decide`); the ledger takes what it is expected to use."""
    chosen, net, second, second_net, wanted = told
    left, use = ledger.left, uses[chosen].copy()
    return Decision(
        option=chosen,
        value=float(worth[chosen]),
        net=net,
        use=use,
        price=shared.price.copy(),
        left=left,
        reserve=shared.reserve,
        second=second,
        second_net=second_net,
        refused=wanted if wanted != chosen else -1,
        until=ledger.until.copy(),
        number=ledger.take(use),
        case=case.number,
    )


def options_of(value: ArrayLike, use: ArrayLike, resources: int) -> tuple[Floats, Floats]:
    """Values (K,) and uses (K, R) of the options as arrays; ValueError where they make no sense."""
    worth, uses = np.asarray(value, np.float64), np.asarray(use, np.float64)
    if worth.ndim != 1 or not len(worth) or uses.shape != (len(worth), resources):
        raise ValueError(
            f"value must be (K,) and use (K, {resources}). Got {worth.shape} and {uses.shape} instead."
        )
    if not sensible(worth, uses):
        raise ValueError(
            "value must be finite, use finite and not negative, and option 0, the stop, must use nothing."
        )
    return worth, uses


def sentence(decision: Decision, resources: Sequence[str], options: Sequence[str]) -> str:
    """The decision in one sentence that can be checked: value, use, prices, net, and what else there was."""
    paid = " + ".join(
        f"{u:.3g} {r} at {p:.3g}"
        for r, u, p in zip(resources, decision.use, decision.price, strict=True)
        if u > 0
    )
    told = f"{options[decision.option]} is worth {decision.value:.3f}"
    told += f" and uses {paid}: net {decision.net:+.3f}." if paid else " and uses nothing."
    if decision.refused >= 0:
        told += f" {options[decision.refused]} would have been better, but does not fit into what is left."
    if decision.second >= 0:
        told += f" Next: {options[decision.second]}, net {decision.second_net:+.3f}."
    return told


def nothing_fits(kind: str, uses: Floats, ledger: Ledger) -> str:
    """Why a mandatory case cannot be served."""
    short = np.any(ledger.used + uses[1:] > ledger.limit, axis=0).tolist()
    names = [
        f"{r} ({left:.3g} left)" for r, left, s in zip(ledger.resources, ledger.left, short, strict=True) if s
    ]
    return (
        f"A case of kind '{kind}' must be served, and no option fits into what is left of {listed(names) or 'the limits'}."
        " Raise the limit, or wait for the next period."
    )
