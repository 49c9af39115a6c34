"""`mindshare backup` and `mindshare restore`."""

from __future__ import annotations

from pathlib import Path

from mindshare.cli.terminal import say
from mindshare.core.errors import counted
from mindshare.engine.backup import back_up, restore


def run_backup(folder: Path, file: Path) -> None:
    """Says how much of the log is in the file."""
    frames = back_up(folder, file)
    say(
        f"Written to {file}: settings, team, models, keys and {counted(frames, 'frame')} of the log, checked."
    )
    say("Keep it as safe as the service: it holds what people said, and the keys.")


def run_restore(file: Path, folder: Path) -> None:
    """Says how to go on."""
    frames = restore(file, folder)
    say(f"Restored to {folder}: {counted(frames, 'frame')} of the log, checked.")
    say(f"Next: mindshare serve --folder {folder}")
