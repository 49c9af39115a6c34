"""Promises of machines behind HTTP, kept against a real server."""

from __future__ import annotations

import logging
import time
from email.utils import formatdate
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.machines.agents.chat import Chat
from mindshare.machines.agents.endpoint import Endpoint
from mindshare.machines.agents.post import Line, Patience
from mindshare.machines.agents.said import from_sentence, label_set
from mindshare.testing import check_machine
from tests.machines.agents.conftest import Asked, Server
from tests.machines.conftest import texts, windows

LABELS = ["sound", "faulty"]
BRISK = Patience(timeout_s=0.3, deadline_s=2.0, retries=2, wait_s=0.02, most_wait_s=0.05)


def level(asked: Asked) -> None:
    """A fault is what swings far."""
    p = float(np.max(np.array(asked.body["input"])[:, 0]) > 2.5) * 0.8 + 0.1
    asked.say({"probabilities": [1 - p, p]})


def completion(asked: Asked) -> None:
    said = asked.body["messages"][1]["content"]
    label = "password" if "password" in said else "refund"
    usage = {"prompt_tokens": len(said) // 4 + 20, "completion_tokens": 2}
    asked.say({"choices": [{"message": {"content": f" {label.capitalize()}."}}], "usage": usage})


def test_an_endpoint_keeps_the_promises_of_a_machine_and_its_columns_are_put_in_order(server: Server) -> None:
    server.reply = level
    X, y = windows(16, 0)
    check_machine(lambda: Endpoint(server.url, LABELS), X, y, X[:8], learns=False)
    faulty = Endpoint(server.url, LABELS).predict_proba(X)[:, 0]
    assert ((faulty > 0.5) == (y == "faulty")).mean() > 0.9


def test_a_chat_keeps_the_promises_of_a_machine_and_is_paid_by_its_tokens(server: Server) -> None:
    server.reply = completion
    X, y = texts(16, 0)
    names = ["refund", "password"]

    def make() -> Chat:
        return Chat(server.url, "small", names, per_million={"eur": (1.0, 10.0)})

    check_machine(make, X, y, X[:8], learns=False)
    chat = make()
    before = chat.cost(X[:2])
    assert set(before) == {"tokens", "eur"}
    assert (np.asarray(chat.classes_)[chat.predict_proba(X).argmax(axis=1)] == np.array(names)[y]).all()
    after = chat.cost(X)
    assert set(after) == {"tokens", "eur", "net_mb", "cpu_s"}
    counted = [len(asked.body["messages"][1]["content"]) // 4 + 20 for _, asked in server.asked[-16:]]
    assert after["tokens"].mean() == pytest.approx(np.mean(counted) + 2, rel=0.02)
    assert after["eur"].mean() == pytest.approx((np.mean(counted) + 20) / 1e6, rel=0.02)
    assert server.asked[0][1].path == "/answer/chat/completions"


def test_the_network_and_the_processor_are_measured(server: Server) -> None:
    server.reply = lambda asked: asked.say({"label": "sound", "more": "x" * 5_000})
    endpoint = Endpoint(server.url, LABELS, state={"energy_j": 3.0})
    case = np.zeros((100, 2))
    before = endpoint.cost([case])
    assert 0.001 < before["net_mb"][0] < 0.0015
    assert "cpu_s" not in before, "nobody has measured it yet"
    endpoint.predict_proba([case])
    cost = endpoint.cost([case])
    assert 0.006 < cost["net_mb"][0] < 0.008
    assert 0 < cost["cpu_s"][0] < 0.1
    assert cost["energy_j"][0] == 3.0


@pytest.mark.parametrize("way", ["hang", "trickle"])
def test_an_endpoint_that_hangs_or_trickles_is_one_clear_error_in_bounded_time(
    server: Server, way: str
) -> None:
    server.reply = getattr(server, way)
    start = time.monotonic()
    with pytest.raises(
        MindshareError,
        match=r"was asked 3 times in \d\.\d s and did not answer: nothing complete came within 0\.3 s",
    ):
        Endpoint(server.url, LABELS, patience=BRISK).predict_proba([np.zeros((4, 1))])
    assert time.monotonic() - start < 3 * 0.3 + 2 * 0.05 + 0.5


def test_attempts_end_at_the_deadline(server: Server) -> None:
    server.reply = server.hang
    start = time.monotonic()
    with pytest.raises(MindshareError, match="did not answer"):
        Line(server.url, Patience(timeout_s=0.4, deadline_s=0.6, retries=50, wait_s=0.01)).ask({})
    assert time.monotonic() - start < 0.9


def test_nobody_there_is_one_clear_error() -> None:
    with pytest.raises(
        MindshareError, match=r"http://127.0.0.1:9/x was asked 3 times in .* ConnectionRefusedError"
    ):
        Line("http://127.0.0.1:9/x", BRISK).ask({})


def test_what_passes_by_itself_is_asked_again_and_what_does_not_is_not(server: Server) -> None:
    def twice_busy(asked: Asked) -> None:
        asked.say({"label": "faulty"}) if len(server.asked) > 2 else asked.say({}, 503)

    server.reply = twice_busy
    assert Line(server.url, BRISK).ask({}).content == {"label": "faulty"}
    server.asked.clear()
    server.reply = lambda asked: asked.say({"error": "no such model"}, 404)
    with pytest.raises(MindshareError, match=r"was asked once in .*: status 404 Not Found: .*no such model"):
        Line(server.url, BRISK).ask({})
    assert len(server.asked) == 1


def waits(server: Server, seed: int, patience: Patience) -> list[float]:
    slept: list[float] = []
    line = Line(server.url, patience, rng=np.random.default_rng(seed), sleep=slept.append)
    with pytest.raises(MindshareError):
        line.ask({})
    return slept


def test_waits_are_drawn_below_a_bound_that_doubles_up_to_its_cap(server: Server) -> None:
    server.reply = lambda asked: asked.say({}, 500)
    patience = Patience(deadline_s=1e6, retries=6, wait_s=1.0, most_wait_s=4.0)
    every = np.array([waits(server, seed, patience) for seed in range(12)])
    bound = np.array([1.0, 2.0, 4.0, 4.0, 4.0, 4.0])
    assert (every <= bound).all()
    assert (every.max(axis=0) > 0.6 * bound).all()
    assert every.std(axis=0).min() > 0.1, "callers would come back all at once"
    assert waits(server, 3, patience) == every[3].tolist(), "the same chance, the same waits"


def test_a_retry_after_is_kept_to_in_seconds_and_as_a_date(server: Server) -> None:
    patience = Patience(deadline_s=100.0, retries=1, wait_s=0.01)
    server.reply = lambda asked: asked.say({}, 429, Retry_After="7")
    assert waits(server, 0, patience) == [7.0]
    server.reply = lambda asked: asked.say({}, 429, Retry_After=formatdate(time.time() + 20, usegmt=True))
    assert 17 < waits(server, 0, patience)[0] <= 20
    server.reply = lambda asked: asked.say({}, 429, Retry_After="soon")
    assert waits(server, 0, patience)[0] <= 0.01
    server.reply = lambda asked: asked.say({}, 429, Retry_After="500")
    server.asked.clear()
    with pytest.raises(MindshareError, match=r"asked once .* status 429 .* It wants 500 s to pass first"):
        Line(server.url, patience).ask({})
    assert len(server.asked) == 1, "a wait beyond the deadline is not begun"


def test_its_own_limit_keeps_questions_apart(server: Server) -> None:
    line = Line(server.url, Patience(per_minute=600))
    for _ in range(4):
        line.ask({})
    gaps = np.diff([at for at, _ in server.asked])
    assert gaps.min() > 0.08
    line = Line(server.url, Patience(per_minute=1, deadline_s=5.0))
    line.ask({})
    with pytest.raises(
        MindshareError, match=r"may be asked 1 times a minute; the next turn comes in \d\d\.\d s"
    ):
        line.ask({})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<html>busy</html>", "what it sent is not JSON: '<html>busy</html>'"),
        ({"outcome": 1}, r"JSON of another shape than expected: .*outcome.* \(KeyError: 'label'\)"),
        ([1, 2], "an object with the key 'probabilities' or 'label' was expected"),
        ({"probabilities": [0.2, 0.3, 0.5]}, r"numbers of shape \(1, 3\); \(1, 2\) were expected"),
        ({"probabilities": [0.9, 0.9]}, "no probabilities that sum to 1"),
        ({"probabilities": ["a", "b"]}, "something else than a table of numbers"),
        ({"probabilities": {"sound": 1.0, "broken": 0.0}}, r"told of the labels \['broken', 'sound'\]"),
        ({"label": "broken"}, "said 'broken' of case 0; the labels are faulty, sound"),
    ],
)
def test_answers_of_another_shape_get_one_sentence(server: Server, content: Any, told: str) -> None:
    server.reply = lambda asked: asked.say(content)
    with pytest.raises(MindshareError, match=told):
        Endpoint(server.url, LABELS, patience=BRISK).predict_proba([np.zeros((4, 1))])


