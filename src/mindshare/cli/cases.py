"""Cases for a machine, from whatever holds them: a history, or a table in which nobody answers yet."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mindshare.cli.reading import Origin, history_of
from mindshare.cli.terminal import say
from mindshare.core.errors import MindshareError

if TYPE_CHECKING:
    from mindshare.core.history import History


class Agent(NamedTuple):
    """The machine that the cases are read for: what it is called, the labels that it tells (none: those of the cases), and
    whether it is to learn from them.
    """

    name: str
    labels: tuple[str, ...] = ()
    learns: bool = False


def cases_of(origin: Origin, columns: Sequence[str], agent: Agent) -> History:
    """The cases, with the answers that they have. What `columns` names is read, whatever the check for leaks says."""
    place, settings = origin
    kept = (*settings.features, *_there(place, columns))
    origin = origin._replace(settings=replace(settings, features=kept))
    if place.is_dir():
        tables = [] if (place / "team.yaml").exists() else [*place.glob("cases.*")]
        if len(tables) == 1:
            return _only(tables[0], agent, origin)
        return _of_images(origin, agent) or history_of(origin)
    layout = settings.set.get("layout")
    if place.is_file() and (layout == "cases" or (layout is None and _nobody_answers(origin, agent))):
        return _only(place, agent, origin)
    return history_of(origin)


def _there(place: Path, columns: Sequence[str]) -> list[str]:
    """Those of the columns that the cases have; the others are refused where it is known which may be read."""
    from mindshare.histories.sources.raw import Raw
    from mindshare.histories.tables import find_table

    if not columns or not place.exists() or (place.is_dir() and not any(place.glob("cases.*"))):
        return []
    raw = Raw(find_table(place, "cases", "one row per case") if place.is_dir() else place)
    return [column for column in columns if column in raw.columns]


def _of_images(origin: Origin, agent: Agent) -> History | None:
    """Those of a folder that holds images and no history; None for any other."""
    from mindshare.histories.answering.image_folder import images_under, table_of_images

    place, settings = origin
    if (place / "team.yaml").exists() or not (names := images_under(place)):
        return None
    with tempfile.TemporaryDirectory(prefix="mindshare-") as folder:
        file = Path(folder) / f"{place.resolve().name}.csv"
        table = table_of_images(names, agent.labels, settings.merge)
        if agent.learns and "truth" not in table.columns:
            raise MindshareError(
                f"{place} holds images, and no folders that say what they show: put those of each label into a folder called like it."
            )
        table.write_csv(file)
        return _only(file, agent, origin)


def _nobody_answers(origin: Origin, agent: Agent) -> bool:
    """Whether the table is one of cases. Who is to learn asks for no answers: a table is, unless its answers are clear."""
    from mindshare.histories.intake.look import look

    open_ = look([origin.place], origin.settings).open
    return any(agent.learns or q.key.partition(":")[0] == "layout" for q in open_)


def _only(place: Path, agent: Agent, origin: Origin) -> History:
    from mindshare.histories.answering.only_cases import read_only_cases

    cases, said = read_only_cases(place, agent.name, agent.labels, origin.settings, must_teach=agent.learns)
    say(*said)
    return cases
