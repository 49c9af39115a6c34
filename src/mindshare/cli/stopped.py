"""`mindshare stop`: STOP, pressed at the machine, whether the service answers or not."""

from __future__ import annotations

from pathlib import Path

from mindshare.cli.terminal import say
from mindshare.core.errors import MindshareError
from mindshare.engine.folder import is_service
from mindshare.engine.settings import read_settings
from mindshare.engine.stops import Pressed, checked_kind, new_name, place_of, write_press
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team

BY = "console"


def run_stop(folder: Path, kind: str, reason: str) -> None:
    """Writes the file, and says what follows from it."""
    if not is_service(folder):
        raise MindshareError(f"There is no service in {folder}.")
    place = place_of(folder, read_settings(folder))
    if kind:  # to stop all of it, no other file needs to be read
        checked_kind(kind, read_team(folder / TEAM).team.kinds)
    name = new_name()
    write_press(place, name, Pressed(kind, BY, reason))
    say(
        f"STOP: no verdict by machines alone{f' on {kind}' if kind else ''}. Written to {place / name}.",
        "A service that runs hears of it within a second; one that starts later starts stopped.",
        "To go on, two accounts say so (POST /v1/resume), or the console where one account alone may.",
    )
