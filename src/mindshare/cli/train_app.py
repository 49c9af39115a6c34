"""`mindshare train`, as `app.py` has the other commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mindshare.cli.options import DataFolder, Feature, Limits, Merge, Missing, Seed, Set, Where

TRAINED = Path("model.npz")

training = typer.Typer()


What = Annotated[
    str,
    typer.Argument(
        metavar="HISTORY|CASES|DOMAIN",
        help="A history, a table or a folder of images with truths, or a domain: manufacturing.",
    ),
]
Column = Annotated[
    str | None, typer.Option(metavar="NAME,...", help="What is read of a case, where that is not clear.")
]
Reads = Annotated[
    str | None, typer.Option(metavar="text|series|image|table", help="What a case is; else found.")
]
Images = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Names of image files are relative to it; else to the folder of the cases."
    ),
]
Price = Annotated[
    list[str] | None,
    typer.Option(
        "--price",
        metavar="RESOURCE=VERDICTS",
        help="Right verdicts that a unit is worth, such as cpu_s=0.5; 0 where not named.",
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="model.npz", help="Where the model is written.")]
Hard = Annotated[
    bool,
    typer.Option(
        "--hard", help="A domain's: in a process of its own that is ended at the limit, whatever it does."
    ),
]


@training.command()
def train(
    what: What,
    limit: Limits = None,
    column: Column = None,
    reads: Reads = None,
    images: Images = None,
    price: Price = None,
    data: DataFolder = None,
    out: Out = TRAINED,
    hard: Hard = False,
    seed: Seed = 0,
    set_: Set = None,
    where: Where = None,
    merge: Merge = None,
    missing: Missing = None,
    feature: Feature = None,
) -> None:
    """Train a machine within a budget: the best of simple rungs and nets for your cases, or a domain's own."""
    from mindshare.cli.reading import Origin
    from mindshare.cli.trained import Asked, run_train
    from mindshare.cli.words import settings_of, words_in

    place = Path(what)
    read = settings_of(set_ or (), where or (), merge or (), missing, feature or ())
    run_train(
        Asked(
            what=what,
            origin=Origin(place, read),
            limit=tuple(limit or ()),
            column=words_in(column),
            reads=reads,
            images=images or (place if place.is_dir() else place.parent),
            price=tuple(price or ()),
            data=data,
            out=out,
            hard=hard,
            seed=seed,
        )
    )
