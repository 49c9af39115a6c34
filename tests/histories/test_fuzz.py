from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import HistoryError
from mindshare.core.history import History
from mindshare.histories.read import read_history
from tests.small_history import ANSWERS, CASES, TEAM, write_small_history

FILES = {
    "team": TEAM + "limits: {people.minutes: 3}\nutility: {cat: {cat: 1, dog: 0}, dog: {dog: 1, cat: 0}}\n",
    "cases": CASES.replace("size", "size,parent,group,arrived,deadline,stakes")
    .replace("1.5", "1.5,p1,g1,2024-05-31,2024-06-01T08:00Z,1", 1)
    .replace("2.5", "2.5,p1,,2024-05-31 10:00,,2")
    .replace("0.5", '0.5,"p,2",g1,,,')
    .replace("c4,cat,1.5", "c4,cat,1.5,,,,,"),
    "answers": ANSWERS,
}
PIECES = st.sampled_from(
    [
        '"',
        ",",
        "\n",
        "\r\n",
        ";",
        ":",
        "-",
        "0",
        "9e999",
        "nan",
        "inf",
        "{",
        "}",
        "[",
        "]",
        "*",
        "&a",
        "!!x",
        "#",
        "\t",
        " ",
        "\0",
        "é",
        "\ufeff",
        "cat",
        "''",
        "true",
        "2024-13-01",
        "1" * 25,
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    file=st.sampled_from(sorted(FILES)),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), PIECES), min_size=1, max_size=3),
    cut=st.booleans(),
)
def test_a_damaged_history_is_read_or_refused_in_a_sentence(
    file: str, changes: list[tuple[int, int, str]], cut: bool
) -> None:
    text = FILES[file]
    for place, length, piece in changes:
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + length :]
    body = text.encode()[: len(text) // 2] if cut else text.encode()
    with tempfile.TemporaryDirectory() as directory:
        write_small_history(Path(directory), **{**FILES, file: body})
        try:
            history = read_history(directory)
        except HistoryError as e:
            assert str(e).startswith((*FILES, directory))
            assert "\n" not in str(e).strip()
        else:
            assert isinstance(history, History)


def test_the_undamaged_history_is_read(tmp_path: Path) -> None:
    assert len(read_history(write_small_history(tmp_path, **FILES))) == 4
