"""Commands of machines that run here: a run ended, a run is given up, this computer leaves them more or less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mindshare.core.errors import NotThere
from mindshare.engine import events as ev
from mindshare.engine.cases import LEASED, RECEIVED, WAITING, Run
from mindshare.engine.commands import Commands

IN_A_ROW = 3  # failures, from which a machine is put aside
ASIDE_S, MOST_ASIDE_S = 30.0, 3_600.0  # for so long at first, twice as long each time, never longer


class Ran(NamedTuple):
    """How a run ended: with a label, or `wrong`; `used`: what was measured; `batch`: the first run of its batch, one failure in a row.

    `own`: it failed by the machine's fault; `bad`: by that of the case, as others of the batch were answered. `where`: where it
    looked, as JSON (`looked.py`).
    """

    label: str | None
    proba: dict[str, float] | None
    wrong: str
    used: Mapping[str, float]
    batch: int = 0
    own: bool = True
    bad: bool = False
    where: str = ""


class Machining(Commands):
    """Machines."""

    def ran(self, token: int, ran: Ran) -> None:
        """A run ended. An answer counts while the case is open; after a failure it is tried once more, at a new charge."""
        run = self.state.runs.get(token)
        if run is None:
            raise NotThere(f"There is no run {token} (any more).")
        case = self.state.cases[run.case]
        if ran.wrong or ran.label is None:
            why = ran.wrong or "no label came"
            self._failed(run, ran._replace(wrong=why))
            return
        self.seeing.must_be_label(case.kind, ran.label)
        spent = self.spending.settle_run(run, ran.used)
        self.writing.emit(
            ev.Answered(
                at=self.now,
                case=case.id,
                agent=run.machine,
                label=ran.label,
                seconds=spent.get("wall_s"),
                proba=ran.proba,
                places=self.kept(ran.where, case),
                spent=spent,
                counts=case.status in (RECEIVED, WAITING, LEASED),
                run=token,
            )
        )
        self.desk.again(case)

    def give_up(self, token: int) -> None:
        """No answer came in time; the case goes on."""
        self._failed(self.state.runs[token], Ran(None, None, "no answer in time", {}))

    def broken_off(self) -> None:
        """The service began again: runs that had not ended are gone, stay charged, and are tried again."""
        for run in list(self.state.runs.values()):
            self._failed(run, Ran(None, None, "the service ended", {}, own=False))

    def see(self, most: Mapping[str, float]) -> None:
        """The computer leaves so much to machines now: an amount a second, or one that may be held."""
        self.writing.emit(ev.Seen(at=self.now, most=dict(most)))
        limits, stated = self.settings.limits, self.state.stated
        new = {r: self.machines.at_most(r, stated.get(r, limits[r].limit)) for r in most if r in limits}
        if new:
            self.spending.change(new)

    def _failed(self, run: Run, ran: Ran) -> None:
        self.writing.emit(
            ev.Failed(
                at=self.now,
                case=run.case,
                agent=run.machine,
                run=run.token,
                why=ran.wrong,
                spent=self.spending.settle_run(run, ran.used),
                own=ran.own,
                bad=ran.bad,
                batch=ran.batch,
            )
        )
        machine = self.state.machine(run.machine)
        if ran.own and machine.row >= IN_A_ROW and machine.aside <= self.now:
            away = min(ASIDE_S * 2.0**machine.asides, MOST_ASIDE_S)
            self.writing.emit(
                ev.PutAside(at=self.now, agent=machine.id, until=self.now + away, failures=machine.row)
            )
        case = self.state.cases[run.case]
        if case.status == RECEIVED and not ran.bad and self.machines.again(run.machine, case):
            return
        self.desk.again(case)
