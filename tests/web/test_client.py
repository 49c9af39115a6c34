"""The Python client: typed replies, clear errors, and calls that are made again without doing anything twice."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

import mindshare as ms
from mindshare.core.errors import Conflict, MindshareError, NotThere, Overloaded
from mindshare.web import client as module
from mindshare.web.said import Lease, LiveCase, Said

ASKED = {"id": "c1", "answers": [{"agent": "bot_a", "label": "yes"}, {"agent": "bot_b", "label": "no"}]}


def test_a_case_goes_all_the_way_and_every_call_may_be_made_again(served: tuple[str, str]) -> None:
    with ms.Client(*served) as client:
        for _ in range(2):
            case = client.submit(ASKED)
            assert isinstance(case, LiveCase) and (case.id, case.state, case.verdict) == (
                "c1",
                "waiting",
                None,
            )
        lease = client.next("ana", wait_s=5)
        assert isinstance(lease, Lease) and lease.case == "c1" and lease.labels == ["yes", "no"]
        assert client.next("ana") == lease
        for _ in range(2):
            stands = client.answer(lease, Said("no", seconds=4.0, comment="by hand"), "ana")
            assert stands.id == "c1" and stands.state in ("waiting", "provisional")
        told = client.outcome("c1", "no")
        assert told == client.outcome("c1", "no") == client.case("c1")


def test_the_awaiting_client_says_and_hears_the_same(served: tuple[str, str]) -> None:
    async def both() -> list[object]:
        async with ms.AsyncClient(*served) as client:
            waits = asyncio.create_task(client.next("ben", wait_s=10))
            while not any(p.waits for p in await client.people()):
                await asyncio.sleep(0.01)
            told = await client.submit_many([ASKED, {"id": ""}])
            lease = await waits
            assert lease is not None
            return [*told, await client.answer(lease, "yes", "ben"), await client.case("c1")]

    first, refused, answered, stands = asyncio.run(both())
    assert isinstance(first, LiveCase) and first.state == "leased"
    assert isinstance(refused, MindshareError) and "needs an id" in str(refused)
    assert answered == stands


def test_errors_are_those_of_the_library_with_their_sentences(served: tuple[str, str]) -> None:
    with ms.Client(*served) as client:
        with pytest.raises(NotThere, match="There is no case 'nobody'"):
            client.case("nobody")
        client.submit(ASKED)
        with pytest.raises(Conflict, match="other contents"):
            client.submit(ASKED | {"stakes": 2.0})


def test_a_lost_connection_and_a_busy_service_are_met_by_calling_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.001)
    seen: list[bytes] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        if len(seen) == 1:
            raise httpx.ConnectError("gone")
        if len(seen) < 4:
            return httpx.Response(503 if len(seen) == 2 else 429, json=Overloaded().as_json())
        return httpx.Response(202, json={"id": "c1", "state": "final", "new": "is ignored"})

    with ms.Client("http://there", transport=httpx.MockTransport(reply)) as client:
        assert client.submit(ASKED).state == "final"
    assert len(seen) == 4 and {json.dumps(json.loads(s)) for s in seen} == {json.dumps(ASKED)}


def test_patience_ends_with_the_sentence_of_the_service() -> None:
    busy = httpx.MockTransport(lambda _: httpx.Response(429, json=Overloaded().as_json()))
    with ms.Client("http://there", patience_s=0.0, transport=busy) as client, pytest.raises(Overloaded):
        client.submit(ASKED)

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    lost = ms.Client("http://there", patience_s=0.0, transport=httpx.MockTransport(gone))
    with pytest.raises(MindshareError, match="cannot be reached"):
        lost.case("c1")


def test_the_token_goes_along() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": request.headers["Authorization"], "state": "final"})

    with ms.Client("http://there", "secret", transport=httpx.MockTransport(reply)) as client:
        assert client.case("c1").id == "Bearer secret"
