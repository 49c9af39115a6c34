"""A day of a person and one of a lead with the Python client, against a real service; and that nothing of the API is left out."""

from __future__ import annotations

import asyncio
import inspect
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest

import mindshare as ms
from mindshare.core.errors import Conflict, MindshareError, NotThere
from mindshare.web.calls import cases, charge, people
from mindshare.web.calls.call import Call
from mindshare.web.client import Asked
from mindshare.web.said import Lease, Said
from tests.tickets import LABELS
from tests.web.described import tree
from tests.web.real import Real

LEFT_OUT = {  # what programs, and whoever sets a service up, do once
    "/healthz", "/metrics", "/v1/accounts", "/v1/accounts/{account_id}", "/v1/tokens", "/v1/tokens/{number}", "/v1/webhooks",
    "/v1/webhooks/{number}", "/v1/webhooks/{number}/deliveries", "/v1/events/stream", "DELETE /v1/session",
    "/v1/links", "/v1/links/accept", "/v1/service", "/v1/settings", "/v1/first-cases", "/v1/read-cases", "/v1/export",
}  # fmt: skip
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
SENT = {"features": {"by": "chat", "words": 40},
        "answers": [{"agent": "large_bot", "label": LABELS[0], "confidence": 0.5}, {"agent": "small_bot", "label": LABELS[1]}]}  # fmt: skip


@pytest.fixture
def real(folder: Callable[..., Path]) -> Iterator[Real]:
    server = Real(folder(guard={"mandatory_review": {}}))
    yield server
    server.stop()


def client(real: Real, role: str) -> ms.Client:
    return ms.Client(f"http://127.0.0.1:{real.port}", real.tokens[role])


def lease_of(person: ms.Client) -> Lease:
    lease = person.next(wait_s=5)
    assert lease is not None
    return lease


def test_a_day_of_a_person(real: Real) -> None:
    with client(real, "lead") as lead, client(real, "person") as ana:
        assert ana.sheets() == []
        with pytest.raises(NotThere, match="no sheet"):
            ana.sheet("Today")
        for name in ("n1", "n2"):
            lead.submit({"id": name, **SENT})
        first = lease_of(ana)
        later = ana.beat(first, held=True)
        assert later.case == first.case and later.until >= first.until
        second = lease_of(ana)
        assert second.case != first.case
        ana.skip(second, reason="not mine")
        with pytest.raises(Conflict):
            ana.skip(second)
        heard = ana.answer(first, Said(LABELS[2], comment="by hand"))
        assert heard.id == first.case and heard.verdict is None
        back = ana.undo(first.case)
        assert back.case == first.case and back.token != first.token
        ana.answer(back, LABELS[0])
        me = ana.person("ana")
        assert me.on_shift and me.has == 0 and me.why_not is None
        own = ana.me()
        assert own.person == "ana" and own.today["answers"] == own.answers == 2 and own.left is None
        lead.submit({"id": "n3", **SENT, "show": {"image": lead.bring(GIF, "image/gif").digest}})
        third = ana.next(wait_s=5)
        while third is not None and third.case != "n3":
            ana.answer(third, LABELS[0])
            third = ana.next(wait_s=5)
        assert third is not None and ana.media(third.show["image"]) == GIF
        ana.escalate(third, "not for me")
        seen = lead.seen("n3")
        assert seen.escalated is not None and seen.escalated["reason"] == "not for me"
        assert [c.id for c in lead.cases(state="escalated").cases] == ["n3"]
        with pytest.raises(NotThere):
            ana.media(third.show["image"])
        ana.shift(on=False)
        assert not ana.person("ana").on_shift
        assert [p.id for p in ana.people()] and "large_bot" in ana.machines()


def test_a_lead_decides_and_asks_why(real: Real) -> None:
    with client(real, "lead") as lead:
        lead.submit_many([{"id": name, **SENT} for name in ("n1", "n2", "n3")])
        assert lead.why("n1")
        stands = lead.override("n1", LABELS[2], "seen by hand")
        assert stands.verdict is not None and (stands.verdict.label, stands.verdict.by) == (
            LABELS[2],
            "override",
        )
        assert lead.reverse("n1", LABELS[0], "seen again").verdict.version == 2  # type: ignore[union-attr]
        assert lead.outcome("n1", LABELS[0]).outcome == LABELS[0]
        assert lead.reopen("n1", "they appeal").state == "reopened"
        assert lead.cancel("n2", "withdrawn").state == "cancelled"
        assert [c.id for c in lead.cases(state="cancelled").cases] == ["n2"]
        steps = lead.story("n1").steps
        assert [s["is"] for s in steps][:2] == ["received", "waiting"]
        other = lead.otherwise("n3", said={"ana": LABELS[2]}, without=["small_bot"])
        assert other.otherwise.label in LABELS and sum(other.otherwise.belief.values()) == pytest.approx(1.0)
        assert lead.erase("n2").id == "n2"
        with pytest.raises(NotThere, match="erased"):
            lead.why("n2")
        assert lead.erase_subject("nobody") == lead.erase_subject("nobody")
        named = lead.events(only=["overridden"])
        assert [e["case"] for e in named.events] == ["n1", "n1"]


