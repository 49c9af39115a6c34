"""The door of the service: which token a request bears, and whether its sender comes too often."""

from __future__ import annotations

from fastapi import Request

from mindshare.core.errors import NotSignedIn
from mindshare.engine.settings import Web
from mindshare.web.accounts import Accounts
from mindshare.web.buckets import Buckets
from mindshare.web.roles import Caller

FAILED_PER_S, FAILED_BURST = 1.0, 30.0  # requests without a valid token from one address


class Door:
    """Looks at the token of each request."""

    def __init__(self, accounts: Accounts, settings: Web) -> None:
        self._accounts = accounts
        self._known = Buckets(settings.per_s, settings.burst)
        self._unknown = Buckets(FAILED_PER_S, FAILED_BURST)

    def caller(self, request: Request) -> Caller:
        """Who sends this; NotSignedIn where nobody is known, TooOften where it is too much."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return self.bearer(request, token.strip() if kind.lower() == "bearer" else "")

    def bearer(self, request: Request, token: str) -> Caller:
        """The same for a token that stands elsewhere in the request."""
        caller = self._accounts.caller(token)
        if caller is None:
            self.stranger(request)
            raise NotSignedIn
        self._known.take(caller.key)
        return caller

    def stranger(self, request: Request) -> None:
        """Counts a request of nobody that is known, by its address."""
        self._unknown.take(address_of(request))

    def more(self, caller: Caller, count: int) -> None:
        """Counts further cases of one request."""
        if count > 0:
            self._known.take(caller.key, count)


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""
