"""What a fuzzer finds by the OpenAPI: no fault, no answer that is not described, nothing let in without a token."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from mindshare.web.roles import Role
from mindshare.web.routes import hot
from tests.web.real import Real

schemathesis = pytest.importorskip(
    "schemathesis", reason="schemathesis is not installed; pip install schemathesis"
)
EACH = int(os.environ.get("MINDSHARE_FUZZ", "8"))  # requests of each operation, good and bad ones
ENDLESS = {("GET", "/v1/events/stream")}
BY_VALUE = {  # where a request of the right form may still be refused: a private address, a label of another kind, ...
    "/v1/webhooks", "/v1/cases", "/v1/outcomes", "/v1/answers", "/v1/accounts", "/v1/accounts/{account_id}", "/v1/invitations",
    "/v1/invitations/accept", "/v1/tokens", "/v1/stop", "/v1/media", "/v1/people/{name}/shifts",
}  # fmt: skip


def test_nothing_is_found(folder: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "MOST_WAIT", 0.05)
    real = Real(folder(web={"per_s": 1e6, "burst": 1e6}))
    found: list[str] = []
    try:
        schema = schemathesis.openapi.from_dict(real.server.config.app.openapi())  # type: ignore[union-attr]
        schema.config.generation.update(with_security_parameters=False)  # a token is sent with every request
        operations = [result.ok() for result in schema.get_all_operations()]
        assert len(operations) > 35
        for operation in operations:
            if (operation.method.upper(), operation.path) not in ENDLESS:
                for mode in schemathesis.GenerationMode:
                    found += fuzz(real, operation, mode)
    finally:
        real.stop()
    assert not found, "\n\n".join(found)


def fuzz(real: Real, operation: Any, mode: Any) -> list[str]:
    """Sends requests as one who may, and looks at every answer; returns what is wrong."""
    by_value = operation.path in BY_VALUE
    left_out = [
        check
        for check in schemathesis.checks.CHECKS.get_all()
        if check.__name__ in {"positive_data_acceptance"} and by_value
    ]
    role = operation.definition.raw.get("x-role", "none")
    console = (real.service.folder / "keys" / "console.token").read_text().strip()

    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        if role == "person":
            real.front.accounts.change("ana", active=True, name=None)
            token = real.front.accounts.token("ana", "fuzz", Role.person)["token"]
        else:
            token = console
        headers = {} if role == "none" else {"Authorization": f"Bearer {token}"}
        real.front.door._unknown._held.clear()
        case.call_and_validate(
            base_url=f"http://127.0.0.1:{real.port}", headers=headers, excluded_checks=left_out, timeout=20
        )

    try:
        run()
    except Unsatisfiable:  # nothing of this kind can be sent: an operation without any parameter
        return []
    except (schemathesis.core.failures.FailureGroup, schemathesis.core.failures.Failure) as e:
        return [f"{operation.method.upper()} {operation.path}: {str(e)[:2_000]}"]
    return []
