"""Cases that are over leave memory: they are archived beside the log, and come back when somebody speaks of them."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from mindshare.engine.cases import CANCELLED, DECIDED, CaseState
from mindshare.engine.state import State
from mindshare.store.protocol import Archived

IN_MEMORY = 10_000  # cases that are over: outcomes come soon, and people look at what they just did
AT_ONCE = 1_000  # that leave with one frame
_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(CaseState)


class Archive(Protocol):
    """Where they are; a store is one."""

    def archived(self, name: str, upto: int | None = None) -> bytes | None:
        """A case by its id, as of this frame or before."""

    def archived_of(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """Cases by their ids, those that are there."""

    def archived_after(self, place: int, most: int) -> list[Archived]:
        """Cases that came after the one of this number, in the order of coming."""


class Cases(dict[str, CaseState]):
    """id -> case. `cases[id]` reads one back that was archived; `in`, `get` and iteration know of those in memory only.

    `upto`: while frames are read again, what was archived with a later one does not count yet.
    """

    def __init__(
        self,
        known: Mapping[str, CaseState] | None = None,
        archive: Archive | None = None,
        upto: int | None = None,
    ) -> None:
        super().__init__(known or {})
        self._archive, self.upto = archive, upto
        self.read_back: dict[str, bytes] = {}  # id -> as it was archived
        self.fresh: list[str] = []  # those read back since somebody looked

    def __missing__(self, case_id: str) -> CaseState:
        data = None if self._archive is None else self._archive.archived(case_id, self.upto)
        if data is None:
            raise KeyError(case_id)
        return self._back(case_id, data)

    def fetch(self, case_ids: Sequence[str]) -> None:
        """Reads back those of these cases that were archived, in one go; it is not for frames that are read again (`upto`)."""
        away = [case_id for case_id in case_ids if case_id not in self]
        if away and self._archive is not None:
            for case_id, data in self._archive.archived_of(away).items():
                self._back(case_id, data)

    def _back(self, case_id: str, data: bytes) -> CaseState:
        case = self[case_id] = _decoder.decode(data)
        self.read_back[case_id] = data
        self.fresh.append(case_id)
        return case


class Past:
    """Which cases leave, in the order in which they were over. `in_memory`: so many that are over stay."""

    def __init__(self, state: State, archive: Archive | None, in_memory: int = IN_MEMORY) -> None:
        self._state, self._archive, self._most = state, archive, in_memory
        self._over = dict.fromkeys(case.id for case in state.cases.values() if self._is_over(case))

    def over(self, case_id: str) -> None:
        """Nothing is expected of this case any more."""
        self._over[case_id] = None

    def known(self, case_ids: Sequence[str]) -> dict[str, CaseState]:
        """Those of these cases that came before; one look into the archive for all of them."""
        cases = self._state.cases
        if isinstance(cases, Cases):
            cases.fetch(case_ids)
        return {case_id: cases[case_id] for case_id in case_ids if case_id in cases}

    def leaving(self) -> list[Archived]:
        """The cases that leave memory now, to be archived with the frame that is written next."""
        cases, out = self._state.cases, list[Archived]()
        if self._archive is None or not isinstance(cases, Cases):
            return out
        self._over |= dict.fromkeys(cases.fresh)
        cases.fresh.clear()
        while len(self._over) > self._most and len(out) < AT_ONCE:
            case_id = next(iter(self._over))
            del self._over[case_id]
            before, case = cases.read_back.pop(case_id, None), cases.get(case_id)
            if case is None or not self._is_over(case):
                continue  # it is told once it is over again
            data = _encoder.encode(case)
            if data != before:
                out.append(Archived(case_id, case.number, data))
            del cases[case_id]
        return out

    def after(self, number: int, most: int) -> list[CaseState]:
        """The next cases in the order of coming, at most so many: those in memory and those that were archived."""
        later = (case for case in self._state.cases.values() if case.number > number)
        found = {case.number: case for case in heapq.nsmallest(most, later, key=lambda case: case.number)}
        for old in [] if self._archive is None else self._archive.archived_after(number, most):
            if old.name not in self._state.cases:
                found[old.place] = _decoder.decode(old.data)
        return [found[n] for n in sorted(found)][:most]

    def _is_over(self, case: CaseState) -> bool:
        decided = case.status == DECIDED and case.id not in self._state.graced
        return not (case.token or case.runs) and (decided or case.status == CANCELLED)
