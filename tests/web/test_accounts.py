"""Accounts, invitations, sessions and tokens: who gets in, for how long, and who may let others in."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from mindshare.core.errors import NotThere, StoreError
from mindshare.engine.backup import back_up, restore
from mindshare.web import passwords
from mindshare.web.accounts import Accounts
from mindshare.web.roles import Role
from mindshare.web.tables import Tables
from tests.web.conftest import Live

SECRET = "a long sentence of dan"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real function with less work."""
    made = PasswordHasher
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: made(time_cost=1, memory_cost=64, parallelism=1))


def invited(live: Live, account: str = "dan", role: str = "person", by: str = "lead") -> str:
    told = live.ask(by, "POST", "/v1/invitations", {"account": account, "role": role, "name": "Dan D."})
    assert told.status_code == 201, told.text
    return str(told.json()["code"])


def accepted(live: Live, code: str, password: str = SECRET) -> int:
    return int(
        live.ask(None, "POST", "/v1/invitations/accept", {"code": code, "password": password}).status_code
    )


def sign_in(live: Live, account: str = "dan", password: str = SECRET) -> int:
    told = live.ask(None, "POST", "/v1/session", {"account": account, "password": password})
    if told.status_code == 201:
        live.tokens[account] = told.json()["token"]
    return int(told.status_code)


def test_somebody_is_invited_signs_in_works_and_signs_out(live: Live) -> None:
    code = invited(live)
    assert accepted(live, code, "short") == 422
    assert accepted(live, code) == 200
    assert accepted(live, code) == 404  # once
    assert sign_in(live) == 201
    live.case(askable=["dan"])
    assert live.lease("dan")["labels"]
    assert live.ask("dan", "DELETE", "/v1/session").status_code == 200
    assert live.ask("dan", "POST", "/v1/next", {}).status_code == 401


def test_a_later_invitation_voids_the_earlier_and_sets_a_new_password(live: Live) -> None:
    first, second = invited(live), invited(live)
    assert accepted(live, first) == 404 and accepted(live, second) == 200
    assert sign_in(live) == 201
    assert accepted(live, invited(live), "another long sentence") == 200
    assert live.ask("dan", "GET", "/v1/tokens").status_code == 401  # the session of the old password is over
    assert sign_in(live, password="another long sentence") == 201
    assert (
        live.ask("lead", "POST", "/v1/invitations", {"account": "dan", "role": "reader"}).status_code == 409
    )


def test_wrong_passwords_make_the_next_try_wait_and_tell_nothing_of_who_is_there(live: Live) -> None:
    accepted(live, invited(live))
    told = [
        live.ask(None, "POST", "/v1/session", {"account": name, "password": "no"})
        for name in ("dan", "nobody")
    ]
    assert [t.status_code for t in told] == [401, 401] and told[0].json() == told[1].json()
    for _ in range(3):
        assert sign_in(live, password="no") == 401
    late = live.ask(None, "POST", "/v1/session", {"account": "dan", "password": SECRET})
    assert late.status_code == 429 and int(late.headers["retry-after"]) >= 1


def test_nobody_gives_a_role_that_is_not_his_or_hers_to_give(live: Live) -> None:
    for role in ("lead", "admin"):
        assert (
            live.ask("lead", "POST", "/v1/invitations", {"account": "eve", "role": role}).status_code == 403
        )
        assert live.ask("lead", "POST", "/v1/accounts", {"account": "eve", "role": role}).status_code == 403
    assert live.ask("lead", "POST", "/v1/tokens", {"role": "admin"}).status_code == 403
    assert live.ask("lead", "POST", "/v1/tokens", {"role": "lead", "account": "admin"}).status_code == 403
    assert live.ask("lead", "PATCH", "/v1/accounts/admin", {"active": False}).status_code == 403
    assert live.ask("lead", "DELETE", "/v1/accounts/admin").status_code == 403
    assert live.ask("admin", "POST", "/v1/tokens", {"role": "lead", "account": "board"}).status_code == 403
    assert live.ask("admin", "DELETE", "/v1/accounts/admin").status_code == 409  # the last one
    assert (
        live.ask("lead", "POST", "/v1/accounts", {"account": "console", "role": "reader"}).status_code == 400
    )


def test_closing_an_account_ends_its_tokens_and_its_cases_go_back(live: Live) -> None:
    live.case(askable=["ana", "ben"])
    lease = live.lease()
    assert live.ask("lead", "PATCH", "/v1/accounts/ana", {"active": False}).json()["active"] is False
    assert live.ask("person", "POST", "/v1/next", {}).status_code == 401
    assert live.ask("reader", "GET", f"/v1/cases/{lease['case']}").json()["state"] != "leased"
    assert live.ask("reader", "GET", "/v1/agents/ana").json()["active"] is False
    assert live.ask("lead", "POST", "/v1/tokens", {"role": "person", "account": "ana"}).status_code == 409
    assert live.ask("lead", "PATCH", "/v1/accounts/ana", {"active": True}).json()["active"] is True


