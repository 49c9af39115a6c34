"""What holds for every source: the promises of `check_source`, and that whatever a file holds ends in sheets or a sentence."""

from __future__ import annotations

import json
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.questions import Questions
from mindshare.histories.sources import SOURCES, read_sheets
from mindshare.histories.sources.raw import Raw
from mindshare.testing import check_source
from mindshare.testing.sources import BYTES, SWAPS, sheets_or_refused
from tests.histories.sources.examples import EXAMPLES

FILES = [(source, name, body) for source, files in EXAMPLES.items() for name, body in files.items()]
TRIES = int(os.environ.get("MINDSHARE_FUZZ", "300"))  # files of each fuzzer; set, it tries others every time
FUZZ = settings(
    max_examples=TRIES,
    derandomize="MINDSHARE_FUZZ" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def _said_in_a_task(task: dict[str, Any]) -> int:
    lists = [task.get(key) for key in ("annotations", "completions", "predictions")]
    drafts = task.get("drafts")
    return sum(len(x) if isinstance(x, list) else x is not None for x in lists) + (
        len(drafts) if isinstance(drafts, list) else 0
    )


def _one(record: dict[str, Any]) -> int:
    return 1


COUNTED = {
    "label-studio": _said_in_a_task,
    "label-studio-min": _one,
    "prodigy": _one,
    "doccano": _one,
    "langfuse": _one,
    "langsmith": _one,
}


@pytest.mark.parametrize("source", [s for s in SOURCES if s.name in EXAMPLES], ids=lambda source: source.name)
def test_a_source_keeps_its_promises(source: Any) -> None:
    foreign: dict[str, dict[str, bytes]] = {"foreign": {}} if source.name == "table" else {}
    check_source(source, EXAMPLES[source.name], **foreign)


@pytest.mark.parametrize(
    ("source", "name", "body"), FILES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_file_is_read_by_its_own_source(tmp_path: Path, source: str, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    takes = [each.name for each in SOURCES if each.recognises(Raw(tmp_path / name))]
    assert takes[0] == source
    assert read_sheets(Raw(tmp_path / name), Questions())


def test_a_format_that_is_set_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "export.json").write_bytes(EXAMPLES["prodigy"]["choice.jsonl"])
    with pytest.raises(HistoryError, match="nobody has answered yet"):
        read_sheets(Raw(tmp_path / "export.json"), Questions({"format": "argilla"}))


@FUZZ
@given(file=st.sampled_from(FILES), seed=st.integers(0, 2**32), by=st.sampled_from(SOURCES))
def test_whatever_a_file_holds_ends_in_sheets_or_in_a_sentence(
    file: tuple[str, str, bytes], seed: int, by: Any
) -> None:
    """Half of the files are read by the source that wrote them, half by any, as a wrong `--set format=` would have it."""
    rng = random.Random(seed)
    source, name, body = file
    mine = next(each for each in SOURCES if each.name == source) if rng.random() < 0.5 else by
    with tempfile.TemporaryDirectory(prefix="mindshare-fuzz-") as place:
        (Path(place) / name).write_bytes(_mutated(rng, body))
        sheets_or_refused(mine, Path(place) / name)


@FUZZ
@given(
    seed=st.integers(0, 2**32),
    file=st.sampled_from([f for f in FILES if f[0] in COUNTED and "json" in f[1]]),
)
def test_no_answer_is_lost_without_a_word(seed: int, file: tuple[str, str, bytes]) -> None:
    """Whatever values are swapped: what was said in the file is an answer, is left out and counted, or is no label yet."""
    rng = random.Random(seed)
    source, name, body = file
    for _ in range(rng.choice((1, 2, 4))):
        body = _other_values(rng, body)
    with tempfile.TemporaryDirectory(prefix="mindshare-fuzz-") as place:
        (Path(place) / name).write_bytes(body)
        mine = next(each for each in SOURCES if each.name == source)
        try:
            sheets = mine.read(Raw(Path(place) / name), Questions({"several": "leave-out"}))
            said = sum(COUNTED[source](record) for record in Raw(Path(place) / name).records())
        except HistoryError:
            return
    left_out = sum(one.number for one in sheets[0].left_out if one.what not in ("case", "truth"))
    unseen = sum(int(s.split()[0].replace(",", "")) for s in sheets[0].said if "not seen yet" in s)
    truths = sum(int(s.split()[0]) for s in sheets[0].said if "marked as ground truth" in s)
    assert sheets[0].frame.height + left_out + unseen + truths == said


def _mutated(rng: random.Random, body: bytes) -> bytes:
    """Values swapped, moved and doubled where it is JSON, then bytes flipped, put in, cut out or cut off."""
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        body = _other_values(rng, body)
    for _ in range(rng.choice((0, 0, 1, 3))):
        at, length = rng.randrange(len(body) + 1), rng.choice((1, 2, 8, 40))
        put = rng.choice(
            (
                b"",
                bytes([rng.randrange(256)]),
                rng.choice(BYTES[:-1]),
                body[at : at + length],
                b",",
                b"\n",
                b"}",
            )
        )
        body = body[:at] + put + body[at + rng.choice((0, len(put), length)) :]
    return (body[: rng.randrange(len(body) + 1)] if rng.random() < 0.1 else body) or b" "


def _other_values(rng: random.Random, body: bytes) -> bytes:
    try:
        text = body.decode()
        lines = not text.startswith("[") and "\n" in text.strip()
        content = [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
    except ValueError:
        return body
    places = list(_places(content))
    if not places:
        return body
    inside, key = rng.choice(places)
    other, from_key = rng.choice(places)
    rng.choice(
        (
            lambda: inside.__setitem__(key, rng.choice(SWAPS)),
            lambda: inside.__setitem__(key, json.loads(json.dumps(other[from_key]))),
            lambda: inside.pop(key),
            lambda: inside.append(rng.choice(SWAPS)) if isinstance(inside, list) else inside.update({" ": 1}),
            lambda: inside.__setitem__(key, [inside[key]]),
            lambda: inside.__setitem__(key, str(inside[key])),
        )
    )()
    return "\n".join(map(json.dumps, content)).encode() if lines else json.dumps(content).encode()


def _places(value: Any) -> list[tuple[Any, Any]]:
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]
