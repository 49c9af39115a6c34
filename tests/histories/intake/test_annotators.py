"""Who answers in a table with a row per case: nobody who is called so becomes a feature without a question."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings

GRADES = ("1 - bad", "2 - fair", "3 - good")


def written(folder: Path, header: str, rows: list[str]) -> Path:
    (folder / "table.csv").write_text("\n".join([header, *rows]))
    return folder / "table.csv"


def graded(folder: Path, second: str) -> Path:
    """40 cases that r1 grades in words, and `second` in numbers."""
    chance = random.Random(0)
    said = [(chance.choice(GRADES), chance.choice(GRADES), chance.choice(GRADES)) for _ in range(40)]
    return written(
        folder, f"id,r1,{second},gold", [f"{i},{a},{b[0]},{t}" for i, (a, b, t) in enumerate(said)]
    )


@pytest.mark.parametrize("second", ["r2", "reviewer"])
def test_an_annotator_with_words_of_its_own_is_asked_about_and_needs_a_merge(
    tmp_path: Path, second: str
) -> None:
    file = graded(tmp_path, second)
    asked = {question.key: question for question in look([file], Settings(set={"machines": "none"})).open}
    assert asked["annotators"].text.startswith(f"{second} is called like an annotator, but says 1, 2, 3")
    chosen = {"annotators": f"r1,{second}", "machines": "none"}
    with pytest.raises(MindshareError, match=f"'{second}' answers 1, 2, 3, which is never the truth"):
        look([file], Settings(set=chosen))
    merge = {grade[0]: grade for grade in GRADES}
    assert look([file], Settings(set=chosen, merge=merge)).labels == GRADES


@pytest.mark.parametrize("extra", ["", "resnet,"])
def test_lesions_of_a_patient_are_cases_and_the_patient_is_their_parent(tmp_path: Path, extra: str) -> None:
    chance = random.Random(0)
    rows = []
    for i in range(40):
        words = [chance.choice(("benign", "malignant")) for _ in range(2 + bool(extra))]
        rows.append(f"P{i // 2},L{i},{','.join(words)}")
    preview = look([written(tmp_path, f"patient_id,lesion,{extra}dermatologist,biopsy", rows)], Settings())
    assert not preview.open and [c.taken_as for c in preview.choices if c.column == "biopsy"] == ["truth"]
    assert set(preview.kinds) == {"dermatologist", *([extra[:-1]] if extra else [])}
    assert preview.cases.height == 40 and preview.cases["parent"].n_unique() == 20


def test_rows_of_a_patient_without_a_name_of_their_own_are_cases_too(tmp_path: Path) -> None:
    chance = random.Random(0)
    rows = [
        f"P{i // 2},{','.join(chance.choice(('benign', 'malignant')) for _ in range(3))}" for i in range(40)
    ]
    preview = look([written(tmp_path, "patient_id,resnet,dermatologist,biopsy", rows)], Settings())
    assert preview.kinds == {"resnet": "machine", "dermatologist": "person"}
    assert preview.cases.height == 40 and preview.cases["parent"].n_unique() == 20


@pytest.mark.parametrize("truth", ["Wahrheit", "Notiz"])
def test_one_and_zero_of_a_machine_beside_yes_and_no_mean_these(tmp_path: Path, truth: str) -> None:
    rows = [
        f"{i},{'Ja' if i % 2 else 'N'},{'Nein' if i % 3 else 'Ja'},{i % 2},{'ja' if i % 2 else 'nein'}"
        for i in range(40)
    ]
    file = written(tmp_path, f"Vorgang,Mitarbeiter 1,Mitarbeiter 2,KI,{truth}", rows)
    preview = look([file], Settings(set={} if truth == "Wahrheit" else {"truth": truth}))
    assert not preview.open and preview.kinds["KI"] == "machine" and len(preview.labels) == 2
    right = preview.answers.join(preview.cases, on="case").filter(agent="KI")
    assert right["answer"].to_list() == right["truth"].to_list()


def test_a_flag_of_one_and_zero_beside_yes_and_no_is_never_an_annotator_without_a_word(
    tmp_path: Path,
) -> None:
    rows = [
        f"{i},{('yes', 'no')[i % 2]},{('yes', 'no')[i % 3 == 0]},{i % 2},{('yes', 'no')[i % 2]}"
        for i in range(40)
    ]
    preview = look([written(tmp_path, "id,rater_1,rater_2,needs_review,truth", rows)], Settings())
    assert set(preview.kinds) == {"rater_1", "rater_2"} and [q.key for q in preview.open] == ["annotators"]


def test_an_agent_beside_an_evaluator_is_who_is_judged(tmp_path: Path) -> None:
    rows = [
        f"C{i},{('Lee', 'Mia')[i % 2]},{who},{('Pass', 'Fail')[i % (2 + n) == 0]}"
        for i in range(40)
        for n, who in enumerate(("Priya", "Tom"))
    ]
    preview = look(
        [written(tmp_path, "Call ID,Agent,Evaluator,Evaluation Result", rows)],
        Settings(set={"truth": "none"}),
    )
    assert not preview.open and set(preview.kinds) == {"Priya", "Tom"}
    assert preview.cases.height == 40 and preview.cases["Agent"].to_list()[:2] == ["Lee", "Mia"]


def test_a_file_of_bert_beside_one_of_anna_is_asked_about(tmp_path: Path) -> None:
    files = []
    for who in ("anna", "bert"):
        files.append(tmp_path / f"labels_{who}.csv")
        files[-1].write_text("item,label\n" + "".join(f"{i},{('cat', 'dog')[i % 2]}\n" for i in range(30)))
    asked = next(q for q in look(files, Settings(set={"truth": "none"})).open if q.key == "machines")
    assert "labels_bert" in asked.options
    preview = look(files, Settings(set={"truth": "none", "machines": "none"}))
    assert not preview.open and set(preview.kinds.values()) == {"person"}


def test_who_is_called_like_a_machine_stays_one_and_it_is_said_where_none_of_the_others_is(
    tmp_path: Path,
) -> None:
    rows = [f"{i},{who},{('cat', 'dog')[i % 2]}" for i in range(30) for who in ("AutoModerator", "A1")]
    preview = look(
        [written(tmp_path, "id,agent,label", rows)], Settings(set={"truth": "none", "machines": "none"})
    )
    assert preview.kinds == {"A1": "person", "AutoModerator": "machine"}
    assert any(s.startswith("Called like machines") and "AutoModerator" in s for s in preview.said)


def test_rows_that_name_nobody_and_nothing_are_counted(tmp_path: Path) -> None:
    rows = [f"{i},{who},{('cat', 'dog')[i % 2]}" for i in range(30) for who in ("ana", "ben")] + [
        "7,,",
        "8,,",
    ]
    preview = look(
        [written(tmp_path, "id,annotator,label", rows)], Settings(set={"truth": "none", "machines": "none"})
    )
    assert preview.answers.height == preview.found == 60
    assert [(left.number, left.what) for left in preview.left_out] == [(2, "row")]


def test_a_confidence_in_words_is_left_out_and_one_of_three_fifths_is_asked_about(tmp_path: Path) -> None:
    def asked(words: tuple[str, ...]) -> Path:
        rows = [
            f"{i},{who},{('cat', 'dog')[i % 2]},{words[(i + n) % len(words)]}"
            for i in range(30)
            for n, who in enumerate(("ana", "ben"))
        ]
        return written(tmp_path, "id,annotator,label,confidence", rows)

    given = {"truth": "none", "machines": "none"}
    preview = look([asked(("low", "medium", "high"))], Settings(set=given))
    assert not preview.open and "confidence" not in preview.cases.columns
    assert any(
        c.column == "confidence" and "no confidence that is understood" in c.why for c in preview.choices
    )
    file = asked(("3/5", "5/5", "2/5"))
    assert look([file], Settings(set=given)).open[0].options == ("1 to 5", "leave out")
    preview = look([file], Settings(set={**given, "scale": "1 to 5"}))
    assert preview.answers["confidence"].to_list()[0] == pytest.approx(0.5)


def test_a_tick_or_nothing_of_an_annotator_is_asked_about_and_never_a_feature_unasked(tmp_path: Path) -> None:
    rows = [
        f"{i},{('Ja', 'Nein')[i % 2]},{'x' if i % 3 else ''},{('Ja', 'Nein')[i % 4 == 0]}" for i in range(40)
    ]
    preview = look([written(tmp_path, "Fall,Gutachter 1,Gutachter 2,Wahrheit", rows)], Settings())
    assert [question.key for question in preview.open] == ["annotators"]


@pytest.mark.parametrize("more", [{}, {"annotators": "Lee, Ann,Roy, Bob"}])
def test_a_comma_in_the_name_of_a_column_is_part_of_the_name(tmp_path: Path, more: dict[str, str]) -> None:
    rows = "".join(f"{i},{i % 2},{i % 3 % 2},{i % 2}\n" for i in range(30))
    file = tmp_path / "t.csv"
    file.write_text('id,"Lee, Ann","Roy, Bob",truth\n' + rows)
    preview = look([file], Settings(set={**more, "people": "Lee, Ann,Roy, Bob"} if more else {}))
    if more:
        assert not preview.open and preview.kinds == {"Lee, Ann": "person", "Roy, Bob": "person"}
    else:
        assert [question.key for question in preview.open] == ["annotators", "machines"]
        assert sorted(preview.kinds) == ["Lee, Ann", "Roy, Bob"]