def test_an_erased_account_leaves_nothing_in_the_file(live: Live) -> None:
    accepted(live, invited(live, "frida"))
    assert live.ask("lead", "DELETE", "/v1/accounts/frida").status_code == 200
    assert live.ask("lead", "GET", "/v1/accounts").json()["accounts"][-1]["id"] != "frida"
    live.front.tables._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Dan D." not in (live.service.folder / "accounts.db").read_bytes()


def test_tokens_are_named_told_once_and_revoked(live: Live) -> None:
    made = live.ask("lead", "POST", "/v1/tokens", {"role": "reader", "name": "board"}).json()
    live.tokens["new"] = made["token"]
    assert live.ask("new", "GET", "/v1/limits").status_code == 200
    assert live.ask("new", "POST", "/v1/stop", {}).status_code == 403
    listed = live.ask("lead", "GET", "/v1/tokens").json()["tokens"]
    assert {t["account"] for t in listed} == {"lea"} and "token" not in listed[0]
    assert {t["account"] for t in live.ask("admin", "GET", "/v1/tokens").json()["tokens"]} >= {
        "lea",
        "ana",
        "admin",
    }
    assert live.ask("reader", "DELETE", f"/v1/tokens/{made['id']}").status_code == 404  # not the reader's
    assert live.ask("lead", "DELETE", f"/v1/tokens/{made['id']}").status_code == 200
    assert live.ask("new", "GET", "/v1/limits").status_code == 401


def test_the_file_lets_nobody_in(live: Live) -> None:
    accepted(live, invited(live))
    live.front.tables._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = (live.service.folder / "accounts.db").read_bytes()
    assert not any(token.encode() in kept for token in live.tokens.values())
    assert SECRET.encode() not in kept and b"$argon2id$" in kept
    assert (live.service.folder / "accounts.db").stat().st_mode & 0o077 == 0
    assert (live.service.folder / "keys" / "console.token").stat().st_mode & 0o077 == 0


def test_a_token_ends_in_its_time_and_survives_a_restart(tmp_path: Path) -> None:
    now = [1_000.0]
    tables = Tables(tmp_path)
    accounts = Accounts(tables, lambda: now[0])
    first = accounts.first_token()
    assert first is not None and accounts.first_token() is None
    token = accounts.token("admin", "short", Role.reader, 60.0)["token"]
    code = accounts.invite("gus", Role.reader, "", "admin", 60.0)["code"]
    tables.close()
    again = Accounts(Tables(tmp_path), lambda: now[0])
    caller = again.caller(first)
    assert caller is not None and caller.role == Role.admin
    assert again.caller(token) is not None and again.invited(code) == ("gus", Role.reader)
    now[0] += 61
    assert again.caller(token) is None and len(again.tokens()) == 1
    with pytest.raises(NotThere, match="no such invitation"):
        again.invited(code)


def test_the_rows_of_a_half_made_change_are_gone(tmp_path: Path) -> None:
    tables = Tables(tmp_path)

    def twice() -> None:
        with tables.change() as db:
            for _ in range(2):
                db.execute("INSERT INTO accounts VALUES ('a', '', 'admin', NULL, 1, 0)")

    with pytest.raises(StoreError, match="cannot be written"):
        twice()
    assert tables.read("SELECT * FROM accounts") == []


def test_a_backup_holds_the_accounts_and_not_the_token_of_the_console(live: Live, tmp_path: Path) -> None:
    back_up(live.service.folder, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "again")
    caller = Accounts(Tables(tmp_path / "again")).caller(live.tokens["lead"])
    assert caller is not None and caller.account == "lea"
    assert not (tmp_path / "again" / "keys" / "console.token").exists()
    assert (tmp_path / "again" / "accounts.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["large_bot", "ana+shown", "assumed:person_1"])
def test_no_person_has_the_name_of_a_machine_and_nothing_is_made_of_one_that_is_refused(
    live: Live, name: str
) -> None:
    for path in ("/v1/invitations", "/v1/accounts"):
        told = live.ask("lead", "POST", path, {"account": name, "role": "person"})
        assert told.status_code in (400, 409) and "choose another name" in told.json()["error"]["message"], (
            told.text
        )
    accounts = live.ask("lead", "GET", "/v1/accounts").json()["accounts"]
    assert name not in [account["id"] for account in accounts]
    agents = live.ask("lead", "GET", "/v1/agents").json()["agents"]
    assert not [agent for agent in agents if agent["id"] == name and agent["kind"] == "person"]
