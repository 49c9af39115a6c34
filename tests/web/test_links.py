"""A link signs a browser in once and in time, as an account that whoever made it may manage."""

from __future__ import annotations

import pytest

from mindshare.core.errors import NotThere
from mindshare.web.links import LINK_S, Links
from tests.web.conftest import Live


def link(live: Live, by: str, account: str = "") -> int | str:
    told = live.ask(by, "POST", "/v1/links", {"account": account})
    return str(told.json()["code"]) if told.status_code == 201 else int(told.status_code)


def test_a_link_makes_one_session_with_the_role_of_its_account(live: Live) -> None:
    for by, account, role in (("lead", "", "lead"), ("lead", "ana", "person"), ("admin", "lea", "lead")):
        code = link(live, by, account)
        told = live.ask(None, "POST", "/v1/links/accept", {"code": code})
        assert told.status_code == 201 and told.json()["role"] == role
        assert live.ask(None, "POST", "/v1/links/accept", {"code": code}).status_code == 404
        live.tokens["linked"] = told.json()["token"]
        assert live.ask("linked", "GET", "/v1/limits").status_code == 200
        assert live.ask("linked", "DELETE", "/v1/session").status_code == 200
        assert live.ask("linked", "GET", "/v1/limits").status_code == 401


def test_nobody_gets_a_link_to_an_account_that_is_not_below_the_own(live: Live) -> None:
    assert link(live, "lead", "admin") == 403
    assert link(live, "reader", "ana") == 403
    assert link(live, "admin", "nobody") == 404
    assert live.ask("admin", "PATCH", "/v1/accounts/ana", {"active": False}).status_code == 200
    assert link(live, "admin", "ana") == 409


def test_a_link_to_an_account_that_is_closed_meanwhile_opens_nothing(live: Live) -> None:
    code = link(live, "lead", "ana")
    assert live.ask("admin", "PATCH", "/v1/accounts/ana", {"active": False}).status_code == 200
    assert live.ask(None, "POST", "/v1/links/accept", {"code": code}).status_code == 409


def test_a_link_that_is_too_old_is_good_no_more() -> None:
    now = [1_000.0]
    links = Links(lambda: now[0])
    (code, until), (other, _) = links.make("ana"), links.make("ana")
    assert until == 1_000.0 + LINK_S and links.take(code) == "ana"
    now[0] = until
    with pytest.raises(NotThere, match="too old"):
        links.take(other)


def test_a_token_of_a_lower_role_makes_no_link_of_a_higher_one(live: Live) -> None:
    made = live.ask("admin", "POST", "/v1/tokens", {"role": "lead", "name": "program"}).json()
    live.tokens["program"] = made["token"]
    assert live.ask("program", "POST", "/v1/links", {}).status_code == 403


def test_a_new_password_ends_links_that_are_pending(live: Live) -> None:
    code = link(live, "admin", "ana")
    invited = live.ask("admin", "POST", "/v1/invitations", {"account": "ana", "role": "person"}).json()[
        "code"
    ]
    said = {"code": invited, "password": "correct horse battery"}
    assert live.ask(None, "POST", "/v1/invitations/accept", said).status_code == 200
    assert live.ask(None, "POST", "/v1/links/accept", {"code": code}).status_code == 404
