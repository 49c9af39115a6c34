"""Which column, agent or file tells the truth: taken where it is plain, asked where two may be it, refused where it contradicts itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.settings import Settings

N = 40


def written(folder: Path, name: str, header: str, rows: Sequence[str]) -> Path:
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder / name


def labels(seed: int, right: float = 1.0) -> list[str]:
    """N labels: those of seed 0 are true, any other seed says them as often as `right`."""
    true, chance = random.Random(0), random.Random(seed)
    told = [true.choice(("cat", "dog")) for _ in range(N)]
    return [w if chance.random() < right else "dog" if w == "cat" else "cat" for w in told]


TRUE, ANN, BEN, BOT = labels(0), labels(1, 0.8), labels(2, 0.7), labels(3, 0.6)


def wide(folder: Path, *columns: str, last: Sequence[str] = TRUE, **given: str) -> Preview:
    """A table of an id, the annotators' columns as called, and a last one."""
    cells = zip(*[ANN, BEN, BOT][: len(columns) - 1], last, strict=True)
    rows = [f"{i},{','.join(row)}" for i, row in enumerate(cells)]
    return look([written(folder, "wide.csv", ",".join(["id", *columns]), rows)], Settings(set=given))


def long(folder: Path, *more: tuple[str, Sequence[str]], header: str = "id,annotator,label") -> Path:
    """A row for each answer of Ann, Ben and whoever else."""
    told = [("Ann", ANN), ("Ben", BEN), *more]
    return written(
        folder, "long.csv", header, [f"{i},{who},{said[i]}" for i in range(N) for who, said in told]
    )


def known(preview: Preview) -> dict[str, str]:
    return dict(preview.cases.select("case", "truth").drop_nulls().rows())


TRUTHS = {str(i): word for i, word in enumerate(TRUE)}


@pytest.mark.parametrize(
    "name",
    ["biopsy", "Endergebnis", "final_label", "consensus", "true species", "outcome", "label", "Answer key"],
)
def test_the_only_column_with_the_answers_words_is_the_truth_if_it_is_called_so(
    tmp_path: Path, name: str
) -> None:
    preview = wide(tmp_path, "rater_1", "rater_2", "rater_3", name)
    assert not preview.open and known(preview) == TRUTHS
    assert any(f"'{name}'" in said and "--set truth=none" in said for said in preview.said)
    without = wide(tmp_path, "rater_1", "rater_2", "rater_3", name, truth="none")
    assert not known(without) and set(without.cases.columns) == {"case", "truth"}


@pytest.mark.parametrize(
    "name",
    ["species", "majority", "resolution", "expert_label", "was_correct", "Befund", "result", "category"],
)
def test_it_is_asked_where_the_name_is_another_one(tmp_path: Path, name: str) -> None:
    preview = wide(tmp_path, "rater_1", "rater_2", "rater_3", name)
    assert [question.options[0] for question in preview.open] == [name]


def test_a_label_beside_one_annotator_is_asked_about_since_it_may_be_a_persons_answer(tmp_path: Path) -> None:
    assert [question.options[0] for question in wide(tmp_path, "prediction", "label").open] == ["label"]


def test_it_is_asked_where_it_is_always_what_one_or_most_say_or_is_seldom_known(tmp_path: Path) -> None:
    most = [max(said, key=said.count) for said in zip(ANN, BEN, BOT, strict=True)]
    seldom = [word if i % 3 else "" for i, word in enumerate(TRUE)]
    for last in (ANN, most, seldom):
        preview = wide(tmp_path, "rater_1", "rater_2", "rater_3", "final_label", last=last)
        assert [question.options[0] for question in preview.open] == ["final_label"]


@pytest.mark.parametrize("person", ["QA reviewer", "Human QA", "human_final", "final reviewer"])
def test_a_person_who_checks_beside_a_truth_is_an_annotator(tmp_path: Path, person: str) -> None:
    preview = wide(tmp_path, person, "llm", "Gold")
    assert not preview.open and preview.kinds == {person: "person", "llm": "machine"}


def test_a_check_that_is_no_annotator_never_becomes_a_feature(tmp_path: Path) -> None:
    rows = [f"{i},{ANN[i]},{i % 2},{TRUE[i]}" for i in range(N)]
    file = written(tmp_path, "wide.csv", "id,llm,human_final,gold", rows)
    assert "human_final" not in look([file], Settings()).cases.columns
    beside = long(tmp_path, header="id,annotator,label")
    lines = [f"{line},{TRUE[i // 2]},{TRUE[i // 2]}" for i, line in enumerate(beside.read_text().split()[1:])]
    file = written(tmp_path, "long.csv", "id,annotator,label,gold,human_final", lines)
    assert "human_final" not in look([file], Settings()).cases.columns


def test_an_adjudication_of_hard_cases_beside_the_agreed_label_is_asked_about(tmp_path: Path) -> None:
    rows = [f"{i},{ANN[i]},{BEN[i]},{TRUE[i] if ANN[i] != BEN[i] else ''},{TRUE[i]}" for i in range(N)]
    file = written(tmp_path, "a.csv", "id,annotator_1,annotator_2,adjudication,agreed_label", rows)
    asked = look([file], Settings()).open
    assert [question.options for question in asked] == [("agreed_label", "adjudication", "none")]
    for chosen, n in (
        ("agreed_label", N),
        ("adjudication", sum(a != b for a, b in zip(ANN, BEN, strict=True))),
    ):
        preview = look([file], Settings(set={"truth": chosen}))
        assert len(known(preview)) == n and set(preview.kinds) == {"annotator_1", "annotator_2"}
        assert set(preview.cases.columns) == {"case", "truth"}


