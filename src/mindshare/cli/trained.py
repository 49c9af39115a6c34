"""`mindshare train`: a machine learns within a budget, and is written as one file."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mindshare.cli.cases import Agent, cases_of
from mindshare.cli.reading import Origin
from mindshare.cli.tables import Table, figures, words
from mindshare.cli.terminal import progress, say, show
from mindshare.cli.words import limits_of, prices_of
from mindshare.core.errors import MindshareError, counted, listed, nearest
from mindshare.core.records import Budget
from mindshare.domains.domain import Trained
from mindshare.domains.known import DOMAINS, domain_of, training_of
from mindshare.histories.places import check_file, write_whole
from mindshare.reports.words import amount, percent

if TYPE_CHECKING:
    from mindshare.machines.race.race import Race


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be trained, from what, and within what."""

    what: str
    origin: Origin
    limit: tuple[str, ...]
    column: tuple[str, ...]
    reads: str | None
    images: Path
    price: tuple[str, ...]
    data: Path | None
    out: Path
    hard: bool
    seed: int


def run_train(asked: Asked) -> None:
    """Trains within the limits, says how the model does on cases it has not seen, and writes it."""
    limits = limits_of(asked.limit)
    if not limits:
        raise MindshareError("Training needs at least one --limit, such as --limit cpu_s=60.")
    if asked.what in {domain.name for domain in DOMAINS}:
        _of_domain(asked, Budget(limit=limits))
    elif asked.origin.place.exists():
        _of_cases(asked, Budget(limit=limits))
    else:
        names = [domain.name for domain in DOMAINS if domain.training is not None]
        raise MindshareError(
            f"There is no file or folder '{asked.what}', and no domain of that name that trains; there is"
            f" {listed(names)}.{nearest(asked.what, names)}"
        )


# -- a domain's own model --
def _of_domain(asked: Asked, budget: Budget) -> None:
    training = training_of(asked.what)
    if strange := [name for name in ("column", "reads", "price") if getattr(asked, name)]:
        raise MindshareError(f"--{strange[0]} is for cases of your own; '{asked.what}' knows what it reads.")
    training.preflight(asked.data)
    check_file(asked.out)
    with progress("Learning") as tell:
        trained = training.train(
            data=asked.data, budget=budget, hard=asked.hard, seed=asked.seed, progress=tell
        )
    write_whole(asked.out, trained.save)
    _show(trained, domain_of(asked.what).cases)
    say(f"Model: {asked.out}", f"Its answers as part of a history: docs/{asked.what}.md")


def _show(trained: Trained, cases: str) -> None:
    """Planned against spent by phase, why it stopped, and how well it does on cases it has not seen."""
    report = trained.report
    table = Table([words("phase"), *figures("cpu_s", "wall_s")])
    for phase, spent in report.spent.items():
        table.add(phase, *(amount(spent.get(r, 0.0)) for r in ("cpu_s", "wall_s")))
    table.add("all", *(amount(report.total.get(r, 0.0)) for r in ("cpu_s", "wall_s")), bold=True)
    table.add(
        "planned", *(amount(report.planned[r]) if r in report.planned else "–" for r in ("cpu_s", "wall_s"))
    )
    show(table)
    if "mem_mb" in report.planned:
        say(
            f"Memory: at most {amount(report.planned['mem_mb'])} MB resident, {report.micro} {cases} at once."
        )
    say(
        "",
        f"Stopped: {report.reason}, after {report.steps:,} steps ({report.epochs:.1f} rounds of the {cases}).",
        f"On {trained.tested:,} {trained.unseen}: {percent(trained.accuracy)} right"
        f" (always the commonest label: {percent(trained.commonest)}).",
    )


# -- the best of a race for cases of one's own --
def _of_cases(asked: Asked, budget: Budget) -> None:
    from mindshare.histories.answering.teaching import taught_by
    from mindshare.machines.race.race import Race, check_limits
    from mindshare.machines.saving import save_model

    if asked.hard or asked.data is not None:
        raise MindshareError(
            f"--{'hard' if asked.hard else 'data'} goes with a domain's name, and '{asked.what}' is none."
        )
    check_limits(budget.limit)
    check_file(asked.out)
    prices = prices_of(asked.price)
    history = cases_of(asked.origin, asked.column, Agent("train", learns=True))
    taught = taught_by(history, asked.reads, asked.column, asked.images)
    say(*taught.said)
    race = Race(taught.reads, price=prices or None, limit=dict(budget.limit), seed=asked.seed)
    with progress("Learning") as tell:
        race.fit(taught.X, taught.y, taught.groups, columns=taught.columns, progress=tell)
    write_whole(asked.out, lambda place: save_model(race, place))
    _show_race(race)
    place = shlex.quote(asked.what)
    say(
        f"Model: {asked.out}",
        f"Next: mindshare answer {place} --model {shlex.quote(str(asked.out))} --out answered",
    )


def _show_race(race: Race) -> None:
    """Who raced, what is in the ladder, and how right that is."""
    report = race.report_
    table = Table(
        [
            words("machine"),
            *figures("right", "log-loss", "learnt from", "CPU s", "ms an answer"),
            words("in the ladder"),
        ]
    )
    for entrant in report.entrants:
        table.add(
            entrant.name,
            percent(entrant.right),
            f"{entrant.loss:.3f}",
            f"{entrant.taught:,}",
            amount(entrant.fit_cpu_s),
            amount(1e3 * entrant.answer_cpu_s),
            "yes" if entrant.kept else "no",
            bold=entrant.kept,
        )
    show(table)
    use = race.ladder_.course().use["cpu_s"]
    say(
        "",
        *report.said,
        f"The ladder is right on {percent(report.right)} of {counted(report.judged, 'case')} that its machines had not learnt from"
        f" (always the commonest label: {percent(report.commonest)}); an answer takes {amount(1e3 * use)} ms of CPU on average.",
        f"Spent: {', '.join(f'{amount(report.total[r])} of {amount(x)} {r}' for r, x in report.planned.items())}.",
    )
