"""What tests of readers share: a file read as it is or refused, and the cases that users sent in."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.histories.intake.questions import Questions
from mindshare.histories.sources import SOURCES, read_sheets
from mindshare.histories.sources.raw import Raw
from mindshare.histories.sources.source import Sheet


def sheets_of(file: Path, questions: Questions | None = None) -> list[Sheet]:
    """The file's sheets, by whichever reader takes it."""
    return read_sheets(Raw(file), questions or Questions())


def taken_by(file: Path) -> str:
    """The name of the reader that takes the file."""
    return next(source.name for source in SOURCES if source.recognises(Raw(file)))


def written(folder: Path, name: str, body: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body if isinstance(body, bytes) else body.encode())
    return file


def column(sheet: Sheet, role: str) -> list[str | None]:
    """The values of the column that has this role."""
    (name,) = (name for name, each in sheet.roles.items() if each == role)
    return sheet.frame[name].to_list()


def every(sheets: list[Sheet]) -> int:
    """Rows that became answers, and those that were left out."""
    return sheets[0].frame.height + sum(one.number for one in sheets[0].left_out)


def sent_in(data_dir: Path, *parts: str) -> Path:
    """A file of the cases that users sent in; they lie beside the public sets. Skips the test where they do not."""
    file = data_dir.parent.joinpath("cases", *parts)
    if not file.exists():
        pytest.skip("the cases that users sent in are not beside the public sets")
    return file
