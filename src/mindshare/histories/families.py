"""Which families of belief are in the race of a backtest, and what became of answer attention, in words."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Literal

from mindshare.core.belief.holdout import Learner
from mindshare.core.errors import MindshareError

Family = Literal["pool", "auto", "attention"]
INSTALL = "torch is not installed: pip install 'mindshare[deep]'"


def learner(family: Family, seed: int) -> Learner | None:
    """What learns answer attention. `auto`: the race decides, `attention`: taken whatever it says, `pool`: never tried.

    Without torch `auto` races without it (`fate` says so) and `attention` is refused.
    """
    if family == "pool":
        return None
    if find_spec("torch") is None:
        if family == "attention":
            raise MindshareError(f"A belief of the family 'attention' has to be learnt, but {INSTALL}.")
        return None
    from mindshare.machines.belief.answer_attention import AnswerAttention

    return AnswerAttention(seed, always=family == "attention")


def fate(family: Family, families: Sequence[str], raced: bool) -> str:
    """What became of answer attention; `families`: the belief of each fold, `raced`: it has a figure in the race."""
    taken = sum(name.endswith("attention") for name in families)
    if family == "pool":
        return "not in the race: not asked for"
    if find_spec("torch") is None:
        return f"not in the race: {INSTALL}"
    if not raced:
        return "not in the race: too few cases"
    return f"taken in {taken} of {len(families)} folds" + (", as asked" if family == "attention" else "")
