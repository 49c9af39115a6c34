"""`mindshare train`: a domain's model learns within a budget, and is written as one file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mindshare.cli.tables import Table, figures, words
from mindshare.cli.terminal import progress, say, show
from mindshare.cli.words import limits_of
from mindshare.core.errors import MindshareError
from mindshare.core.records import Budget
from mindshare.domains.domain import Trained
from mindshare.domains.known import domain_of, training_of
from mindshare.histories.places import check_file, write_whole
from mindshare.reports.words import amount, percent


def run_train(name: str, limit: Iterable[str], data: Path | None, out: Path, hard: bool, seed: int) -> None:
    """Trains within the limits, says how the model does on cases it has not seen, and writes it."""
    training = training_of(name)
    limits = limits_of(limit)
    if not limits:
        raise MindshareError("Training needs at least one --limit, such as --limit cpu_s=60.")
    training.preflight(data)
    check_file(out)
    with progress("Learning") as tell:
        trained = training.train(data=data, budget=Budget(limit=limits), hard=hard, seed=seed, progress=tell)
    write_whole(out, trained.save)
    _show(trained, domain_of(name).cases)
    say(f"Model: {out}", f"Its answers as part of a history: docs/{name}.md")


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
