from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from mindshare.core.history import History
from mindshare.histories.read import read_history
from tests.small_history import TEAM

N = 120
RNG = np.random.default_rng(0)
TRUTH = RNG.choice(["cat", "dog"], N)
SHUFFLED = RNG.permutation(N)
WORDS = [
    "the",
    "a",
    "furry",
    "small",
    "thing",
    "sits",
    "barks",
    "on",
    "under",
    "mat",
    "tree",
    "and",
    "looks",
    "away",
    "quietly",
]

IDS: dict[str, Sequence[object]] = {
    "a file name that says the truth": [f"{t}_{i:04d}.png" for i, t in enumerate(TRUTH)],
    "two words and a number that say the truth": [f"{t} no {i}" for i, t in enumerate(TRUTH)],
    "numbers in blocks by truth": [
        (7_000_000 if t == "cat" else 8_000_000) + i for i, t in zip(SHUFFLED, TRUTH, strict=True)
    ],
    "every number once": list(SHUFFLED),
    "numbers that only rise": list(np.cumsum(1 + RNG.integers(0, 50, N))),
    "hexadecimal": [f"{i * 2654435761 % 2**32:08x}{'c' if t == 'cat' else 'd'}" for i, t in enumerate(TRUTH)],
    "times of the day": [f"2024-05-31 {i // 60:02d}:{i % 60:02d}" for i in range(N)],
    "nearly unique": [f"{t}{max(i, 2)}" for i, t in enumerate(TRUTH)],
}
FEATURES: dict[str, tuple[str, Sequence[object]]] = {
    "a measurement": ("numeric", [round(x, 6) for x in RNG.random(N)]),
    "a measurement that only rises": ("numeric", [i + 0.5 for i in range(N)]),
    "counts": ("numeric", list(RNG.integers(0, 50, N))),
    "sizes in bytes": ("numeric", list(RNG.choice(10**6, N, replace=False))),
    "a few words": ("categorical", [("red", "green", "blue")[i % 3] for i in range(N)]),
    "a few sentences": ("categorical", [("not at all", "very much so")[i % 2] for i in range(N)]),
    "prose": ("text", [" ".join(RNG.choice(WORDS, 6)) for _ in range(N)]),
    "prose in Japanese": (
        "text",
        [
            f"{'猫犬が木の下で'[i % 7]}{'静かに座っている'[: 2 + i % 6]}見る{'猫犬鳥魚'[i % 4]}"
            for i in range(N)
        ],
    ),
    "many words": ("text", [f"town{chr(97 + i % 13)}{chr(97 + i % 7)}" for i in range(N)]),
}


def read_with(
    make_history: Callable[..., Path], name: str, values: Sequence[object], team: str = TEAM
) -> History:
    rows = "".join(f'c{i},{TRUTH[i]},{i % 4},"{value}"\n' for i, value in enumerate(values))
    return read_history(
        make_history(
            team=team, cases=f"case,truth,few,{name}\n{rows}", answers="case,agent,answer\nc1,bot,cat\n"
        )
    )


@pytest.mark.parametrize("what", IDS)
def test_a_planted_id_never_becomes_a_feature(make_history: Callable[..., Path], what: str) -> None:
    history = read_with(make_history, "scan", IDS[what])
    features = history.features
    assert (list(features.numeric), list(features.categorical), list(features.text)) == (["few"], [], [])
    assert any("column 'scan' of cases.csv names the case" in sentence for sentence in history.not_learnable)


@pytest.mark.parametrize("what", FEATURES)
def test_a_description_stays_a_feature(make_history: Callable[..., Path], what: str) -> None:
    role, values = FEATURES[what]
    history = read_with(make_history, "seen", values)
    assert "seen" in getattr(history.features, role)
    assert not any("names the case" in sentence for sentence in history.not_learnable)


def test_integers_of_their_own_are_an_id_when_the_name_says_so(make_history: Callable[..., Path]) -> None:
    values = FEATURES["sizes in bytes"][1]
    for name in ("scan_id", "scanId", "index", "row"):
        assert name not in read_with(make_history, name, values).features.numeric


def test_a_size_that_costs_grow_with_is_never_an_id(make_history: Callable[..., Path]) -> None:
    team = TEAM.replace("kind: machine", "kind: machine, cost: {cpu_s: {per: 1, of: pixels}}")
    assert "pixels" in read_with(make_history, "pixels", IDS["every number once"], team).features.numeric


def test_what_names_the_parent_is_an_id_too(make_history: Callable[..., Path]) -> None:
    rows = "".join(f"c{i},cat,p{i // 3},dog_{i // 3}.png,{i % 5}\n" for i in range(90))
    history = read_history(
        make_history(
            cases="case,truth,parent,image,grade\n" + rows, answers="case,agent,answer\nc1,bot,cat\n"
        )
    )
    assert history.features.text == {}
    assert history.features.categorical == {}
    assert list(history.features.numeric) == ["grade"]


def test_a_number_column_with_a_word_in_it_is_mentioned(make_history: Callable[..., Path]) -> None:
    values = [str(i % 7) for i in range(N)]
    values[5] = "n/a"
    history = read_with(make_history, "grade", values)
    assert "'n/a' in row 7 is not a number" in " ".join(history.not_learnable)


def test_an_empty_column_is_left_out(make_history: Callable[..., Path]) -> None:
    history = read_with(make_history, "nothing", [""] * N)
    assert "The column 'nothing' of cases.csv is empty and not used." in history.not_learnable
