"""Where results go: a place that cannot be written to is refused before any work, and a file is written whole or not at all.

Whether a place can be written to is found out by writing a file there that goes at once: permissions tell less than half,
since some folders refuse even those who may do everything.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mindshare.core.errors import MindshareError

MARK = ".mindshare-"  # how names of temporary files begin


def check_file(path: Path | None) -> None:
    """Refuses a file that cannot be written. None is fine: nothing is to be written."""
    if path is None:
        return
    target = _real(path)
    try:
        target.stat()
    except FileNotFoundError:
        pass
    except OSError as error:  # a name too long, a path below a file
        raise _cannot(path, error) from error
    if target.is_dir():
        raise MindshareError(f"{path} is a directory. Name a file to write to.")
    if _is_device(target):
        return
    if not target.parent.is_dir():
        raise MindshareError(f"{path}: there is no directory {path.parent}. Make it first.")
    try:
        _try(target.parent)
    except OSError as error:
        raise MindshareError(
            f"{path}: the directory {target.parent} cannot be written to{_why(error)}."
        ) from error


def check_directory(path: str | Path, *, must_be_empty: bool = True) -> None:
    """Refuses a directory for results unless it can be written to, and, if it must be, is new or empty; leaves it as it was."""
    target = _real(Path(path))
    missing = [place for place in (target, *target.parents) if not _exists(place, path)]
    made: list[Path] = []
    try:
        if target not in missing and not target.is_dir():
            raise MindshareError(f"{path} is a file. Name a directory to write to.")
        for place in reversed(missing):
            place.mkdir()
            made.append(place)
        _try(target)
        if must_be_empty and any(target.iterdir()):
            raise MindshareError(f"{path} is not empty. Name a new directory; nothing is overwritten.")
    except OSError as error:
        raise MindshareError(f"{path}: the directory cannot be written to{_why(error)}.") from error
    finally:
        for place in reversed(made):
            place.rmdir()


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` fill a temporary file beside `path`, then renames it: never half a file under the name."""
    check_file(path)
    target = _real(path)
    try:
        if _is_device(target):  # /dev/stdout has to stay what it is
            write(target)
        else:
            _write_beside(target, write)
    except OSError as error:
        raise MindshareError(f"{path} could not be written: {error.strerror}. Nothing was left.") from error


def write_directory(path: str | Path, fill: Callable[[Path], None]) -> None:
    """Lets `fill` fill a temporary directory beside `path`, then renames it: whole or not at all, and two at once never mix."""
    check_directory(path)
    target = _real(Path(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=target.parent, prefix=MARK))
    try:
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o777 & ~mask)
        fill(part)
        part.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # somebody else was faster
            raise MindshareError(
                f"{path} is not empty. Name a new directory; nothing is overwritten."
            ) from error
        raise MindshareError(f"{path} could not be written: {error.strerror}. Nothing was left.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write_beside(target: Path, write: Callable[[Path], object]) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=MARK, suffix=target.suffix[:20])
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)  # a temporary file is private, a result is not
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve raises another error for links that go round


def _is_device(target: Path) -> bool:
    return target.exists() and not target.is_file() and not target.is_dir()


def _exists(place: Path, asked: str | Path) -> bool:
    try:
        place.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _cannot(asked, error) from error
    return True


def _try(folder: Path) -> None:
    handle, name = tempfile.mkstemp(dir=folder, prefix=MARK)
    os.close(handle)
    with suppress(FileNotFoundError):
        os.unlink(name)


def _cannot(path: str | Path, error: OSError) -> MindshareError:
    return MindshareError(f"{path} cannot be written{_why(error)}. Name another place.")


def _why(error: OSError) -> str:
    """What the system says, where that tells more than that it does not work."""
    return "" if isinstance(error, FileNotFoundError) or not error.strerror else f": {error.strerror}"
