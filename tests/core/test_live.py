"""Cases one by one: the numbers are those of a batch, to the bit, and whatever is new or missing is normal input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.belief.pooling import Pooling
from mindshare.core.errors import MindshareError
from mindshare.core.history import History
from mindshare.core.learn import learn
from mindshare.core.live import OpenCases, hear, open_cases, verdict, verdicts
from mindshare.core.model import Model
from mindshare.core.questions import ask_within, explain_open, next_question, next_questions, values_of
from mindshare.core.records import Agent, Answer, Case
from mindshare.testing import made_history

CASES = 24


@pytest.fixture(scope="module")
def free() -> tuple[Model, History]:
    """Machines that all speak first."""
    made = made_history(400, people=3, proba=True, empty=0.1, seed=31)
    return learn(made.take(np.arange(300)), how=Pooling(ridge=1.0)), made.take(np.arange(300, 300 + CASES))


@pytest.fixture(scope="module")
def boosted() -> tuple[Model, History]:
    """The same with trees, which are grown even where they win nothing."""
    from mindshare.core.belief.correction import part_of
    from mindshare.core.belief.trees import grow
    from mindshare.core.learn import learn_held_out

    made = made_history(400, people=3, proba=True, empty=0.1, seed=32)
    learned = learn_held_out(made.take(np.arange(300)), how=Pooling(ridge=1.0))
    reading = learned.model.pool.reading
    trees = grow([part_of(s, reading) for s in learned.holdout], 3, len(reading.context.how), 0)
    model = replace(learned.model, pool=learned.model.pool._replace(trees=trees))
    return model, made.take(np.arange(300, 300 + CASES))


@pytest.fixture(scope="module")
def texts() -> tuple[Model, History]:
    """Cases that are free text."""
    made = made_history(400, people=2, proba=True, seed=33)
    words = tuple(f"ticket of {made.team.labels[y]} number {i}" for i, y in enumerate(made.truth.tolist()))
    made = replace(made, features=replace(made.features, text={"words": words}))
    how = Pooling(ridge=0.1, text=True)
    return learn(made.take(np.arange(300)), how=how), made.take(np.arange(300, 300 + CASES))


@pytest.fixture(scope="module")
def bought() -> tuple[Model, History]:
    """Machines that are asked one by one."""
    made = made_history(400, people=2, proba=True, seed=34)
    how = Pooling(ridge=1.0)
    model = learn(made.take(np.arange(300)), machines_always=False, how=how)
    return model, made.take(np.arange(300, 300 + CASES))


@pytest.fixture(scope="module")
def attending() -> tuple[Model, History]:
    """Answer attention corrects the pool; what its net has learnt does not matter here."""
    from mindshare.core.belief.attention import BELIEVED, READS, Net

    made = made_history(400, people=3, proba=True, empty=0.1, seed=35)
    model = learn(made.take(np.arange(300)), how=Pooling(ridge=1.0))
    reading, rng = model.pool.reading, np.random.default_rng(35)
    heads, values, units, width, agents = 2, 3, 4, reading.width, len(reading.agents.is_person)

    def some(*shape: int) -> np.ndarray:
        return 0.3 * rng.standard_normal(shape)

    net = Net(
        heads=heads,
        agent=some(agents, heads + values),
        reads=some(READS, heads + values),
        row=some(width, heads + values),
        case=some(width, units),
        label=some(3, units),
        mixed=some(heads + heads * values, units),
        believed=some(BELIEVED, units),
        people=some(4, units),
        out=some(units),
    )
    return replace(model, pool=model.pool._replace(net=net)), made.take(np.arange(300, 300 + CASES))


def case_of(history: History, i: int) -> Case:
    features: dict[str, float | str] = {n: float(v[i]) for n, v in history.features.numeric.items()}
    features |= {n: c.names[c.code[i]] for n, c in history.features.categorical.items() if c.code[i] >= 0}
    features |= {n: t[i] for n, t in history.features.text.items()}
    return Case(id=history.case_id[i], features=features)


def answer_of(history: History, r: int) -> Answer:
    a, labels = history.answers, history.team.labels
    p = a.proba_row[r]
    return Answer(
        case_id=history.case_id[a.case[r]],
        agent_id=history.agent_id[a.agent[r]],
        label=labels[a.label[r]] if a.label[r] >= 0 else None,
        seconds=None if np.isnan(a.seconds[r]) else float(a.seconds[r]),
        proba=None if p < 0 else dict(zip(labels, a.proba[p].tolist(), strict=True)),
    )


@pytest.mark.parametrize("which", ["free", "boosted", "texts", "attending", "bought"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_alone_in_any_batch_and_in_a_history_the_numbers_are_the_same_to_the_bit(
    which: str, data: st.DataObject, request: pytest.FixtureRequest
) -> None:
    model, history = request.getfixturevalue(which)
    a = history.answers
    machine = ~history.is_person[a.agent]
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    always = machine if model.pool.machines_always else np.zeros(len(a), bool)
    known = always | (rng.random(len(a)) < 0.3)
    stage = model.open(history)
    rows = np.flatnonzero(~known)
    worth, verdict_of = model.worth(stage, known, rows), model.verdicts(stage, known)
    size = data.draw(st.sampled_from([1, 2, 7, CASES]))
    some = rng.permutation(CASES)[: 2 * size]
    for low in range(0, len(some), size):
        batch = [int(i) for i in some[low : low + size]]
        heard = [r for i in batch for r in range(a.indptr[i], a.indptr[i + 1]) if known[r]]
        opened = heard_in_turns(model, history, batch, [int(r) for r in rng.permutation(heard)], rng)
        for place, i in enumerate(batch):
            mine = np.flatnonzero(~opened.known[opened.rows(place)]) + place * len(opened.team)
            np.testing.assert_array_equal(values_of(opened, mine), worth[a.case[rows] == i])
        told = [v.label for v in verdicts(opened)]
        assert told == [history.team.labels[verdict_of[i]] for i in batch]


def heard_in_turns(
    model: Model, history: History, batch: list[int], rows: list[int], rng: np.random.Generator
) -> OpenCases:
    """Some answers come with the cases, the others one by one or some at a time."""
    first = int(rng.integers(0, len(rows) + 1))
    answers = [answer_of(history, r) for r in rows]
    opened = open_cases(model, [case_of(history, i) for i in batch], answers[:first])
    while first < len(answers):
        step = int(rng.integers(1, 4))
        opened = hear(opened, answers[first : first + step])
        first += step
    return opened


def test_a_question_is_the_one_of_the_best_net_and_a_price_stops_it(free: tuple[Model, History]) -> None:
    model, history = free
    opened = open_cases(model, [case_of(history, i) for i in range(CASES)], machines(history, range(CASES)))
    asked = next_questions(opened)
    assert any(q.agent_id is not None for q in asked)
    for q in asked:
        assert (q.agent_id is None) == (q.net == 0)
        assert q.net == pytest.approx(q.value)
    dear = next_questions(opened, {"human_answers": 2.0})
    assert all(q.agent_id is None for q in dear)


def machines(history: History, cases: range) -> list[Answer]:
    a = history.answers
    rows = np.flatnonzero(~history.is_person[a.agent] & np.isin(a.case, list(cases)))
    return [answer_of(history, int(r)) for r in rows]


def test_only_who_is_free_now_is_asked(free: tuple[Model, History]) -> None:
    model, history = free
    opened = open_cases(model, [case_of(history, i) for i in range(CASES)], machines(history, range(CASES)))
    assert {q.agent_id for q in next_questions(opened, askable=["person_2"])} <= {"person_2", None}
    with pytest.raises(MindshareError, match="person_9"):
        next_questions(opened, askable=["person_9"])


def test_hearing_changes_nothing_in_what_was_opened_before(free: tuple[Model, History]) -> None:
    model, history = free
    opened = open_cases(model, [case_of(history, 0)], machines(history, range(1)))
    before = verdict(opened)
    after = hear(opened, Answer(case_id=before.case_id, agent_id="person_1", label="label_2"))
    assert verdict(opened) == before
    assert verdict(after).asked[-1] == "person_1"
    assert sum(verdict(after).belief.values()) == pytest.approx(1.0)


def test_whoever_is_hired_after_learning_is_served_as_one_of_the_kind(free: tuple[Model, History]) -> None:
    model, history = free
    team = [Agent(id=f"bot_{k}", kind="machine") for k in (1, 2, 3)]
    team += [
        Agent(id="bot_new", kind="machine"),
        Agent(id="dora", kind="person"),
        Agent(id="emil", kind="person"),
    ]
    opened = open_cases(model, [case_of(history, 0)], machines(history, range(1)), team=team)
    opened = hear(opened, Answer(case_id=history.case_id[0], agent_id="bot_new", label="label_1"))
    value = values_of(opened, np.array([4, 5]))
    assert value[0] == value[1], "two strangers of a kind differ"
    assert next_question(opened, case_id=history.case_id[0]).agent_id in ("dora", "emil", None)
    moved = hear(opened, Answer(case_id=history.case_id[0], agent_id="dora", label="label_2"))
    assert verdict(moved).belief["label_2"] > verdict(opened).belief["label_2"]


def test_missing_features_and_categories_never_met_are_normal_input(free: tuple[Model, History]) -> None:
    model, _ = free
    for features in (
        {},
        {"fog": "mist"},
        {"size": "0.5", "fog": ""},
        {"other": 3.0, "fog": "fog", "size": 0.5},
    ):
        told = verdict(open_cases(model, [Case(id="x", features=features)]))
        assert all(np.isfinite(list(told.belief.values())))
    with pytest.raises(MindshareError, match="'size' was a number"):
        open_cases(model, [Case(id="x", features={"size": "large"})])


def test_the_place_of_columns_levels_and_agents_in_a_table_tells_nothing(free: tuple[Model, History]) -> None:
    from mindshare.core.history import Codes

    model, history = free
    fog, a = history.features.categorical["fog"], history.answers
    names = ("mist", *fog.names[::-1])
    turned = Codes(code=(len(names) - 1 - fog.code).astype(np.int32), names=names)
    number = np.array([3, 5, 0, 1, 4, 2])  # the place of each agent in another table
    order = np.lexsort((number[a.agent], a.case))
    other = replace(
        history,
        agent_id=tuple(history.agent_id[k] for k in np.argsort(number)),
        is_person=history.is_person[np.argsort(number)],
        features=replace(history.features, categorical={"more": turned, "fog": turned}),
        answers=replace(
            a,
            agent=number[a.agent][order].astype(np.int32),
            **{n: getattr(a, n)[order] for n in ("label", "seconds", "confidence", "proba_row")},
        ),
    )
    one, two = model.open(history), model.open(other)
    everything = np.ones(len(a), bool)
    scores = model.pool.scores(one.opened, everything)
    np.testing.assert_allclose(model.pool.scores(two.opened, everything), scores, atol=1e-9)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(case_id="y", agent_id="bot_1", label="label_1"), "case 'y' is not open"),
        (Answer(case_id="x", agent_id="bot_9", label="label_1"), "agent 'bot_9' is not in the team"),
        (Answer(case_id="x", agent_id="bot_1", label="label_7"), "label 'label_7' is not one of"),
        (Answer(case_id="x", agent_id="bot_1", label="label_1", proba={"label_1": 0.2}), "sum to 1"),
    ],
)
def test_an_answer_that_cannot_be_heard_gets_one_sentence(
    free: tuple[Model, History], answer: Answer, sentence: str
) -> None:
    opened = open_cases(free[0], [Case(id="x")])
    with pytest.raises(MindshareError, match=sentence):
        hear(opened, answer)


def test_an_answer_is_heard_once(free: tuple[Model, History]) -> None:
    opened = open_cases(free[0], [Case(id="x")])
    answer = Answer(case_id="x", agent_id="person_1", label="label_1")
    with pytest.raises(MindshareError, match="already"):
        hear(hear(opened, answer), answer)


def test_a_case_among_several_is_named(free: tuple[Model, History]) -> None:
    opened = open_cases(free[0], [Case(id="x"), Case(id="y")])
    with pytest.raises(MindshareError, match="2 cases are open"):
        verdict(opened)
    assert verdict(opened, "y").case_id == "y"
    with pytest.raises(MindshareError, match="same id"):
        open_cases(free[0], [Case(id="x"), Case(id="x")])


def test_no_limit_is_passed_whatever_comes_in_which_order(free: tuple[Model, History]) -> None:
    from mindshare.core.pacing.pacer import Pacer

    model, history = free
    a = history.answers
    for seed in range(4):
        rng = np.random.default_rng(seed)
        pacer = Pacer({"human_answers": 9.0, "people.minutes": 1.0}, CASES)
        opened = {}
        for i in rng.permutation(CASES).tolist():
            rows = [r for r in range(a.indptr[i], a.indptr[i + 1]) if not history.is_person[a.agent[r]]]
            opened[i] = (
                open_cases(model, [case_of(history, i)], [answer_of(history, r) for r in rows]),
                pacer.arrive(),
            )
            for j in rng.permutation(list(opened)).tolist()[:2]:
                cases, arrival = opened[j]
                asked = ask_within(cases, pacer, arrival)
                assert min(pacer.left.values()) >= 0
                if asked.allocation.agent_id is None:
                    continue
                agent = history.agent_id.index(asked.allocation.agent_id)
                row = next(r for r in range(a.indptr[j], a.indptr[j + 1]) if a.agent[r] == agent)
                pacer.settle(asked.decision, {"people.minutes": float(a.seconds[row]) / 60})
                assert min(pacer.left.values()) >= 0
                opened[j] = (hear(cases, answer_of(history, row)), arrival)
        assert pacer.used["human_answers"] <= 9.0


def test_an_explanation_of_an_open_case_comes_true(free: tuple[Model, History]) -> None:
    model, history = free
    case = history.case_id[0]
    opened = open_cases(model, [case_of(history, 0)], machines(history, range(1)))
    opened = hear(opened, Answer(case_id=case, agent_id="person_1", label="label_2"))
    told = explain_open(opened)
    assert f"'{verdict(opened).label}'" in told
    assert "person_1" in told
    if "Had person_1 said" in told:
        said, then = told.split("said '")[1].split("'")[0], told.split("verdict would be '")[1].split("'")[0]
        again = hear(opened.without(case, "person_1"), Answer(case_id=case, agent_id="person_1", label=said))
        assert verdict(again).label == then != verdict(opened).label
