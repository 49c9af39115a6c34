"""Names in the settings that are those of nothing do not pass unseen."""

from __future__ import annotations

from typing import Any

import pytest

from mindshare.core.errors import MindshareError
from mindshare.core.guard.read import read_guard
from mindshare.core.guard.written import Names
from mindshare.engine.naming import known_of, unknown
from mindshare.engine.settings import settings_of
from tests.engine.world import tickets

SHIFT = {"zone": "UTC", "week": {"mon": "09:00-17:00"}}
NET = {"runs": {"endpoint": "https://example.org"}}


def looked(**told: Any) -> list[str]:
    """What a service of tickets says of these settings."""
    history, model = tickets()
    settings = settings_of(told, "test")
    rules = read_guard(settings.guard, b"key", Names(kinds=()))
    return unknown(settings, rules, known_of(history.team, {"": model}, (), settings))


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"limits": {"foo": {"limit": 3}}}, "limits.foo limits nothing"),
        ({"limits": {"people.minuts": {"limit": 3}}}, "Did you mean 'people.minutes'"),
        ({"limits": {"anna.minutes": {"limit": 3}}}, "limits.anna.minutes: 'anna' .* Did you mean 'ana'"),
        ({"people": {"anna": SHIFT}}, "whoever is new joins first, .* Did you mean 'ana'"),
        ({"guard": {"never_automate": {"when": {"feature.wrods": ">1"}}}}, "Did you mean 'words'"),
        ({"guard": {"never_automate": {"when": {"kind": "loan"}}}}, "one kind of cases only"),
        (
            {"guard": {"two_persons": {"when": {"label": "bug"}, "adjudicators": ["anna"]}}},
            "Did you mean 'ana'",
        ),
        ({"exposure": [{"tag": "x", "when": {"feature.wrods": ">1"}, "per_day": 1}]}, "Did you mean 'words'"),
        ({"kinds": {"loan": {}}}, "there is one kind only"),
        ({"kinds": {"default": {"show": ["wrods"]}}}, "Did you mean 'words'"),
        ({"machines": {"net": NET | {"kinds": ["loan"]}}}, "there is one kind only"),
        ({"machines": {"ana": NET}}, "'ana' is a person here"),
        ({"machines": {"net": NET | {"uses": {"cpu": 1.0}}}}, "Did you mean 'cpu_s'"),
    ],
)
def test_what_is_no_name_or_nearly_a_known_one_is_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(MindshareError, match=why):
        looked(**told)


def test_what_may_come_later_is_told_in_a_sentence() -> None:
    rule = {"never_automate": {"when": {"feature.amount": ">1"}}}
    assert looked(people={"zoe": SHIFT}, guard=rule, limits={"zoe.minutes": {"limit": 3}}) == [
        "people.zoe: nobody called 'zoe' is here yet.",
        "limits.zoe.minutes: nobody called 'zoe' is here yet.",
        "guard.never_automate.when.feature.amount: no case had a feature 'amount' when the models were learnt.",
    ]


def test_whoever_has_joined_is_known_and_a_person_whose_name_differs_in_its_number_is_another_one() -> None:
    told = settings_of({"people": {"anna": SHIFT, "worker12": SHIFT}}, "test")
    history, model = tickets()
    known = known_of(history.team, {"": model}, ("anna", "worker1"), told)
    assert unknown(told, (), known) == ["people.worker12: nobody called 'worker12' is here yet."]


def test_what_machines_use_may_be_limited() -> None:
    told = {"limits": {"credits": {"limit": 3}}, "machines": {"net": NET | {"uses": {"credits": 1.0}}}}
    assert looked(**told) == []
