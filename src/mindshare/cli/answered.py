"""`mindshare answer`: a machine answers the cases of a history, or open ones, and its answers stand beside what was there."""

from __future__ import annotations

import glob
import math
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mindshare.cli.cases import Agent, cases_of
from mindshare.cli.reading import Origin
from mindshare.cli.terminal import progress, say
from mindshare.core.errors import MindshareError, counted, listed
from mindshare.histories.places import check_directory, write_directory
from mindshare.reports.words import percent

if TYPE_CHECKING:
    from mindshare.core.history import History
    from mindshare.histories.answering.answered import Answered
    from mindshare.histories.answering.decided import How
    from mindshare.machines.opened import Opened

PART = ".part"  # what the file of answers so far is called, after the directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Which machine is asked, and how."""

    models: tuple[str, ...]
    column: tuple[str, ...]
    folds: int | None
    trained_on: str | None
    name: str | None
    labels: tuple[str, ...]
    trusts: tuple[str, ...]
    limit: Mapping[str, float]
    images: Path
    seed: int

    @property
    def model(self) -> str:
        """The only one."""
        if len(self.models) > 1:
            raise MindshareError(
                "Several machines are named: say of which kind of case each is, --model KIND=MODEL, or name one."
            )
        return self.models[0]

    @property
    def by_kind(self) -> dict[str, str]:
        """Kind -> machine, where all are named so."""
        told = [word.partition("=") for word in self.models]
        if not all(found and not set(kind) & {*"/:?"} for kind, found, _ in told):
            return {}
        if len({kind for kind, _, _ in told}) < len(told):
            raise MindshareError("Two machines are named for one kind; name one for each.")
        return {kind: model for kind, _, model in told}

    def how(self, merge: Mapping[str, str], part: Path, tell: Callable[[float, str], None] | None) -> How:
        """How it is asked."""
        return {
            "merge": merge,
            "labels": self.labels or None,
            "trusts": self.trusts,
            "column": self.column,
            "folds": self.folds,
            "trained_on": self.trained_on,
            "limit": self.limit,
            "images": self.images,
            "seed": self.seed,
            "keep": part,
            "progress": tell,
        }

    def open(self, labels: tuple[str, ...]) -> Opened:
        """The machine, with these labels where it does not tell its own."""
        from mindshare.machines.opened import opened

        found = opened(self.model, labels or None, self.trusts)
        return replace(found, name=self.name or found.name)


def run_answer(origin: Origin, machine: Machine, out: Path) -> None:
    """Says what was decided, what the answers are worth and cost, and how to go on."""
    check_directory(out)
    if machine.by_kind:
        _answer_kinds(origin, machine, out)
        return
    settings = origin.settings
    told_later = machine.model.startswith(("http://", "https://")) and not machine.labels
    found = None if told_later else machine.open(machine.labels)
    merge = settings.merge if found is None else _of_the_cases(origin, found)
    named = Agent(machine.name or "endpoint", ()) if found is None else Agent(found.name, found.labels)
    cases = cases_of(origin._replace(settings=replace(settings, merge=merge)), machine.column, named)
    found = found or machine.open(cases.team.labels)
    part = out.with_name(out.name + PART)
    answered = _answer(cases, found, machine, (settings.merge, part))
    say(*answered.said)
    is_open = not (answered.cases.truth >= 0).any() and not len(answered.cases.answers)
    write_directory(out, lambda place: _write(place, answered, is_open=is_open))
    part.unlink(missing_ok=True)
    _show(answered, out, is_open=is_open)


def _of_the_cases(origin: Origin, machine: Opened) -> Mapping[str, str]:
    """The words to be merged that stand in the file: those that only the machine says are no words of the cases."""
    if not origin.place.is_file():
        return {}
    from mindshare.histories.sources.raw import Raw

    merge = origin.settings.merge
    if not any(word in machine.labels for word in merge):
        return merge
    there = {cell for row in Raw(origin.place).rows() for cell in row.values() if isinstance(cell, str)}
    return {word: label for word, label in merge.items() if word not in machine.labels or word in there}


def _answer(
    cases: History, found: Opened, machine: Machine, rest: tuple[Mapping[str, str], Path]
) -> Answered:
    """The answers; where they are stopped, those that there are stay in the file of answers so far, and it is said how to go on."""
    from mindshare.histories.answering.answers_of import answers_of

    merge, part = rest
    with _kept(part), progress("Answering") as tell:
        return answers_of(found, cases, **machine.how(merge, part, tell))


@contextmanager
def _kept(part: Path) -> Iterator[None]:
    """Where the work is stopped, it is said where the answers are that there are."""
    try:
        yield
    except (KeyboardInterrupt, MindshareError):
        if there := [str(file) for file in sorted(part.parent.glob(f"{glob.escape(part.name)}*"))]:
            typer.echo(
                f"What was answered is kept in {listed(there)}: the same command goes on from there.",
                err=True,
            )
        raise


def _answer_kinds(origin: Origin, machine: Machine, out: Path) -> None:
    """The same for a history of several kinds, each with a machine of its own or none."""
    from mindshare.histories.answering.by_kind import answers_by_kind
    from mindshare.histories.written import write_history_of

    if machine.name is not None:
        raise MindshareError("--name is for one machine; those of several kinds are called as their files.")
    cases = cases_of(origin, machine.column, Agent("several"))
    part = out.with_name(out.name + PART)
    with _kept(part), progress("Answering") as tell:
        found = answers_by_kind(machine.by_kind, cases, **machine.how(origin.settings.merge, part, tell))
    say(*found.said)
    write_history_of(found.history, out)
    for file in part.parent.glob(f"{glob.escape(part.name)}.*"):
        file.unlink()
    for answered in found.of.values():
        _say_worth(answered)
    say(f"Written to {out}.", f"Next: mindshare backtest {shlex.quote(str(out))} --report report.html")


def _write(place: Path, answered: Answered, *, is_open: bool) -> None:
    from mindshare.histories.write import write_history, write_tables
    from mindshare.histories.written import answers_of, cases_of, team_tree

    history = answered.history
    cases, answers = cases_of(history), answers_of(history)
    if is_open:
        write_tables(place, cases.drop("truth"), answered.table)
    else:
        write_history(place, team_tree(history.team), cases, answers)


def _show(answered: Answered, out: Path, *, is_open: bool) -> None:
    _say_worth(answered)
    say(
        f"Written to {out}.",
        f"Next: mindshare plan HISTORY {shlex.quote(str(out))}"
        if is_open
        else f"Next: mindshare backtest {shlex.quote(str(out))} --report report.html",
    )


def _say_worth(answered: Answered) -> None:
    n = int((answered.label >= 0).sum())
    right = "" if math.isnan(answered.accuracy) else f", {percent(answered.accuracy)} of them right"
    cost = ", ".join(f"{amount:.3g} {resource}" for resource, amount in answered.cost.items())
    say(
        f"{counted(n, 'answer')} by '{answered.agent}'{right}; an answer costs {cost}, as measured on this computer."
    )
