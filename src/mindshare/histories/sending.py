"""Cases of a file as a service is sent them: features, what machines said, and for people's eyes the columns that are no feature.

What people said in a file is not sent: who answers a live case is asked for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mindshare.core.history import History
from mindshare.histories.cases import ROLES
from mindshare.histories.streamed import script_of
from mindshare.histories.tables import find_table, read_table

LONG = 80  # characters from which on a value is a text of its own


def without_truth(history: History, place: Path) -> list[dict[str, Any]]:
    """The cases of a history in this directory whose truth nobody knows, in its order."""
    return cases_to_send(history.take(np.flatnonzero(history.truth < 0)), place)


def cases_to_send(history: History, place: Path) -> list[dict[str, Any]]:
    """These cases, whose table is in `place`, in their order."""
    script = script_of(history, range(len(history)))
    shown = _shown(history, place)
    out = []
    for case in script:
        sent = {name: part for name, part in case.sent.items() if name != "askable"}  # anybody may be asked
        if parts := shown.get(sent["id"]):
            sent["show"] = parts
        out.append(sent)
    return out


def _shown(history: History, place: Path) -> dict[str, list[dict[str, Any]]]:
    """Case -> what describes it and is no feature: texts, then short values together."""
    table = read_table(find_table(place, "cases", "one row per case"), required=("case",))
    f, wanted = history.features, set(history.case_id)
    features = {*f.numeric, *f.categorical, *f.text}
    frame = table.strings()
    names = [c for c in frame.columns if c not in ROLES and c not in features]
    out: dict[str, list[dict[str, Any]]] = {}
    for row in frame.select("case", *names).rows(named=True) if names else ():
        case = row.pop("case")
        if case not in wanted:
            continue
        told = {name: value for name, value in row.items() if value is not None}
        texts = [{"title": name, "text": value} for name, value in told.items() if len(value) >= LONG]
        short = {name: value for name, value in told.items() if len(value) < LONG}
        if parts := [*texts, *([short] if short else [])]:
            out[case] = parts
    return out
