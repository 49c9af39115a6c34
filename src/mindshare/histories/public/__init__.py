"""Public sets as histories: what there is, where it comes from, and how it becomes a history. No data is shipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mindshare.histories.places import check_directory
from mindshare.histories.public import sources
from mindshare.histories.public.catalogue import SETS, PublicSet, SourceFile, find

__all__ = ["Converted", "PublicSet", "SourceFile", "convert", "find", "get", "list_sets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What a conversion made."""

    name: str
    path: Path
    cases: int
    machines: int
    people: int
    answers: int
    dropped: tuple[
        str, ...
    ]  # what the source holds and the history does not, one sentence each, with the number


def list_sets() -> tuple[PublicSet, ...]:
    """All public sets that can be converted, in the order of the catalogue."""
    return tuple(SETS.values())


def get(name: str, into: str | Path, base: str = sources.RAW) -> list[Path]:
    """Downloads the set's source files to `into`, checked; where the public file is not the very file it says so."""
    return sources.fetch(find(name), into, base)


def convert(name: str, source: str | Path | None, out: str | Path) -> Converted:
    """Writes the set as a history to `out`: same source, same bytes. `source` None: the folder MINDSHARE_DATA names."""
    public = find(name)
    check_directory(out, must_be_empty=False)
    folder = sources.folder_of(public, source)
    sources.check_files(public, folder)
    # polars is imported from here on only: a list of the sets must come at once
    from mindshare.histories.public.converters import convert_tables
    from mindshare.histories.write import write_history

    tables = convert_tables(name, folder)
    write_history(out, tables.team, tables.cases, tables.answers)
    machines, people = tables.agents()
    return Converted(
        name=name,
        path=Path(out),
        cases=tables.cases.height,
        machines=machines,
        people=people,
        answers=tables.answers.height,
        dropped=tables.dropped,
    )
