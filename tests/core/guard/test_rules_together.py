"""What holds of any rules on any situation: nothing is allowed that one of them forbids, and their order does not matter."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.guard.audit_share import AuditShare
from mindshare.core.guard.mandatory_review import MandatoryReview
from mindshare.core.guard.never_automate import NeverAutomate
from mindshare.core.guard.opt_out import OptOut
from mindshare.core.guard.ruling import FREE, Rule, Safe, rule_on
from mindshare.core.guard.situation import EVERY, Heard, Situation
from mindshare.core.guard.stop import Stop
from mindshare.core.guard.two_persons import TwoPersons
from mindshare.core.guard.when import Condition, When
from mindshare.core.records import Case, Kind

KINDS, LABELS, PEOPLE, MACHINES = (
    ("loan", "post"),
    ("yes", "no"),
    ("ana", "ben", "cem", "dia"),
    ("bot", "net"),
)


def kind_of(agent: str) -> Kind:
    return "person" if agent in PEOPLE else "machine"


cases = st.builds(
    Case,
    id=st.text("abc1", min_size=1, max_size=4),
    kind=st.sampled_from(KINDS),
    group=st.sampled_from(("", "old", "young")),
    stakes=st.sampled_from((1.0, 5.0, 9.0)),
    features=st.dictionaries(
        st.sampled_from(("amount",)), st.sampled_from((5.0, 2000.0, float("nan"), "", "lots"))
    ),
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    who = st.sampled_from((*PEOPLE, *MACHINES))
    said = st.tuples(who, st.sampled_from((None, *LABELS)), st.booleans())
    heard = draw(st.lists(said, max_size=6))
    return Situation(
        case=draw(cases),
        at=0.0,
        heard=tuple(Heard(agent, kind_of(agent), label, None, shown) for agent, label, shown in heard),
        label=draw(st.sampled_from((None, *LABELS))),
        belief=draw(st.sampled_from((None, 0.4, 0.95))),
        excluded=frozenset(draw(st.sets(st.sampled_from(PEOPLE), max_size=2))),
        opted_out=draw(st.booleans()),
        stopped=frozenset(draw(st.sets(st.sampled_from((*KINDS, EVERY)), max_size=1))),
    )


conditions = st.sampled_from(
    (
        Condition("kind", ("loan",)),
        Condition("group", ("old",)),
        Condition("stakes", sign=">=", number=5.0),
        Condition("label", ("yes",)),
        Condition("belief", sign="<", number=0.9),
        Condition("feature.amount", sign=">", number=1000.0),
    )
)
whens = st.builds(When, st.lists(conditions, max_size=2).map(tuple))
safes = st.sampled_from(
    (Safe("hold"), Safe("escalate"), Safe("deny"), Safe("label", "no"), Safe("label", "yes"))
)
rules = st.one_of(
    st.builds(MandatoryReview, when=whens, people=st.integers(1, 3)),
    st.builds(NeverAutomate, when=whens),
    st.builds(
        TwoPersons, when=whens, adjudicators=st.sampled_from((None, frozenset({"cem"}), frozenset({"dia"})))
    ),
    st.builds(OptOut, when=st.one_of(st.none(), whens), machines_attend=st.booleans()),
    st.builds(AuditShare, share=st.sampled_from((0.1, 0.5, 1.0)), key=st.just(b"k"), when=whens),
    st.builds(Stop, safe=st.dictionaries(st.sampled_from((*KINDS, EVERY)), safes)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(rules, max_size=4), rules, situations())
def test_adding_a_rule_never_allows_what_another_forbids(some: list[Rule], more: Rule, s: Situation) -> None:
    before, after = rule_on(some, s), rule_on([*some, more], s)
    assert after.people_needed >= before.people_needed
    assert before.machines_may_decide or not after.machines_may_decide
    assert before.may_stand(s) or not after.may_stand(s)
    for agent in (*PEOPLE, *MACHINES):
        was = before.may_attend(agent, kind_of(agent))
        assert was or not after.may_attend(agent, kind_of(agent))
    for flag in ("blind", "confirm", "audited"):
        assert getattr(after, flag) or not getattr(before, flag)
    assert before.safe is None or after.safe is not None
    assert set(before.reasons) <= set(after.reasons)
    assert after.audit_chance >= before.audit_chance


@settings(max_examples=200, deadline=None)
@given(st.lists(rules, max_size=5), situations(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_rules_matters(
    some: list[Rule], s: Situation, chance: random.Random
) -> None:
    mixed = [*some, *some[:2]]
    chance.shuffle(mixed)
    assert rule_on(mixed, s) == rule_on(some, s)


@settings(max_examples=200, deadline=None)
@given(st.lists(rules, max_size=5), situations())
def test_every_restriction_has_a_reason_that_names_its_rule(some: list[Rule], s: Situation) -> None:
    ruling = rule_on(some, s)
    names = {rule.name for rule in some}
    assert {reason.rule for reason in ruling.reasons} <= names
    for reason in ruling.reasons:
        assert str(reason).startswith(f"{reason.rule}: ")
        assert reason.why.endswith(".")
        assert reason.why.count(".") == 1 + reason.why.count("0.9"), "one sentence"
    if not ruling.reasons:
        free: dict[str, Any] = {"excluded": s.excluded, "audit_chance": ruling.audit_chance}
        assert ruling == type(ruling)(**free)
    for rule in some:
        own = rule.ruling(s)
        assert own.reasons or (own.machines_may_decide and own.people_needed == 0)


@settings(max_examples=200, deadline=None)
@given(rules, situations())
def test_one_rule_alone_always_has_an_end(rule: Rule, s: Situation) -> None:
    """Once as many people have answered as it needs, some label may stand: nobody waits for ever."""
    ruling = rule.ruling(s)
    if ruling.safe is None and not ruling.people_missing(s):
        assert ruling.labels is None or ruling.labels


def test_without_rules_everything_is_allowed() -> None:
    s = Situation(case=Case(id="c"), at=0.0, label="yes", belief=0.5)
    assert rule_on((), s) is FREE
    assert FREE.may_stand(s)
    assert FREE.may_attend("bot", "machine")
    assert FREE.may_attend("ana", "person")


def test_who_has_no_say_is_neither_asked_nor_counted() -> None:
    heard = (Heard("ana", "person", "yes"), Heard("ben", "person", "yes"))
    s = Situation(case=Case(id="c"), at=0.0, heard=heard, label="yes", excluded=frozenset({"ben"}))
    ruling = rule_on([MandatoryReview(people=2)], s)
    assert ruling.people_missing(s) == 1
    assert not ruling.may_attend("ben", "person")
    assert not ruling.may_stand(s)
