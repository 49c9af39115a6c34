"""Sheets: pages, pictures and tables that whoever keeps a service lays beside it, for people to open in the browser.

A sheet is a title and a file; the file is read anew each time it is asked for, so whoever rewrites it is seen at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mindshare.core.errors import MindshareError, NotThere, listed, nearest
from mindshare.engine.evidence import check_place
from mindshare.engine.settings import Settings

MOST = 8 << 20  # bytes of one file
MOST_TITLE = 80  # characters
PNG = b"\x89PNG\r\n\x1a\n"
TYPES = {".html": "text/html", ".svg": "image/svg+xml", ".png": "image/png", ".csv": "text/csv"}


class Sheet(NamedTuple):
    """The file of a sheet as it is now; `written`: seconds since 1970."""

    data: bytes
    type: str
    written: float
    name: str


class Looked(NamedTuple):
    """What is known of a sheet now; `written`: seconds since 1970, `wrong`: why it cannot be shown."""

    title: str
    type: str
    bytes: int
    written: float | None
    wrong: str | None


def check_sheets(settings: Settings, folder: Path, where: str) -> None:
    """Raises MindshareError for a sheet that can never be shown. Whether its file is there is asked when somebody opens it."""
    for title, name in settings.sheets.items():
        at = f"{where}: sheets, {title[:MOST_TITLE]!r}"
        if not 0 < len(title.strip()) <= MOST_TITLE or not title.isprintable():
            raise MindshareError(
                f"{at}: a title must have 1 to {MOST_TITLE} characters, all of which can be printed."
            )
        try:
            check_place(name, "the folder of sheets")
        except MindshareError as e:
            raise MindshareError(f"{at}: {e}") from e
        if Path(name).suffix.lower() not in TYPES:
            raise MindshareError(
                f"{at}: a sheet must be a file that ends in {listed(TYPES)}. Got '{name}' instead."
            )
    if settings.sheets_root is not None and not sheets_root(settings, folder).is_dir():
        raise MindshareError(
            f"{where}: sheets_root must be a folder that is there. Got '{settings.sheets_root}' instead."
        )


def sheets_root(settings: Settings, folder: Path) -> Path:
    """The folder that sheets lie in: the service's, or another one, which may be relative to it."""
    return folder / (settings.sheets_root or "")


def read_sheet(settings: Settings, folder: Path, title: str) -> Sheet:
    """The sheet of this title; NotThere or another MindshareError, one sentence, where it cannot be shown."""
    place = _found(settings, folder, title)
    try:
        with place.open("rb") as file:
            data, written = file.read(MOST + 1), place.stat().st_mtime
    except OSError as e:
        raise NotThere(f"The file of the sheet '{title}' cannot be read: {place.name} ({e.strerror}).") from e
    if len(data) > MOST:
        raise _too_large(title)
    kind = TYPES[place.suffix.lower()]
    if not _is(data, kind):
        right = "a PNG" if kind == "image/png" else "a text in UTF-8, and not empty"
        raise MindshareError(
            f"The file of the sheet '{title}' is not what its name says: {place.name} must be {right}."
        )
    return Sheet(data, kind, written, place.name)


def look_at(settings: Settings, folder: Path) -> list[Looked]:
    """What is known of each sheet without reading its file."""
    told = []
    for title, name in settings.sheets.items():
        one = Looked(title, TYPES[Path(name).suffix.lower()], 0, None, None)
        try:
            there = _found(settings, folder, title).stat()
            told.append(one._replace(bytes=there.st_size, written=there.st_mtime))
        except MindshareError as e:
            told.append(one._replace(wrong=str(e)))
        except OSError:  # it went this moment
            told.append(one._replace(wrong=str(_missing(title, name))))
    return told


def wrong_sheets(settings: Settings, folder: Path) -> list[str]:
    """A sentence for each sheet that could not be shown now."""
    wrong = []
    for title in settings.sheets:
        try:
            read_sheet(settings, folder, title)
        except MindshareError as e:
            wrong.append(str(e))
    return wrong


def _found(settings: Settings, folder: Path, title: str) -> Path:
    """Where its file is, which may be read."""
    name = settings.sheets.get(title)
    if name is None:
        raise NotThere(f"There is no sheet '{title[:MOST_TITLE]}'.{nearest(title, settings.sheets)}")
    try:
        home = sheets_root(settings, folder).resolve(strict=True)
        place = (home / name).resolve(strict=True)
        most = place.stat().st_size
    except (OSError, RuntimeError) as e:  # RuntimeError: links in a circle
        raise _missing(title, name) from e
    if not (place.is_relative_to(home) and place.is_file() and place.suffix.lower() in TYPES):
        raise NotThere(
            f"The file of the sheet '{title}' must be a file below the folder of sheets, and {name} leads elsewhere."
        )
    if most > MOST:
        raise _too_large(title)
    return place


def _missing(title: str, name: str) -> MindshareError:
    return NotThere(f"The file of the sheet '{title}' is not there: {name}. It has to be written first.")


def _too_large(title: str) -> MindshareError:
    return MindshareError(
        f"The file of the sheet '{title}' is too large: it may have {MOST >> 20} MB at most."
    )


def _is(data: bytes, kind: str) -> bool:
    if kind == "image/png":
        return data.startswith(PNG)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and "\0" not in text
