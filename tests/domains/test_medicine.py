"""Promises of medicine: twins, dangerous diagnoses, what is outside, no text in a file, readers, and one sentence for each broken file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.core.guard.read import read_guard
from mindshare.core.guard.ruling import rule_on
from mindshare.core.guard.situation import Heard, Situation
from mindshare.core.history import History
from mindshare.core.records import Case
from mindshare.domains.medicine import machines as medicine_machines
from mindshare.domains.medicine import outside
from mindshare.domains.medicine.descriptions import described, twins
from mindshare.domains.medicine.diagnoses import DANGEROUS, utility_of
from mindshare.domains.medicine.domain import Medicine, live
from mindshare.domains.medicine.history import differential, shown
from mindshare.domains.medicine.machines import FOLDS, folds, machines
from mindshare.domains.medicine.made import SIGNS, made_descriptions
from mindshare.domains.medicine.outside import ALARM, Outside
from mindshare.domains.medicine.readers import (
    Read,
    by_finding,
    first_labels,
    told,
    votes,
    with_floor,
    worth_it,
)
from mindshare.domains.medicine.symptoms import COLUMNS, FILE, FOLDER, read_symptoms
from mindshare.histories.read import read_history
from mindshare.machines.simple import embeddings
from mindshare.testing import check_domain

LABELS = tuple(sorted(SIGNS))
with_embeddings = pytest.mark.skipif(not embeddings.has_embeddings(), reason=embeddings.MISSING)


@pytest.fixture(scope="module")
def known() -> Outside:
    return Outside().fit(made_descriptions(seed=0), 0)


def folder_of(data: Path, rows: list[tuple[str, str]]) -> Path:
    place = data / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    with (place / FILE).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return data


def good() -> list[tuple[str, str]]:
    made = made_descriptions(seed=0, count=240)
    return list(zip(made.diagnosis, made.text, strict=True))


def test_medicine_keeps_all_promises_of_a_domain() -> None:
    check_domain(Medicine(count=240))


# -- embeddings, where they are asked for ----------------------------------------------------------------------------
@with_embeddings
def test_where_they_are_asked_for_two_machines_more_answer_every_case_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        medicine_machines, "without", lambda: "the Transformer has no part in this, and takes long"
    )
    asked = Medicine(count=120, embeddings=True)
    first, again = (asked.write(tmp_path / name, data=None, seed=0).path for name in ("first", "again"))
    history = read_history(first)
    machines_of_it = {a for a, person in zip(history.agent_id, history.is_person, strict=True) if not person}
    assert machines_of_it == {"words", "letters", "embeddings", "letters_and_embeddings"}
    assert (np.bincount(history.answers.agent) == len(history)).all()
    for file in first.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()


def test_without_that_setting_nobody_reads_embeddings_whether_they_are_installed_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise AssertionError("embeddings were read")

    monkeypatch.setattr(embeddings, "_files", refuse)
    made = made_descriptions(seed=0, count=120)
    assert set(machines(0)) <= {"words", "letters", "transformer"}
    assert len(outside.out_of_fold(made, 0)) == len(made.text)


def test_where_they_are_asked_for_and_missing_one_sentence_says_how_to_get_them_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(embeddings, "has_embeddings", lambda: False)
    for ask in (
        lambda: Medicine(embeddings=True).preflight(None),
        lambda: Medicine(embeddings=True).write(tmp_path / "h", data=None, seed=0),
    ):
        with pytest.raises(MindshareError) as wrong:
            ask()
        assert str(wrong.value) == embeddings.MISSING
    assert not (tmp_path / "h").exists()


# -- twins -----------------------------------------------------------------------------------------------------------
def test_texts_that_say_nearly_the_same_are_twins_also_by_one_between_them_and_others_are_not() -> None:
    first = "my nose runs all day and I sneeze in the garden"
    text = [first, f"{first} again", f"{first} again today", "there is a pain behind my eyes since Monday"]
    assert twins(text).tolist() == [0, 0, 0, 1]


def test_a_text_that_stands_there_twice_counts_once_and_it_is_told_how_many_do() -> None:
    once = described(["a cough", "a rash", "a cough"], ["Pneumonia", "Psoriasis", "Pneumonia"])
    assert once.text == ("a cough", "a rash") and once.repeated == 1


def test_twins_never_teach_and_are_answered_at_once_and_every_text_is_answered() -> None:
    made = made_descriptions(seed=1)
    assert (np.bincount(made.parent) > 1).any()
    seen = []
    for teach, answer in folds(made, 0):
        assert not set(made.parent[teach].tolist()) & set(made.parent[answer].tolist())
        seen += answer.tolist()
    assert sorted(seen) == list(range(len(made.text)))


def test_the_same_seed_makes_the_same_descriptions() -> None:
    one, two, other = (made_descriptions(seed=seed) for seed in (3, 3, 4))
    assert one.text == two.text != other.text and set(one.diagnosis) == set(SIGNS)


# -- what a mistake costs, and who has to look -----------------------------------------------------------------------
def test_a_dangerous_diagnosis_that_is_taken_for_a_harmless_one_is_the_dearest_mistake() -> None:
    worth = utility_of(LABELS)
    for truth in LABELS:
        for verdict in LABELS:
            missed = truth in DANGEROUS and verdict not in DANGEROUS
            assert worth[truth][verdict] == (1.0 if truth == verdict else -1.0 if missed else 0.0)


@pytest.mark.parametrize(
    ("label", "strange", "needed"),
    [("Dengue", 10.0, True), ("Psoriasis", 10.0, False), ("Psoriasis", ALARM, True)],
)
def test_machines_alone_decide_neither_a_dangerous_diagnosis_nor_a_text_that_is_outside(
    label: str, strange: float, needed: bool
) -> None:
    rules = read_guard({"mandatory_review": live(LABELS).guard["mandatory_review"]}, audit_key=b"key")
    case = Case(id="t", kind="", features={"letters": 90.0, "strange": strange})
    heard = (Heard("letters", "machine", label, 0.99),)
    situation = Situation(case=case, at=0.0, heard=heard, label=label, belief=0.99)
    ruling = rule_on(rules, situation)
    assert ruling.people_missing(situation) == (1 if needed else 0)


# -- no text in a file -----------------------------------------------------------------------------------------------
def test_no_description_is_in_a_file_of_the_history_and_the_desk_shows_it(tmp_path: Path) -> None:
    made = Medicine(count=240).write(tmp_path / "history", data=None, seed=0)
    text = made_descriptions(seed=0, count=240).text
    written = "".join(file.read_text(encoding="utf-8") for file in made.path.iterdir())
    assert not any(each in written for each in text)
    assert made.show is not None
    part = made.show("text_0000")
    assert isinstance(part, list) and part[0]["text"] == text[0]


def test_the_desk_shows_three_that_are_possible_and_none_where_a_text_is_outside() -> None:
    inside, foreign = (shown("words", ("a", "b", "c"), strange) for strange in (ALARM - 0.1, ALARM))
    assert inside[1]["table"] == {"columns": ["in alphabetical order"], "rows": [["a"], ["b"], ["c"]]}
    assert "outside of what they know" in str(foreign[1]["text"]) and "table" not in foreign[1]


def test_the_differential_does_not_tell_which_diagnosis_is_ahead() -> None:
    assert differential(np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]]), ("a", "b", "c", "d")) == [
        ("b", "c", "d"),
        ("a", "b", "c"),
    ]


# -- outside ---------------------------------------------------------------------------------------------------------
FOREIGN = [
    "where is the card that you sent me",
    "der Zug nach Bern fährt um acht",
    "",
    "0123 4567",
    "我发烧三天了",
]


def test_a_text_about_something_else_is_outside_and_so_is_one_without_a_word(known: Outside) -> None:
    assert (known.strange(FOREIGN) >= ALARM).all()


@with_embeddings
def test_so_it_is_with_embeddings_and_of_known_diagnoses_few_are() -> None:
    both = Outside(embeddings=True).fit(made_descriptions(seed=0), 0)
    assert (both.strange(FOREIGN) >= ALARM).all()
    assert (both.strange(list(made_descriptions(seed=7).text)) >= ALARM).mean() < 0.1


def test_of_known_diagnoses_about_one_in_twenty_is_taken_for_outside(known: Outside) -> None:
    new = made_descriptions(seed=7)
    assert (known.strange(list(new.text)) >= ALARM).mean() < 0.1


def test_a_diagnosis_that_taught_nobody_is_noticed_more_often_than_known_ones_are_taken_for_it() -> None:
    made, new = made_descriptions(seed=0), made_descriptions(seed=7)
    noticed, alarms = [], []
    for name in ("Migraine", "Psoriasis", "urinary tract infection"):
        left = made.labels.index(name)
        outside = Outside().fit(made.take(np.flatnonzero(made.code != left)), 0)
        strange = outside.strange(list(new.text)) >= ALARM
        noticed.append(strange[new.code == left].mean())
        alarms.append(strange[new.code != left].mean())
    assert np.mean(noticed) > 3 * np.mean(alarms)


# -- broken files ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows, file: file.unlink(), "There is no Symptom2Disease.csv"),
        (lambda rows, file: file.write_text("label,words\na,b\n"), "has no column text"),
        (lambda rows, file: file.write_text("label,text\n"), "has no descriptions"),
        (lambda rows, file: file.write_text("label,text\nDengue, \n"), "description 1: the text is empty"),
        (lambda rows, file: file.write_text("label,text\n,secret\n"), "description 1: the label is empty"),
        (
            lambda rows, file: file.write_text("label,text\nDengue,secret\nMalaria,secret\n"),
            "description 2: the same text stands there as 'Dengue' and as 'Malaria'",
        ),
        (
            lambda rows, file: file.write_text("label,text\nDengue,secret\nMalaria,other\n"),
            "needs two diagnoses or more",
        ),
        (lambda rows, file: file.write_bytes(b""), "cannot be read as a table"),
        (
            lambda rows, file: file.write_bytes(b"label,text\nDengue,\xff\xfesecret\n"),
            "cannot be read as a table",
        ),
    ],
)
def test_a_broken_file_is_one_sentence_that_repeats_no_text(
    spoil: Callable[[object, Path], object], message: str, tmp_path: Path
) -> None:
    data = folder_of(tmp_path, good())
    spoil(None, data / FOLDER / FILE)
    with pytest.raises(MindshareError, match=message) as wrong:
        read_symptoms(data)
    assert (
        "\n" not in str(wrong.value) and str(wrong.value).endswith(".") and "secret" not in str(wrong.value)
    )


def test_a_file_in_order_is_read_whole(tmp_path: Path) -> None:
    rows = good()
    read = read_symptoms(folder_of(tmp_path, [*rows, rows[0]]))
    assert len(read.text) == len(rows) and read.repeated == 1 and read.labels == LABELS


# -- readers ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> History:
    """MADE-UP: 300 images, two findings, four readers; nobody sees all of `shadow`, all see `crack` well."""
    rng, place = np.random.default_rng(0), tmp_path_factory.mktemp("readings")
    cases, answers = [["case", "truth", "parent", "finding"]], [["case", "agent", "answer"]]
    for i in range(300):
        for finding, sees in (("crack", 0.97), ("shadow", 0.75)):
            yes = rng.random() < 0.3
            case = f"image_{i:03d}/{finding}"
            cases.append([case, "yes" if yes else "no", f"patient_{i // 2:03d}", finding])
            for k in rng.permutation(4)[:3]:
                said = yes if rng.random() < sees else not yes
                answers.append([case, f"reader-{k}", "" if rng.random() < 0.02 else "yes" if said else "no"])
    for name, rows in (("cases", cases), ("answers", answers)):
        with (place / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    (place / "team.yaml").write_text(
        "name: made-up readings\nlabels: ['no', 'yes']\nutility: accuracy\nagents: {'reader-*': {kind: person}}\n"
    )
    return read_history(place)


def test_each_finding_is_a_question_of_its_own_and_patients_stay_together(readings: History) -> None:
    cases = by_finding(readings, "finding")
    assert cases.team.kinds == ("crack", "shadow") and len(cases) == len(readings)
    patient = dict(zip(readings.case_id, readings.parent.tolist(), strict=True))
    assert [patient[case] for case in cases.case_id] == cases.parent.tolist()


def test_two_readers_and_a_third_where_they_differ_say_what_three_do_with_fewer_readings(
    readings: History,
) -> None:
    cases = by_finding(readings, "finding")
    ways = votes(cases, 0)
    answered = np.bincount(cases.answers.case[cases.answers.label < 0], minlength=len(cases)) == 0
    assert (ways["two"].verdict == ways["three"].verdict)[answered].all()
    assert ways["one"].readings.mean() == 1 < ways["two"].readings.mean() < ways["three"].readings.mean() == 3


def test_asking_while_it_is_worth_it_stays_within_its_readings_beats_one_reader_and_goes_where_it_is_hard(
    readings: History,
) -> None:
    cases = by_finding(readings, "finding")
    truth = cases.truth - first_labels(cases)
    every = np.ones(len(cases), bool)
    few, many = worth_it(cases, (1.5, 3.0), 0).values()
    one = told(votes(cases, 0)["one"], truth, every).right
    assert few.readings.mean() <= 1.5 and many.readings.mean() < 3
    assert one < told(few, truth, every).right and one < told(many, truth, every).right
    assert cases.kind is not None
    crack, shadow = (few.readings[cases.kind.code == k].mean() for k in (0, 1))
    assert crack < shadow


def test_a_miss_that_costs_more_is_made_less_often(readings: History) -> None:
    seen = []
    for miss in (1.0, 20.0):
        cases = by_finding(readings, "finding", miss=miss)
        read = worth_it(cases, (3.0,), 0)[3.0]
        seen.append(told(read, cases.truth - first_labels(cases), np.ones(len(cases), bool)).seen)
    assert seen[0] < seen[1]


def test_a_floor_gives_the_cases_of_a_group_its_readings_and_leaves_all_others_as_they_were(
    readings: History,
) -> None:
    group = np.arange(len(readings)) % 3 == 0
    nobody = Read(np.full(len(readings), -1, np.int32), np.zeros(len(readings)))
    one, three = (with_floor(readings, nobody, group, least, 0) for least in (1, 3))
    assert (one.readings[group] == 1).all() and (three.readings[group] == 3).all()
    for read in (one, three):
        assert (read.verdict[~group] == -1).all() and not read.readings[~group].any()
    right = [(read.verdict == readings.truth)[group].mean() for read in (one, three)]
    assert 0.7 < right[0] < right[1]
    again = with_floor(readings, one, group, 1, 0)
    assert (again.verdict == one.verdict).all() and (again.readings == one.readings).all()


def test_told_counts_what_is_seen_what_is_a_false_alarm_and_what_it_took() -> None:
    read = Read(np.array([1, 0, 1, 0], np.int32), np.array([1.0, 2.0, 3.0, 2.0]))
    whole = told(read, np.array([1, 1, 0, 0], np.int32), np.ones(4, bool))
    assert whole == (0.5, 0.5, 0.5, 2.0)


@pytest.mark.parametrize(("column", "message"), [("organ", "no column 'organ' of words; there is finding")])
def test_a_column_that_is_not_there_is_one_sentence(readings: History, column: str, message: str) -> None:
    with pytest.raises(MindshareError, match=message):
        by_finding(readings, column)


# -- real descriptions -----------------------------------------------------------------------------------------------
def test_real_descriptions_are_known_to_have_twins_and_linear_machines_that_never_saw_them_are_right(
    data_dir: Path,
) -> None:
    from mindshare.domains.medicine.machines import letters, out_of_fold

    real = read_symptoms(data_dir)
    size = np.bincount(real.parent)
    assert (len(real.text), real.repeated, len(real.labels)) == (1_153, 47, 24)
    assert 0.2 < (size[real.parent] > 1).mean() < 0.4 and FOLDS == 5
    assert (out_of_fold(real, letters, 0).argmax(axis=1) == real.code).mean() > 0.975
