"""`mindshare demo`: a history is made, read and played again as a user's would be; then one limit at a time is halved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mindshare.cli.backtested import write_report_to
from mindshare.cli.shown import asked_in_words, limits_table
from mindshare.cli.sizes import rows_of_p, show_sizes
from mindshare.cli.tables import Table, figures, words
from mindshare.cli.terminal import progress, say, show
from mindshare.core.history import History
from mindshare.domains.domain import Domain, Terms
from mindshare.domains.known import domain_of
from mindshare.histories.places import check_directory, check_file
from mindshare.people.simulated import PREFIX
from mindshare.reports.measure import ACCURACY, Measure, measure_of
from mindshare.reports.words import amount, percent

if TYPE_CHECKING:
    from mindshare.histories.judge import Limited

SHARES = (0.0, 0.05, 0.1, 0.2, 1.0)
LIVE = 300  # cases that are streamed
Result = dict[str, Any]


def run_demo(name: str, out: Path | None, report: Path, seed: int, data: Path | None = None) -> None:
    """Makes the demo's history in `out` (or somewhere that is thrown away), and shows what attention is worth there."""
    domain = domain_of(name)
    without = domain.preflight(data)
    check_file(report)
    if out is not None:
        check_directory(out, must_be_empty=False)
    terms = domain.terms(data)
    say(f"Demo '{domain.name}': {'. '.join([terms.about, *without]).removesuffix('.')}.")
    say(f"The question: {terms.question}", "")
    if out is not None:
        return _run(domain, terms, out, data, report, seed)
    with TemporaryDirectory(prefix="mindshare-demo-") as place:
        return _run(domain, terms, Path(place) / domain.name, data, report, seed)


def _run(domain: Domain, terms: Terms, place: Path, data: Path | None, report: Path, seed: int) -> None:
    from mindshare.histories.backtest import backtest
    from mindshare.histories.read import read_history

    with progress("Machines learn") as tell:
        people = domain.write(place, data=data, seed=seed).people
        if tell is not None:
            tell(1.0, "done")
    say(*people, "")
    history = read_history(place)
    with progress("Play it again under limits") as tell:
        result = backtest(history, limits=history.team.limits, shares=SHARES, seed=seed, progress=tell)
    _show_limits(history, result)
    with progress("Halve one limit at a time"):
        runs = _halves(history, seed)
    _show_halves(history, runs, domain.cases, terms)
    show_sizes(history, next(iter(runs.values())), terms)
    _live(place, seed)
    write_report_to(report, result)
    say("", f"Report: {report.resolve()}", "Next, your own answers: mindshare init your.csv")


def _live(place: Path, seed: int) -> None:
    """Half of the history teaches a service; cases of the other half are streamed through it over HTTP."""
    from mindshare.cli.simulated import Played, run_simulate

    say(
        "",
        "Now live. One half teaches a service on this machine, and cases of the other half come over HTTP:",
    )
    run_simulate(place, None, None, Played(known=0.5, cases=LIVE, seed=seed))


def _halves(history: History, seed: int) -> dict[str, Limited]:
    """The limits as they are, then each halved alone: one half of the cases judged by what the other half taught."""
    from mindshare.core.folds import split
    from mindshare.histories.judge import under_limits
    from mindshare.histories.side import Task

    fit, test = split(history, 2, seed)[0]
    base = dict(history.team.limits)
    runs = {"as they are": base} | {f"half the {r}": {**base, r: limit / 2} for r, limit in base.items()}
    return under_limits(Task(history, fit, test, (), base, seed), runs)


def _show_limits(history: History, result: Result) -> None:
    """The resource table, and P before and after."""
    limits, measure = result["limits"], measure_of(result)
    show(limits_table(limits))
    low, high = limits[f"{measure.key}_ci95"]
    span = f" ({measure.told_between(low, high, 1)})"
    say("", p_before(history, result))
    say(f"P after:  {_told(limits['utility'], limits['accuracy'], measure, span)}, within every limit.")
    say(f"Asked: {asked_in_words(limits['asked'])}. Ids with {PREFIX} are SIMULATED people.", "")


def p_before(history: History, result: Result) -> str:
    """What the best machine reaches that the limits let answer every case, and all machines without limits."""
    without, measure = result["limits"]["without"], measure_of(result)
    whole = measure.told(without[measure.key], 1)
    worth = {name: _worth_alone(history, name) for name in _fits_alone(history, result["agents"])}
    if not worth:
        return f"P before: no machine fits into the limits on every case; all together would reach {whole}."
    best = max(worth, key=lambda name: worth[name])
    told = _told(worth[best], result["agents"][best]["accuracy"], measure)
    return (
        f"P before: {told}. '{best}' is the best machine that the limits let answer"
        f" every case; all machines on every case would reach {whole} and do not fit."
    )


def _told(utility: float, accuracy: float, measure: Measure, span: str = "") -> str:
    right = f"{percent(accuracy)} right"
    if measure is ACCURACY:
        return right + span
    return f"a utility of {measure.told(utility, 1)} per case{span}, {right}"


def _fits_alone(history: History, agents: Mapping[str, Any]) -> list[str]:
    """The machines whose answers to all cases are within the limits."""
    return [
        name
        for name, agent in agents.items()
        if agent["kind"] == "machine"
        and all(agent["cost"].get(r, 0.0) * len(history) <= limit for r, limit in history.team.limits.items())
    ]


def _worth_alone(history: History, name: str) -> float:
    """The mean utility of a machine's answers taken as verdicts."""
    rows = history.answers.agent == history.agent_id.index(name)
    said, truth = history.answers.label[rows], history.truth[history.answers.case[rows]]
    judged = (said >= 0) & (truth >= 0)
    return float(history.team.utility_matrix()[truth[judged], said[judged]].mean())


def _show_halves(history: History, runs: Mapping[str, Limited], cases: str, terms: Terms) -> None:
    """Who answers how often in each run, with the change, prices, and P."""
    first = next(iter(runs.values()))
    say(
        f"Halve one limit at a time, and the work moves. {len(first.cases):,} {cases} and their part of the limits, decided"
        f" by what the other {cases} taught:",
        "",
    )
    table = Table([words("answers bought"), *figures(*runs)])
    groups = {name: [k] for k, name in enumerate(history.agent_id) if not history.is_person[k]}
    groups["simulated people"] = [k for k in range(len(history.agent_id)) if history.is_person[k]]
    for name, agents in groups.items():
        table.add(name, *_counts([sum(run.asked.get(k, 0) for k in agents) for run in runs.values()]))
    for resource in first.prices:
        prices = (amount(float(f"{run.prices[resource]:.2g}")) for run in runs.values())
        table.add(f"price of {resource}", *prices)
    for row in rows_of_p(history, list(runs.values()), terms):
        table.add(*row)
    show(table)
    say("")


def _counts(counts: list[int]) -> list[str]:
    """Each count with its difference to the first."""
    return [f"{n:,}" if i == 0 else f"{n - counts[0]:+,}  {n:,}" for i, n in enumerate(counts)]