@pytest.mark.parametrize("who", ["expert_consensus", "MAJORITY", "GT", "panel consensus"])
def test_an_agent_who_is_called_like_the_truth_tells_it_and_answers_nothing(tmp_path: Path, who: str) -> None:
    preview = look([long(tmp_path, (who, TRUE))], Settings())
    assert known(preview) == TRUTHS and set(preview.kinds) == {"Ann", "Ben"}
    assert sum(left.answers for left in preview.left_out) == N


def test_beside_a_column_of_truths_such_an_agent_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        f"{i},{who},{said[i]},{TRUE[i]}"
        for i in range(N)
        for who, said in (("Ann", ANN), ("MAJORITY", BEN), ("Ben", BEN))
    ]
    preview = look([written(tmp_path, "long.csv", "id,annotator,label,truth", rows)], Settings())
    assert known(preview) == TRUTHS and set(preview.kinds) == {"Ann", "Ben"}
    assert sum(left.answers for left in preview.left_out) == N


def test_any_agent_is_the_truth_where_it_is_set(tmp_path: Path) -> None:
    file = long(tmp_path, ("Prof. Wu", TRUE))
    assert known(look([file], Settings(set={"truth": "Prof. Wu"}))) == TRUTHS
    with pytest.raises(MindshareError, match=r"no agent is called so; the agents are Ann, Ben, Prof\. Wu"):
        look([file], Settings(set={"truth": "cat"}))
    with pytest.raises(MindshareError, match=r"there is no column 'Prof\. Wo'"):
        look([file], Settings(set={"truth": "Prof. Wo"}))


def test_two_truths_of_one_id_are_refused_and_the_same_truth_twice_is_counted(tmp_path: Path) -> None:
    rows = [f"{i},{word}" for i, word in enumerate(TRUE)]
    answers = long(tmp_path)
    other = "dog" if TRUE[3] == "cat" else "cat"
    with pytest.raises(
        MindshareError, match=rf"case '3' has several truths, '{TRUE[3]}', '{other}'.*each 'id'"
    ):
        look([answers, written(tmp_path, "gold.csv", "id,gold", [*rows, f"3,{other}"])], Settings())
    preview = look([answers, written(tmp_path, "gold.csv", "id,gold", [*rows, rows[3]])], Settings())
    assert known(preview) == TRUTHS and preview.cases.columns == ["case", "truth"]
    assert [left.number for left in preview.left_out] == [1]


def test_an_agent_who_tells_two_truths_of_one_case_is_refused_and_an_empty_one_hides_none(
    tmp_path: Path,
) -> None:
    answers = [f"{i},{who},{said[i]}" for i in range(N) for who, said in (("Ann", ANN), ("gold", TRUE))]
    other = "dog" if TRUE[3] == "cat" else "cat"
    header = "id,annotator,label"
    with pytest.raises(MindshareError, match=r"case '3' has several truths.*one answer of 'gold'"):
        look([written(tmp_path, "two.csv", header, [*answers, f"3,gold,{other}"])], Settings())
    preview = look([written(tmp_path, "empty.csv", header, ["3,gold,", *answers])], Settings())
    assert known(preview) == TRUTHS


def test_a_truth_that_often_differs_within_a_case_is_refused_with_the_cases(tmp_path: Path) -> None:
    every = [f"{i},{who},{said[i]},{said[i]}" for i in range(N) for who, said in (("Ann", ANN), ("Ben", BEN))]
    file = written(tmp_path, "long.csv", "id,annotator,label,truth", every)
    n = sum(a != b for a, b in zip(ANN, BEN, strict=True))
    with pytest.raises(
        MindshareError,
        match=f"'truth' is called like the truth, but it differs within {n} of 40 cases, such as",
    ):
        look([file], Settings())
    assert not known(look([file], Settings(set={"truth": "none"})))


def test_truths_of_cases_that_nobody_answers_are_left_out_and_named(tmp_path: Path) -> None:
    rows = [f"{i + N - 5},{word}" for i, word in enumerate(TRUE)]
    preview = look([long(tmp_path), written(tmp_path, "gold.csv", "id,gold", rows)], Settings())
    assert preview.cases.height == N and len(known(preview)) == 5
    assert [(left.number, "called 40, 41, 42" in left.why) for left in preview.left_out] == [(N - 5, True)]


def test_a_column_called_majority_is_the_truth_and_the_votes_have_another_name(tmp_path: Path) -> None:
    columns = ("rater_1", "rater_2", "majority")
    assert {"majority", "majority-vote"} <= {*wide(tmp_path, *columns).open[0].options}
    assert known(wide(tmp_path, *columns, truth="majority")) == TRUTHS
    agreed = sum(a == b for a, b in zip(ANN, BEN, strict=True))
    assert len(known(wide(tmp_path, *columns, truth="majority-vote"))) == agreed
    assert len(known(wide(tmp_path, "rater_1", "rater_2", "what", truth="majority"))) == agreed
