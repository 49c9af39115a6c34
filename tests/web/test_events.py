"""Events as others see them: pages that go on where the last one ended, names, nothing that is ours alone."""

from __future__ import annotations

from tests.web.conftest import Live


def test_pages_of_events_are_in_order_and_whole(live: Live) -> None:
    for i in range(5):
        live.case(id=f"c{i}")
    every = live.ask("reader", "GET", "/v1/events", params={"limit": 1_000}).json()
    ids = [event["id"] for event in every["events"]]
    assert len(set(ids)) == len(ids) and {"started", "received"} <= {event["is"] for event in every["events"]}
    assert not {"paced", "ticked"} & {event["is"] for event in every["events"]}
    seen, after = [], "0"
    while True:
        page = live.ask("reader", "GET", "/v1/events", params={"limit": 2, "after": after}).json()
        if page["next"] == after:
            break
        seen += [event["id"] for event in page["events"]]
        after = page["next"]
    assert seen == ids
    assert [
        e["id"]
        for e in live.ask("reader", "GET", "/v1/events", params={"after": ids[2], "limit": 1_000}).json()[
            "events"
        ]
    ] == ids[3:]


def test_events_are_asked_for_by_name(live: Live) -> None:
    live.case(id="a")
    told = live.ask("reader", "GET", "/v1/events", params={"only": "received,outcome"}).json()["events"]
    assert [event["case"] for event in told] == ["a"]
    wrong = live.ask("reader", "GET", "/v1/events", params={"only": "recieved"})
    assert wrong.status_code == 400 and "received" in wrong.json()["error"]["message"]
    for place in ("x", "-1", "1-", "1-x", "1-2-3", "٣", "9" * 30):
        assert live.ask("reader", "GET", "/v1/events", params={"after": place}).status_code == 400, place


def test_a_mistyped_word_of_a_query_is_not_passed_over(live: Live) -> None:
    told = live.ask("reader", "GET", "/v1/events", params={"limt": 3})
    assert told.status_code == 422 and told.json()["error"]["message"].endswith("Did you mean 'limit'?")


def test_events_hold_no_contents_of_cases(live: Live) -> None:
    live.case(id="a", features={"by": "secret-word"}, show={"text": "secret-word"})
    lease = live.lease()
    live.ask(
        "person",
        "POST",
        "/v1/answers",
        {"case": "a", "token": lease["token"], "label": "bug", "comment": "secret-word"},
    )
    told = live.ask("reader", "GET", "/v1/events", params={"limit": 1_000})
    assert "answered" in told.text and "secret-word" not in told.text