def test_a_chat_without_choices_gets_one_sentence(server: Server) -> None:
    for content in ({}, {"choices": []}, {"choices": [{"message": {}}]}, []):
        server.reply = lambda asked, content=content: asked.say(content)  # type: ignore[misc]
        with pytest.raises(MindshareError, match="something else than a chat completion"):
            Chat(server.url, "m", ["refund", "password"]).predict_proba(["a text"])


def test_tokens_of_a_chat_that_does_not_count_them_are_estimated_and_that_is_counted(server: Server) -> None:
    for usage in ({}, {"usage": None}, {"usage": {"total_tokens": 7}}):
        server.reply = lambda asked, usage=usage: asked.say(  # type: ignore[misc]
            {"choices": [{"message": {"content": "refund"}}], **usage}
        )
        chat = Chat(
            server.url, "m", ["refund", "password"], question="Which?", per_million={"eur": (4.0, 8.0)}
        )
        assert chat.predict_proba(["a text"]).tolist() == [[0.0, 1.0]]
        assert chat.uncounted_ == 1
        assert chat.cost(["a text"])["tokens"].tolist() == [(6 + 6 + 6) / 4]
        assert chat.cost(["a text"])["eur"][0] == pytest.approx((3 * 4.0 + 1.5 * 8.0) / 1e6)


