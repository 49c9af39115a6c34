"""Every operation of the OpenAPI asks for its role: less is refused, nobody is refused, the right one is let in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mindshare.web.roles import Role
from tests.web.conftest import Live

METHODS = ("get", "post", "patch", "put", "delete")


def operations(live: Live) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, what is said of it) of every operation."""
    for path, told in live.http.app.openapi()["paths"].items():  # type: ignore[attr-defined]
        for method in METHODS:
            if method in told:
                yield method.upper(), path, told[method]


def sent(live: Live, role: str | None, method: str, path: str) -> int:
    """The status of a request with nothing in it; streams are asked for what cannot be."""
    filled = (
        path.replace("{case_id}", "nothing")
        .replace("{agent_id}", "nobody")
        .replace("{account_id}", "nobody")
        .replace("{number}", "7")
    )
    query = {"after": "nonsense"} if path.endswith("stream") else {}
    return int(live.ask(role, method, filled, params=query).status_code)


def test_every_operation_names_its_role(live: Live) -> None:
    found = list(operations(live))
    assert len(found) > 35
    for method, path, told in found:
        assert told["x-role"] in ("none", *Role.__members__), f"{method} {path}"


def test_without_a_token_nobody_is_let_in(live: Live) -> None:
    live.front.door._unknown._burst = 1e9
    for method, path, told in operations(live):
        if told["x-role"] != "none":
            assert sent(live, None, method, path) == 401, f"{method} {path}"
    assert live.http.get("/v1/limits", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert live.http.get("/v1/limits", headers={"Authorization": "Basic YTpi"}).status_code == 401


def test_a_lower_role_is_refused_and_the_right_one_is_let_in(live: Live) -> None:
    checked = 0
    for method, path, told in operations(live):
        if told["x-role"] == "none":
            assert sent(live, None, method, path) != 403, f"{method} {path}"
            continue
        if (method, path) == ("DELETE", "/v1/session"):
            continue  # it would end the token; test_accounts signs out
        least = Role[told["x-role"]]
        for role in Role:
            status = sent(live, role.name, method, path)
            kept_out = role < least or (told.get("x-blind") and role == Role.person)
            assert (status == 403) == bool(kept_out), f"{method} {path} as {role.name}: {status}"
            assert status != 401, f"{method} {path} as {role.name}"
            checked += 1
    assert checked > 120


def test_a_persons_token_acts_for_that_person_only(live: Live) -> None:
    live.case()
    refused = live.ask("person", "POST", "/v1/next", {"person": "ben"})
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "not_allowed"
    for path, body in (
        ("/v1/answers", {"case": "n1", "token": 1, "label": "bug", "person": "ben"}),
        ("/v1/skip", {"token": 1, "person": "ben"}),
        ("/v1/beat", {"token": 1, "person": "ben"}),
        ("/v1/reveal", {"token": 1, "person": "ben"}),
        ("/v1/shift", {"on": False, "person": "ben"}),
        ("/v1/cases/n1/undo", {"person": "ben"}),
    ):
        assert live.ask("person", "POST", path, body).status_code == 403, path
    assert live.ask("person", "POST", "/v1/next", {"person": "ana"}).status_code == 200
    assert live.ask("lead", "POST", "/v1/next", {}).status_code == 400  # whose?
    assert live.ask("lead", "POST", "/v1/next", {"person": "ben"}).status_code in (200, 204)
