"""A folder of images as a table of cases: the ids are the names of the files, the truth is the folder that each lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mindshare.histories.answering.images import is_file_name

if TYPE_CHECKING:
    import polars as pl


def images_under(folder: Path) -> list[str]:
    """Names of image files relative to the folder, also of those in folders inside, sorted."""
    found = (file for file in folder.rglob("*") if file.is_file() and is_file_name(file.name))
    return sorted(file.relative_to(folder).as_posix() for file in found)


def table_of_images(names: Sequence[str], labels: Sequence[str], merge: Mapping[str, str]) -> pl.DataFrame:
    """case, and truth where each image lies in a folder that is called like one of the labels (`merge`: word -> label).

    Without `labels`, any folders are labels if there are several.
    """
    import polars as pl

    outer = [name.partition("/")[0] if "/" in name else "" for name in names]
    truth = [merge.get(word, word) for word in outer]
    known = {merge.get(word, word) for word in labels}
    told = "" not in outer and (set(truth) <= known if known else len(set(truth)) > 1)
    return pl.DataFrame({"case": list(names), **({"truth": truth} if told else {})})
