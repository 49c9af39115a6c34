"""Readers of crowd platforms keep the promises of every source."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import HistoryError
from mindshare.histories.sources import SOURCES
from mindshare.histories.sources.appen import Appen
from mindshare.histories.sources.raw import Raw
from mindshare.testing import check_source
from mindshare.testing.sources import SWAPS, damaged_copies, sheets_or_refused
from tests.histories.sources.crowd_examples import EXAMPLES, UNITS, lines
from tests.histories.sources.exports import every, written

MINE = [source for source in SOURCES if source.name in EXAMPLES]


@pytest.mark.parametrize("source", MINE, ids=lambda source: source.name)
def test_a_source_keeps_its_promises(source: Any) -> None:
    check_source(source, EXAMPLES[source.name])


TABLES = [
    (source, name) for source, files in EXAMPLES.items() for name in files if name.endswith((".csv", ".tsv"))
]


@pytest.mark.parametrize(("source", "name"), TABLES)
def test_each_row_of_a_table_is_an_answer_or_left_out_with_a_reason(
    source: str, name: str, tmp_path: Path
) -> None:
    reader = next(each for each in SOURCES if each.name == source)
    for damaged in list(damaged_copies(EXAMPLES[source][name]))[::3]:
        file = written(tmp_path, name, damaged)
        sheets = sheets_or_refused(reader, file)
        if not isinstance(sheets, HistoryError):
            assert every(sheets) == Raw(file).frame.height


@given(st.integers(0, 2**32))
@settings(max_examples=100, deadline=None, database=None)
def test_each_judgment_of_a_json_report_is_an_answer_or_left_out(seed: int) -> None:
    rng, units = random.Random(seed), json.loads(json.dumps(UNITS))
    unit = rng.choice(units)
    inside = rng.choice([unit, *(j for u in units for j in u["results"]["judgments"])])
    inside[rng.choice([key for key in inside if key != "results"])] = rng.choice(SWAPS)
    with tempfile.TemporaryDirectory(prefix="mindshare-appen-") as place:
        sheets = sheets_or_refused(Appen(), written(Path(place), "job.json", lines(units)))
    if not isinstance(sheets, HistoryError):
        answers = sum(one.number for one in sheets[0].left_out if one.what == "answer")
        assert sheets[0].frame.height + answers == sum(len(u["results"]["judgments"]) for u in units)
