"""crowd-kit's frames: task, worker, label; and beside them a file of task and label, which is the truth."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.fields import because, columns, leave_out, table, unnamed
from mindshare.histories.sources.source import LeftOut, Role, Sheet

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

LONG = ("task", "worker", "label")
PAIR = frozenset(("task", "label"))
TRUE = re.compile(
    r"(?:^|[^a-z])(?:gt|gold(?:en)?s?|truths?|ground|true|correct|expert)(?:[^a-z]|$)", re.IGNORECASE
)


class CrowdKit:
    """A file of task and label alone is the truth where its name says so; else it stays open what it is.

    Beside answers about the same tasks it is the truth too; that is for the stage to say that sees all sheets.
    """

    name = "crowd-kit"

    def recognises(self, raw: Raw) -> bool:
        names = columns(raw)
        return names == PAIR or (names >= set(LONG) and len(names) <= len(LONG) + 1)

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:  # noqa: ARG002  the next stage asks
        frame, left_out = table(raw), list[LeftOut]()
        if not set(frame.columns) >= PAIR:
            raise HistoryError("a crowd-kit frame has the columns task, worker and label.", file=raw.file)
        about: dict[str, Any] = {"file": raw.file, "format": "a crowd-kit frame of answers"}
        roles: dict[str, Role] = {"task": "case"}
        if "worker" in frame.columns:
            frame = leave_out(frame, unnamed(frame, *LONG), left_out)
            roles |= {"worker": "agent", "label": "answer"}
            return [Sheet(frame=frame, layout="long", roles=roles, left_out=tuple(left_out), **about)]
        frame = leave_out(frame, because(frame["task"].is_null(), "their column task is empty"), left_out)
        about |= {"format": "a crowd-kit file of task and label", "left_out": tuple(left_out)}
        if not TRUE.search(raw.path.name.partition(".")[0]):
            return [Sheet(frame=frame, roles=roles, **about)]
        said = (f"Nobody is named in this file, and it is called {raw.file}: its labels are the truth.",)
        return [Sheet(frame=frame, layout="cases", roles={**roles, "label": "truth"}, said=said, **about)]
