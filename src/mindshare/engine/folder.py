"""The folder of a service: what lies where in it.

service.yaml   how it works        team.yaml    who there is, and what is asked
models/        a file a model      mindshare.db the log
history/       what it knew when it began, where it knew anything
first.json     cases of that history without a truth, until they are sent (docs/setup.md)
accounts.db    accounts, digests of tokens, webhooks
stop/          a file each time that STOP was pressed, until it is lifted
keys/          those of the checkpoints and of the audit share, outside the database; the token of the console
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mindshare.engine.settings import FILE

DATABASE, ACCOUNTS, HISTORY = "mindshare.db", "accounts.db", "history"
CHECKPOINT_KEY, AUDIT_KEY = Path("keys") / "checkpoints", Path("keys") / "audit"
FIRST_CASES = "first.json"
STOP = "stop"
CONSOLE = Path("keys") / "console.token"  # good while the service runs, for whoever can read the folder


def is_service(folder: Path) -> bool:
    """Whether a service lives in this folder."""
    return (folder / FILE).is_file()


def key_of(folder: Path) -> bytes | None:
    """The key that signs checkpoints of the log; None where there is none."""
    file = folder / CHECKPOINT_KEY
    return file.read_bytes() if file.is_file() else None


def secret(folder: Path, name: Path) -> bytes:
    """A secret of the service; made once, and kept outside the database."""
    file = folder / name
    if not file.is_file():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(32))
    return file.read_bytes()
