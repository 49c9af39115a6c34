"""Cases that a machine answers together, where one of them may make it raise: that one is found by halves, and the others are answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

MORE = 20  # askings beyond the first one: enough for at least three bad cases of sixteen
Ask = Callable[[Sequence[Any]], Sequence[Any]]


class Bad(NamedTuple):
    """The machine raised at this case, or at a batch with this case in it that was not divided further."""

    why: Exception


def each(ask: Ask, cases: Sequence[Any], until: float, more: int = MORE) -> list[Any]:
    """The answer to each case, or Bad. A bad one costs at most log2(n) + 2 askings more, all of them at most `more`, none after `until`.

    Where the machine has answered nothing, raises at two cases and at all others together, it is no case that is bad, and no other
    is looked for. MemoryError is raised: whoever ran out of memory cannot be asked again.
    """
    askings = _Askings(ask, cases, until, more + 1)
    left = list(range(len(cases)))
    while left and askings.go_on() and not askings.told(left):
        if len(askings.out) > 1 and not askings.answered:
            break
        left = _without_one(askings, left)
    return [askings.out.get(i, Bad(askings.last)) for i in range(len(cases))]


class _Askings:
    def __init__(self, ask: Ask, cases: Sequence[Any], until: float, most: int) -> None:
        self._ask, self._cases, self._until, self._most = ask, cases, until, most
        self.out: dict[int, Any] = {}
        self.answered, self.last = False, Exception("nothing came")

    def go_on(self) -> bool:
        return self._most > 0 and time.monotonic() < self._until

    def told(self, part: Sequence[int]) -> bool:
        """Whether the machine answers these."""
        self._most -= 1
        try:
            said = self._ask([self._cases[i] for i in part])
        except MemoryError:
            raise
        except Exception as e:  # noqa: BLE001 - whatever a machine raises
            self.last = e
            if len(part) == 1:
                self.out[part[0]] = Bad(e)
            return False
        self.out.update(zip(part, said, strict=True))
        self.answered = True
        return True


def _without_one(askings: _Askings, part: list[int]) -> list[int]:
    """The machine raises at these: finds one to blame; returns those of the others that it was not asked about alone."""
    rest: list[int] = []
    while len(part) > 1 and askings.go_on():
        half, other = part[: len(part) // 2], part[len(part) // 2 :]
        if askings.told(half):
            part = other
        else:
            part, rest = half, other + rest
    if len(part) == 1 and part[0] not in askings.out and askings.go_on():
        askings.told(part)
    return [i for i in part if i not in askings.out] + rest
