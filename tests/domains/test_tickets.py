"""Promises of the tickets: made-up and real messages, what a wrong department costs, and one sentence for each broken file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.domains.tickets.departments import DEPARTMENT_OF, DEPARTMENTS, URGENT, utility_of
from mindshare.domains.tickets.domain import Tickets
from mindshare.domains.tickets.made import MEANT, UNCLEAR, made_messages
from mindshare.domains.tickets.messages import FOLDER, NEW, TAUGHT, read_banking
from mindshare.histories.read import read_history
from mindshare.testing import check_domain

HEAD = "text,category\n"
GOOD = HEAD + '"I lost my card, help",lost_or_stolen_card\nWhat is the rate?,exchange_rate\n'


def folder_of(data: Path, taught: str = GOOD, new: str = GOOD) -> Path:
    place = data / FOLDER
    place.mkdir(parents=True)
    (place / TAUGHT).write_text(taught, encoding="utf-8")
    (place / NEW).write_text(new, encoding="utf-8")
    return data


def test_the_tickets_keep_all_promises_of_a_domain() -> None:
    check_domain(Tickets(taught=240, new=300))


def test_each_intent_has_one_department() -> None:
    assert sum(map(len, DEPARTMENTS.values())) == len(DEPARTMENT_OF) == 77
    assert set(MEANT) <= set(DEPARTMENT_OF)
    assert sorted(intent for pair, _ in UNCLEAR for intent in pair) == sorted(MEANT)


def test_the_wrong_department_costs_more_than_the_wrong_intent_and_most_where_it_is_urgent() -> None:
    labels = tuple(DEPARTMENT_OF)
    worth = utility_of(labels)
    for truth in labels:
        for verdict in labels:
            same, right = DEPARTMENT_OF[truth] == DEPARTMENT_OF[verdict], truth == verdict
            wrong_department = -1.0 if DEPARTMENT_OF[truth] == URGENT else 0.0
            assert worth[truth][verdict] == (1.0 if right else 0.5 if same else wrong_department)


def test_the_same_seed_makes_the_same_messages_and_none_teaches_and_is_asked_about() -> None:
    one, two, other = (made_messages(seed=seed, taught=120, new=120) for seed in (3, 3, 4))
    assert one == two != other
    assert len(one.new.text) == 120 and set(one.new.intent) == set(one.taught.intent) == set(MEANT)


def test_a_dearer_machine_is_a_better_one_on_made_up_messages(tmp_path: Path) -> None:
    """Over three seeds together, so that it is no luck of one."""
    right: dict[str, list[float]] = {"words": [], "pairs": [], "letters": []}
    for seed in range(3):
        history = read_history(Tickets().write(tmp_path / str(seed), data=None, seed=seed).path)
        for name in right:
            rows = history.answers.agent == history.agent_id.index(name)
            right[name] += (history.answers.label[rows] == history.truth[history.answers.case[rows]]).tolist()
    words, pairs, letters = (float(np.mean(right[name])) for name in ("words", "pairs", "letters"))
    assert words < letters and pairs < letters and words > 0.6


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda place: (place / NEW).unlink(), "There is no test.csv of banking77"),
        (
            lambda place: (place / NEW).write_text("words,category\na,exchange_rate\n"),
            "has no column text; it has words, category",
        ),
        (lambda place: (place / NEW).write_text(HEAD), "has no messages"),
        (lambda place: (place / NEW).write_text(HEAD + " ,exchange_rate\n"), "message 1: the text is empty"),
        (
            lambda place: (place / NEW).write_text(HEAD + "hello,weather\n"),
            "message 1: no department takes care of 'weather'",
        ),
        (
            lambda place: (place / NEW).write_text(HEAD + "hello,age_limit\n"),
            "messages of age_limit, and train.csv has none",
        ),
        (
            lambda place: (place / NEW).write_bytes(b"\xff\xfe\x00\x01"),
            "cannot be read as a table|has no column",
        ),
        (lambda place: (place / NEW).write_bytes(b""), "cannot be read as a table"),
    ],
)
def test_a_broken_file_is_one_sentence(spoil: Callable[[Path], object], told: str, tmp_path: Path) -> None:
    data = folder_of(tmp_path / "data")
    spoil(data / FOLDER)
    with pytest.raises(MindshareError, match=told) as wrong:
        read_banking(data)
    assert "\n" not in str(wrong.value) and str(wrong.value).endswith(".")


def test_real_messages_are_answered_by_machines_that_learnt_from_others(
    data_dir: Path, tmp_path: Path
) -> None:
    history = read_history(Tickets().write(tmp_path / "history", data=data_dir, seed=0).path)
    assert len(history) == 3_080 and len(history.team.labels) == 77
    rows = history.answers.agent == history.agent_id.index("letters")
    assert (history.answers.label[rows] == history.truth[history.answers.case[rows]]).mean() > 0.9
