"""Commands about cases: they come, turn out, are decided otherwise, reopened, cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from mindshare.core.errors import Conflict, MindshareError, Overloaded
from mindshare.engine import events as ev
from mindshare.engine.cases import CANCELLED, DECIDED, CaseState
from mindshare.engine.commands import Commands
from mindshare.engine.evidence import check_place, is_digest, named
from mindshare.engine.incoming import NewCase, Sight, read_case, sight_of
from mindshare.engine.judging import Look
from mindshare.engine.looked import check_where
from mindshare.engine.media import File
from mindshare.engine.samples import Samples, samples_of
from mindshare.engine.seeing import taught_of

UNNAMED_S = 86_400.0  # a file that no case shows is kept for so long


class Taking(Commands):
    """Cases."""

    def bring(self, file: File, by: str = "") -> ev.Kept:
        """A file that cases may show, by the digest that is returned. Files that no case has shown within a day are deleted."""
        old = self.now - UNNAMED_S
        gone = {
            n: m.key
            for n, m in self.state.media.items()
            if not m.uses and m.at < old and n not in self.probe_media
        }
        body = self.writing.bodies.keep(file.data, "evidence", self.now)
        self.writing.emit(ev.Brought(at=self.now, body=body, type=file.type, size=file.size, by=by))
        if gone:
            keys, names = list(gone.values()), list(gone)
            self.writing.emit(ev.Erased(at=self.now, by="retention", keys=keys, media=names))
        return body

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
            told[i] = self._receive(raws[i], came[i], *looked[i], by)
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
        """An appeal, or a lead gives back what was sent up: the case waits for a person who has not answered it."""
        case = self.case(case_id)
        if case.status != DECIDED and case.sent_up is None:
            raise Conflict(
                f"Case '{case_id}' is {case.word(self.now)}; only one that is decided, or waits for the lead, can be reopened."
            )
        if case.erased:
            raise Conflict(f"The contents of case '{case_id}' were erased, so nobody can look at it again.")
        self.desk.leave(case)
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
        """The kind under which a new case is judged, and its records; MindshareError where it names what is unknown."""
        kind, sight = self.seeing.kind_of(new.kind, new.id), sight_of(new, self.now)
        self.who.must_be_known(sight)
        check_where(new, self.settings.kind(kind), self._series)
        for name in named(new, self.settings.kind(kind)):
            self._must_be_there(name, new.id)
        return kind, sight

    def _series(self, name: str, channels: Sequence[object]) -> Samples | None:
        """What the series of this file holds; None where it was not brought (or is erased by now), or is no series."""
        file = self.state.media.get(name)
        data = None if file is None else self.writing.bodies.get(file.key) or self.seeing.stored(file.key)
        return None if file is None or not data else samples_of(data, file.type, channels)

    def _must_be_there(self, name: str, case_id: str) -> None:
        """MindshareError where a case shows a file that was not brought, and that can be none below `media_root`."""
        if is_digest(name):
            if name not in self.state.media:
                raise MindshareError(
                    f"Case '{case_id}' shows the file '{name}', which is not here; bring it first."
                )
        elif self.settings.media_root is None:
            raise MindshareError(
                f"Case '{case_id}' shows the file '{name[:80]}'; bring files first and name their digests, or set media_root."
            )
        else:
            check_place(name)

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

    def _receive(self, raw: bytes, new: NewCase, kind: str, sight: Sight, look: Look, by: str) -> CaseState:
        record, shows = sight.case, named(new, self.settings.kind(kind))
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
                media=[name for name in shows if is_digest(name)],
            )
        )
        self.seeing.keep(record.id, sight)
        self.spending.arrive(kind, self.now)
        case = self.state.cases[record.id]
        if not self.machines.begin(case):
            self.desk.go_on(case, look)
        return case
