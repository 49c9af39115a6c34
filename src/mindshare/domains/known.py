"""The domains there are, in the order in which they are listed. A new one of this program gets its line here; `own.py` finds others."""

from __future__ import annotations

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.domains.city.domain import City
from mindshare.domains.digits.domain import Digits
from mindshare.domains.domain import Domain, Training
from mindshare.domains.manufacturing.domain import Manufacturing
from mindshare.domains.medicine.domain import Medicine
from mindshare.domains.own import is_own, own_domain
from mindshare.domains.tickets.domain import Tickets
from mindshare.domains.traffic.domain import Traffic

DOMAINS: tuple[Domain, ...] = (
    Digits(),
    Manufacturing(),
    Tickets(),
    City(),
    Medicine(),
    Traffic(),
)
OWN = " A domain of your own is named by its file, such as desk.py."


def domain_of(name: str) -> Domain:
    """The domain of that name, or one of one's own: FILE.py, FILE.py:NAME or MODULE:NAME."""
    if is_own(name):
        return own_domain(name)
    for domain in DOMAINS:
        if domain.name == name:
            return domain
    names = [domain.name for domain in DOMAINS]
    raise MindshareError(
        f"There is no demo '{name}'; there are {listed(names)}.{nearest(name, names) or OWN}"
    )


def training_of(name: str) -> Training:
    """What the domain of that name trains."""
    trains = {domain.name: domain.training for domain in DOMAINS if domain.training is not None}
    if name not in trains:
        raise MindshareError(f"There is nothing to train for '{name}'. There is: {listed(trains)}.")
    return trains[name]
