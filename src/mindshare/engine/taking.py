"""Commands about cases: they come, turn out, are decided otherwise, reopened, cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from mindshare.core.errors import Conflict, MindshareError, Overloaded
from mindshare.engine import events as ev
from mindshare.engine.cases import CANCELLED, DECIDED, CaseState
from mindshare.engine.commands import Commands
from mindshare.engine.incoming import NewCase, Sight, read_case, sight_of
from mindshare.engine.judging import Look
from mindshare.engine.seeing import taught_of


class Taking(Commands):
    """Cases."""

    def submit(self, raws: Sequence[bytes], by: str = "") -> list[CaseState | MindshareError]:
        """New cases, each decided, given to somebody or put in the queue. One that came before is told as it stands.

        An error in the place of a case says why it was refused; the others are taken all the same.
        """
        told: dict[int, CaseState | MindshareError] = {}
        fresh: dict[str, list[tuple[int, Sight]]] = {}
        seen: dict[str, int] = {}
        came: dict[int, NewCase] = {}
        for i, raw in enumerate(raws):
            try:
                came[i] = read_case(raw)
            except MindshareError as e:
                told[i] = e
        before = self.past.known([new.id for new in came.values()])
        for i, new in came.items():
            try:
                if new.id in before:
                    told[i] = self._again(before[new.id], new, raws[i])
                elif new.id in seen:
                    if came[seen[new.id]] != new:
                        raise Conflict(f"Case '{new.id}' comes twice, with other contents.")
                else:
                    self._must_be_welcome(new)
                    seen[new.id] = i
                    kind, sight = self._known(new)
                    fresh.setdefault(kind, []).append((i, sight))
            except MindshareError as e:
                told[i] = e
        looked: dict[int, tuple[str, Sight, Look]] = {}
        for kind, news in fresh.items():
            looks = self.seeing.first_looks(kind, [sight for _, sight in news])
            for (i, sight), look in zip(news, looks, strict=True):
                if isinstance(look, MindshareError):
                    told[i] = look
                else:
                    looked[i] = kind, sight, look
        for i in sorted(looked):
            told[i] = self._receive(raws[i], *looked[i], by)
        return [told[i] if i in told else told[seen[came[i].id]] for i in range(len(raws))]

    def outcome(self, case_id: str, label: str, by: str = "") -> CaseState:
        """What turned out to be true, which teaches at once. A later one takes back what an earlier one taught."""
        case = self.case(case_id)
        self.seeing.must_be_label(case.kind, label)
        if case.outcome != label:
            before = case.outcome
            self.writing.emit(ev.Came(at=self.now, case=case_id, label=label, by=by, first=not before))
            if self.settings.learn and not case.erased:
                sight, heard = self.seeing.sight(case), taught_of(case)
                self.seeing.teach(case.kind, [sight], [heard], [label], [before])
        return case

    def override(self, case_id: str, label: str, reason: str, by: str, how: str = "override") -> CaseState:
        """Somebody with the right to do so decides, with a reason. `how`: override, reversal or appeal."""
        case = self.case(case_id)
        self.seeing.must_be_label(case.kind, label)
        if not reason.strip():
            raise MindshareError(f"Say why the verdict on case '{case_id}' is overridden.")
        if case.status == CANCELLED:
            raise Conflict(f"Case '{case_id}' is cancelled.")
        self.writing.emit(
            ev.Overridden(
                at=self.now, case=case_id, label=label, by=by, how=how, words=self.kept(reason, case)
            )
        )
        self.desk.leave(case)
        labels = self.seeing.judges[case.kind].labels
        self.desk.decided(case, label, [float(name == label) for name in labels], how)
        return case

    def reopen(self, case_id: str, reason: str, by: str) -> CaseState:
        """An appeal: the case waits for a person who has not answered it."""
        case = self.case(case_id)
        if case.status != DECIDED:
            raise Conflict(f"Case '{case_id}' is {case.word(self.now)}; only a decided one can be reopened.")
        if case.erased:
            raise Conflict(f"The contents of case '{case_id}' were erased, so nobody can look at it again.")
        self._reopened(ev.Reopened(at=self.now, case=case_id, by=by, words=self.kept(reason)))
        return case

    def _reopened(self, event: ev.Reopened) -> None:
        self.writing.emit(event)
        self.desk.again(self.case(event.case))

    def cancel(self, case_id: str, by: str, reason: str = "") -> CaseState:
        """Nobody needs a verdict any more."""
        case = self.case(case_id)
        if case.status == DECIDED and self.now >= case.until:
            raise Conflict(f"Case '{case_id}' is final.")
        if case.status != CANCELLED:
            self.writing.emit(ev.Cancelled(at=self.now, case=case_id, by=by, words=self.kept(reason, case)))
            self.desk.leave(case)
            self.past.over(case_id)
            self.seeing.forget(case_id)
        return case

    def _must_be_welcome(self, new: NewCase) -> None:
        """Conflict where a gold probe has the id, Overloaded where no more cases are taken."""
        if new.id in self.probe_ids:
            raise Conflict(f"Case '{new.id}' has the id of a gold probe; give it another one.")
        if len(self.state.waiting) + len(self.state.runs) >= self.settings.most_waiting:
            raise Overloaded

    def _known(self, new: NewCase) -> tuple[str, Sight]:
        """The kind under which a new case is judged, and its records; MindshareError where it names a kind or somebody unknown."""
        kind, sight = self.seeing.kind_of(new.kind, new.id), sight_of(new, self.now)
        self.who.must_be_known(sight)
        return kind, sight

    def _again(self, case: CaseState, new: NewCase, raw: bytes) -> CaseState:
        """A case that came before; Conflict where that had other contents."""
        if case.erased:
            raise Conflict(f"Case '{new.id}' came before and was erased; give this one an id of its own.")
        before = self.seeing.content(case)
        if before is not None and before != raw and read_case(before) != new:
            raise Conflict(
                f"Case '{new.id}' came before with other contents; give this one an id of its own."
            )
        return case

    def _receive(self, raw: bytes, kind: str, sight: Sight, look: Look, by: str) -> CaseState:
        record = sight.case
        self.writing.emit(
            ev.Received(
                at=self.now,
                case=record.id,
                kind=kind,
                body=self.writing.bodies.keep(raw, "evidence", self.now),
                stakes=record.stakes,
                group=record.group,
                deadline=record.deadline,
                by=by,
            )
        )
        self.seeing.keep(record.id, sight)
        self.spending.arrive(kind, self.now)
        case = self.state.cases[record.id]
        if not self.machines.begin(case):
            self.desk.go_on(case, look)
        return case
