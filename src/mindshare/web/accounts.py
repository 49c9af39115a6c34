"""Accounts, tokens and invitations. A token is 32 random bytes; only its digest is kept, so that the file lets nobody in."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from mindshare.core.errors import Conflict, MindshareError, NotAllowed, NotThere
from mindshare.web.roles import Caller, Role
from mindshare.web.tables import Tables

FIRST, CONSOLE = "admin", "console"
MOST_ID, MOST_NAME = 200, 200  # characters
Row = dict[str, Any]


class _Grant(NamedTuple):
    caller: Caller
    expires: float


class Accounts:
    """Who is known. The digests of all tokens that are good are in memory, so that looking one up costs nothing."""

    def __init__(self, tables: Tables, clock: Callable[[], float] = time.time) -> None:
        self._tables, self._clock = tables, clock
        self._grants: dict[bytes, _Grant] = {}
        self._console: bytes | None = None
        self._read()

    # --- tokens -------------------------------------------------------------------------------------------------------

    def caller(self, token: str) -> Caller | None:
        """Whoever bears this token; None where it is unknown or over."""
        grant = self._grants.get(_digest(token))
        return grant.caller if grant is not None and self._clock() < grant.expires else None

    def first_token(self) -> str | None:
        """The token of the first admin, where nobody has an account yet; it is told this once."""
        if self._tables.read("SELECT 1 FROM accounts LIMIT 1"):
            return None
        self.make(FIRST, Role.admin, "")
        return self.token(FIRST, "first", Role.admin)["token"]

    def console_token(self) -> str:
        """A token for whoever can read the service's folder; it is good until the service ends."""
        token = _secret()
        self._console = _digest(token)
        self._grants[self._console] = _Grant(
            Caller(CONSOLE, Role.admin, self._console, console=True), float("inf")
        )
        return token

    def token(
        self, account: str, name: str, role: Role, for_s: float | None = None, *, session: bool = False
    ) -> Row:
        """A new token of an account, good for so many seconds; `token` is told here and never again."""
        held = self.account(account)
        if not held["active"]:
            raise Conflict(f"Account '{account}' is closed.")
        if role > Role[held["role"]]:
            raise NotAllowed(f"Account '{account}' has the role '{held['role']}', less than '{role.name}'.")
        token, now = _secret(), self._clock()
        expires = None if for_s is None else now + for_s
        with self._tables.change() as db:
            db.execute("DELETE FROM tokens WHERE expires < ?", (now,))
            row = db.execute(
                "INSERT INTO tokens (digest, account, name, role, session, made, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (_digest(token), account, name, role.name, session, now, expires),
            )
        self._read()
        return {
            "id": row.lastrowid,
            "token": token,
            "account": account,
            "role": role.name,
            "expires": expires,
        }

    def session(self, account: str, for_s: float) -> Row:
        """A token of a session with the account's own role."""
        return self.token(account, "session", Role[self.account(account)["role"]], for_s, session=True)

    def tokens(self, account: str | None = None) -> list[Row]:
        """What is known of tokens, of one account or of all; never the tokens themselves."""
        rows = self._tables.read(
            "SELECT id, account, name, role, session, made, expires FROM tokens WHERE (? IS NULL OR account = ?) ORDER BY id",
            account,
            account,
        )
        names = ("id", "account", "name", "role", "session", "made", "expires")
        return [
            {**dict(zip(names, row, strict=True)), "session": bool(row[4])}
            for row in rows
            if row[6] is None or row[6] > self._clock()
        ]

    def revoke(self, number: int) -> None:
        """The token of this number is good no more."""
        with self._tables.change() as db:
            gone = db.execute("DELETE FROM tokens WHERE id = ?", (number,)).rowcount
        self._read()
        if not gone:
            raise NotThere(f"There is no token {number}.")

    def sign_out(self, caller: Caller) -> None:
        """The token of this caller is good no more."""
        with self._tables.change() as db:
            db.execute("DELETE FROM tokens WHERE digest = ?", (caller.key,))
        self._read()

    # --- accounts -----------------------------------------------------------------------------------------------------

    def account(self, account: str) -> Row:
        """What is known of an account."""
        found = [a for a in self.accounts() if a["id"] == account]
        if not found:
            raise NotThere(f"There is no account '{account}'.")
        return found[0]

    def accounts(self) -> list[Row]:
        """All of them, by id."""
        rows = self._tables.read(
            "SELECT id, name, role, active, password IS NOT NULL, made FROM accounts ORDER BY id"
        )
        return [
            {"id": i, "name": n, "role": r, "active": bool(a), "password": bool(p), "made": m}
            for i, n, r, a, p, m in rows
        ]

    def make(self, account: str, role: Role, name: str) -> Row:
        """A new account, without a password."""
        _checked(account, name)
        with self._tables.change() as db:
            if db.execute("SELECT 1 FROM accounts WHERE id = ?", (account,)).fetchone():
                raise Conflict(f"There is an account '{account}' already.")
            db.execute(
                "INSERT INTO accounts VALUES (?, ?, ?, NULL, 1, ?)", (account, name, role.name, self._clock())
            )
        return self.account(account)

    def change(self, account: str, *, active: bool | None, name: str | None) -> Row:
        """Opens, closes or renames an account. Closing ends its tokens and sessions."""
        _checked(account, name or "")
        held = self.account(account)
        if active is False:
            self._not_the_last_admin(held)
        with self._tables.change() as db:
            if name is not None:
                db.execute("UPDATE accounts SET name = ? WHERE id = ?", (name, account))
            if active is not None:
                db.execute("UPDATE accounts SET active = ? WHERE id = ?", (active, account))
            if active is False:
                _end(db, account)
        self._read()
        return self.account(account)

    def erase(self, account: str) -> None:
        """Deletes an account with all that is known of it here; events go on to name its pseudonym."""
        self._not_the_last_admin(self.account(account))
        with self._tables.change() as db:
            _end(db, account)
            db.execute("DELETE FROM accounts WHERE id = ?", (account,))
        self._read()

    def first_admin(self) -> str:
        """An open account of an admin; there is always one."""
        admins = [a["id"] for a in self.accounts() if a["role"] == "admin" and a["active"]]
        return FIRST if FIRST in admins else str(admins[0])

    def in_charge(self) -> int:
        """How many open accounts may stop and resume."""
        return sum(a["active"] and Role[a["role"]] >= Role.lead for a in self.accounts())

    def password(self, account: str) -> str | None:
        """The hash of the password of an open account; None where there is none."""
        rows = self._tables.read("SELECT password FROM accounts WHERE id = ? AND active", account)
        return rows[0][0] if rows else None

    # --- invitations --------------------------------------------------------------------------------------------------

    def invite(self, account: str, role: Role, name: str, by: str, for_s: float) -> Row:
        """An invitation, to be accepted once and in time; its code is told here and never again. An earlier one is void."""
        _checked(account, name)
        held = [a for a in self.accounts() if a["id"] == account]
        if held and (Role[held[0]["role"]] != role or not held[0]["active"]):
            state = f"has the role '{held[0]['role']}'" if held[0]["active"] else "is closed"
            raise Conflict(f"Account '{account}' {state}; give another id.")
        code, expires = _secret(), self._clock() + for_s
        with self._tables.change() as db:
            db.execute("DELETE FROM invitations WHERE account = ? OR expires < ?", (account, self._clock()))
            db.execute(
                "INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?)",
                (_digest(code), account, role.name, name, by, expires),
            )
        return {"code": code, "account": account, "role": role.name, "expires": expires}

    def invited(self, code: str) -> tuple[str, Role]:
        """The account and the role that this code invites to."""
        rows = self._tables.read(
            "SELECT account, role FROM invitations WHERE digest = ? AND expires > ?",
            _digest(code),
            self._clock(),
        )
        if not rows:
            raise NotThere("There is no such invitation (any more). Ask for a new one.")
        return rows[0][0], Role[rows[0][1]]

    def accept(self, code: str, password: str) -> Row:
        """Takes an invitation: the account has this password (its hash) from now on, and older tokens of it end."""
        account, role = self.invited(code)
        with self._tables.change() as db:
            used = db.execute(
                "DELETE FROM invitations WHERE digest = ? RETURNING name", (_digest(code),)
            ).fetchone()
            if used is None:
                raise NotThere("This invitation was accepted just now.")
            _end(db, account)
            db.execute(
                "INSERT INTO accounts VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (id) DO UPDATE SET password = excluded.password",
                (account, used[0], role.name, password, self._clock()),
            )
        self._read()
        return self.account(account)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        rows = self._tables.read(
            "SELECT digest, account, tokens.role, expires FROM tokens JOIN accounts ON accounts.id = account WHERE active"
        )
        grants = {
            digest: _Grant(Caller(account, Role[role], digest), float("inf") if expires is None else expires)
            for digest, account, role, expires in rows
        }
        if self._console is not None:
            grants[self._console] = self._grants[self._console]
        self._grants = grants

    def _not_the_last_admin(self, held: Row) -> None:
        others = [
            a for a in self.accounts() if a["role"] == "admin" and a["active"] and a["id"] != held["id"]
        ]
        if held["role"] == "admin" and held["active"] and not others:
            raise Conflict(f"'{held['id']}' is the last admin; make another one first.")


def _end(db: Any, account: str) -> None:
    db.execute("DELETE FROM tokens WHERE account = ?", (account,))
    db.execute("DELETE FROM invitations WHERE account = ?", (account,))


def _checked(account: str, name: str) -> None:
    if not account or len(account) > MOST_ID or not account.isprintable() or account == CONSOLE:
        raise MindshareError(
            f"An account needs an id of 1 to {MOST_ID} printable characters, and not '{CONSOLE}'."
        )
    if len(name) > MOST_NAME or not name.isprintable():
        raise MindshareError(f"A name has at most {MOST_NAME} printable characters.")


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
