from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mindshare.core.errors import HistoryError
from mindshare.core.history import History
from mindshare.core.kinds import parts
from mindshare.histories.read import read_history, read_open_cases
from mindshare.histories.write import write_history
from tests.histories.broken import BROKEN, DOC, Broken, table
from tests.small_history import ANSWERS, CASES, TEAM

Make = Callable[..., Path]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda b: b.what.replace(" ", "_"))
def test_a_mistake_gets_one_sentence_that_says_where_it_is(broken: Broken, tmp_path: Path) -> None:
    assert broken.sentence(tmp_path) == broken.says


def test_sentences_in_the_docs_are_the_ones_said() -> None:
    assert DOC.read_text(encoding="utf-8") == table(), "run `python -m tests.histories.broken`"


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"there is no such directory. Name a directory with cases.csv"):
        read_history(tmp_path / "nowhere")


def test_two_files_of_answers_are_one_too_many(make_history: Make) -> None:
    directory = make_history()
    (directory / "answers.parquet").write_bytes(b"")
    with pytest.raises(HistoryError, match=r"there are answers.csv and answers.parquet, and only one"):
        read_history(directory)


def test_answers_are_sorted_by_case_and_agent(make_history: Make) -> None:
    rows = ANSWERS.splitlines()
    history = read_history(make_history(answers="\n".join([rows[0], *rows[:0:-1]]) + "\n"))
    same = read_history(make_history())
    assert_same(history, same)
    assert history.agent_id == ("bot", "person_1")
    assert history.is_person.tolist() == [False, True]
    assert history.answers.indptr.tolist() == [0, 2, 4, 4, 5]
    assert history.answers.label.tolist() == [0, 0, 0, 1, 0]
    assert history.truth.tolist() == [0, 1, -1, 0]


def test_an_empty_answer_is_attention_spent_and_nothing_learnt(make_history: Make) -> None:
    history = read_history(make_history(answers=ANSWERS.replace("c1,person_1,cat", "c1,person_1,")))
    assert history.answers.label.tolist() == [0, -1, 0, 1, 0]
    assert history.cost()["people.minutes"].sum() == pytest.approx(12 / 60)


def test_probabilities_are_made_to_sum_to_one(make_history: Make) -> None:
    history = read_history(make_history(answers=ANSWERS.replace("0.6,0.4", "0.6,0.4008")))
    assert history.answers.proba.dtype == np.float32
    np.testing.assert_allclose(history.answers.proba.sum(axis=1), 1.0, atol=1e-6)
    assert history.answers.proba_row.tolist() == [0, -1, 1, -1, 2]


@pytest.mark.parametrize("end", [".csv.gz", ".parquet"])
def test_csv_packed_csv_and_parquet_are_the_same_history(make_history: Make, end: str) -> None:
    cases = rich_cases(60)
    answers = "case,agent,answer,seconds,confidence\n" + "".join(
        f"c{i},bot,{'cat' if i % 3 else 'dog'},,0.{i % 9 + 1}37\nc{i},person_{i % 4},cat,{i}.25,\n"
        for i in range(60)
    )
    assert_same(
        read_history(make_history(cases=cases, answers=answers)),
        read_history(make_history(cases=cases, answers=answers, end=end)),
    )


def test_integer_labels_in_parquet_are_the_labels_of_the_team(make_history: Make) -> None:
    parts = {
        "team": TEAM.replace("[cat, dog]", "[0, 1]"),
        "cases": CASES.replace("cat", "0").replace("dog", "1"),
        "answers": "case,agent,answer\nc1,bot,0\nc2,bot,\nc4,person_1,1\n",  # the gap makes the column floats in pandas
    }
    directory = make_history(**parts, end=".parquet")
    frame = pl.read_parquet(directory / "answers.parquet").with_columns(pl.col("answer").cast(pl.Float64))
    frame.write_parquet(directory / "answers.parquet")
    assert read_history(directory).answers.label.tolist() == [0, -1, 1]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(make_history: Make) -> None:
    windows = {"cases": CASES, "answers": ANSWERS, "team": TEAM}
    windows = {name: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for name, text in windows.items()}
    assert_same(read_history(make_history(**windows)), read_history(make_history()))