def test_a_chat_that_writes_nothing_or_in_parts_is_read_as_it_wrote(server: Server) -> None:
    wrote: Any = None
    server.reply = lambda asked: asked.say({"choices": [{"message": {"content": wrote}}]})
    chat = Chat(server.url, "m", ["none", "refund"])
    assert chat.predict_proba(["a text"]).tolist() == [[0.5, 0.5]], "nothing is not the word None"
    assert chat.unread_ == 1
    wrote = [{"type": "text", "text": "re"}, {"type": "text", "text": "fund"}]
    assert chat.predict_proba(["a text"]).tolist() == [[0.0, 1.0]]


def test_the_key_is_sent_and_never_shown(server: Server, monkeypatch: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SOME_KEY", "very-secret")
    endpoint = Endpoint(server.url + "?token=hidden", LABELS, patience=BRISK, key_env="SOME_KEY")
    endpoint.predict_proba([np.zeros((4, 1))])
    asked = server.asked[0][1]
    assert asked.headers["Authorization"] == "Bearer very-secret"
    assert asked.path == "/answer?token=hidden"
    server.reply = lambda asked: asked.say({"error": f"wrong: {asked.headers['Authorization']}"}, 401)
    with pytest.raises(MindshareError, match=r"wrong: Bearer \*\*\*") as told:
        endpoint.predict_proba([np.zeros((4, 1))])
    shown = f"{told.value!r} {told.getrepr(chain=True)} {endpoint.line!r} {vars(endpoint)} {caplog.text}"
    assert "very-secret" not in str(told.value) + repr(endpoint.line) + repr(vars(endpoint)) + caplog.text
    assert "hidden" not in str(told.value)
    assert shown
    monkeypatch.delenv("SOME_KEY")
    with pytest.raises(MindshareError, match="The environment has no SOME_KEY"):
        endpoint.predict_proba([np.zeros((4, 1))])


def test_what_makes_no_sense_is_refused_before_anything_is_sent(server: Server) -> None:
    with pytest.raises(ValueError, match=r"would travel to example\.org for all to read; use https"):
        Line("http://example.org/v1", key_env="SOME_KEY")
    with pytest.raises(ValueError, match="An endpoint is http://host/"):
        Line("ftp://example.org")
    with pytest.raises(ValueError, match=r"Patience\.timeout_s must be > 0"):
        Patience(timeout_s=0)
    with pytest.raises(ValueError, match="not finite, which JSON cannot say"):
        Endpoint(server.url, LABELS).predict_proba([np.full((4, 1), np.nan)])
    with pytest.raises(ValueError, match="two or more different labels"):
        Endpoint(server.url, ["sound"])
    assert server.asked == []


@given(
    st.sampled_from(["fault", "no fault", "unclear"]),
    st.sampled_from(["{}", "I think: {}!", "**{}**", "It is {}\n"]),
)
def test_the_longest_label_that_a_sentence_names_is_its_answer(label: str, sentence: str) -> None:
    classes = label_set(["fault", "no fault", "unclear"])
    proba, understood = from_sentence(sentence.format(label.upper()), classes)
    assert understood
    assert classes[proba.argmax()] == label


@pytest.mark.parametrize("sentence", ["", "faulty wiring", "fault or unclear", "no idea"])
def test_a_sentence_that_names_no_label_or_several_tells_nothing(sentence: str) -> None:
    proba, understood = from_sentence(sentence, label_set(["fault", "no fault", "unclear"]))
    assert not understood
    assert proba.tolist() == [1 / 3] * 3
