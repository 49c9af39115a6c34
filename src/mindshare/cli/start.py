"""Runs one command line and turns what was refused into one sentence, or one JSON object, and an exit code."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import typer

from mindshare.cli.app import JSON_ERRORS, JSON_ERRORS_VARIABLE, app
from mindshare.cli.codes import BROKEN_PIPE, REFUSED, STOPPED
from mindshare.core.errors import MindshareError

# the machine's faults, never a mistake of the program: who may write where, and what a disk holds
OF_THE_MACHINE = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.ENAMETOOLONG,
    errno.EIO,
}


def run(words: Sequence[str], pressed: object = False) -> int:
    """Exit code of one command line. What nobody foresaw leaves as a traceback. Whatever ends a command once Ctrl-C is `pressed`
    (true from then on) is its end by Ctrl-C.
    """
    as_json = JSON_ERRORS in words or os.environ.get(JSON_ERRORS_VARIABLE, "0") not in ("", "0")
    words = [word for word in words if word != JSON_ERRORS] or ["--help"]
    try:
        code = typer.main.get_command(app)(words, prog_name="mindshare", standalone_mode=False)
        sys.stdout.flush()
    except (typer.Abort, KeyboardInterrupt):
        code = STOPPED
    except Exception as error:
        code = STOPPED if pressed else _refused(error, as_json=as_json)
        if code is None:
            raise
    if code == STOPPED:
        with suppress(OSError):  # who read the output may have gone too
            sys.stdout.flush()
        _refuse(
            {"error": {"code": "stopped", "message": "Stopped. No file was left half written."}},
            as_json=as_json,
        )
    return code if isinstance(code, int) else 0


def _refused(error: Exception, *, as_json: bool) -> int | None:
    """The exit code of what was foreseen, told; None for all else."""
    if isinstance(error, MindshareError):
        return _refuse(error.as_json(), as_json=as_json)
    if isinstance(error, typer.TyperException):  # a word of the command line that cannot be understood
        return _refuse(_mistyped(error), as_json=as_json)
    if isinstance(error, BrokenPipeError):
        # `mindshare ... | head`: Python would complain again while closing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
        return _refuse(_denied(error), as_json=as_json)
    return None


def _refuse(error: dict[str, object], *, as_json: bool) -> int:
    body = error["error"]
    if as_json or not isinstance(body, dict):
        typer.echo(json.dumps(error, ensure_ascii=False), err=True)
    else:
        typer.echo(f"mindshare: {body['message']}", err=True)
    return REFUSED


def _denied(error: OSError) -> dict[str, object]:
    where = "" if error.filename is None else f"{error.filename}: "
    return MindshareError(f"{where}{error.strerror}.").as_json()


def _mistyped(error: typer.TyperException) -> dict[str, object]:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "mindshare"
    message = " ".join(error.format_message().split())
    stop = "" if message.endswith((".", "?")) else "."
    return {"error": {"code": "usage", "message": f"{message}{stop} See `{command} --help`."}}
