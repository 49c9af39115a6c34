"""`mindshare answer`, as `app.py` has the other commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mindshare.cli.options import Feature, Merge, Missing, Seed, Set, Where

OUT = Path("answered")

answering = typer.Typer()

Cases = Annotated[
    Path,
    typer.Argument(
        metavar="HISTORY|CASES",
        help="A history, a table of cases as people have it, answered or not, or a folder of images.",
    ),
]
Models = Annotated[
    list[str],
    typer.Option(
        "--model",
        metavar="[KIND=]MODEL",
        help="A file (save_model, train, .skops, .onnx), a Hugging Face folder, or an http address; one for each kind.",
    ),
]
Column = Annotated[
    str | None, typer.Option(metavar="NAME,...", help="What the machine reads, where that is not clear.")
]
Folds = Annotated[
    int | None,
    typer.Option(min=2, help="Learn anew for each of so many folds; 5 where it can and a truth is known."),
]
TrainedOn = Annotated[
    str | None,
    typer.Option(metavar="FILE|none", help="The machine is asked as it is; cases that it was trained on go."),
]
Name = Annotated[
    str | None, typer.Option(metavar="AGENT", help="What the machine is called; else as its file.")
]
Labels = Annotated[
    str | None,
    typer.Option(metavar="LABEL,...", help="Of a graph in the order of its outputs, or of an endpoint."),
]
Trusts = Annotated[
    list[str] | None, typer.Option(metavar="TYPE", help="A type that is loaded from a skops file.")
]
Images = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where image files lie that a column names; else where the cases are."),
]
Within = Annotated[
    list[str] | None,
    typer.Option(
        "--limit", metavar="RESOURCE=AMOUNT", help="What learning one fold may use, such as cpu_s=60."
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="A new directory for the result.")]


@answering.command()
def answer(
    cases: Cases,
    model: Models,
    column: Column = None,
    folds: Folds = None,
    trained_on: TrainedOn = None,
    name: Name = None,
    labels: Labels = None,
    trusts: Trusts = None,
    limit: Within = None,
    images: Images = None,
    out: Out = OUT,
    seed: Seed = 0,
    set_: Set = None,
    where: Where = None,
    merge: Merge = None,
    missing: Missing = None,
    feature: Feature = None,
) -> None:
    """Answers of a machine, with probabilities and measured costs, into a history or beside open cases."""
    from mindshare.cli.answered import Machine, run_answer
    from mindshare.cli.reading import Origin
    from mindshare.cli.words import limits_of, settings_of, words_in

    origin = Origin(cases, settings_of(set_ or (), where or (), merge or (), missing, feature or ()))
    machine = Machine(
        models=tuple(model),
        column=words_in(column),
        folds=folds,
        trained_on=trained_on,
        name=name,
        labels=words_in(labels),
        trusts=tuple(trusts or ()),
        limit=limits_of(limit or ()),
        images=images or (cases if cases.is_dir() else cases.parent),
        seed=seed,
    )
    run_answer(origin, machine, out)
