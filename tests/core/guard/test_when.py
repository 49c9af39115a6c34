"""The conditions, and what is refused of what is written about rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.core.guard.read import read_guard
from mindshare.core.guard.situation import Situation
from mindshare.core.guard.when import read_when
from mindshare.core.guard.written import Names
from mindshare.core.records import Case

NAMES = Names(
    kinds=("loan", "post"), labels=("fraud", "fine"), features=("amount", "country"), agents=("lea",)
)


def case(**of: Any) -> Case:
    return Case(id="c", **of)


def holds(when: dict[str, Any], of: Case, **more: Any) -> bool:
    return read_when(when, "when").holds(Situation(case=of, at=100.0, **more))


def test_all_conditions_have_to_hold_and_any_word_of_a_list_does() -> None:
    when = {"kind": ["loan", "post"], "stakes": ">=5"}
    assert holds(when, case(kind="post", stakes=5.0))
    assert not holds(when, case(kind="post", stakes=4.9))
    assert not holds(when, case(kind="mail", stakes=9.0))
    assert holds({}, case())


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_numbers_are_compared_as_written(found: float, number: float) -> None:
    for sign, right in (
        (">", found > number),
        (">=", found >= number),
        ("<", found < number),
        ("<=", found <= number),
    ):
        assert holds({"feature.amount": f"{sign}{number!r}"}, case(features={"amount": found})) is right


def test_words_and_numbers_of_features_are_the_same_however_they_are_written() -> None:
    assert holds({"feature.floor": 3}, case(features={"floor": 3.0}))
    assert holds({"feature.floor": [2, 3]}, case(features={"floor": "3"}))
    assert holds({"feature.country": "DE"}, case(features={"country": "DE"}))
    assert not holds({"feature.country": "DE"}, case(features={"country": "FR"}))


@pytest.mark.parametrize("amount", [{}, {"amount": ""}, {"amount": float("nan")}, {"amount": "a lot"}])
def test_what_is_not_known_counts_as_if_it_held(amount: dict[str, Any]) -> None:
    when = read_when({"feature.amount": ">1000"}, "when")
    s = Situation(case=case(features=amount), at=0.0)
    assert when.holds(s)
    assert when.why(s) == ", because amount is not known"
    assert holds({"group": "old"}, case())


def test_nothing_is_said_of_a_verdict_before_one_is_proposed() -> None:
    assert not holds({"label": "fraud"}, case())
    assert not holds({"belief": "<0.9"}, case())
    assert holds({"label": "fraud", "belief": "<0.9"}, case(), label="fraud", belief=0.8)


def test_a_case_may_have_waited_too_long() -> None:
    assert holds({"waited": ">60"}, case(arrived=10.0))
    assert not holds({"waited": ">60"}, case(arrived=50.0))


def test_a_reason_says_what_held() -> None:
    when = read_when({"kind": ["loan", "post"], "stakes": ">=5", "feature.amount": ">1000"}, "when")
    s = Situation(case=case(kind="loan", stakes=7.0, features={"amount": 2e3}), at=0.0)
    assert when.why(s) == ", because kind is loan and stakes >= 5 and amount > 1000"


WRONG = [
    ({"never_automat": None}, "guard has no key 'never_automat'", "Did you mean 'never_automate'?"),
    (
        {"two_persons": {"adjudicator": ["lea"]}},
        "guard.two_persons has no key",
        "Did you mean 'adjudicators'?",
    ),
    ({"two_persons": {"adjudicators": ["leo"]}}, "adjudicators names 'leo'", "Did you mean 'lea'?"),
    ({"mandatory_review": {"when": {"kind": "loans"}}}, "guard.mandatory_review.when.kind", "'loan'?"),
    ({"mandatory_review": [{}, {"when": {"labl": "fraud"}}]}, "guard.mandatory_review[1].when", "'label'?"),
    ({"mandatory_review": {"when": {"feature.amont": ">1"}}}, "the feature 'amont'", "'amount'?"),
    ({"mandatory_review": {"when": {"stakes": 5}}}, "such as '>=5'", "5"),
    ({"mandatory_review": {"when": {"belief": "<90"}}}, "from 0 to 1", "'<90'"),
    ({"mandatory_review": {"when": {"feature.amount": "=>5"}}}, "such as '>=5'", "=>5"),
    ({"mandatory_review": {"when": {"feature.country": True}}}, "need quotes", "True"),
    ({"mandatory_review": {"when": {"kind": []}}}, "empty list", "leave the key out"),
    ({"mandatory_review": {"when": 5}}, "must hold keys and values", "5"),
    ({"mandatory_review": {"people": 0}}, "whole number >= 1", "0"),
    ({"opt_out": {"machines_attend": "no"}}, "true or false", "'no'"),
    ({"opt_out": {"when": {"label": "fraud"}}}, "guard.opt_out.when has no key 'label'", "keys are"),
    ({"audit_share": {"share": 2}}, ">= 0 and <= 1", "2"),
    ({"audit_share": {}}, "guard.audit_share.share must be a number", "None"),
    ({"audit_share": {"share": 0}}, "Leave the rule out", "0"),
    ({"audit_share": {"share": 0.1, "when": {"belief": "<0.5"}}}, "has no key 'belief'", "keys are"),
    ({"stop": {"safe": {"loan": "denied"}}}, "hold, escalate, deny", "Did you mean 'deny'?"),
    ({"stop": {"safe": {"laon": "deny"}}}, "has no key 'laon'", "Did you mean 'loan'?"),
    ({"stop": {"safe": {"loan": {"label": "frod"}}}}, "names 'frod'", "'fraud'?"),
    ({"stop": [{}]}, "once for all kinds", "no list"),
    ([], "guard must hold keys and values", "[]"),
]


@pytest.mark.parametrize(("written", "where", "near"), WRONG, ids=lambda each: str(each)[:40])
def test_what_is_not_understood_is_refused_in_a_sentence(written: Any, where: str, near: str) -> None:
    with pytest.raises(MindshareError) as refused:
        read_guard(written, b"key", NAMES)
    assert where in str(refused.value)
    assert near in str(refused.value)


def test_an_audit_without_a_key_is_refused() -> None:
    with pytest.raises(MindshareError, match="could be foreseen"):
        read_guard({"audit_share": {"share": 0.1}})


def test_stop_and_opt_out_are_there_though_nobody_wrote_them() -> None:
    assert [rule.name for rule in read_guard(None)] == ["opt_out", "stop"]
    assert [rule.name for rule in read_guard({"stop": None})] == ["stop", "opt_out"]


def test_a_rule_may_stand_there_several_times() -> None:
    written = {"mandatory_review": [{"when": {"kind": "loan"}}, {"when": {"label": "fraud"}, "people": 2}]}
    assert [rule.name for rule in read_guard(written, names=NAMES)][:2] == ["mandatory_review"] * 2
