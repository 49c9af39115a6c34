"""Machines that run here: real processes that answer, raise, hang, die; and the engine that charges them and goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine import events as ev
from mindshare.engine.cases import DECIDED
from mindshare.engine.rebuild import events_of
from mindshare.engine.replay import replayed
from mindshare.engine.running.answerers import Answering, Asked, Spec
from mindshare.engine.running.process import CAPS, Apart
from mindshare.engine.running.told import Runs
from mindshare.engine.running.watch import is_news, left
from mindshare.engine.service import Service
from mindshare.engine.settings import FILE, read_settings, settings_of, settings_text
from mindshare.machines.resources.cgroup import Measured
from tests.engine import machines
from tests.engine.world import World, one, ticket, write_service

LIMITS = {"human_answers": {"limit": 0.0, "per_s": None}, "cpu_s": {"limit": 50.0, "per_s": None}}


@contextmanager
def running(folder: Path, calls: Any, **settings: Any) -> Iterator[Service]:
    """A service with these machines, in whose log everything follows from what came in."""
    folder.mkdir(exist_ok=True)
    write_service(folder, **{"limits": LIMITS, "learn": False} | settings)
    service = Service(folder, calls)
    try:
        yield service
        service.actor.ask(lambda e: None)
        assert replayed(service.made, service.store).differences == ()
    finally:
        service.close()


def sent(service: Service, i: int = 0, **more: Any) -> str:
    return service.actor.ask(lambda e: one(e.submit([ticket(i, **{"answers": []} | more)]))).id


def until_decided(service: Service, case: str, seconds: float = 120.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told = service.actor.ask(lambda e: e.case(case))
        if told.status == DECIDED:
            return told
        time.sleep(0.02)
    raise AssertionError(f"{case} was not decided: {told}")


def events(service: Service, kind: type) -> list[Any]:
    return [e for e in events_of(service.store.frames()) if isinstance(e, kind)]


def test_a_machine_answers_at_arrival_and_its_answer_is_charged_and_decides(tmp_path: Path) -> None:
    with running(tmp_path, {"new_bot": machines.sure, "late_bot": machines.slow}) as service:
        case = until_decided(service, sent(service))
        assert {h.agent for h in case.heard} == {"new_bot", "late_bot"}
        assert case.label == "bug"
        [one_, other] = events(service, ev.Answered)
        assert max(one_.seconds, other.seconds) >= 0.3
        used = service.actor.ask(lambda e: e.spending.pacer.used["cpu_s"])
        assert used == pytest.approx(one_.spent["cpu_s"] + other.spent["cpu_s"])


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (machines.raises, "out of ideas"),
        (machines.sleeps, "nothing came within 1 s"),
        (machines.not_a_number, "no number from 0 to 1"),
        (machines.too_much, "sum to 1.8"),
        (machines.another_word, "'weather' is not one of the labels"),
        (machines.kills_itself, "ended"),
    ],
)
def test_a_machine_that_fails_is_charged_tried_once_more_and_the_case_goes_on(
    tmp_path: Path, machine: Any, why: str
) -> None:
    told = {"bad_bot": {"runs": {"endpoint": "http://unused"}, "seconds": 1.0}}
    with running(tmp_path, {"bad_bot": machine, "good_bot": machines.sure}, machines=told) as service:
        case = until_decided(service, sent(service))
        assert [h.agent for h in case.heard] == ["good_bot"]
        failed = events(service, ev.Failed)
        assert len(failed) == 2
        assert all(why in e.why and e.spent["wall_s"] >= 0 and "cpu_s" in e.spent for e in failed)


def test_a_machine_that_fails_three_times_in_a_row_is_put_aside_and_no_longer_run(tmp_path: Path) -> None:
    with running(tmp_path, {"bad_bot": machines.raises}) as service:
        for i in range(3):
            until_decided(service, sent(service, i))
        [aside] = events(service, ev.PutAside)
        assert aside.failures == 3
        assert aside.until - aside.at == pytest.approx(30.0)
        assert len(events(service, ev.Running)) == 3


def test_runs_that_did_not_end_before_a_restart_stay_charged_and_are_tried_again(tmp_path: Path) -> None:
    with running(tmp_path, {"late_bot": machines.sleeps}) as service:
        case = sent(service)
    again = Service(tmp_path, {"late_bot": machines.sure})
    try:
        told = until_decided(again, case)
        assert [h.agent for h in told.heard] == ["late_bot"]
        [failed] = events(again, ev.Failed)
        assert not failed.own
        assert [e.attempt for e in events(again, ev.Running)] == [1, 2]
        assert replayed(again.made, again.store).differences == ()
    finally:
        again.close()


def test_a_service_begins_again_without_a_machine_whose_runs_had_not_ended(tmp_path: Path) -> None:
    with running(tmp_path, {"late_bot": machines.sleeps}) as service:
        case = sent(service)
    told = read_settings(tmp_path)
    (tmp_path / FILE).write_text(settings_text(msgspec.structs.replace(told, machines={})))
    again = Service(tmp_path)
    try:
        assert until_decided(again, case).heard == ()
        assert [e.why for e in events(again, ev.Failed)] == ["the service ended"]
    finally:
        again.close()


def test_nobody_runs_what_does_not_fit_into_the_limits(tmp_path: Path) -> None:
    told = {"large_bot": {"runs": {"endpoint": "http://unused"}, "uses": {"cpu_s": 60.0}}}
    with running(tmp_path, {"large_bot": machines.sure}, machines=told) as service:
        assert not until_decided(service, sent(service)).heard
        assert not events(service, ev.Running)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"runs": {}}, "needs one of file, skops and endpoint"),
        ({"runs": {"file": "a.onnx", "skops": "b"}}, "needs one of"),
        ({"runs": {"endpoint": "https://example.org", "key": "PATH"}}, "begins with MINDSHARE_KEY_"),
        ({"runs": {"endpoint": "http://example.org", "key": "MINDSHARE_KEY_A"}}, "use an https endpoint"),
        ({"runs": {"file": "a.onnx"}, "seconds": 0}, "seconds must be > 0"),
        ({"runs": {"file": "a.onnx"}, "uses": {"cpu_s": -1}}, "cpu_s must be a number >= 0"),
        ({"runs": {"file": "a.onnx"}, "kind": ["a"]}, "unknown field"),
        ({"runs": {"file": "a.onnx"}, "when": "never"}, "when must be always, worth or learnt"),
        ({"runs": {"file": "a.onnx"}, "trial": -1}, "trial must be a number >= 0"),
        ({"runs": {"file": "a.onnx"}, "tried": 1.5}, "tried must be a share from 0 to 1"),
        ({"runs": {"file": "a.onnx"}, "memory_mb": 0}, "memory_mb must be > 0"),
    ],
)
def test_what_no_machine_can_be_is_refused_in_one_sentence(told: Any, why: str) -> None:
    with pytest.raises(MindshareError, match=why):
        settings_of({"machines": {"bot": told}}, "service.yaml")


def test_skops_models_run_from_their_files_and_types_that_nobody_trusts_are_not_loaded(
    tmp_path: Path,
) -> None:
    io = pytest.importorskip("skops.io", reason="skops is not installed")
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    rng, labels = np.random.default_rng(0), np.array(["billing", "bug", "delivery"] * 20)
    words = (np.arange(60) % 3 * 100.0 + rng.normal(size=60))[:, None]
    models = {"forest": RandomForestClassifier(5), "line": LogisticRegression(), "svm": LinearSVC()}
    for name, model in models.items():
        io.dump(model.fit(words, labels), tmp_path / f"{name}.skops")
    tree = "sklearn.tree._tree.Tree"
    asked = Asked(("billing", "bug", "delivery"), [{"features": {"words": 100.0}, "content": None}])

    def answers(name: str, *trusts: str) -> Any:
        runs = Runs(skops=f"{name}.skops", takes=("words",), trusts=trusts)
        return Answering(Spec(name, runs, tmp_path, (), 1.0))(asked)[0]

    assert answers("svm") in ({"label": y} for y in asked.labels)  # it gives no probabilities
    assert answers("line")["proba"]["bug"] > 0.5
    assert answers("forest", tree)["label"] == "bug"
    with pytest.raises(MindshareError, match=r"forest.skops holds .*Tree, which skops does not trust"):
        answers("forest")
    told = {"forest_bot": {"runs": {"skops": "forest.skops", "takes": ["words"], "trusts": [tree]}}}
    with running(tmp_path, {}, machines=told) as service:
        case = until_decided(service, sent(service, features={"words": 100.0, "by": "chat"}), 120.0)
        assert [(h.agent, h.label) for h in case.heard] == [("forest_bot", "bug")], events(service, ev.Failed)


def test_a_machine_that_learnt_from_a_table_takes_words_and_missing_numbers(tmp_path: Path) -> None:
    from mindshare.machines.saving import save_model
    from mindshare.machines.simple.tables import Line

    rows = [[None if i % 7 == 0 else float(i % 10), "chat" if i % 2 else "mail"] for i in range(60)]
    save_model(Line().fit(rows, ["late" if i % 2 else "in time" for i in range(60)]), tmp_path / "line.npz")
    spec = Spec("line", Runs(file="line.npz", takes=("size", "by")), tmp_path, (), 10.0)
    cases = [
        {"features": {"size": 3.0, "by": "chat"}, "content": None},
        {"features": {"by": "mail"}, "content": None},
    ]
    told = Answering(spec)(Asked(("late", "in time"), cases))
    assert [max(one["proba"], key=one["proba"].get) for one in told] == ["late", "in time"]


@pytest.mark.skipif(not CAPS, reason="memory is held to a limit on Linux only")
@pytest.mark.parametrize(
    ("memory_mb", "wrong"),
    [
        (1e5, ""),
        (1_000, "it needed more memory than the 1000 MB that memory_mb allows"),
        (1, "memory_mb allows"),
    ],
)
def test_a_machine_that_needs_more_memory_than_it_may_take_fails_with_that_sentence(
    tmp_path: Path, memory_mb: float, wrong: str
) -> None:
    apart = Apart(Spec("large_bot", Runs(), tmp_path, (), 60.0, machines.grows, memory_mb))
    try:
        run = apart.ask(Asked(("billing", "bug"), [{"features": {}}]), 60.0)
    finally:
        apart.close()
    assert wrong in run.wrong and (run.said == [{"label": "bug"}] or wrong)


def test_a_batch_of_cases_that_kills_its_process_is_one_failure_in_a_row(tmp_path: Path) -> None:
    with running(tmp_path, {"bad_bot": machines.kills_on_many}) as service:
        cases = service.actor.ask(lambda e: e.submit([ticket(i, answers=[]) for i in range(8)]))
        for case in cases:
            until_decided(service, case.id)
        failed = events(service, ev.Failed)
        assert len(failed) == max(Counter(e.batch for e in failed).values()) >= 5  # then each alone
        assert not events(service, ev.PutAside)


@pytest.fixture
def endpoint() -> Iterator[str]:
    """The address of an endpoint on this computer."""
    command = [sys.executable, str(Path(__file__).with_name("answering_endpoint.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/answer"
        process.kill()


def test_an_endpoint_is_asked_where_its_address_is_allowed_and_else_never(
    tmp_path: Path, endpoint: str
) -> None:
    told = {"far_bot": {"runs": {"endpoint": endpoint}}}
    with running(tmp_path / "may", {}, machines=told, web={"reach": ["127.0.0.0/8"]}) as service:
        [heard] = until_decided(service, sent(service)).heard
        assert (heard.label, heard.proba["bug"]) == ("bug", 0.8)
        [answered] = events(service, ev.Answered)
        assert 200 < answered.spent["net_mb"] * 1e6 < 2_000  # what was asked and answered, with its headers
    with running(tmp_path / "may_not", {}, machines=told) as service:
        assert not until_decided(service, sent(service)).heard
        assert all("private address" in e.why for e in events(service, ev.Failed))


def test_onnx_graphs_and_machines_saved_by_this_library_run_from_their_files(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("torch", reason="torch is not installed")
    from onnx import TensorProto, helper

    import mindshare.machines as mm

    node = helper.make_node("MatMul", ["x", "w"], ["scores"])
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1, 3], [0.0, 1.0, 0.0])
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])
    out = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, 3])
    graph = helper.make_graph([node], "words", [x], [out], [weight])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9),
        tmp_path / "words.onnx",
    )
    rng, labels = np.random.default_rng(0), np.array(["billing", "bug", "delivery"] * 8)
    series = [rng.normal(size=(12, 1)) + 3.0 * (y == "bug") for y in labels]
    mm.save_model(mm.CNN().fit(series, labels), tmp_path / "series.net")
    told = {
        "graph_bot": {"runs": {"file": "words.onnx", "takes": ["words"]}},
        "net_bot": {"runs": {"file": "series.net"}},
    }
    with running(tmp_path, {}, machines=told) as service:
        case = until_decided(service, sent(service, content=series[1].tolist()), 60.0)
        assert {h.agent for h in case.heard} == {"graph_bot", "net_bot"}, events(service, ev.Failed)
        assert all(h.label == "bug" for h in case.heard if h.agent == "graph_bot")


def test_a_service_whose_machine_is_not_there_says_so_at_the_start(tmp_path: Path) -> None:
    told = {"lost_bot": {"runs": {"file": "lost.onnx"}}}
    with pytest.raises(MindshareError, match="Machine 'lost_bot': there is no file"):
        running(tmp_path, {}, machines=told).__enter__()


def test_cores_that_are_lost_lower_the_limit_and_bring_it_back_when_they_return() -> None:
    limits = {"human_answers": LIMITS["human_answers"], "cpu_s": {"limit": 120.0, "per_s": 60.0}}
    world = World(limits=limits)
    for cores, limit in ((1.0, 60.0), (0.0, 0.0), (2.0, 120.0), (8.0, 120.0)):
        world.step(lambda e, cores=cores: e.see({"cpu_s": cores}))
        assert world.engine.spending.pacer.left["cpu_s"] == limit
    world.step(lambda e: e.see({"cpu_s": 1.0}))
    world.step(lambda e: e.change_limits({"cpu_s": 90.0}, "lead"))
    assert world.engine.spending.pacer.left["cpu_s"] == 60.0
    assert replayed(world.made, world.log).differences == ()


def test_what_the_computer_leaves_is_told_within_a_second_and_only_when_it_is_news(tmp_path: Path) -> None:
    with running(tmp_path, {"new_bot": machines.sure}) as service:
        end = time.monotonic() + 10
        while not events(service, ev.Seen) and time.monotonic() < end:
            time.sleep(0.1)
        assert service.actor.ask(lambda e: e.state.seen)["cpu_s"] >= 0.0
    cores = {"cpu_cores": Measured(4.0, "made"), "mem_mb": None, "mem_free_mb": None, "net_mb_s": None}
    assert left(cores, others=1.3) == {"cpu_s": 2.5}
    assert not is_news({"cpu_s": 2.5}, left(cores, others=1.6))
    assert is_news({"cpu_s": 2.5}, left(cores, others=2.9))
