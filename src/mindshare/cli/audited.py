"""`mindshare audit`: the log of a service, held against its chain, or written as a history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mindshare.cli.terminal import progress, say
from mindshare.core.errors import MindshareError, StoreError, counted, listed
from mindshare.engine.folder import DATABASE, is_service, key_of
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.store.sqlite import SqliteReader, open_to_read

if TYPE_CHECKING:
    from mindshare.engine.replay import Replay


def run_verify(folder: Path) -> None:
    """Says that the chain is whole, or refuses with the first frame that does not fit."""
    from mindshare.store.chain import verify

    store = log_of(folder)
    try:
        told = verify(store, key_of(folder))
    finally:
        store.close()
    if told.number is not None:
        raise StoreError(
            f"The log of {folder} is not what was written. {told.wrong} Restore the last backup, and find out who changed it."
        )
    say(
        f"The log of {folder} is whole: {counted(told.frames, 'frame')}, {counted(told.events, 'event')},"
        f" {counted(told.checkpoints, 'signed checkpoint')}. Its hash is {told.head.hash.hex()}."
    )


def run_replay(folder: Path) -> None:
    """Says that the log follows from what came in, or how it differs; MindshareError after the differences."""
    from mindshare.engine.prepared import made_of
    from mindshare.engine.replay import replayed
    from mindshare.engine.settings import read_settings
    from mindshare.engine.shelf import Shelf

    store, team, shelf = log_of(folder), read_team(folder / TEAM).team, Shelf(folder)
    try:
        made = made_of(folder, read_settings(folder), team, shelf)
        head = max(store.head().number, 1)
        with progress("Replay") as tell:
            shown = tell or (lambda *_: None)
            told = replayed(
                made,
                store,
                lambda number: shown(number / head, f"frame {number:,}"),
                lambda settings: made_of(folder, settings, team, shelf),
            )
    finally:
        store.close()
    _say_replayed(folder, told)


def _say_replayed(folder: Path, told: Replay) -> None:
    """What was compared, and what was not and why; MindshareError where something differs that nothing explains."""
    for difference in told.differences:
        say(f"Frame {difference.frame:,}")
        say(f"  log:    {difference.logged or 'nothing'}")
        say(f"  replay: {difference.replayed or 'nothing'}")
    say(*told.reasons)
    if told.differences:
        raise MindshareError(
            f"The log of {folder} does not follow from what came in, on this build: {counted(len(told.differences), 'difference')},"
            " see above, that no erasure and no change of settings explains. Another version of Mindshare may."
        )
    if not told.reasons:
        say(
            f"The log of {folder} follows from what came in, to the bit: {counted(told.frames, 'frame')}, {counted(told.events, 'event')}."
        )
        return
    stretches = listed([f"{first:,} to {last:,}" for first, last in told.compared], 20)
    say(
        f"Of {counted(told.frames, 'frame')} of {folder} those from {stretches} were compared, and follow from what came in, to the"
        " bit; the others could not be compared, for the reasons above."
        if told.compared
        else f"No frame of {folder} could be compared, for the reasons above."
    )


def run_export(folder: Path, out: Path) -> None:
    """Writes the log as a history."""
    from mindshare.engine.export import write_export

    store = log_of(folder)
    try:
        told = write_export(store, read_team(folder / TEAM).team, out)
    finally:
        store.close()
    known = told.cases["truth"].is_not_null().sum()
    say(
        f"Written to {out}: {counted(told.cases.height, 'case')}, {known:,} with an outcome, {counted(told.answers.height, 'answer')};"
        " why.csv says why each agent was asked."
    )
    if told.erased:
        say(f"The contents of {counted(told.erased, 'case')} were erased; what people said of them is there.")
    say(f"Next: mindshare backtest {out}")


def log_of(folder: Path) -> SqliteReader:
    """The log of the service in this folder, to read; a service may run on it."""
    if not is_service(folder):
        raise MindshareError(f"There is no service in {folder}. Name the folder that mindshare serve made.")
    if not (folder / DATABASE).is_file():
        raise MindshareError(f"The service in {folder} has never run: it has no log yet.")
    return open_to_read(folder / DATABASE)
