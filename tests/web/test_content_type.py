"""A body is JSON, whatever its sender says of it: `curl -d` says that it is a form, and every route takes it all the same."""

from __future__ import annotations

import json
import re

import pytest

from tests.web.conftest import Live
from tests.web.described import bodies, example, tree

TREE = tree()
BODIES = {f"{method} {path}": (method, path, schema) for method, path, schema in bodies(TREE)}
SAID = (
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data",
    None,
)  # the first one is curl's


@pytest.mark.parametrize("route", BODIES)
def test_a_body_without_a_word_that_it_is_json_is_taken_by_every_route(live: Live, route: str) -> None:
    method, path, schema = BODIES[route]
    body = json.dumps(example(schema, TREE))
    for said in SAID:
        headers = {"Authorization": f"Bearer {live.tokens['admin']}"} | (
            {"content-type": said} if said else {}
        )
        told = live.http.request(
            method,
            re.sub(r"\{\w+\}", "n1", path),
            content=body.encode(),
            headers=headers,
        )
        assert told.status_code != 422 and "not JSON" not in told.text, told.text


def test_all_routes_with_a_body_were_walked() -> None:
    assert len(BODIES) > 25
