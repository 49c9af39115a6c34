"""The commands. Each parses, calls and prints; what it calls is imported when it runs, so that --help comes at once.

A command's parameters are its options, so it may have as many of them as it has options.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mindshare.cli.answer_app import answering
from mindshare.cli.live_app import live
from mindshare.cli.options import (
    DataFolder,
    Feature,
    HistoryArgument,
    Limits,
    Merge,
    Missing,
    Report,
    Seed,
    Set,
    Where,
)
from mindshare.cli.train_app import training

JSON_ERRORS = "--json-errors"
JSON_ERRORS_VARIABLE = "MINDSHARE_JSON_ERRORS"
DEMO = "digits"
DEMO_REPORT = Path("mindshare-demo.html")

app = typer.Typer(
    help="Mindshare decides who attends to each case, machine or person, and spends attention where it is worth most.",
    epilog="Start with `mindshare demo`, then `mindshare init your.csv` and `mindshare backtest history`.",
    pretty_exceptions_enable=False,  # a crash is a plain traceback: values of variables stay out of logs
    context_settings={"help_option_names": ["-h", "--help"]},
)
data = typer.Typer(help="Public sets as histories: list them, get their sources, convert them.")
app.add_typer(data, name="data")
app.add_typer(training)
app.add_typer(answering)
app.add_typer(live)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"mindshare {version('mindshare')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    _json_errors: Annotated[
        bool,
        typer.Option(
            JSON_ERRORS, help=f"Errors as one JSON object on stderr (or set {JSON_ERRORS_VARIABLE}=1)."
        ),
    ] = False,
) -> None:
    """Options of every command; `start.run` has already read --json-errors, wherever it stands."""


@app.command()
def backtest(
    history: HistoryArgument,
    limit: Limits = None,
    share: Annotated[
        str | None,
        typer.Option(metavar="0,0.05,...", help="Human answers per case that policies are compared at."),
    ] = None,
    seed: Seed = 0,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="OUT.json", help="Write everything as JSON.")
    ] = None,
    report: Report = None,
    belief: Annotated[
        Literal["pool", "auto", "attention"],
        typer.Option(help="auto: answer attention is in the race too (needs torch, several times the time)."),
    ] = "pool",
    truth_next: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Only name N cases whose truth would narrow the estimated gain most."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="OUT.csv", help="Cases of --truth-next, a table.")
    ] = None,
    set_: Set = None,
    where: Where = None,
    merge: Merge = None,
    missing: Missing = None,
    feature: Feature = None,
) -> None:
    """What better allocation would have brought on your own past answers, at what price, and who is good at what."""
    from mindshare.cli.backtested import Written, run_backtest, run_truth_next
    from mindshare.cli.reading import Origin
    from mindshare.cli.words import settings_of

    origin = Origin(history, settings_of(set_ or (), where or (), merge or (), missing, feature or ()))
    if truth_next is None:
        return run_backtest(origin, limit or (), share, seed, Written(json=json, report=report), belief)
    return run_truth_next(origin, truth_next, seed, out)


@app.command()
def plan(
    history: HistoryArgument,
    open_cases: Annotated[
        Path,
        typer.Argument(
            metavar="OPEN_CASES", help="Unfinished cases: a file as for init, or a directory with cases."
        ),
    ],
    limit: Limits = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="plan.csv", help="Where the plan is written.")
    ] = Path("plan.csv"),
    set_: Set = None,
    where: Where = None,
    merge: Merge = None,
    missing: Missing = None,
    feature: Feature = None,
) -> None:
    """Who does what today: case, agent, order, value, price, net and why, within limits."""
    from mindshare.cli.planned import run_plan
    from mindshare.cli.reading import Origin
    from mindshare.cli.words import settings_of

    settings = settings_of(set_ or (), where or (), merge or (), missing, feature or ())
    run_plan(Origin(history, settings), open_cases, limit or (), out)


@app.command()
def init(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Tables (csv, xlsx, parquet, JSON lines) or exports of other tools."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="A new directory for the history.")
    ] = Path("history"),
    set_: Set = None,
    where: Where = None,
    merge: Merge = None,
    missing: Missing = None,
    feature: Feature = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Write it; else, without a terminal, only show it.")
    ] = False,
) -> None:
    """Write a history from the files you have; shows what it understood first, and asks what they do not tell."""
    from mindshare.cli.reading import run_init
    from mindshare.cli.words import settings_of

    run_init(files, out, settings_of(set_ or (), where or (), merge or (), missing, feature or ()), yes=yes)


@data.command("list")
def list_() -> None:
    """Which public sets there are."""
    from mindshare.cli.tables import Table, words
    from mindshare.cli.terminal import say, show
    from mindshare.histories.public import list_sets

    table = Table([words(head) for head in ("set", "what it is", "get", "licence")])
    for public in list_sets():
        table.add(public.name, public.title, "yes" if public.downloadable else "by hand", public.licence)
    show(table)
    say("Next: mindshare data get NAME, then mindshare data convert NAME")


@data.command()
def get(
    name: Annotated[str, typer.Argument(help="A set of `mindshare data list`.")],
    into: Annotated[
        Path, typer.Option(metavar="DIR", envvar="MINDSHARE_DATA", help="Folder of the sources of all sets.")
    ] = Path("data"),
) -> None:
    """Download a set's sources, checked; where the public file is not the very file, say where it is."""
    from mindshare.cli.terminal import say
    from mindshare.histories.public import get as get_set

    say(*(f"{path}" for path in get_set(name, into)))
    say(f"Next: mindshare data convert {name} --source {into}")


