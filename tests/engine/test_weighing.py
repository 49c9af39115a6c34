"""Machines that cost something are asked while their answer is worth more than it costs, by one rule with people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import mindshare as ms
from mindshare.core.guard.draw import is_drawn
from mindshare.core.pacing.replay import Rows, replay_limits
from mindshare.engine import events as ev
from mindshare.engine.attending import Said
from mindshare.engine.cases import DECIDED
from mindshare.engine.machining import Ran
from mindshare.engine.otherwise import Change, otherwise, seen
from mindshare.engine.overdue import AT_ONCE
from mindshare.engine.pace import new_pacer
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from mindshare.engine.story import story
from mindshare.engine.weighing import known
from mindshare.histories.assumed import ASSUMED
from tests.engine.world import World, mark_of, plain, ticket

RUNS = {"endpoint": "https://example.org"}
LARGE, SMALL = 0.5, 0.125  # CPU seconds of a run: sums of them are exact
CPU = {"limit": 40.0, "per_s": None}
LIMITS = {"human_answers": {"limit": 25.0, "per_s": None}, "cpu_s": CPU}


def bots(**more: Any) -> dict[str, Any]:
    return {
        "large_bot": {"runs": RUNS, "uses": {"cpu_s": LARGE}, **more},
        "small_bot": {"runs": RUNS, "uses": {"cpu_s": SMALL}, **more},
    }


def world(**settings: Any) -> World:
    told = {"machines": bots(), "limits": LIMITS, "cases": 120.0, "learn": False} | settings
    return World(model=plain()[1], **told)


def bare(i: int, **more: Any) -> bytes:
    return ticket(i, answers=[], **more)


def sent(w: World, i: int, **more: Any) -> Any:
    return w.step(lambda e: e.submit([bare(i, **more)])[0])


def ends(w: World, label: str = "bug", cpu_s: float | None = None) -> None:
    """All runs end with this label, and use what was expected."""
    for run in list(w.engine.state.runs.values()):
        used = {"cpu_s": run.use["cpu_s"] if cpu_s is None else cpu_s}
        w.step(lambda e, t=run.token, u=used: e.ran(t, Ran(label, None, "", u)))


def of(w: World, kind: type) -> list[Any]:
    return [e for e in w.events() if isinstance(e, kind)]


def test_a_stream_of_people_and_machines_is_the_replay_of_a_backtest_to_the_bit() -> None:
    history, model = plain()
    new = history.take(range(600, 720))
    a = new.answers
    w = world()
    people = [new.agent_id[k] for k in np.flatnonzero(new.is_person)]
    said = {
        (new.case_id[i], new.agent_id[k]): new.team.labels[y]
        for i, k, y in zip(a.case, a.agent, a.label, strict=True)
    }
    for i in range(len(new)):
        for person in people:
            if person not in w.engine.state.free:
                w.free(person)
        name = new.case_id[i]
        who = [p for p in people if (name, p) in said]
        case = sent(w, i, id=name, askable=who)
        while case.status != DECIDED:
            if case.runs:
                run = w.engine.state.runs[case.runs[0]]
                ran = Ran(said[name, run.machine], None, "", {"cpu_s": run.use["cpu_s"]})
                w.step(lambda e, t=run.token, r=ran: e.ran(t, r))
            else:
                lease = w.engine.state.leases[case.token]
                label = said[name, lease.person]
                w.step(lambda e, n=name, x=lease, y=label: e.answer(n, x.person, x.token, Said(y)))

    person = new.is_person[a.agent]
    amount = {"large_bot": LARGE, "small_bot": SMALL}
    cpu = np.array([amount.get(new.agent_id[k], 0.0) for k in a.agent])
    use = np.stack([person.astype(float), cpu], axis=1)
    stage, everybody = model.open(new), np.ones(len(a), bool)
    pacer, bought = new_pacer(w.made.settings, {"": model}, 0.0), list[Any]()
    decide = pacer.decide

    def noted(*given: Any, **more: Any) -> ms.Decision:
        told = decide(*given, **more)
        if told.option:
            price = dict(zip(pacer.resources, told.price.tolist(), strict=True))
            bought.append((told.value, told.net, price))
        return told

    pacer.decide = noted  # type: ignore[method-assign]
    pacer.reprice(0.0)  # as the first person does who asks for a case before any has come
    spent = replay_limits(
        Rows(a.indptr, everybody, use, use),
        ~everybody,
        lambda k, r: model.worth(stage, k, r),
        pacer,
        np.arange(len(new)),
    )
    asked = [e for e in w.events() if isinstance(e, ev.Leased | ev.Running)]
    assert [(e.case, e.agent) for e in asked] == [
        (new.case_id[a.case[r]], new.agent_id[a.agent[r]]) for r in spent.row
    ]
    assert 20 < sum(isinstance(e, ev.Running) for e in asked) < 2 * len(new)
    assert sum(isinstance(e, ev.Leased) for e in asked) > 5
    assert w.engine.spending.pacer.used == pacer.used
    assert [(e.value, e.net, e.price) for e in asked] == bought
    verdicts = model.verdicts(stage, spent.known)
    assert [e.label for e in of(w, ev.Decided)] == [new.team.labels[y] for y in verdicts]
    assert replayed(w.made, w.log).differences == ()


def test_a_machine_whose_worth_is_below_its_price_is_not_run_and_the_case_tells_why() -> None:
    w = world(machines=bots(uses={"cpu_s": 20.0}), cases=10_000.0)
    for i in range(8):
        sent(w, i)
        ends(w)
    dear = [m for e in of(w, ev.Weighed) for m in e.machines if m.why in ("dear", "full")]
    assert dear and all(m.net == m.value - m.cost for m in dear)
    assert all(m.net <= 0 for m in dear if m.why == "dear")
    assert len(of(w, ev.Running)) <= 2
    case = w.engine.case("n7")
    told = seen(case, w.engine).why()
    assert "large_bot was not run: " in told and "small_bot was not run: " in told
    steps = story(w.log, seen(case, w.engine))["steps"]
    [weighed] = [s for s in steps if s["is"] == "weighed"]
    assert any(sentence in told for sentence in weighed["then"]["machines"])
    assert replayed(w.made, w.log).differences == ()


def test_a_machine_that_runs_by_its_worth_tells_its_worth_price_and_net() -> None:
    w = world()
    case = sent(w, 0)
    [run] = of(w, ev.Running)
    assert run.why == "worth" and run.value > 0
    assert run.net == pytest.approx(run.value - sum(run.price[r] * x for r, x in run.use.items()))
    why = seen(case, w.engine).why()
    assert f"{run.agent} was run: its answer was worth {run.value:.3f} and its price" in why
    other = {"large_bot", "small_bot"} - {run.agent}
    assert f"{other.pop()} was not run yet: somebody else was worth more" in why


def test_after_each_answer_the_next_machine_is_weighed_anew_and_a_sure_belief_asks_no_other() -> None:
    w = world(limits={"human_answers": {"limit": 0.0, "per_s": None}, "cpu_s": CPU})
    for i in range(12):
        sent(w, i)
        while w.engine.state.runs:
            assert len(w.engine.state.runs) == 1  # one at a time
            ends(w)
    runs = [[e.agent for e in of(w, ev.Running) if e.case == f"n{i}"] for i in range(12)]
    assert all(w.engine.case(f"n{i}").status == DECIDED for i in range(12))
    assert all(len(set(names)) == len(names) for names in runs)
    assert min(map(len, runs)) < 2  # not both everywhere


@pytest.mark.parametrize("when", ["always", "free", "trial"])
def test_what_is_set_to_run_always_or_is_free_or_on_trial_runs_at_once_the_cheapest_first(when: str) -> None:
    more: dict[str, Any] = {"always": {"when": "always"}, "free": {"uses": {}}, "trial": {"trial": 10_000}}[
        when
    ]
    w = world(machines=bots(**more))
    case = sent(w, 0)
    assert [e.why for e in of(w, ev.Running)] == [when, when]
    assert len(case.runs) == 2 and not of(w, ev.Weighed)
    names = ["large_bot", "small_bot"] if when == "free" else ["small_bot", "large_bot"]
    if when == "free":
        assert sorted(e.agent for e in of(w, ev.Running)) == names
    sentence = {"always": "as it always is", "free": "nothing that is limited", "trial": "has yet to learn"}[
        when
    ]
    assert sentence in seen(case, w.engine).why()


def test_a_machine_that_the_model_has_never_met_is_on_trial_or_weighed_as_one_of_its_kind_where_that_is_set() -> (
    None
):
    new = {"new_bot": {"runs": RUNS, "uses": {"cpu_s": SMALL}}}
    w = world(machines=new)
    sent(w, 0)
    assert [e.why for e in of(w, ev.Running)] == ["trial"]
    w = world(machines={"new_bot": new["new_bot"] | {"when": "worth"}})
    sent(w, 0)
    [weighed] = of(w, ev.Weighed)
    assert [m.agent for m in weighed.machines] == ["new_bot"] and weighed.machines[0].value > 0


def test_a_machine_runs_always_until_a_model_has_learnt_it_and_by_its_worth_from_then_on() -> None:
    w = World(
        machines=bots(), limits=LIMITS, cases=120.0
    )  # this model has only met cases on which all machines spoke
    sent(w, 0)
    assert [e.why for e in of(w, ev.Running)] == ["trial", "trial"]
    ends(w)
    w.step(lambda e: e.change_model("", plain()[1], "1", 0))
    sent(w, 1)
    assert [e.why for e in of(w, ev.Running)[2:]] == ["worth"]


def test_stop_and_rules_that_want_a_person_run_no_machine_that_costs_something_before_that_person() -> None:
    w = world()
    w.step(lambda e: e.stop("lead"))
    case = sent(w, 0)
    assert not of(w, ev.Running) and case.word(w.now) == "waiting"
    w.free("ana")
    lease = next(iter(w.engine.state.leases.values()))
    w.step(lambda e: e.answer(case.id, "ana", lease.token, Said("bug")))
    ends(w)
    assert case.status == DECIDED
    assert replayed(w.made, w.log).differences == ()


def test_what_is_only_assumed_of_a_machine_is_no_reason_to_weigh_it() -> None:
    model = plain()[1]
    assert known(model, "large_bot") > 100 and known(model, "nobody") == 0
    assumed = replace(model, about=model.about._replace(name=ASSUMED + "tickets"))
    assert known(assumed, "large_bot") == 0


def test_a_weighed_machine_that_failed_is_weighed_again_and_tried_once_more_at_most() -> None:
    w = world(machines={"large_bot": bots()["large_bot"]})
    sent(w, 0)
    for _ in range(2):
        [run] = w.engine.state.runs.values()
        w.step(lambda e, t=run.token: e.ran(t, Ran(None, None, "out of ideas", {"cpu_s": LARGE})))
    assert [e.attempt for e in of(w, ev.Running)] == [1, 2]
    assert w.engine.spending.pacer.used["cpu_s"] == 2 * LARGE
    assert replayed(w.made, w.log).differences == ()


def test_what_would_be_asked_next_counts_a_machines_price() -> None:
    w = world()
    case = sent(w, 0)
    told = otherwise(seen(case, w.engine), Change())["next"]
    assert told is not None and told["net"] <= told["value"]
    nobody = otherwise(seen(case, w.engine)._replace(uses={}), Change())["next"]
    assert nobody is None or nobody["agent"] in w.engine.state.people


def test_a_batch_that_fails_is_one_failure_in_a_row() -> None:
    w = world(machines=bots(when="always", uses={}))
    for i in range(6):
        sent(w, i)
    runs = [r for r in w.engine.state.runs.values() if r.machine == "large_bot"]
    for run in runs:
        ran = Ran(None, None, "its process ended", {}, runs[0].token)
        w.step(lambda e, t=run.token, r=ran: e.ran(t, r))
    machine = w.engine.state.machines["large_bot"]
    assert (machine.row, machine.failures, machine.aside) == (1, 6, 0.0)
    for _ in range(2):  # alone, each counts
        token = next(r.token for r in w.engine.state.runs.values() if r.machine == "large_bot")
        w.step(lambda e, t=token: e.ran(t, Ran(None, None, "its process ended", {})))
    assert (machine.row, len(of(w, ev.PutAside))) == (3, 1)
    assert replayed(w.made, w.log).differences == ()


def test_a_service_that_begins_again_weighs_on_from_where_it_stood() -> None:
    w = world()
    for i in range(5):
        sent(w, i)
        ends(w)
    again = rebuilt(w.made, w.log, w.now)
    assert mark_of(again) == mark_of(w.engine)
    assert again.case("n3").weighed == w.engine.case("n3").weighed


def test_a_machine_that_was_found_worthless_is_tried_on_a_share_of_the_cases_and_learnt_anew() -> None:
    """Its first answers were all wrong, so it is worth nothing; from then on it is right, and the counts of its answers hear that."""
    w = world(machines={"large_bot": bots(tried=0.2)["large_bot"]}, learn=True, cases=10_000.0)
    labels = w.engine.seeing.judges[""].labels
    for i in range(100):
        case = sent(w, i)
        while w.engine.state.runs:
            ends(w)
        w.step(lambda e, c=case.id: e.outcome(c, labels[2]))  # it says bug
    runs = [e for e in of(w, ev.Running) if e.why == "tried"]
    assert 8 < len(runs) < 35
    assert {e.case for e in runs} == {
        f"n{i}" for i in range(100) if is_drawn(b"0", f"run:large_bot:n{i}", 0.2)
    }
    before, weighed = known(plain()[1], "large_bot"), known(w.engine.seeing.judges[""].model, "large_bot")
    assert weighed - before >= len(runs)
    case = w.engine.case(runs[-1].case)
    assert "so that its worth stays known" in seen(case, w.engine).why()
    assert replayed(w.made, w.log).differences == ()


def test_a_frozen_service_tries_no_machine() -> None:
    w = world(machines=bots(tried=1.0))
    for i in range(10):
        sent(w, i)
    assert not [e for e in of(w, ev.Running) if e.why == "tried"]


def test_a_machine_that_had_no_room_or_was_dear_runs_on_a_case_that_waits_once_it_is_worth_its_price() -> (
    None
):
    limits = {"human_answers": {"limit": 25.0, "per_s": None}, "cpu_s": {"limit": LARGE, "per_s": 60.0}}
    w = world(machines={"large_bot": bots()["large_bot"]}, limits=limits)
    for i in range(6):
        sent(w, i, askable=["ben"])
        ends(w)
    waiting = list(w.engine.state.waiting)
    full = {e.case for e in of(w, ev.Weighed) for m in e.machines if m.why in ("full", "dear")}
    assert full & set(waiting) and len(of(w, ev.Running)) == 1
    w.step(lambda e: e.tick())
    assert len(of(w, ev.Running)) == 1  # nothing has changed
    w.step(lambda e: e.next("ana", w.now + 1.0), later=61.0)  # a minute later, somebody else looks at prices
    w.step(lambda e: e.tick(), later=0.5)
    run = of(w, ev.Running)[1]
    assert (run.why, run.case in waiting, run.net > 0) == ("worth", True, True)
    assert replayed(w.made, w.log).differences == ()


def test_what_is_looked_at_anew_in_one_tick_is_bounded() -> None:
    limits = {"human_answers": {"limit": 2_000.0, "per_s": None}, "cpu_s": {"limit": LARGE, "per_s": 60.0}}
    w = world(machines={"large_bot": bots()["large_bot"]}, limits=limits, cases=2_000.0)
    w.step(lambda e: [e.submit([ticket(3, id=f"n{i}", answers=[])]) for i in range(150)] and None)
    w.engine.desk.overdue._machines.paid = lambda: np.full(1, -1.0)  # type: ignore[method-assign]
    assert len(w.engine.state.waiting) > AT_ONCE
    assert len(w.engine.desk.overdue.moved()) == AT_ONCE
