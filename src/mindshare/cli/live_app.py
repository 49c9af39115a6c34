"""The commands of a live service; parsed here, done where they are imported from when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mindshare.cli.options import DataFolder, Feature, HistoryArgument, Merge, Missing, Seed, Set, Where

FOLDER = Path("mindshare-service")
HOST, PORT = "127.0.0.1", 8765

live = typer.Typer()
audit = typer.Typer(help="The log of a service: is it whole, and what is in it.")
live.add_typer(audit, name="audit")

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a service.")]
InFolder = Annotated[
    Path, typer.Option("--folder", metavar="DIR", help="The folder of the service; made where there is none.")
]
DayLimits = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="RESOURCE=AMOUNT[/day]",
        help="The most that may be spent: in all, or each day (/hour, /week).",
    ),
]


Start = Annotated[
    Path | None,
    typer.Argument(
        metavar="[HISTORY|TEAM.yaml|DEMO]",
        help="What a new service knows; none where it is there. With --demo: which.",
    ),
]
Demo = Annotated[
    bool,
    typer.Option(
        "--demo",
        help="A demo (digits, tickets, city, traffic ..., FILE.py), with simulated people at work: look at the desk and the board.",
    ),
]
Pictures = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="With --demo: pictures of its pages, by a browser of this system; then it ends."
    ),
]
Host = Annotated[str, typer.Option(help="Another address than this machine's needs TLS or a proxy.")]
Coming = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="How many cases will come in all, where that is known."),
]
Labels = Annotated[
    str | None, typer.Option(metavar="A,B,...", help="A new service that knows nothing but its labels.")
]
Certificate = Annotated[Path | None, typer.Option(metavar="CERT.pem", help="TLS: the certificate.")]
BehindProxy = Annotated[bool, typer.Option("--behind-proxy", help="A proxy in front of it speaks TLS.")]


@live.command()
def serve(
    start: Start = None,
    demo: Demo = False,
    data: DataFolder = None,
    pictures: Pictures = None,
    folder: InFolder = FOLDER,
    host: Host = HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = PORT,
    limit: DayLimits = None,
    cases: Coming = None,
    labels: Labels = None,
    certificate: Certificate = None,
    key: Annotated[Path | None, typer.Option(metavar="KEY.pem", help="TLS: its private key.")] = None,
    behind_proxy: BehindProxy = False,
    set_: Set = None,
    where: Where = None,
    merge: Merge = None,
    missing: Missing = None,
    feature: Feature = None,
) -> None:
    """Cases come in over HTTP, machines and people answer, prices move: the live service, until Ctrl-C."""
    from mindshare.cli.served import New, Place, run_serve
    from mindshare.cli.words import settings_of

    settings = settings_of(set_ or (), where or (), merge or (), missing, feature or ())
    new = New(start, labels, tuple(limit or ()), cases, settings)
    place = Place(host, port, certificate, key, behind_proxy)
    if demo:
        from mindshare.cli.demonstrated import Wanted, run_demonstration

        wanted = Wanted(None if start is None else str(start), data, None if folder == FOLDER else folder)
        run_demonstration(wanted, new._replace(start=None), place, pictures)
    elif given := [name for name, x in (("--pictures", pictures), ("--data", data)) if x is not None]:
        raise typer.BadParameter("it is for --demo.", param_hint=given[0])
    else:
        run_serve(folder, new, place)


@live.command()
def doctor(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="The folder of a service.")] = FOLDER,
    port: Annotated[int, typer.Option(min=1, max=65535)] = PORT,
) -> None:
    """Is this machine, and the service in the folder, as it should be? Each line says what is right, or what to do."""
    from mindshare.cli.doctored import run_doctor

    raise typer.Exit(run_doctor(folder, port))


@audit.command()
def verify(folder: Folder) -> None:
    """Reads the whole log and holds it against its chain and the signed checkpoints."""
    from mindshare.cli.audited import run_verify

    run_verify(folder)


@audit.command()
def replay(folder: Folder) -> None:
    """Gives all that came in to a second engine, and compares what followed with the log, to the bit."""
    from mindshare.cli.audited import run_replay

    run_replay(folder)


@audit.command()
def export(
    folder: Folder,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="A new directory for the history.")
    ] = Path("history"),
) -> None:
    """Writes the log as a history that `mindshare backtest` reads, with why each agent was asked."""
    from mindshare.cli.audited import run_export

    run_export(folder, out)


@audit.command()
def reliance(
    folder: Folder,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="OUT.json", help="Write everything as JSON.")
    ] = None,
) -> None:
    """How far each person follows advice that is right and advice that is wrong, planted advice too; with intervals."""
    from mindshare.cli.relied import run_reliance

    run_reliance(folder, json)


@live.command()
def stop(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="The folder of a service.")] = FOLDER,
    kind: Annotated[str, typer.Option(metavar="KIND", help="Only cases of this kind; else all.")] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it lies beside the log.")] = "",
) -> None:
    """STOP: no verdict by machines alone from now on, also where the service does not answer or cannot write."""
    from mindshare.cli.stopped import run_stop

    run_stop(folder, kind, reason)


@live.command("what-if")
def what_if(
    folder: Folder,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="RESOURCE=AMOUNT[/day]",
            help="In the place of the service's own: for all cases of the log, or each day (/hour, /week).",
        ),
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(metavar="RESOURCE=UTILITY", help="What would be bought, if one unit cost so much."),
    ] = None,
    json_: Annotated[
        Path | None, typer.Option("--json", metavar="OUT.json", help="All that was found.")
    ] = None,
) -> None:
    """What the service would have reached under other limits or prices, on the cases of its log whose outcome is known."""
    from mindshare.cli.supposed import run_what_if

    run_what_if(folder, limit or (), price or (), json_)


@live.command()
def backup(
    folder: Folder, file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A new file.")]
) -> None:
    """Writes all of a service as of one moment to one file, also while it runs."""
    from mindshare.cli.kept import run_backup

    run_backup(folder, file)


@live.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What backup wrote.")], folder: Folder
) -> None:
    """Makes the folder of a service anew from a backup; the folder must be new or empty."""
    from mindshare.cli.kept import run_restore

    run_restore(file, folder)


@live.command()
def simulate(
    history: HistoryArgument,
    url: Annotated[
        str | None, typer.Option(metavar="http://...", help="A service that runs; else one is started.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the service that is started here.")
    ] = None,
    known: Annotated[
        float, typer.Option(min=0, max=0.9, help="Part of the cases that a service that is started knows.")
    ] = 0.0,
    people: Annotated[str, typer.Option(metavar="recorded|simulated", help="Who answers.")] = "recorded",
    speed: Annotated[
        str, typer.Option(metavar="X|max", help="X times as fast as cases arrived, or X cases a second.")
    ] = "max",
    order: Annotated[
        str, typer.Option(metavar="arrived|SEED", help="In which order cases come.")
    ] = "arrived",
    outcomes: Annotated[
        str, typer.Option(metavar="now|late|none", help="When it turns out what was true.")
    ] = "now",
    cases: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only so many.")] = None,
    limit: DayLimits = None,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Nothing is learnt: what a replay decides, to the bit.")
    ] = False,
    seed: Seed = 0,
) -> None:
    """Streams a history through a live service over HTTP: its cases come, its people answer, outcomes follow."""
    from mindshare.cli.simulated import Played, run_simulate

    how = Played(known, people, speed, order, outcomes, cases, tuple(limit or ()), frozen, seed)
    run_simulate(history, url, folder, how)
