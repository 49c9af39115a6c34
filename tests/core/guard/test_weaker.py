"""What other rules would no longer check: whatever goes or holds for less is told, what is as strict or stricter is not."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from mindshare.core.guard.read import read_guard
from mindshare.core.guard.ruling import rule_on
from mindshare.core.guard.situation import Heard, Situation
from mindshare.core.guard.weaker import check_of, no_longer
from mindshare.core.records import Case

Guard = dict[str, Any]
LOAN: Guard = {"when": {"kind": "loan"}}


def told(before: Guard, after: Guard) -> list[str]:
    return no_longer(read_guard(before, b"key"), read_guard(after, b"key"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"mandatory_review": {}}),
        ({"mandatory_review": {}}, {"mandatory_review": {"people": 2}}),
        ({"mandatory_review": {}}, {"never_automate": {}}),
        ({"mandatory_review": {"people": 2}}, {"two_persons": {}}),
        ({"never_automate": LOAN}, {"two_persons": {}}),
        ({"mandatory_review": LOAN}, {"mandatory_review": {"when": {"kind": ["loan", "post"]}}}),
        (
            {"mandatory_review": {"when": {"kind": "loan", "feature.amount": ">1000"}}},
            {"mandatory_review": {"when": {"feature.amount": ">500"}}},
        ),
        (
            {"mandatory_review": {"when": {"belief": "<0.8"}}},
            {"mandatory_review": {"when": {"belief": "<0.9"}}},
        ),
        ({"audit_share": {"share": 0.02}}, {"audit_share": {"share": 0.05}}),
        ({"two_persons": {"adjudicators": ["lea", "ana"]}}, {"two_persons": {"adjudicators": ["lea"]}}),
        ({"opt_out": {"machines_attend": True}}, {"opt_out": {}}),
        ({}, {"opt_out": {"when": {"feature.consent": "no"}}}),
        ({"stop": {"safe": {"loan": "deny"}}}, {"stop": {"safe": {"loan": "escalate"}}}),
        ({"stop": {"safe": {"loan": "deny"}}}, {}),
    ],
)
def test_what_is_as_strict_is_covered(before: Guard, after: Guard) -> None:
    assert told(before, after) == []
    assert told(before, before) == [] and told(after, after) == []


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ({"mandatory_review": {}}, {}, "1 person has to answer"),
        ({"mandatory_review": {"people": 2}}, {"mandatory_review": {}}, "2 people have to answer"),
        ({"mandatory_review": {"people": 2}}, {"never_automate": {}}, "2 people have to answer"),
        ({"mandatory_review": {}}, {"mandatory_review": LOAN}, "1 person has to answer"),
        (
            {"mandatory_review": {"when": {"feature.amount": ">500"}}},
            {"mandatory_review": {"when": {"feature.amount": ">1000"}}},
            "where amount > 500, 1 person has to answer",
        ),
        (
            {"mandatory_review": {"when": {"belief": "<0.9"}}},
            {"mandatory_review": {"when": {"belief": "<0.8"}}},
            "where belief < 0.9, 1 person has to answer",
        ),
        (
            {"never_automate": LOAN},
            {"mandatory_review": {}},
            "where kind is loan, a person has to confirm the verdict",
        ),
        (
            {"never_automate": {"when": {"kind": ["loan", "post"]}}},
            {"never_automate": LOAN},
            "where kind is loan or post, a person has to confirm the verdict",
        ),
        (
            {"audit_share": {"share": 0.05}},
            {"audit_share": {"share": 0.02}},
            "5 % of the cases are drawn for a blind review",
        ),
        (
            {"two_persons": {"adjudicators": "lea"}},
            {"two_persons": {}},
            "two different people have to say the same, else lea decides",
        ),
        (
            {"two_persons": {}},
            {"mandatory_review": {"people": 2}},
            "two different people have to say the same",
        ),
        (
            {},
            {"opt_out": {"machines_attend": True}},
            "where the case is opted out, a person decides and no machine is asked",
        ),
        (
            {"opt_out": {"when": {"feature.consent": "no"}}},
            {},
            "where the case is opted out, or consent is no, a person decides and no machine is asked",
        ),
        ({}, {"stop": {"safe": {"loan": "deny"}}}, "while STOP is on, a case waits"),
        (
            {"stop": {"safe": {"loan": {"label": "no"}, "*": "escalate"}}},
            {"stop": {"safe": {"loan": {"label": "yes"}, "*": "escalate"}}},
            "while STOP is on, a case goes to a person and a case of kind loan gets the label no",
        ),
    ],
)
def test_what_goes_or_holds_for_less_is_told_in_words(before: Guard, after: Guard, why: str) -> None:
    assert told(before, after) == [why]


def test_every_rule_has_words_for_what_it_checks() -> None:
    every = {"mandatory_review": {}, "never_automate": {}, "two_persons": {}, "audit_share": {"share": 0.1}}
    words = [check_of(rule) for rule in read_guard(every, b"key")]
    assert len(words) == 6 == len(set(words))


WHENS = (
    {},
    {"kind": "loan"},
    {"kind": ["loan", "post"]},
    {"stakes": ">=2"},
    {"stakes": ">1"},
    {"belief": "<0.8"},
    {"label": "no"},
)
SOME: list[Guard] = [{"when": dict(a) | dict(b)} for a in WHENS[:5] for b in WHENS[3:]]


def some_guard(chance: Random) -> Guard:
    """A few rules at random."""
    guard: Guard = {}
    for name in chance.sample(["mandatory_review", "never_automate", "two_persons", "audit_share"], 2):
        body = dict(chance.choice(SOME)) if name != "audit_share" else {"share": chance.choice([0.3, 0.7])}
        guard[name] = body | ({"people": chance.choice([1, 2])} if name == "mandatory_review" else {})
    return guard


def some_situation(chance: Random) -> Situation:
    """A case with a few answers of people, and a verdict that is proposed."""
    labels = ("yes", "no")
    case = Case(
        id=f"c{chance.randrange(50)}",
        kind=chance.choice(["loan", "post", ""]),
        stakes=chance.choice([1.0, 1.5, 3.0]),
    )
    heard = [Heard(p, "person", chance.choice(labels)) for p in ("ana", "ben", "cem")[: chance.randrange(4)]]
    return Situation(
        case=case, at=0.0, heard=tuple(heard), label=chance.choice(labels), belief=chance.choice([0.7, 0.9])
    )


def test_where_nothing_is_told_to_go_no_verdict_stands_that_did_not_stand_before() -> None:
    chance, covered = Random(7), 0
    for _ in range(4_000):
        before, after = (read_guard(some_guard(chance), b"key") for _ in range(2))
        if no_longer(before, after):
            continue
        covered += 1
        for _ in range(40):
            at = some_situation(chance)
            assert rule_on(before, at).may_stand(at) or not rule_on(after, at).may_stand(at), (
                before,
                after,
                at,
            )
    assert covered > 40
