"""`mindshare audit reliance`: what the log of a service shows of how people follow advice, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mindshare.cli.start import run
from mindshare.engine.attending import Said
from mindshare.engine.create import create_service, team_of_labels
from mindshare.engine.folder import AUDIT_KEY
from mindshare.engine.revealing import First
from mindshare.engine.service import Service
from mindshare.engine.settings import settings_of

LABELS = ("cat", "dog", "fox")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service at which a SIMULATED person takes over whatever the machine says, on twelve probes."""
    place = tmp_path / "service"
    probes = {"file": "gold.jsonl", "share": 1.0, "planted": 0.5}
    kind = {"shown": "after", "tried": 0.0, "probes": probes}
    create_service(
        place,
        team_of_labels(LABELS),
        settings_of({"learn": False, "trust_seconds": True, "kinds": {"default": kind}}, "x"),
    )
    lines: list[dict[str, Any]] = [
        {"id": f"g{i}", "answers": [{"agent": "machine_1", "label": "cat"}], "label": "cat"}
        for i in range(12)
    ]
    (place / AUDIT_KEY).parent.mkdir(exist_ok=True)
    (place / AUDIT_KEY).write_bytes(b"always the same draw")
    (place / "gold.jsonl").write_text("\n".join(map(json.dumps, lines)))
    service = Service(place)
    ask = service.actor.ask
    ask(lambda e: e.agent("sim_ana", "lead", active=True))
    for _ in lines:
        lease = ask(lambda e: e.next("sim_ana", e.now))
        assert lease is not None
        first = "cat" if ask(lambda e, t=lease: e.advice(t))[0].label != "cat" else "dog"
        ask(lambda e, t=lease, y=first: e.reveal(t.token, "sim_ana", First(y)))
        [said] = ask(lambda e, t=lease: e.advice(t))
        ask(lambda e, t=lease, y=said.label: e.answer(t.case, "sim_ana", t.token, Said(y, seconds=9.0)))
    service.close()
    return place


def test_a_follower_is_named_in_the_text_and_in_the_json(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    assert run(["audit", "reliance", str(folder), "--json", str(out)]) == 0
    told = capsys.readouterr().out
    assert "sim_ana (SIMULATED)" in told and "follower" in told and "100 %" in told
    result = json.loads(out.read_text())
    [ana] = result["people"]
    assert ana["looks_like"] == "follower" and ana["planted"] == result["planted"] > 0
    assert ana["follows_wrong"]["yes"] == ana["follows_wrong"]["of"] == result["planted"]
    assert (result["answers"], result["with_advice"]) == (12, 12)


def test_a_folder_without_a_log_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "reliance", str(tmp_path)]) == 2
    assert "There is no service" in capsys.readouterr().err
