"""Cases of which the end is not read: each time it is said how many there were."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Cut(UserWarning):
    """`many` of `cases` are longer than what is read of them. `what`: which, and than what."""

    def __init__(self, many: int, cases: int, what: str) -> None:
        super().__init__(f"{many:,} of {cases:,} {what}; what comes after that is not read.")
        self.many, self.what = many, what


@contextmanager
def counting(found: Counter[str]) -> Iterator[None]:
    """What is warned of as cut inside is added to `found` by what it is, and not warned of; all other warnings are."""
    with warnings.catch_warnings(record=True) as told:
        warnings.filterwarnings("always", category=Cut)
        yield
    for one in told:
        if isinstance(one.message, Cut):
            found[one.message.what] += one.message.many
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
