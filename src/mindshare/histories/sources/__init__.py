"""Formats of other tools, a file each. `read_sheets` finds the one that a file is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.appen import Appen
from mindshare.histories.sources.argilla import Argilla
from mindshare.histories.sources.crowd_kit import CrowdKit
from mindshare.histories.sources.doccano import Doccano
from mindshare.histories.sources.ground_truth import GroundTruth
from mindshare.histories.sources.label_studio import LabelStudio
from mindshare.histories.sources.label_studio_flat import LabelStudioFlat
from mindshare.histories.sources.langs import Langfuse, LangSmith
from mindshare.histories.sources.mturk import MTurk
from mindshare.histories.sources.potato import Potato
from mindshare.histories.sources.prodigy import Prodigy
from mindshare.histories.sources.refused import Refused
from mindshare.histories.sources.source import Sheet, Source
from mindshare.histories.sources.table import PlainTable
from mindshare.histories.sources.toloka import Toloka
from mindshare.histories.sources.zooniverse import Zooniverse

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

SOURCES: tuple[Source, ...] = (  # the first that recognises a file reads it: special ones first
    LabelStudio(),
    LabelStudioFlat(),
    Prodigy(),
    Argilla(),
    Langfuse(),
    LangSmith(),
    MTurk(),
    GroundTruth(),
    Appen(),
    Toloka(),
    Zooniverse(),
    Potato(),
    CrowdKit(),
    Doccano(),
    Refused(),
    PlainTable(),
)


def read_sheets(raw: Raw, questions: Questions) -> list[Sheet]:
    """The file's sheets, by the format that is set or recognised."""
    chosen = questions.setting("format", raw.file)
    if chosen is not None:
        named = {source.name: source for source in SOURCES}
        questions.about("format", "Which format is it?", tuple(named), file=raw.file)
        return named[chosen].read(raw, questions)
    for source in SOURCES:
        if source.recognises(raw):
            return source.read(raw, questions)
    raise HistoryError(
        "this JSON holds no list of objects. Export a table (csv), or JSON lines with a row per answer.",
        file=raw.file,
    )
