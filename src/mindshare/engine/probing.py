"""Gold probes: cases whose label is known, given to a person like any other case. Their answers tell of the person only."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import Conflict, NotThere
from mindshare.engine import events as ev
from mindshare.engine.cases import DECIDED, CaseState, Lease
from mindshare.engine.commands import Commands
from mindshare.engine.incoming import NewCase, Sight, checked_answer, read_case, sight_of
from mindshare.people.qualification import next_probe, probe_due, wrong_advice


class Said(NamedTuple):
    """An answer as a person gives it. `label` None: the person cannot tell."""

    label: str | None
    confidence: float | None = None
    seconds: float | None = None
    reason: str = ""
    comment: str = ""


class Due(NamedTuple):
    """A probe that a person is to have next."""

    kind: str
    id: str
    use: NDArray[np.float64]  # (R,)
    tags: int
    shown: bool


class Probing(Commands):
    """Gold probes."""

    def is_probe(self, case_id: str, person: str) -> bool:
        """Whether this is a probe that the person has or had."""
        who = self.state.people.get(person)
        return who is not None and case_id in who.probed and case_id not in self.state.cases

    def probe_for(self, person: str) -> Due | None:
        """The probe that is to be the person's next case: first those who have not qualified, then by a keyed hash."""
        gold, who = self.presence.gold, self.state.people[person]
        kinds = [kind for kind in self.seeing.judges if gold.probes.get(kind)]
        standing = {kind: self.presence.standing(person, kind) for kind in kinds}
        for kind in sorted(kinds, key=lambda k: standing[k] != "open"):
            how = self.settings.kind(kind).probes
            drawn = how is not None and probe_due(f"{person}:{kind}", who.asked, how.share, gold.key)
            if standing[kind] == "open" or (standing[kind] == "qualified" and drawn):
                left = [p for p in gold.probes[kind] if p.case_id not in self.state.cases]
                found = next_probe(left, who.probed.keys(), person, gold.key)
                due = None if found is None else self._due(person, kind, found.case_id)
                if due is not None:
                    return due
        return None

    def lease_probe(self, person: str, due: Due, *, ahead: bool = False) -> Lease:
        """The person has the probe now; it is charged like a case, and prices do not learn from it."""
        charge = self.spending.charge(due.use)
        token = self.state.tokens + 1
        self.writing.emit(
            ev.Probed(
                at=self.now,
                person=person,
                probe=due.id,
                kind=due.kind,
                token=token,
                until=self.now + self.settings.kind(due.kind).lease_s,
                use=dict(zip(self.spending.resources, charge.use.tolist(), strict=True)),
                charge=charge.number,
                ends=[-1.0 if math.isinf(t) else t for t in charge.until.tolist()],
                tags=self.presence.enough.words(due.tags),
                shown=due.shown,
                ahead=ahead,
                planted=(due.shown and self.planted(person, due.kind, due.id)) or "",
            )
        )
        return self.state.leases[token]

    def planted(self, person: str, kind: str, probe: str) -> str | None:
        """The wrong label that machines are made to say of a probe to this person; None = nothing is planted on it."""
        how = self.settings.kind(kind).probes
        known = next((p for p in self.presence.gold.probes.get(kind, ()) if p.case_id == probe), None)
        if how is None or known is None:
            return None
        labels = self.seeing.judges[kind].labels
        return wrong_advice(known, labels, person, how.planted, self.presence.gold.key)

    def answer_probe(self, probe: str, person: str, token: int, said: Said) -> CaseState:
        """An answer to a probe, as `answer` takes one to a case; what comes back looks like a case that is decided."""
        before = self.state.people[person].probed[probe]
        self.seeing.must_be_label(before.kind, said.label)
        checked_answer(probe, person, said.confidence, said.seconds)
        lease = self.state.leases.get(token)
        if lease is not None and (lease.case != probe or lease.person != person):
            raise Conflict(f"Token {token} is not of case '{probe}' and '{person}'; ask for the next case.")
        gone = before.answered or before.sent_up or not 0 < token <= self.state.tokens
        if lease is None and gone:
            if before.answered and before.label == said.label:
                return self._as_case(probe, person)
            had = before.answered
            told = f"has answered already: '{before.label}'" if had else self.no_token(probe, person, token)
            raise Conflict(f"'{person}' {told} (case '{probe}').")
        seconds, spent = said.seconds or 0.0, dict[str, float]()
        if lease is not None:
            seconds = self.seconds_of(lease, said)
            spent = self.spending.settle(lease, seconds, answered=True)
        self.writing.emit(
            ev.ProbeAnswered(
                at=self.now,
                person=person,
                probe=probe,
                kind=before.kind,
                token=0 if lease is None else token,
                label=said.label,
                right=said.label is not None and said.label == self._label(before.kind, probe),
                until=self.now + self.settings.kind(before.kind).grace_s,
                seconds=seconds,
                spent=spent,
                late=lease is None,
            )
        )
        return self._as_case(probe, person)

    def undo_probe(self, probe: str, person: str) -> Lease:
        """The person takes the answer back within the grace period, and has the probe again."""
        had = self.state.people[person].probed[probe]
        if not had.answered:
            raise NotThere(f"'{person}' has not answered case '{probe}'.")
        if self.now >= had.until:
            raise Conflict(f"It is too late to undo: case '{probe}' is final.")
        due = self._due(person, had.kind, probe, must=True)
        assert due is not None
        self.writing.emit(ev.ProbeUndone(at=self.now, person=person, probe=probe))
        return self.lease_probe(person, due._replace(tags=0, shown=due.shown or had.shown))

    def seconds_of(self, lease: Lease, said: Said) -> float:
        """Seconds that an answer under a lease took: from shown to answered, unless people's programs are trusted.

        Where the service never heard that it was shown, the program is believed, within the time since it was asked for.
        """
        if said.seconds is not None and self.settings.trust_seconds:
            return said.seconds
        passed = self.now - lease.since
        return min(said.seconds, passed) if lease.ahead and said.seconds is not None else passed

    def lease(self, token: int, person: str) -> Lease:
        """The lease of this token, if the person still holds it."""
        lease = self.state.leases.get(token)
        if lease is None or lease.person != person:
            raise Conflict(f"'{person}' holds no lease {token} (any more); ask for the next case.")
        return lease

    def no_token(self, case_id: str, person: str, token: int) -> str:
        """Why an answer under this token is none of this person's."""
        if any((lease.case, lease.person) == (case_id, person) for lease in self.state.leases.values()):
            return f"has it, but not under token {token}; ask for the next case, which tells the right one"
        return f"never had it under token {token}"

    def kind_of(self, lease: Lease) -> str:
        """The kind of what is leased."""
        if lease.probe:
            return self.state.people[lease.person].probed[lease.case].kind
        return self.state.cases[lease.case].kind

    def leased(self, lease: Lease) -> tuple[CaseState, NewCase | None]:
        """What is leased, and its contents; None where they were erased, or the probe is in no file any more."""
        if lease.probe:
            case = self._as_case(lease.case, lease.person)
            data = self.presence.gold.cases.get(case.kind, {}).get(lease.case)
        else:
            case = self.state.cases[lease.case]
            data = self.seeing.content(case)
        return case, None if data is None else read_case(data)

    def _due(self, person: str, kind: str, probe: str, *, must: bool = False) -> Due | None:
        """The probe with what it is expected to use; None where the limits or a cap leave no room for it."""
        sight = self._sight(kind, probe)
        how = self.settings.kind(kind).shown
        now = how == "always" or (how == "learnt" and self.planted(person, kind, probe) is not None)
        shown = now and sight is not None and bool(sight.answers)
        use = np.zeros(len(self.spending.resources))
        if sight is not None:
            use = self.seeing.judges[kind].use(sight)[self.seeing.place(person, shown=shown)]
        enough = self.presence.enough
        tags = 0 if sight is None else enough.tags(sight, self.now)
        if not must and (not self.spending.fits(use) or tags & enough.barred(person, self.now)):
            return None
        return Due(kind, probe, use, tags, shown)

    def _sight(self, kind: str, probe: str) -> Sight | None:
        data = self.presence.gold.cases.get(kind, {}).get(probe)
        return None if data is None else sight_of(read_case(data), self.now)

    def _label(self, kind: str, probe: str) -> str:
        known = self.presence.gold.probes.get(kind, ())
        return next((p.label for p in known if p.case_id == probe), "")

    def _as_case(self, probe: str, person: str) -> CaseState:
        """A probe in the form of a case: it looks like one that is decided."""
        had = self.state.people[person].probed[probe]
        return CaseState(probe, had.kind, ev.Kept(0, ""), self.now, 0, status=DECIDED, until=had.until)