@data.command()
def convert(
    name: Annotated[str, typer.Argument(help="A set of `mindshare data list`.")],
    source: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the sources; else the one MINDSHARE_DATA names."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Directory for the history; else the set's name."),
    ] = None,
) -> None:
    """Write a set as a history: same source, same bytes."""
    from mindshare.cli.terminal import say
    from mindshare.core.errors import counted
    from mindshare.histories.public import convert as convert_set

    made = convert_set(name, source, out or Path(name))
    say(
        f"{made.name}: {counted(made.cases, 'case')}, {counted(made.answers, 'answer')} by"
        f" {counted(made.machines, 'machine')} and {counted(made.people, 'person', 'people')}."
    )
    say(*made.dropped)
    say(f"Next: mindshare backtest {made.path}")


@app.command()
def profile(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file that save_model or train wrote.")],
    device: Annotated[
        str, typer.Option(metavar="DEVICE", help="this, or edge: one core, 512 MB, no torch.")
    ] = "this",
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit", metavar="RESOURCE=AMOUNT", help="A second of running: cpu_s, mem_mb, net_mb."
        ),
    ] = None,
    small: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="A smaller model, the first rung of the edge ladder.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Keep the edge ladder here; else it is thrown away."),
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="OUT.png", help="Draw the cost.")] = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="OUT.json", help="Write everything as JSON.")
    ] = None,
) -> None:
    """What a model's answers cost before they are given: CPU, memory, the largest batch, cases a second within limits."""
    from mindshare.cli.profiled import Edge, run_profile

    run_profile(model, device, limit or (), Edge(small=small, out=out), (json, plot))


@app.command()
def demo(
    name: Annotated[
        str,
        typer.Argument(
            help="Which demo: digits, manufacturing, tickets, city, medicine, or FILE.py with a domain of your own."
        ),
    ] = DEMO,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Keep the demo's history here; else it is thrown away."
        ),
    ] = None,
    report: Annotated[
        Path, typer.Option(metavar="OUT.html", help="Where the report is written.")
    ] = DEMO_REPORT,
    data: DataFolder = None,
    seed: Seed = 0,
) -> None:
    """See it work, offline: machines trained on the spot, SIMULATED people, limits that hold together."""
    from mindshare.cli.demo import run_demo

    run_demo(name, out, report, seed, data)
