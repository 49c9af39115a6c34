"""Find a set's source files, check them, fetch them: nothing is read or left behind whose sha256 is not the right one."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from mindshare.core.errors import HistoryError, MindshareError
from mindshare.histories.places import check_directory
from mindshare.histories.public.catalogue import PublicSet, SourceFile

DATA = "MINDSHARE_DATA"
RAW = "https://raw.githubusercontent.com"
TIMEOUT_S = 60.0


def folder_of(public: PublicSet, source: str | Path | None) -> Path:
    """Where the set's files are: `source` or MINDSHARE_DATA, that folder itself or the set's folder in it."""
    place = source or os.environ.get(DATA)
    if not place:
        raise MindshareError(f"The source files of '{public.name}' are not here: {whence(public)}")
    folder = Path(place) / public.folder
    return folder if folder.is_dir() else Path(place)


def check_files(public: PublicSet, folder: Path) -> None:
    """Raises for the first file that is absent or is not the one the conversion was tested on."""
    for file in public.files:
        path = folder / file.name
        if not path.is_file():
            raise HistoryError(f"the file is not in {folder}. {whence(public)}", file=file.name)
        found = sha256_of(path)
        if found != file.sha256:
            raise HistoryError(
                f"its sha256 is {found}, but the conversion of '{public.name}' was tested on {file.sha256}. "
                f"Get the file again: {_origin(public, file)}.",
                file=file.name,
            )


def fetch(public: PublicSet, into: str | Path, base: str = RAW) -> list[Path]:
    """Downloads the set's files to `into`/<folder>; only where each public file is the very file. Returns their paths.

    A file that is already there and right is not fetched again.
    """
    if not public.downloadable:
        raise MindshareError(f"'{public.name}' cannot be downloaded as it is used. {whence(public)}")
    folder = Path(into) / public.folder
    check_directory(folder, must_be_empty=False)
    folder.mkdir(parents=True, exist_ok=True)
    for file in public.files:
        path = folder / file.name
        if not (path.is_file() and sha256_of(path) == file.sha256):
            _download(f"{base}/{public.repository}/{file.commit}/{file.path}", file, path)
    return [folder / file.name for file in public.files]


def whence(public: PublicSet) -> str:
    """One sentence: where the files come from, what was done to them, which conversion follows."""
    shown = [_origin(public, file) for file in public.files[:2]]
    more = len(public.files) - len(shown)
    if more:
        shown.append(f"and {more} more, listed in docs/data.md")
    fetch_it = f"`mindshare data get {public.name}` or by hand" if public.downloadable else "by hand"
    return (
        f"Get {'; '.join(shown)}, {fetch_it}, put them into a folder {public.folder} and set {DATA} to the folder above it; "
        f"`mindshare data convert {public.name}` checks each sha256 and converts: {public.conversion}."
    )


def sha256_of(path: Path) -> str:
    """The file's sha256 as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _origin(public: PublicSet, file: SourceFile) -> str:
    made = f", {file.made_from}" if file.made_from else ", unchanged"
    return f"{file.name} from github.com/{public.repository}, commit {file.commit}, {file.path}{made}"


def _download(url: str, file: SourceFile, path: Path) -> None:
    """To a temporary file beside `path`, checked, then renamed: a half or wrong file never bears the name."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out, urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            shutil.copyfileobj(answer, out)
        found = sha256_of(part)
        if found != file.sha256:
            raise HistoryError(
                f"what {url} sent has the sha256 {found}, but {file.sha256} is expected. Nothing was kept.",
                file=file.name,
            )
        part.replace(path)
    except urllib.error.HTTPError as error:
        raise HistoryError(
            f"{url} answered {error.code} {error.reason}. The file may have moved.", file=file.name
        ) from error
    except OSError as error:  # no network, a connection that broke, a full disk
        reason = getattr(error, "reason", error)
        raise HistoryError(
            f"{url} could not be fetched: {reason}. Nothing was kept.", file=file.name
        ) from error
    finally:
        part.unlink(missing_ok=True)