def test_blank_lines_are_left_out_and_still_counted(make_history: Make) -> None:
    cases = CASES.replace("c2,dog", "\nc2,dog")
    assert read_history(make_history(cases=cases + "\n")).case_id == ("c1", "c2", "c3", "c4")
    with pytest.raises(HistoryError, match=r"cases.csv, row 6, column 'truth'"):
        read_history(make_history(cases=cases.replace("c4,cat", "c4,rat")))


def test_rows_are_counted_as_an_editor_counts_lines(make_history: Make) -> None:
    cases = CASES.replace("size", "note").replace("1.5", '"two\nlines"', 1).replace("c4,cat", "c4,rat")
    with pytest.raises(HistoryError, match=r"cases.csv, row 6, column 'truth'"):
        read_history(make_history(cases=cases))


def test_the_row_is_right_in_a_big_file(make_history: Make) -> None:
    n = 200_000
    cases = "case,truth\n" + "".join(f"c{i},cat\n" for i in range(n))
    rows = [f"c{i},bot,cat" for i in range(n)]
    rows[173_456] = "c173456,bot,rat"
    with pytest.raises(HistoryError, match=r"^answers.csv.gz, row 173458, column 'answer': 'rat'"):
        read_history(
            make_history(cases=cases, answers="case,agent,answer\n" + "\n".join(rows) + "\n", end=".csv.gz")
        )


def test_a_short_row_is_found_among_quoted_fields(make_history: Make) -> None:
    answers = ANSWERS.replace("c1,bot,", 'c1,"bot",').replace("c2,person_1,dog,8,,,", "c2,person_1,dog,8")
    with pytest.raises(HistoryError, match=r"answers.csv, row 5: the row has 4 fields and the header 7"):
        read_history(make_history(answers=answers))


def test_times_are_seconds_or_timestamps_in_utc(make_history: Make) -> None:
    stamps = ["2024-05-31", "2024-05-31 00:01", "2024-05-31T02:00:02.5+02:00", "2024-05-31T00:00:03Z"]
    cases = "case,truth,arrived\n" + "".join(f"c{i},cat,{s}\n" for i, s in enumerate(stamps, 1))
    arrived = read_history(make_history(cases=cases)).arrived
    assert arrived is not None
    assert (arrived - arrived[0]).tolist() == [0, 60, 2.5, 3]


def test_cases_without_a_parent_are_parents_of_their_own(make_history: Make) -> None:
    cases = "case,truth,parent\nc1,cat,b\nc2,dog,\nc3,cat,a\nc4,cat,b\nc5,cat,\n"
    assert read_history(make_history(cases=cases)).parent.tolist() == [0, 2, 1, 0, 3]


def test_agents_of_a_pattern_are_ordered_as_people_count(make_history: Make) -> None:
    team = (
        TEAM.replace("  bot: {kind: machine}\n", "") + "  bot: {kind: machine}\n  new_bot: {kind: machine}\n"
    )
    answers = "case,agent,answer\nc1,bot,cat\nc1,person_10,cat\nc1,person_9,cat\n"
    assert read_history(make_history(team=team, answers=answers)).agent_id == (
        "person_9",
        "person_10",
        "bot",
        "new_bot",
    )


def test_an_exact_id_wins_over_a_pattern(make_history: Make) -> None:
    team = TEAM.replace("bot: {kind: machine}", "'*': {kind: machine}\n  person_1: {kind: person}")
    assert read_history(make_history(team=team)).is_person.tolist() == [False, True]


def test_costs_grow_with_the_size_of_the_case(make_history: Make) -> None:
    team = TEAM.replace("kind: machine", "kind: machine, cost: {cpu_s: {fixed: 1, per: 2, of: size}}")
    history = read_history(make_history(team=team + "limits: {cpu_s: 3, people.minutes: 2}\n"))
    assert history.cost()["cpu_s"].tolist() == [4.0, 0.0, 6.0, 0.0, 4.0]
    assert history.team.limits == {"cpu_s": 3.0, "people.minutes": 2.0}


def test_a_utility_may_be_a_matrix(make_history: Make) -> None:
    team = TEAM + "utility: {cat: {cat: 1, dog: -5}, dog: {dog: 1, cat: 0}}\n"
    np.testing.assert_array_equal(
        read_history(make_history(team=team)).team.utility_matrix(), [[1, -5], [0, 1]]
    )


