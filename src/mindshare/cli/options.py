"""Options and arguments that several commands have, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HistoryArgument = Annotated[
    Path,
    typer.Argument(
        metavar="HISTORY", help="Directory with cases, answers and team.yaml, or a file as for init."
    ),
]
Limits = Annotated[
    list[str] | None,
    typer.Option(
        "--limit", metavar="RESOURCE=AMOUNT", help="The most that may be spent, such as people.minutes=120."
    ),
]
Report = Annotated[
    Path | None, typer.Option("--report", metavar="OUT.html", help="Write a report, one HTML file.")
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of the public sets: real cases in place of made-up ones.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="ROLE=COLUMN", help="What would be asked, such as truth=gold_label."),
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="COLUMN=VALUE,...", help="Only these rows, such as status=submitted."),
]
Merge = Annotated[
    list[str] | None,
    typer.Option("--merge", metavar="LABEL=WORD,...", help="Words that are one label, such as yes=Y,Yes."),
]
Missing = Annotated[
    str | None,
    typer.Option(
        "--missing", metavar="WORD,...", help="Words that mean that there is no answer, such as -1,?."
    ),
]
Feature = Annotated[
    list[str] | None,
    typer.Option(
        "--feature", metavar="COLUMN", help="Describes the case, whatever the check for leaks says."
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same result.")]
