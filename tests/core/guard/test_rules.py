"""Each rule on its own."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.guard.audit_share import AuditShare
from mindshare.core.guard.draw import is_drawn
from mindshare.core.guard.mandatory_review import MandatoryReview
from mindshare.core.guard.never_automate import NeverAutomate
from mindshare.core.guard.opt_out import OptOut
from mindshare.core.guard.ruling import FREE, Safe, rule_on
from mindshare.core.guard.situation import EVERY, Heard, Situation
from mindshare.core.guard.stop import Stop
from mindshare.core.guard.two_persons import TwoPersons
from mindshare.core.guard.when import read_when
from mindshare.core.records import Case


def situation(*said: tuple[str, str | None], label: str | None = "yes", **more: object) -> Situation:
    heard = tuple(
        Heard(agent, "machine" if agent.endswith("bot") else "person", answer) for agent, answer in said
    )
    kind = str(more.pop("kind", "loan"))
    made = Situation(case=Case(id="c1", kind=kind), at=0.0, heard=heard, label=label, belief=0.99)
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_mandatory_review_needs_people_and_leaves_the_verdict_to_the_belief() -> None:
    rule = MandatoryReview(people=2)
    once, twice = situation(("ana", "no")), situation(("ana", "no"), ("ben", "no"))
    assert not rule.ruling(once).may_stand(once)
    assert rule.ruling(twice).may_stand(twice)
    assert not rule.ruling(twice).confirm


def test_one_person_answering_twice_is_one_person() -> None:
    s = situation(("ana", "no"), ("ana", "yes"))
    assert [h.label for h in s.people()] == ["yes"]
    assert MandatoryReview(people=2).ruling(s).people_missing(s) == 1


def test_who_cannot_tell_has_not_reviewed() -> None:
    s = situation(("ana", "yes"), ("ana", None), ("ben", None))
    assert s.people() == ()


def test_what_is_never_automated_needs_a_person_who_says_so() -> None:
    rule = NeverAutomate()
    for said, stands in (
        ((), False),
        ((("bot", "yes"),), False),
        ((("ana", "no"),), False),
        ((("ana", "yes"),), True),
    ):
        s = situation(*said)
        assert rule.ruling(s).may_stand(s) is stands
        assert rule.ruling(s).confirm


def test_two_persons_who_agree_decide() -> None:
    s = situation(("ana", "no"), ("bot", "yes"), ("ben", "no"), ("cem", "yes"))
    ruling = TwoPersons().ruling(s)
    assert ruling.labels == {"no"}
    assert not ruling.may_stand(s)
    assert ruling.may_stand(replace(s, label="no"))


def test_the_second_person_does_not_see_the_first_and_the_third_may_see_both() -> None:
    assert TwoPersons().ruling(situation(("ana", "no"))).blind
    assert not TwoPersons().ruling(situation(("ana", "no"), ("ben", "yes"))).blind


def test_where_two_persons_differ_a_third_decides() -> None:
    rule = TwoPersons(adjudicators=frozenset({"lea", "ana"}))
    differ = situation(("ana", "no"), ("ben", "yes"))
    ruling = rule.ruling(differ)
    assert ruling.people_missing(differ) == 1
    assert not ruling.may_stand(differ)
    assert [p for p in ("cem", "lea") if ruling.may_attend(p, "person")] == ["lea"]
    passed_by = situation(("ana", "no"), ("ben", "yes"), ("cem", "yes"))
    assert rule.ruling(passed_by).labels == frozenset()
    decided = situation(("ana", "no"), ("ben", "yes"), ("cem", "yes"), ("lea", "no"))
    assert rule.ruling(decided).labels == {"no"}
    assert not rule.ruling(decided).people_missing(decided)


def test_an_opt_out_keeps_machines_away_unless_they_may_advise() -> None:
    s = situation(("bot", "yes"), opted_out=True)
    assert not OptOut().ruling(s).may_attend("bot", "machine")
    assert OptOut(machines_attend=True).ruling(s).may_attend("bot", "machine")
    assert not OptOut(machines_attend=True).ruling(s).may_stand(s)
    assert OptOut().ruling(situation()) is FREE


def test_a_case_can_say_itself_that_it_is_opted_out() -> None:
    rule = OptOut.from_config({"when": {"feature.consent": "no"}})
    asked, open_ = Case(id="a", features={"consent": "no"}), Case(id="b", features={"consent": "yes"})
    assert not rule.ruling(Situation(case=asked, at=0.0)).machines_may_decide
    assert rule.ruling(Situation(case=open_, at=0.0)) is FREE


def test_stop_says_what_is_safe_and_lets_people_decide() -> None:
    rule = Stop.from_config({"safe": {"loan": "deny", "post": {"label": "fine"}}})
    assert rule.ruling(situation()) is FREE
    on = situation(("bot", "yes"), stopped=frozenset({"loan"}))
    assert rule.ruling(on).safe == Safe("deny")
    assert not rule.ruling(on).may_stand(on)
    by_a_person = replace(on, heard=(Heard("ana", "person", "yes"),))
    assert rule.ruling(by_a_person).may_stand(by_a_person)
    assert rule.ruling(situation(kind="post", stopped=frozenset({"loan"}))) is FREE
    assert rule.ruling(situation(kind="post", stopped=frozenset({EVERY}))).safe == Safe("label", "fine")
    assert rule.ruling(situation(kind="other", stopped=frozenset({EVERY}))).safe == Safe("hold")


def test_two_declared_ends_that_differ_go_to_a_person() -> None:
    on = situation(stopped=frozenset({EVERY}))
    made = [Stop(safe={EVERY: safe}) for safe in (Safe("deny"), Safe("label", "no"))]
    assert rule_on(made, on).safe == Safe("escalate")
    assert rule_on([*made, Stop()], on).safe == Safe("hold")


@settings(max_examples=20, deadline=None)
@given(st.sampled_from((0.01, 0.05, 0.3)), st.binary(min_size=1, max_size=8))
def test_the_audit_draws_its_share_and_the_same_cases_again(share: float, key: bytes) -> None:
    ids = [f"case-{i}" for i in range(4000)]
    drawn = [i for i in ids if is_drawn(key, i, share)]
    assert abs(len(drawn) - share * len(ids)) < 6 * (share * (1 - share) * len(ids)) ** 0.5
    assert drawn == [i for i in ids if is_drawn(key, i, share)]
    assert set(drawn) <= {i for i in ids if is_drawn(key, i, 2 * share)}


def test_all_or_nothing_is_drawn_at_the_ends() -> None:
    assert all(is_drawn(b"k", str(i), 1.0) for i in range(500))
    assert not any(is_drawn(b"k", str(i), 0.0) for i in range(500))


def test_another_key_draws_other_cases() -> None:
    ids = [str(i) for i in range(4000)]
    one, other = ({i for i in ids if is_drawn(key, i, 0.1)} for key in (b"one", b"other"))
    assert 10 < len(one & other) < 80  # 40 by chance


def test_an_audit_is_blind_and_over_once_somebody_answered_who_was_shown_nothing() -> None:
    rule = AuditShare(share=1.0, key=b"k")
    shown = replace(situation(), heard=(Heard("ana", "person", "yes", shown=True),))
    assert rule.ruling(shown).people_missing(shown) == 1
    assert rule.ruling(shown).blind
    done = replace(shown, heard=(*shown.heard, Heard("ben", "person", "no")))
    assert rule.ruling(done).may_stand(done)
    assert rule.ruling(done).audited


def test_the_chance_of_an_audit_is_recorded_of_all_cases_that_might_have_been_drawn() -> None:
    rule = AuditShare(share=0.25, key=b"k", when=read_when({"kind": "loan"}, "when"))
    ids = [str(i) for i in range(400)]
    made = [rule.ruling(Situation(case=Case(id=i, kind="loan"), at=0.0)) for i in ids]
    assert {r.audit_chance for r in made} == {0.25}
    assert 60 < sum(r.audited for r in made) < 140
    assert rule.ruling(Situation(case=Case(id="1", kind="post"), at=0.0)).audit_chance == 0.0


def test_weighing_by_the_chance_of_the_largest_share_is_unbiased() -> None:
    """Draws are nested, so of two shares the larger is the chance that a case is drawn at all."""
    two = [AuditShare(share=0.1, key=b"k"), AuditShare(share=0.4, key=b"k")]
    made = [rule_on(two, Situation(case=Case(id=str(i)), at=0.0)) for i in range(5000)]
    total = sum(1 / r.audit_chance for r in made if r.audited)
    assert abs(total / 5000 - 1) < 0.1


def test_the_key_of_the_audit_is_not_printed() -> None:
    assert "secret" not in repr(AuditShare(share=0.5, key=b"secret"))