def test_open_cases_have_the_numbers_of_the_history(make_history: Make) -> None:
    history = read_history(
        make_history(cases=rich_cases(60), answers="case,agent,answer\nc1,bot,cat\nc2,person_7,dog\n")
    )
    opened = make_history(
        cases="case,colour,size,note,flag,extra\no1,red,3,what is it,true,1\no2,pink,,,,2\n",
        answers="case,agent,answer\no2,person_7,dog\n",
    )
    cases = read_open_cases(opened, history)
    assert cases.agent_id == history.agent_id
    assert cases.answers.agent.tolist() == [1]
    assert cases.truth.tolist() == [-1, -1]
    assert cases.features.categorical["colour"].names == history.features.categorical["colour"].names
    assert cases.features.categorical["colour"].code.tolist() == [
        history.features.categorical["colour"].names.index("red"),
        -1,
    ]
    assert np.isnan(cases.features.numeric["size"]).tolist() == [False, True]
    assert set(cases.features.text) == set(history.features.text) == {"note"}
    assert len(read_open_cases(opened / "cases.csv", history).answers) == 0


def test_open_cases_need_the_columns_of_the_history(make_history: Make) -> None:
    history = read_history(make_history())
    opened = make_history(cases="case\no1\n", answers=None)
    with pytest.raises(
        HistoryError, match=r"cases.csv: there is no column 'size', which the history's cases have"
    ):
        read_open_cases(opened, history)


def test_open_cases_know_only_the_agents_of_the_history(make_history: Make) -> None:
    history = read_history(make_history())
    opened = make_history(answers="case,agent,answer\nc1,person_2,cat\n")
    with pytest.raises(
        HistoryError, match=r"agent 'person_2' has no answers in the history.* Did you mean 'person_1'"
    ):
        read_open_cases(opened, history)


def test_open_cases_can_be_read_with_a_team_alone(make_history: Make) -> None:
    team = read_history(make_history()).team
    opened = read_open_cases(make_history(answers=None) / "cases.csv", team)
    assert opened.agent_id == ("bot",)
    assert list(opened.features.numeric) == ["size"]


