"""Promises of an endpoint that is asked about many cases: what was paid for is kept, and nothing is paid for twice."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.chat import Chat
from mindshare.machines.agents.endpoint import Endpoint
from mindshare.machines.agents.function import Function
from mindshare.machines.agents.post import Patience
from mindshare.machines.ladder.ladder import Ladder
from tests.machines.agents.conftest import Asked, Server

LABELS = ["sound", "faulty"]  # not sorted: the columns of an answer are
BRISK = Patience(timeout_s=0.3, deadline_s=1.0, retries=0)
TEXTS = [f"case {i}" for i in range(20)]


def number(asked: Asked) -> int:
    return int(asked.body["input"].split()[1])


def chance(i: int) -> float:
    return round(0.05 + 0.9 * i / 20, 3)


def faulty(asked: Asked) -> None:
    p = chance(number(asked))
    asked.say({"probabilities": [1 - p, p]})


def asked_about(server: Server) -> list[int]:
    return [number(asked) for _, asked in server.asked]


def test_one_refused_case_costs_one_case_and_the_other_nineteen_get_their_answers(server: Server) -> None:
    server.reply = lambda asked: asked.say({"error": "too odd"}, 400) if number(asked) == 7 else faulty(asked)
    endpoint = Endpoint(server.url, LABELS, patience=BRISK)
    with pytest.warns(UserWarning, match=r"1 of 20 cases got no answer.* Case 7: .* status 400 .*too odd"):
        proba = endpoint.predict_proba(TEXTS)
    expected = [0.5 if i == 7 else chance(i) for i in range(20)]
    np.testing.assert_allclose(proba[:, 0], expected)
    assert list(endpoint.failed_) == [7]
    server.reply, server.asked = faulty, []
    np.testing.assert_allclose(endpoint.predict_proba(TEXTS)[7, 0], chance(7))
    assert asked_about(server) == [7], "nineteen answers were paid for"
    assert endpoint.failed_ == {}


def test_a_chat_keeps_the_other_answers_too(server: Server) -> None:
    def reply(asked: Asked) -> None:
        text = asked.body["messages"][1]["content"]
        asked.say({"choices": []} if "bad" in text else {"choices": [{"message": {"content": "refund"}}]})

    server.reply = reply
    chat = Chat(server.url, "m", ["refund", "password"], patience=BRISK)
    with pytest.warns(UserWarning, match=r"1 of 3 cases got no answer"):
        proba = chat.predict_proba(["one", "bad", "two"])
    assert proba.tolist() == [[0.0, 1.0], [0.5, 0.5], [0.0, 1.0]]
    assert chat.uncounted_ == 2


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 19), st.integers(1, 6))
def test_a_run_that_breaks_off_is_gone_on_with_and_pays_for_none_twice(after: int, at_once: int) -> None:
    server = Server()
    came = list[int]()
    lock = threading.Lock()

    def until_spent(asked: Asked) -> None:
        with lock:
            paid = len(came) < after
            came.extend([number(asked)] if paid else [])
        faulty(asked) if paid else asked.say({"error": "your quota is used up"}, 402)

    server.reply = until_spent
    endpoint = Endpoint(server.url, LABELS, patience=BRISK, at_once=at_once)
    with pytest.raises(
        MindshareError, match=rf"status 402 .* {after} of 20 questions were answered; the answers are kept"
    ):
        endpoint.predict_proba(TEXTS)
    assert len(server.asked) <= after + at_once, "nobody goes on asking an endpoint that is gone"
    server.reply, server.asked = faulty, []
    np.testing.assert_allclose(endpoint.predict_proba(TEXTS)[:, 0], [chance(i) for i in range(20)])
    assert sorted(asked_about(server) + came) == list(range(20))
    server.http.shutdown()
    server.http.server_close()


def test_an_endpoint_that_stops_answering_is_believed_to_be_gone_after_a_few_questions(
    server: Server,
) -> None:
    server.reply = lambda asked: faulty(asked) if number(asked) < 10 else asked.say({}, 500)
    endpoint = Endpoint(server.url, LABELS, patience=BRISK, at_once=1)
    with pytest.raises(MindshareError, match=r"status 500 .* 10 of 20 questions were answered"):
        endpoint.predict_proba(TEXTS)
    assert asked_about(server) == list(range(13))


def test_cases_that_an_endpoint_breaks_at_do_not_block_the_others_for_ever(server: Server) -> None:
    server.reply = lambda asked: asked.say({}, 500) if number(asked) < 4 else faulty(asked)
    endpoint = Endpoint(server.url, LABELS, patience=BRISK, at_once=1)
    with pytest.raises(MindshareError, match="status 500"):
        endpoint.predict_proba(TEXTS)
    with pytest.warns(UserWarning, match="4 of 20 cases got no answer"):
        proba = endpoint.predict_proba(TEXTS)
    np.testing.assert_allclose(proba[4:, 0], [chance(i) for i in range(4, 20)])
    assert sorted(endpoint.failed_) == [0, 1, 2, 3]


@pytest.mark.parametrize("at_once", [1, 3, 8])
def test_no_more_questions_are_under_way_than_were_allowed_and_answers_stay_in_order(
    server: Server, at_once: int
) -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def slow(asked: Asked) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.002 * (number(asked) % 5) + 0.02)
        with lock:
            under_way -= 1
        faulty(asked)

    server.reply = slow
    proba = Endpoint(server.url, LABELS, at_once=at_once).predict_proba(TEXTS)
    np.testing.assert_allclose(proba[:, 0], [chance(i) for i in range(20)])
    assert most <= at_once
    assert at_once == 1 or most > 1


def test_a_limit_per_minute_holds_for_questions_that_are_under_way_together(server: Server) -> None:
    server.reply = faulty
    patience = Patience(per_minute=1200, deadline_s=5.0)  # a turn each 0.05 s
    Endpoint(server.url, LABELS, patience=patience, at_once=8).predict_proba(TEXTS[:8])
    at = [at for at, _ in server.asked]
    assert at[-1] - at[0] > 7 * 0.05 * 0.8
    slow = Patience(
        per_minute=600, deadline_s=0.35
    )  # three may wait for their turn, a fourth would wait too long
    Endpoint(server.url, LABELS, patience=slow, at_once=8).predict_proba(TEXTS[8:14])


def test_the_same_question_is_asked_once(server: Server) -> None:
    server.reply = faulty
    proba = Endpoint(server.url, LABELS).predict_proba(["case 3", "case 4", "case 3"])
    assert proba[0].tolist() == proba[2].tolist()
    assert sorted(asked_about(server)) == [3, 4]


def test_a_ladder_asks_an_endpoint_about_each_case_once_and_knows_what_that_costs(server: Server) -> None:
    y = np.array(LABELS)[np.arange(20) % 2]
    server.reply = lambda asked: asked.say({"label": LABELS[number(asked) % 2], "more": "x" * 3000})
    ladder = Ladder(
        {
            "guess": lambda: Function(lambda X: [[0.5, 0.5]] * len(X), LABELS, "probabilities"),
            "endpoint": lambda: Endpoint(server.url, LABELS),
        }
    ).fit(TEXTS, y)
    assert sorted(asked_about(server)) == list(range(20))
    assert 0.003 < ladder.cost_[1].each(1.0)["net_mb"] < 0.004
    assert ladder.cost_[1].each(1.0)["cpu_s"] > 0
    climbed = ladder.answer(TEXTS[:4], {"cpu_s": 0.0})
    assert climbed.rung.tolist() == [1, 1, 1, 1]
    assert len(server.asked) == 24


# -- in a file -------------------------------------------------------------------------------------------------------
KILLED = """
import sys
from mindshare.machines.agents.endpoint import Endpoint
Endpoint(sys.argv[1], ["sound", "faulty"], at_once=2, keep=sys.argv[2]).predict_proba([f"case {i}" for i in range(20)])
"""


def test_a_process_that_is_killed_loses_no_answer_that_came(server: Server, tmp_path: Path) -> None:
    enough = threading.Event()

    def then_hang(asked: Asked) -> None:
        if len(server.asked) <= 12:
            faulty(asked)
        else:
            enough.set()
            server.hang(asked)

    server.reply, file = then_hang, tmp_path / "answers.jsonl"
    run = subprocess.Popen([sys.executable, "-c", KILLED, server.url, str(file)])
    assert enough.wait(60)
    time.sleep(0.2)
    run.kill()
    run.wait()
    came = len(file.read_text(encoding="utf-8").splitlines())
    assert came >= 11
    server.reply, server.asked = faulty, []
    endpoint = Endpoint(server.url, LABELS, keep=file)
    np.testing.assert_allclose(endpoint.predict_proba(TEXTS)[:, 0], [chance(i) for i in range(20)])
    assert len(server.asked) == 20 - came
    assert len(endpoint.cost_.used["net_mb"]) == 20, (
        "what was paid before the end counts for what an answer costs"
    )
    server.asked = []
    again = Endpoint(server.url, LABELS, keep=file)
    again.predict_proba(TEXTS)
    again.predict_proba(TEXTS)
    assert server.asked == []
    assert len(again.cost_.used["net_mb"]) == 20, "and counts once"


def test_answers_in_a_file_are_read_anew_where_reading_was_wrong(server: Server, tmp_path: Path) -> None:
    server.reply = lambda asked: asked.say({"verdict": {"p": chance(number(asked))}})
    file = tmp_path / "answers.jsonl"
    with pytest.raises(MindshareError, match="JSON of another shape than expected"):
        Endpoint(server.url, LABELS, keep=file, at_once=1).predict_proba(TEXTS)
    came = len(server.asked)
    assert came <= 3
    right = Endpoint(server.url, LABELS, read=lambda c: [1 - c["verdict"]["p"], c["verdict"]["p"]], keep=file)
    np.testing.assert_allclose(right.predict_proba(TEXTS)[:, 0], [chance(i) for i in range(20)])
    assert sorted(asked_about(server)) == list(range(20))


def test_a_torn_last_line_is_asked_again_and_a_file_of_something_else_is_refused(
    server: Server, tmp_path: Path
) -> None:
    server.reply, file = faulty, tmp_path / "answers.jsonl"
    Endpoint(server.url, LABELS, keep=file).predict_proba(TEXTS[:3])
    file.write_bytes(file.read_bytes()[:-9])
    server.asked = []
    Endpoint(server.url, LABELS, keep=file).predict_proba(TEXTS[:3])
    assert len(server.asked) == 1
    server.asked = []
    Endpoint(server.url, LABELS, keep=file).predict_proba(TEXTS[:3])
    assert server.asked == []
    for other in (b"case,truth\n", b"[1]\n", json.dumps({"question": 3}).encode()):
        file.write_bytes(other)
        with pytest.raises(MindshareError, match=r"answers\.jsonl, line 1, holds no answer that was kept"):
            Endpoint(server.url, LABELS, keep=file)
    with pytest.raises(MindshareError, match=r"An answer came and cannot be kept in .*no/answers\.jsonl"):
        Endpoint(server.url, LABELS, keep=tmp_path / "no" / "answers.jsonl").predict_proba(TEXTS[:3])


def test_a_key_that_an_endpoint_repeats_is_not_kept(server: Server, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SOME_KEY", "very-secret")
    server.reply = lambda asked: asked.say({"label": "sound", "you": asked.headers["Authorization"]})
    Endpoint(server.url, LABELS, keep=tmp_path / "a.jsonl", key_env="SOME_KEY").predict_proba(TEXTS[:1])
    kept = (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    assert "Bearer ***" in kept
    assert "very-secret" not in kept
    assert TEXTS[0] not in kept, "of a question only its digest is kept"


# -- what comes ------------------------------------------------------------------------------------------------------
THREE = ["sound", "worn", "broken"]


@given(st.permutations(THREE), st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.integers(0, 4))
def test_probabilities_with_names_are_right_in_any_order_and_form(
    names: list[str], weights: list[float], form: int
) -> None:
    p = [w / sum(weights) for w in weights]
    pairs = [{"label": name, "score": x} for name, x in zip(names, p, strict=True)]
    forms: list[Any] = [
        {"probabilities": dict(zip(names, p, strict=True))},
        {"probabilities": p, "labels": names},
        {"probabilities": p, "classes": names},
        pairs,
        [pairs],
    ]
    endpoint = Endpoint("http://localhost/none", THREE)
    told = dict(zip(endpoint.classes_.tolist(), endpoint._proba(forms[form]).tolist(), strict=True))
    for name, x in zip(names, p, strict=True):
        assert told[name] == pytest.approx(x, abs=1e-6)


def test_labels_that_are_not_named_share_what_is_left() -> None:
    endpoint = Endpoint("http://localhost/none", THREE)  # columns: broken, sound, worn
    for told, expected in (
        ({"worn": 1.0}, [0, 0, 1]),
        ({"worn": 0.7, "sound": 0.1}, [0.2, 0.1, 0.7]),
        ({"worn": 0.7}, [0.15, 0.15, 0.7]),
    ):
        np.testing.assert_allclose(endpoint._proba({"probabilities": told}), expected, atol=1e-12)
    for wrong, sentence in (
        ({"worn": 1.7}, "no probabilities that sum to 1"),
        ({}, r"told of the labels \[\], not of"),
        ({"worn": "high"}, "something else than numbers by label"),
        ({"worn": 0.5, "Sound": 0.5}, r"told of the labels \['Sound', 'worn'\]"),
    ):
        with pytest.raises(MindshareError, match=sentence):
            endpoint._proba({"probabilities": wrong})


def test_a_label_that_is_a_number_is_no_probability() -> None:
    endpoint = Endpoint("http://localhost/none", [1, 0])
    assert endpoint._proba({"label": 1.0}).tolist() == [0.0, 1.0]
    assert endpoint._proba({"label": 0}).tolist() == [1.0, 0.0]
    with pytest.raises(MindshareError, match=r"said '0\.7' of case 0"):
        endpoint._proba({"label": 0.7})


def test_no_cases_are_no_questions_and_no_rows(server: Server) -> None:
    assert Endpoint(server.url, LABELS).predict_proba([]).shape == (0, 2)
    assert Chat(server.url, "m", THREE).predict_proba([]).shape == (0, 3)
    assert server.asked == []
    with pytest.raises(ValueError, match="at_once must be >= 1"):
        Endpoint(server.url, LABELS, at_once=0)