def test_a_lead_looks_after_limits_stops_and_people(real: Real) -> None:
    with client(real, "lead") as lead, client(real, "admin") as admin:
        assert lead.limits()["human_answers"].limit == 50
        assert lead.change_limits({"human_answers": 60})["human_answers"].limit == 60
        assert lead.stop(reason="a bad model") == {"": "lea"} == lead.stops()
        assert lead.resume().needs == "a second account"
        assert admin.resume().resumed and not lead.stops()
        assert not lead.change_person("ben", active=False).active
        week = {"zone": "UTC", "week": {"mon-sun": "00:00-24:00"}, "minutes": 90}
        told = lead.change_hours("ben", week)
        assert told == lead.hours("ben") and told.shifts is not None and told.settings is None
        assert told.shifts["minutes"] == 90 and told.changed is not None and told.changed["by"] == "lea"
        assert lead.change_hours("ben", None).changed is None
        code = lead.invite("dora").code
        lead.accept(code, "correct horse battery")
        with ms.Client(
            f"http://127.0.0.1:{real.port}", lead.sign_in("dora", "correct horse battery")
        ) as dora:
            assert dora.next() is None
        assert lead.board().limits["human_answers"]["limit"] == 60
        assert lead.what_if().state == "none"
        lead.start_what_if({"human_answers": 10})
        assert lead.cancel_what_if().state in ("cancelled", "failed", "done")


def test_the_awaiting_client_has_the_same_calls(real: Real) -> None:
    async def day() -> str:
        async with ms.AsyncClient(f"http://127.0.0.1:{real.port}", real.tokens["lead"]) as lead:
            await lead.submit({"id": "n1", **SENT})
            return await lead.why("n1")

    assert asyncio.run(day())
    for name, call in vars(ms.Client.__mro__[1]).items():
        if isinstance(call, Asked):
            assert getattr(ms.AsyncClient, name) is getattr(ms.Client, name)


def functions_of(module: ModuleType) -> dict[str, Callable[..., Call[object]]]:
    return {
        n: f
        for n, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__ and n[0] != "_"
    }


EVERY = {name: f for module in (cases, people, charge) for name, f in functions_of(module).items()}


def test_every_call_is_of_both_clients_and_says_what_it_does() -> None:
    had = {call._call for call in vars(ms.Client.__mro__[1]).values() if isinstance(call, Asked)}
    assert had == set(EVERY.values())
    assert all(f.__doc__ for f in EVERY.values())
    page = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8")
    names = {name for name, call in vars(ms.Client.__mro__[1]).items() if isinstance(call, Asked)}
    assert not [name for name in names if f"`{name}`" not in page]


def test_every_route_of_a_day_is_a_call() -> None:
    lease = Lease("c", 1, 0.0, [])
    given = {
        "case": {},
        "cases": [{}],
        "lease": lease,
        "on": True,
        "active": True,
        "limit": {},
        "limits": {},
        "shifts": {},
    }
    made = set()
    for f in EVERY.values():
        needs = [p.name for p in inspect.signature(f).parameters.values() if p.default is p.empty]
        call = f(**{name: given.get(name, "x") for name in needs})
        made.add(f"{call.method} {re.sub('/x(?=/|$)', '/{id}', call.path.partition('?')[0])}")
    routes = {
        f"{method.upper()} {re.sub('{.*}', '{id}', path)}"
        for path, operations in tree()["paths"].items()
        for method in operations
        if path not in LEFT_OUT and f"{method.upper()} {path}" not in LEFT_OUT
    }
    assert made == routes


def test_what_would_be_done_twice_is_not_sent_again_once_the_connection_is_lost() -> None:
    sent: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        raise (httpx.ConnectError if len(sent) == 1 else httpx.ReadError)("gone")

    with ms.Client("http://there", transport=httpx.MockTransport(reply)) as lead:
        began = time.monotonic()
        with pytest.raises(MindshareError, match="Look before you ask again"):
            lead.override("c1", "yes", "seen")
    assert len(sent) == 2 and time.monotonic() - began < 5  # the first one was never sent
