"""Nets that run here say where they looked in what people see; it lies beside the log, and is erased with the case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine import events as ev
from mindshare.engine.attending import Said
from mindshare.engine.incoming import read_case
from mindshare.engine.looked import check_where, where_of
from mindshare.engine.machining import Ran
from mindshare.engine.running.answerers import Answering, Asked, Spec
from mindshare.engine.running.told import Runs
from mindshare.engine.settings import Kind, settings_of
from mindshare.web.telling import lease_told
from tests.engine.test_machines import events, running, sent, until_decided
from tests.engine.test_revealing import KIND, MUST, follows
from tests.engine.world import World, one, ticket

LABELS = ("billing", "bug", "delivery")
BOT = {"runs": {"file": "series.net", "shown_as": "Rig"}}


def test_a_saved_net_of_a_running_service_says_where_it_looked_in_the_series_that_people_see(
    tmp_path: Path,
) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    import mindshare.machines as mm

    rng, labels = np.random.default_rng(0), np.array(LABELS * 8)
    series = [rng.normal(size=(12, 1)) + 3.0 * (y == "bug") for y in labels]
    mm.save_model(mm.Transformer().fit(series, labels), tmp_path / "series.net")
    content = series[1].tolist()
    show = {"title": "Rig", "window": {"channels": {"x": series[1][:, 0].tolist()}}}
    with running(tmp_path, {}, machines={"net_bot": BOT}) as service:
        until_decided(service, sent(service, content=content, show=show))
        until_decided(service, sent(service, 1, content=content))  # people see nothing that is called so
        [shown, not_shown] = sorted(events(service, ev.Answered), key=lambda e: e.case)
        assert not_shown.places is None and not_shown.label == shown.label
        body = service.store.bodies([shown.places.key])[shown.places.key]
        [(name, parts)] = json.loads(body.data).items()
        assert name == "Rig" and parts[0][0] == 0 and parts[-1][1] == 12
        assert sum(w for _, _, w in parts) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("reads", ["image", "text"])
def test_of_a_picture_it_is_a_grid_and_of_a_text_its_words(reads: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    import mindshare.machines as mm

    rng, labels = np.random.default_rng(0), np.array(["bug", "billing"] * 8)
    images = [rng.normal(size=(8, 8)) + 3.0 * (y == "bug") for y in labels]
    texts = [f"it {'crashes' if y == 'bug' else 'costs'} a lot" for y in labels]
    X: Any = np.stack(images)[:, None] if reads == "image" else texts
    mm.save_model(mm.CNN(reads=reads).fit(X, labels), tmp_path / "a.net")
    spec = Spec("bot", Runs(file="a.net", shown_as=""), tmp_path, (), 30.0)
    content = [X[0].tolist() if reads == "image" else X[0], None]
    cases = [{"id": f"{i}", "features": {}, "content": c} for i, c in enumerate(content)]
    good, bad = Answering(spec)(Asked(("billing", "bug"), cases))
    assert "wrong" in bad and "where" not in bad
    show = {"pixels": [[0] * 8] * 8} if reads == "image" else {"text": X[0]}
    where = {"": good["where"]}
    case = {"id": "a", "show": show, "answers": [{"agent": "bot", "where": where}]}
    check_where(read_case(msgspec.json.encode(case)), Kind())
    assert reads == "image" or [X[0][a:b] for a, b, _ in where[""]] == X[0].split()


def test_where_a_machine_that_ran_here_looked_is_told_with_its_answer_and_erased_with_the_case() -> None:
    kind = KIND | {"shown": "always", "show": ["by"], "grace_s": 1.0}
    world = World(
        kinds={"default": kind},
        limits={},
        machines={"net_bot": BOT},
        **MUST | {"guard": {"mandatory_review": {}}},
    )
    world.step(lambda e: one(e.submit([ticket(0, answers=[])])))
    [run] = world.engine.state.runs
    where = '{"by":[[0,2,0.5]],"words":0.4}'
    world.step(lambda e: e.ran(run, Ran("bug", {"bug": 0.75, "billing": 0.25}, "", {}, where=where)))
    lease = world.step(lambda e: e.next("ana", world.now + 10))
    [told] = json.loads(lease_told(lease, world.engine))["answers"]
    assert told == {"agent": "net_bot", "label": "bug", "confidence": None, "where": {"by": [[0, 2, 0.5]]}}
    follows(world)
    [event] = [e for e in world.events() if isinstance(e, ev.Answered)]
    assert event.places is not None and where.encode() not in b"".join(f.events for f in world.log.frames())
    world.step(lambda e: e.answer(lease.case, "ana", lease.token, Said("bug")))
    world.step(lambda e: e.tick(), 10.0)
    world.step(lambda e: e.erase("n0", "lead"))
    [gone] = [e for e in world.events() if isinstance(e, ev.Erased)]
    assert event.places.key in gone.keys
    follows(world)


def test_what_people_do_not_see_so_is_not_told() -> None:
    case = read_case(b'{"id": "a", "show": {"title": "Rig", "window": {"channels": {"x": [1, 2, 3]}}}}')
    assert where_of([[0, 3, 1.0]], "Rig", case, Kind()) == '{"Rig":[[0,3,1.0]]}'
    assert where_of([[0, 4, 1.0]], "Rig", case, Kind()) == where_of([[0, 3, 1.0]], "Arm", case, Kind()) == ""


@pytest.mark.parametrize(
    "runs", [{"file": "a.onnx"}, {"endpoint": "https://example.org"}, {"file": "a.net", "takes": ["n"]}]
)
def test_only_a_saved_net_that_is_given_the_content_says_where_it_looked(runs: Any) -> None:
    with pytest.raises(MindshareError, match="shown_as is for a file of a net"):
        settings_of({"machines": {"bot": {"runs": runs | {"shown_as": "Rig"}}}}, "service.yaml")