def test_what_is_written_is_read_back_and_has_the_same_bytes(tmp_path: Path) -> None:
    n = 200_000
    cases = pl.DataFrame({"case": [f"case number {i}" for i in range(n)], "truth": ["cat", "dog"] * (n // 2)})
    answers = cases.select("case", agent=pl.lit("bot"), answer=pl.lit("cat"))
    team = {"name": "big", "labels": ["cat", "dog"], "agents": {"bot": {"kind": "machine"}}}
    first, second = (write_history(tmp_path / name, team, cases, answers) for name in ("first", "second"))
    assert sorted(p.name for p in first.iterdir()) == ["answers.csv.gz", "cases.csv", "team.yaml"]
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes()
    assert gzip.decompress((first / "answers.csv.gz").read_bytes()).startswith(b"case,agent,answer\n")
    assert len(read_history(first)) == n


def rich_cases(n: int) -> str:
    """Cases with every kind of column."""
    rows = ["case,truth,parent,group,kind,arrived,stakes,size,colour,note,flag,serial"]
    for i in range(n):
        colour = ("red", "green", "")[i % 3]
        note = f'"case, {i} is ""{"odd" if i % 2 else "even"}"" and {i * i} long {"abcdefgh"[i % 8] * (i % 7)}{"xyz"[i % 3]}"'
        flag = "true" if i % 2 else "false"
        rows.append(
            f"c{i},{'cat' if i % 4 else ''},p{i // 2},g{i % 2},k{i % 3},{i}.5,{1 + i % 2},{i * 0.37},{colour},{note},{flag},{900 - i}"
        )
    return "\n".join(rows) + "\n"


def assert_same(one: History, other: History) -> None:
    assert one.agent_id == other.agent_id
    assert one.case_id == other.case_id
    for name in ("truth", "parent", "stakes", "arrived"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("indptr", "case", "agent", "label", "seconds", "confidence"):
        np.testing.assert_array_equal(getattr(one.answers, name), getattr(other.answers, name), err_msg=name)
    given = one.answers.proba_row >= 0
    np.testing.assert_array_equal(given, other.answers.proba_row >= 0)
    np.testing.assert_array_equal(
        one.answers.proba[one.answers.proba_row[given]], other.answers.proba[other.answers.proba_row[given]]
    )
    assert list(one.features.numeric) == list(other.features.numeric)
    assert list(one.features.categorical) == list(other.features.categorical)
    for name, column in one.features.numeric.items():
        np.testing.assert_array_equal(column, other.features.numeric[name])
    for name, codes in one.features.categorical.items():
        assert codes.names == other.features.categorical[name].names
        np.testing.assert_array_equal(codes.code, other.features.categorical[name].code)
    assert one.features.text == other.features.text
    assert (one.group and one.group.names) == (other.group and other.group.names)


KINDS = {
    "team": TEAM.replace(
        "labels: [cat, dog]",
        "kinds: {pet: {labels: [cat, dog]}, farm: {labels: [cat, cow], utility: {cat: {cat: 1, cow: -2}, cow: {cat: 0, cow: 1}}}}",
    ),
    "cases": "case,truth,size,milk,kind\nc1,cat,1.5,,pet\nc2,cow,2.5,3,farm\nc3,,0.5,,pet\nc4,cat,1.5,4,farm\n",
    "answers": "case,agent,answer,p:cat,p:dog,p:cow\n"
    "c1,bot,cat,0.9,0.1,\nc1,person_1,dog,,,\nc2,bot,cow,0.4,,0.6\nc2,person_1,cow,,,\nc4,bot,cat,0.8,0,0.2\n",
}


def test_labels_utility_and_probabilities_are_those_of_the_kind(make_history: Make) -> None:
    history = read_history(make_history(**KINDS))
    assert history.team.kinds == ("pet", "farm")
    assert history.team.labels == ("pet: cat", "pet: dog", "farm: cat", "farm: cow")
    assert history.truth.tolist() == [0, 3, -1, 2]
    assert history.answers.label.tolist() == [0, 1, 3, 3, 2]
    np.testing.assert_allclose(
        history.answers.proba[history.answers.proba_row[[0, 2, 4]]],
        [[0.9, 0.1, 0, 0], [0, 0, 0.4, 0.6], [0, 0, 0.8, 0.2]],
    )
    pets, farm = parts(history)
    assert pets.history.team.labels == ("cat", "dog") and farm.history.truth.tolist() == [1, 0]
    assert set(pets.history.features.numeric) == {"size"}, "no pet has milk"
    np.testing.assert_allclose(farm.history.answers.proba, [[0.4, 0.6], [0.8, 0.2]])
    np.testing.assert_array_equal(farm.history.team.utility_matrix(), [[1, -2], [0, 1]])


def test_open_cases_of_several_kinds_take_the_numbers_of_the_history(
    make_history: Make, tmp_path: Path
) -> None:
    history = read_history(make_history(**KINDS))
    (tmp_path / "open.csv").write_text("case,size,milk,kind\no1,1,2,farm\no2,3,,pet\n")
    opened = read_open_cases(tmp_path / "open.csv", history)
    assert opened.kind is not None and opened.kind.code.tolist() == [1, 0]
    (tmp_path / "open.csv").write_text("case,size,milk,kind\no1,1,2,fram\n")
    with pytest.raises(
        HistoryError, match=r"'fram' is not one of the kinds in team.yaml: pet, farm. Did you mean 'farm'"
    ):
        read_open_cases(tmp_path / "open.csv", history)


def test_a_size_is_needed_on_the_kinds_that_the_agent_answers_only(make_history: Make) -> None:
    team = KINDS["team"].replace(
        "bot: {kind: machine}",
        "bot: {kind: machine}\n  milker: {kind: machine, cost: {cpu_s: {per: 1, of: milk}}}",
    )
    answers = KINDS["answers"] + "c2,milker,cow,,,\n"
    assert (
        read_history(make_history(**{**KINDS, "team": team, "answers": answers})).cost()["cpu_s"].sum() == 3
    )
    with pytest.raises(HistoryError, match="row 2, column 'milk': the cost of 'milker' grows"):
        read_history(make_history(**{**KINDS, "team": team, "answers": answers + "c1,milker,cat,,,\n"}))
