"""What is sent with bad intent, or by mistake, is refused in one shape, and nothing comes of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from mindshare.core.errors import MindshareError, TooOften
from mindshare.web.address import Tls, check_address
from mindshare.web.buckets import Buckets, Waits
from mindshare.web.logs import JsonLines
from tests.web.conftest import Live

ROUTES = (
    "/v1/cases",
    "/v1/next",
    "/v1/answers",
    "/v1/outcomes",
    "/v1/skip",
    "/v1/reveal",
    "/v1/stop",
    "/v1/session",
    "/v1/webhooks",
)


def raw(live: Live, path: str, data: bytes, role: str = "lead", **headers: str) -> Any:
    return live.http.post(
        path, content=data, headers={"Authorization": f"Bearer {live.tokens[role]}", **headers}
    )


def in_shape(told: Any) -> bool:
    error = told.json()["error"]
    return (
        bool(error["code"])
        and error["message"].endswith((".", "?"))
        and told.headers["content-type"] == "application/json"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[", b"nul", b"\xff\xfe{}", b'{"id": "\xed\xa0\x80"}', b'{"id": "\\ud800"}', b"7", b'"x"', b"[[]]", b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b'{"id": NaN}', b'{"id": 1e999}', b"\x00" * 10, b'{"id": "a", "id": "b"}',
    ],
)  # fmt: skip
def test_bodies_that_make_no_sense_are_refused_in_one_shape(live: Live, body: bytes) -> None:
    for path in ROUTES:
        told = raw(live, path, body)
        if told.status_code == 207:  # a list, of which each part is refused by itself
            assert all("error" in part for part in told.json())
        elif told.status_code >= 300:
            assert told.status_code in (400, 401, 404, 422), (path, told.text)
            assert in_shape(told), path
    assert live.ask(None, "GET", "/healthz").status_code == 200


def test_what_is_too_large_is_refused_before_it_is_read(live: Live) -> None:
    big = b'{"id": "a", "group": "' + b"x" * (1 << 20) + b'"}'
    assert raw(live, "/v1/cases", big).status_code == 413
    assert raw(live, "/v1/stop", big).json()["error"]["code"] == "too_large"
    many = b"[" + b",".join(b'{"id": "b%d", "group": "%s"}' % (i, b"x" * 9_000) for i in range(200)) + b"]"
    assert len(many) > 1 << 20 and raw(live, "/v1/cases", many).status_code == 207
    assert raw(live, "/v1/cases", b"[" + b" " * (16 << 20) + b"]").status_code == 413
    assert raw(live, "/v1/cases", b"[" + b"7," * 10_001 + b"7]").status_code == 413
    assert raw(live, "/v1/cases", b"{}", **{"Content-Length": "99999999"}).status_code == 413


def test_errors_of_the_framework_have_the_same_shape(live: Live) -> None:
    assert in_shape(live.ask("lead", "GET", "/v1/nothing"))
    wrong = live.ask("lead", "DELETE", "/v1/limits")
    assert wrong.status_code == 405 and wrong.headers["allow"] == "GET, PATCH" and in_shape(wrong)
    assert live.ask("lead", "PUT", "/v1/cases").headers["allow"] == "GET, POST"
    invalid = live.ask("lead", "POST", "/v1/stop", {"kind": 7, "more": "secret words"})
    assert invalid.status_code == 422 and in_shape(invalid) and "secret words" not in invalid.text
    assert live.ask(None, "GET", "/v1/limits").headers["www-authenticate"] == "Bearer"


def test_a_fault_of_ours_tells_nothing_but_a_number_and_the_service_goes_on(
    live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret words")

    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr(live.front.accounts, "accounts", broken)
        told = live.ask("lead", "GET", "/v1/accounts")
    assert told.status_code == 500 and in_shape(told) and "secret" not in told.text
    lines = [
        json.loads(JsonLines().format(record)) for record in caplog.records if record.name == "mindshare.web"
    ]
    fault = next(line for line in lines if "error" in line)
    assert fault["number"] in told.json()["error"]["message"] and fault["error"] == "ZeroDivisionError"
    assert "secret" not in json.dumps(lines)
    assert live.ask("lead", "GET", "/v1/accounts").status_code == 200


def test_logs_hold_no_case_no_name_and_no_token(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        live.case(id="secret-case", features={"by": "secret-feature"})
        live.ask("reader", "GET", "/v1/cases/secret-other")
        live.ask(
            "lead",
            "POST",
            "/v1/invitations",
            {"account": "secret-id", "role": "person", "name": "Secret Name"},
        )
    ours = [JsonLines().format(record) for record in caplog.records if record.name.startswith("mindshare")]
    assert any('"route": "get_case"' in line and '"status": 404' in line for line in ours)
    assert not any("ecret" in line or live.tokens["lead"] in line for line in ours)


def test_every_answer_bears_the_headers_that_protect(live: Live) -> None:
    for told in (
        live.ask(None, "GET", "/healthz"),
        live.ask(None, "GET", "/v1/limits"),
        live.ask(None, "GET", "/nothing"),
    ):
        assert (
            told.headers["x-content-type-options"] == "nosniff"
            and told.headers["cache-control"] == "no-store"
        )
        assert "default-src 'none'" in told.headers["content-security-policy"]
        assert told.headers["cross-origin-opener-policy"] == "same-origin"
        assert told.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in told.headers and "set-cookie" not in told.headers


def test_a_page_of_another_origin_may_change_nothing_also_where_no_token_is_asked_for(live: Live) -> None:
    words = {"account": "ana", "password": "a wrong password"}
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 401), ("none", 401)):
        for kind in ("text/plain", "application/json"):
            headers = {"Sec-Fetch-Site": site, "Content-Type": kind}
            if site != "none" or kind == "text/plain":  # four wrong passwords, and the next one has to wait
                told = live.ask(None, "POST", "/v1/session", words, headers=headers)
                assert told.status_code == status and in_shape(told), (site, told.text)
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    asked = live.ask(None, "OPTIONS", "/v1/cases", headers=headers)
    assert asked.status_code == 405 and "access-control-allow-origin" not in asked.headers


def test_only_names_of_this_service_are_answered(live_of: Callable[..., Live]) -> None:
    live = live_of(web={"hosts": ["mindshare.example.org"]})
    for host, status in (
        ("mindshare.example.org", 200), ("MINDSHARE.example.org:443", 200), ("localhost:8000", 200), ("[::1]:8000", 200),
        ("evil.example.org", 400), ("", 400), ("localhost.evil.org", 400),
    ):  # fmt: skip
        told = live.ask(None, "GET", "/healthz", headers={"Host": host})
        assert told.status_code == status, host


def test_who_comes_too_often_is_told_when_to_come_again(live_of: Callable[..., Live]) -> None:
    live = live_of(web={"per_s": 0.5, "burst": 5})
    told = [live.ask("reader", "GET", "/v1/limits") for _ in range(6)]
    assert [t.status_code for t in told] == [200] * 5 + [429]
    assert told[-1].headers["retry-after"] == "2" and told[-1].json()["error"]["retry_s"] > 1
    assert live.ask("lead", "GET", "/v1/limits").status_code == 200  # another token
    assert raw(live, "/v1/cases", b'[{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}]').status_code == 207
    assert live.ask("lead", "GET", "/v1/limits").status_code == 429  # each of several cases counts


def test_whoever_tries_tokens_is_slowed_down(live: Live) -> None:
    told = [
        live.http.get("/v1/limits", headers={"Authorization": f"Bearer {i}"}).status_code for i in range(40)
    ]
    assert told[0] == 401 and told[-1] == 429
    assert live.ask("reader", "GET", "/v1/limits").status_code == 200  # others at the same address are not


PROBES = (
    "' OR 1=1 --",
    "'; DROP TABLE accounts; --",
    "../../etc/passwd",
    "..\\..\\x",
    "%2e%2e%2f",
    "\x00",
    "=cmd|' /C calc'!A0",
    "a" * 5_000,
)


@pytest.mark.parametrize("probe", PROBES)
def test_words_that_mean_something_to_others_mean_nothing_here(live: Live, probe: str) -> None:
    accounts = live.front.accounts.accounts()
    for path in ("/v1/cases/{}", "/v1/cases/{}/why", "/v1/agents/{}", "/v1/webhooks/{}/deliveries"):
        hidden = "".join(f"%{b:02X}" for b in probe.encode())
        assert live.ask("lead", "GET", path.format(hidden)).status_code in (404, 422), path
    for query in ("prefix", "kind", "state", "after", "limit"):
        assert live.ask("lead", "GET", "/v1/cases", params={query: probe}).status_code in (200, 422), query
    for query in ("after", "only", "limit"):
        assert live.ask("lead", "GET", "/v1/events", params={query: probe}).status_code in (400, 422), query
    assert live.ask(None, "POST", "/v1/session", {"account": probe, "password": probe}).status_code in (
        401,
        422,
        429,
    )
    assert live.ask(
        None, "POST", "/v1/invitations/accept", {"code": probe, "password": probe}
    ).status_code in (404, 422)
    assert live.ask("lead", "POST", "/v1/webhooks", {"url": probe}).status_code in (400, 422)
    assert live.front.accounts.accounts() == accounts


def test_others_reach_the_service_only_by_what_is_encrypted(tmp_path: Any) -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.9.9.9"):
        check_address(host)
    for host in ("0.0.0.0", "::", "192.168.1.7", "mindshare.example.org", ""):
        with pytest.raises(MindshareError, match="from elsewhere"):
            check_address(host)
        check_address(host, proxy=True)
    files = Tls(tmp_path / "certificate", tmp_path / "key")
    with pytest.raises(MindshareError, match="There is no file"):
        check_address("0.0.0.0", tls=files)
    for file in files:
        file.touch()
    check_address("0.0.0.0", tls=files)


def test_a_bucket_gives_what_it_holds_and_gains_with_time() -> None:
    now = [0.0]
    buckets = Buckets(2.0, 4.0, lambda: now[0])
    buckets.take("a", 10)  # more than there is: the next one waits for it
    with pytest.raises(TooOften) as told:
        buckets.take("a")
    assert told.value.retry_s == pytest.approx(3.5)
    now[0] += 3.5
    buckets.take("a")
    for key in range(20_000):
        buckets.take(key)
    assert len(buckets._held) == 10_000


def test_waits_double_and_end_with_the_right_password() -> None:
    now = [0.0]
    waits = Waits(2, 8.0, lambda: now[0])
    for expected in (0, 0, 1, 2, 4, 8, 8):
        waits.failed("a")
        if expected:
            with pytest.raises(TooOften) as told:
                waits.check("a")
            assert told.value.retry_s == expected
            now[0] += expected
        waits.check("a")
    waits.passed("a")
    waits.failed("a")
    waits.check("a")
