"""A real server: streams, bodies that come slowly, people who wait, and how it stops."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.real import Real


@pytest.fixture
def real(folder: Callable[..., Path]) -> Iterator[Real]:
    made = Real(folder())
    yield made
    if made._thread.is_alive():
        made.stop()


def read_events(lines: Iterator[str], count: int) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for line in lines:
        if line.startswith("data: "):
            out.append(json.loads(line[6:]))
            if len(out) == count:
                break
    return out


def test_a_stream_tells_what_comes_and_goes_on_where_it_broke(real: Real) -> None:
    with (
        real.client("reader") as http,
        http.stream("GET", "/v1/events/stream", params={"only": "received"}) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        time.sleep(0.3)
        for name in ("a", "b"):
            real.case(name)
        first = read_events(lines, 2)
    assert [e["case"] for e in first] == ["a", "b"]
    real.case("c")
    with (
        real.client("reader") as http,
        http.stream(
            "GET", "/v1/events/stream", params={"only": "received"}, headers={"Last-Event-ID": first[0]["id"]}
        ) as stream,
    ):
        lines = stream.iter_lines()
        assert [e["case"] for e in read_events(lines, 2)] == ["b", "c"]
        real.case("d")
        assert [e["case"] for e in read_events(lines, 1)] == ["d"]


def test_a_client_that_is_too_slow_is_cut_off(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mindshare.web.feed.MOST_BEHIND", 3)
    with real.client("reader") as http, http.stream("GET", "/v1/events/stream") as stream:
        parts = stream.iter_raw()
        next(parts)
        until = time.monotonic() + 5
        while not real.front.feed.clients and time.monotonic() < until:
            time.sleep(0.02)
        [client] = real.front.feed._clients
        for i in range(6):  # more than it may lag behind, all at once
            real.front.feed._fresh.append((1_000 + i, []))
        real.front.feed._loop.call_soon_threadsafe(real.front.feed._pass_on)
        while real.front.feed.clients and time.monotonic() < until:
            time.sleep(0.02)
        assert client.lost and real.front.feed.clients == 0


def test_whoever_waits_or_follows_does_not_keep_the_server_from_stopping(real: Real) -> None:
    told: list[int] = []

    def wait() -> None:
        with real.client("person") as http:
            told.append(http.post("/v1/next", json={"wait_s": 30}).status_code)

    def follow() -> None:
        with real.client("reader") as http, http.stream("GET", "/v1/events/stream") as stream:
            told.append(stream.status_code)
            for _ in stream.iter_raw():
                pass

    threads = [threading.Thread(target=wait), threading.Thread(target=follow)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    assert real.stop() < 8
    for thread in threads:
        thread.join(5)
    assert sorted(told) == [200, 204]


def test_who_waits_gets_the_case_that_comes_and_to_whom_has_gone_nothing_is_given(real: Real) -> None:
    gone = socket.create_connection(("127.0.0.1", real.port))
    body = b'{"wait_s": 30}'
    gone.sendall(
        b"POST /v1/next HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
        % (real.tokens["person"].encode(), len(body))
        + body
    )
    time.sleep(0.5)
    gone.close()
    time.sleep(0.5)
    real.case("a")
    with real.client("reader") as http:
        assert http.get("/v1/cases/a").json()["state"] == "waiting"
    told: list[Any] = []

    def wait() -> None:
        with real.client("person") as http:
            told.append(http.post("/v1/next", json={"wait_s": 20}).json()["case"])
            told.append(
                http.post("/v1/next", json={}).json()["case"]
            )  # the same one, as long as it is not answered

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join(15)
    assert told == ["a", "a"]


def test_a_body_without_end_is_cut_off_while_it_comes(real: Real) -> None:
    sent = 0

    def parts() -> Iterator[bytes]:
        nonlocal sent
        yield b'{"id": "'
        for _ in range(64):
            sent += 1 << 16
            yield b"x" * (1 << 16)

    with real.client("lead") as http:
        try:
            told = http.post("/v1/cases", content=parts())
            assert told.status_code == 413 and told.json()["error"]["code"] == "too_large"
        except httpx.WriteError:  # the server has closed the line already
            pass
        assert http.get("/healthz").status_code == 200
    assert sent <= 64 << 16


@pytest.mark.parametrize(
    "line",
    [b"GET /v1/cases/../../etc/passwd HTTP/1.1", b"GET http://evil.example.org/v1/limits HTTP/1.1", b"GET /%00%ff HTTP/1.1", b"NONSENSE / HTTP/1.1", b"\x00\x01\x02"],
)  # fmt: skip
def test_odd_requests_get_an_error_and_nothing_else(real: Real, line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", real.port)) as s:
        s.settimeout(5)
        s.sendall(line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := s.recv(65_536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 4") and b"root:" not in answer, answer[:200]
