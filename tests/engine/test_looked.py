"""Where machines looked: what a case has is taken, and anything else is refused in one clear sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.engine.gold import read_gold
from mindshare.engine.incoming import read_case
from mindshare.engine.looked import MOST_PARTS, MOST_SIDE, check_where
from mindshare.engine.samples import MOST, samples_of
from mindshare.engine.settings import Kind, Part, Probes, Settings

SHOW = [
    {"title": "Photo", "image": "a.png"},
    {"title": "Rig", "window": {"hz": 10, "channels": {"vibration": [0.0] * 200, "noise": [0.0] * 100}}},
    {"title": "File", "window": "rig.csv"},
    {"title": "Digit", "pixels": [[0, 1], [1, 0]]},
    {"title": "Log", "text": "it hums"},
    [{"text": "no title"}],
    {"title": "Twice", "text": "a"},
    {"title": "Twice", "text": "b"},
    {"title": "Sizes", "table": {"rows": [[1, 2]]}},
    {"speed": 3},
    7,
]
FEATURES = {"words": "late parcel", "by": "chat", "count": 2, "scan": "b.png", "arm": "arm.npy"}
LAID = Kind(template=(Part("scan", as_="image"), Part("arm", as_="window"), Part()))


def sent(where: Any, how: Kind = LAID) -> None:
    """Sends a case with this `where`."""
    said = {"agent": "net", "label": "bug", "where": where}
    case = {"id": "a", "features": FEATURES, "show": SHOW, "answers": [said]}
    check_where(read_case(msgspec.json.encode(case)), how)


@pytest.mark.parametrize(
    "where",
    [
        {"words": [[0, 4, 0.5], [5, 11, 1]], "count": 0.25, "by": 1},
        {"Photo": [[0.5]], "Digit": [[0, 1, 0.5]] * 64, "scan": [[0.1] * 7] * 7},
        {"Rig": [[0, 200, 0.5]], "File": [[0, 10_000_000, 1]], "arm": {"x": [[5, 6, 0]]}},
        {"Rig": {"vibration": [[120, 180, 0.9]], "noise": [[0, 100, 0.1]]}, "File": {}},
        {"Log": [[0, 2, 0.5]], "": [[3, 8, 1]], "Sizes": 0.5, "Photo": 0.5},
    ],
)
def test_whatever_a_case_has_may_be_looked_at(where: Any) -> None:
    sent(where)


BAD = [
    ({"wrods": 0.5}, "must name features of the case, or parts of `show` by their title. Got 'wrods' instead. Did you mean 'words'?"),
    ({"speed": 0.5}, "must name features of the case"),
    ({"Twice": 0.5}, "as 2 parts of `show` are called"),
    ({"count": 1.5}, "must be a weight from 0 to 1. Got 1.5"),
    ({"count": [[0, 1, 0.5]]}, "only texts, series and pictures have parts"),
    ({"Sizes": [[0.5]]}, "only texts, series and pictures have parts"),
    ({"words": [[0, 12, 0.5]]}, "parts [from, to, weight] in characters of 11"),
    ({"words": [[3, 3, 0.5]]}, "from below to"),
    ({"words": [[0, 1.5, 0.5]]}, "Got [0, 1.5, 0.5] instead"),
    ({"words": [[0, 1]]}, "Got [0, 1] instead"),
    ({"words": [[0, 1, -0.1]]}, "the weight from 0 to 1"),
    ({"words": [[0, 1, 0.5]] * (MOST_PARTS + 1)}, "at most 1,000 parts. Got 1,001"),
    ({"words": {"a": [[0, 1, 0.5]]}}, "names channels, which only a series has"),
    ({"Photo": [[0, 1], [0.5]]}, "Got 1 weight in row 2 instead"),
    ({"Photo": []}, "Got 0 rows instead"),
    ({"Photo": [[]]}, "Got 0 weights in row 1 instead"),
    ({"Photo": [[0, 7, 0.5]]}, "Got 7 in row 1 instead"),
    ({"scan": [[0.5]] * (MOST_SIDE + 1)}, "at most 64 by 64. Got 65 rows"),
    ({"scan": [[0.5] * (MOST_SIDE + 1)]}, "Got 65 weights in row 1"),
    ({"Photo": {"red": [[0, 1, 1]]}}, "names channels"),
    ({"Rig": [[0, 201, 0.5]]}, "in samples of 200"),
    ({"Rig": {"noise": [[0, 101, 0.5]]}}, "channel 'noise', must have parts [from, to, weight] in samples of 100"),
    ({"Rig": {"vibratoin": [[0, 1, 0.5]]}}, "the channel 'vibratoin', which is not there. Did you mean 'vibration'?"),
    ({"File": {"a": [[0, 1, 1]] * 600, "b": [[0, 1, 1]] * 600}}, "at most 1,000 parts in all its channels"),
    ({"words": "late"}, "The case cannot be read"),
    ({"words": None}, "The case cannot be read"),
    ({"Photo": [["a"]]}, "The case cannot be read"),
    ({"Photo": [[True]]}, "The case cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "why"), BAD, ids=lambda each: str(each)[:40])
def test_anything_else_is_refused_in_one_sentence(where: Any, why: str) -> None:
    with pytest.raises(MindshareError) as refused:
        sent(where)
    told = str(refused.value)
    assert why in told and "\n" not in told
    assert told.startswith(("Case 'a': `where` of 'net'", "The case cannot be read: "))


def test_a_number_that_is_none_is_no_json_and_refused() -> None:
    for none in (b"NaN", b"Infinity", b"1e999"):
        case = b'{"id": "a", "features": {"n": 1}, "answers": [{"agent": "net", "where": {"n": %s}}]}' % none
        with pytest.raises(MindshareError, match=r"not JSON|cannot be read|from 0 to 1"):
            check_where(read_case(case), Kind())


def test_a_feature_goes_before_a_title_so_that_no_title_tells_of_a_hidden_feature() -> None:
    case = {"id": "a", "features": {"Photo": 3}, "show": SHOW[0], "answers": [{"agent": "net", "where": {"Photo": [[0.5]]}}]}  # fmt: skip
    with pytest.raises(MindshareError, match="must be a weight"):
        check_where(read_case(msgspec.json.encode(case)), Kind(show=("other",)))


def test_where_in_gold_probes_is_looked_at_when_the_service_starts(tmp_path: Path) -> None:
    probe = {
        "id": "p",
        "label": "bug",
        "features": {"n": 1},
        "answers": [{"agent": "net", "where": {"m": 1}}],
    }
    (tmp_path / "gold.jsonl").write_bytes(msgspec.json.encode(probe))
    how = Settings(kinds={"default": Kind(probes=Probes(file="gold.jsonl"))})
    with pytest.raises(MindshareError, match=r"gold.jsonl: Case 'p': `where` of 'net' must name features"):
        read_gold(tmp_path, how, {"": ["bug"]}, b"")


def array(shape: str) -> bytes:
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head


@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        (b"time,a,b\n0,1,2\n\n1,2,3\n", "text/csv", {"a": 2, "b": 2}),
        (b"\xef\xbb\xbfa;b\r\n0;1\r\n", "text/csv", {"a": 1, "b": 1}),
        (b"1,2\n3,4\n5,6", "text/csv", {"x": 3, "2": 3}),
        (b"\n", "text/csv", None),
        (b"," * MOST, "text/csv", None),
        (array("(50,)"), "application/x-npy", {"x": 50}),
        (array("(50, 3)"), "application/x-npy", {"x": 50, "2": 50, "3": 50}),
        (array("(5, 4, 3)"), "application/x-npy", None),
        (array("(5, 1000000000)"), "application/x-npy", None),
        (b'{"hz": 5, "channels": {"a": [1, 2], "b": 3}}', "application/json", {"a": 2}),
        (b'{"hz": NaN}', "application/json", None),
        (b"[1, 2]", "application/json", None),
        (b"\x89PNG", "image/png", None),
    ],
)
def test_a_file_tells_its_channels_and_how_long_they_are(data: bytes, kind: str, told: Any) -> None:
    assert samples_of(data, kind, ["x"]) == told


def test_parts_of_a_series_in_a_file_lie_within_it_where_the_file_is_here() -> None:
    said = {"agent": "net", "where": {"File": [[0, 51, 0.5]]}}
    case = read_case(msgspec.json.encode({"id": "a", "show": SHOW, "answers": [said]}))
    check_where(case, Kind())
    with pytest.raises(MindshareError, match="in samples of 50, from below to"):
        check_where(case, Kind(), lambda *_: {"1": 50})


weights = st.floats(0, 1) | st.integers(0, 1)
anything = st.recursive(
    st.floats(allow_nan=False) | st.integers(-5, 300) | st.text(max_size=3) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["vibration", "x"]), inner, max_size=2),
    max_leaves=12,
)  # fmt: skip


@given(st.integers(1, MOST_SIDE), st.integers(1, MOST_SIDE), st.data())
def test_every_grid_of_weights_is_taken_and_none_with_a_row_of_another_length(
    rows: int, columns: int, data: Any
) -> None:
    grid = [[data.draw(weights)] * columns for _ in range(rows)]
    sent({"Photo": grid})
    if rows > 1:
        with pytest.raises(MindshareError, match="same length"):
            sent({"Photo": [*grid[:-1], grid[-1][1:]]})


@given(st.sampled_from([*FEATURES, "Photo", "Rig", "File", "Digit", "Log", "", "Sizes", "other"]), anything)
def test_what_is_taken_holds_only_weights_from_0_to_1_and_places_that_are_there(name: str, told: Any) -> None:
    try:
        sent({name: told})
    except MindshareError as e:
        assert str(e).endswith((".", "?")) and "\n" not in str(e)
        return
    picture, long = name in ("Photo", "Digit", "scan"), {"words": 11, "by": 4, "Log": 7, "": 8, "Rig": 200}
    parts = (
        told
        if isinstance(told, list)
        else [p for own in told.values() for p in own]
        if isinstance(told, dict)
        else []
    )
    found = [w for row in parts for w in row] if picture else [w for _, _, w in parts]
    assert all(0 <= w <= 1 for w in found) and (isinstance(told, list | dict) or 0 <= told <= 1)
    assert picture or all(0 <= a < b <= long.get(name, b) for a, b, _ in parts)
