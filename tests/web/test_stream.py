"""A history streamed through a live service decides what a replay of it decides, to the bit; and its log is a history again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import mindshare as ms
from mindshare.cli.simulated import Played, run_simulate
from mindshare.cli.start import run
from mindshare.core.pacing.replay import Rows, replay_limits
from mindshare.engine import events as ev
from mindshare.engine.folder import DATABASE
from mindshare.engine.rebuild import events_of
from mindshare.engine.shelf import Shelf
from mindshare.histories.streamed import order_of, parted
from mindshare.store.sqlite import open_to_read

LIMIT, CASES, KNOWN = 30.0, 90, 0.8


class Noted(ms.Pacer):
    """Keeps what was bought, at which value, net and prices."""

    def decide(self, *given: object, **more: object) -> ms.Decision:
        told = super().decide(*given, **more)  # type: ignore[arg-type]
        if told.option:
            price = dict(zip(self.resources, told.price.tolist(), strict=True))
            self.__dict__.setdefault("bought", []).append((told.value, told.net, price))
        return told


@pytest.fixture(scope="module")
def streamed(tickets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a service that has decided tickets, frozen."""
    folder = tmp_path_factory.mktemp("streamed") / "service"
    how = Played(
        KNOWN, order="3", outcomes="late", cases=CASES, limits=[f"human_answers={LIMIT}"], frozen=True
    )
    run_simulate(tickets / "history", None, folder, how)
    return folder


def test_a_frozen_stream_is_the_replay_to_the_bit(streamed: Path, tickets: Path) -> None:
    history = ms.read_history(tickets / "history")
    new = parted(history, KNOWN)[1]
    order, shelf = order_of(new, "3")[:CASES], Shelf(streamed)
    model = shelf.load("", shelf.first(history.team)[""])
    stage, a = model.open(new), new.answers
    person = new.is_person[a.agent]
    pacer = Noted({"human_answers": LIMIT}, CASES, demand=model.demand)
    use = person.astype(float)[:, None]
    spent = replay_limits(
        Rows(a.indptr, person.copy(), use, use), ~person, lambda k, r: model.worth(stage, k, r), pacer, order
    )
    verdicts = model.verdicts(stage, spent.known)

    store = open_to_read(streamed / DATABASE)
    events = list(events_of(store.frames()))
    store.close()
    leased = [e for e in events if isinstance(e, ev.Leased)]
    decided = [(e.case, e.label) for e in events if isinstance(e, ev.Decided)]
    assert [(e.case, e.agent) for e in leased] == [
        (new.case_id[a.case[r]], new.agent_id[a.agent[r]]) for r in spent.row
    ]
    assert 0 < len(leased) <= LIMIT
    assert [(e.value, e.net, e.price) for e in leased] == pacer.__dict__["bought"]
    assert decided == [(new.case_id[i], new.team.labels[verdicts[i]]) for i in order]


def test_backtest_serve_export_backtest_closes(
    streamed: Path, tickets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "log"
    assert run(["audit", "verify", str(streamed)]) == 0
    assert run(["audit", "replay", str(streamed)]) == 0
    assert run(["audit", "export", str(streamed), "--out", str(out)]) == 0
    log, before = ms.read_history(out), ms.read_history(tickets / "history")
    assert len(log) == CASES and (log.truth >= 0).all()
    at = {name: i for i, name in enumerate(before.case_id)}
    here = [at[name] for name in log.case_id]
    assert np.array_equal(log.truth, before.truth[here])
    old = {(before.case_id[i], before.agent_id[k]): y for i, k, y in zip(*_rows(before), strict=True)}
    new = {(log.case_id[i], log.agent_id[k]): y for i, k, y in zip(*_rows(log), strict=True)}
    assert new.items() <= old.items() and len(new) > 2 * CASES  # both machines, and whoever was asked
    assert any("asked for by the rule" in told for told in log.not_learnable)
    why = (out / "why.csv").read_text(encoding="utf-8").splitlines()
    assert why[0] == "case,agent,why,at,value,net,price:human_answers"
    assert sum(",rule," in line for line in why) == len(new) - 2 * CASES
    capsys.readouterr()
    assert run(["backtest", str(out), "--limit", "human_answers=5"]) == 0
    assert "This is the log of a service" in " ".join(capsys.readouterr().out.split())


def _rows(history: ms.History) -> tuple[list[int], list[int], list[str]]:
    a = history.answers
    return a.case.tolist(), a.agent.tolist(), [history.team.labels[y] for y in a.label.tolist()]


def test_a_stream_without_a_history_learns_as_it_goes(
    tickets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "service"
    words = ["simulate", str(tickets / "history"), "--order", "1", "--cases", "60", "--folder", str(folder)]
    assert run([*words, "--limit", "human_answers=25", "--people", "simulated"]) == 0
    told = capsys.readouterr().out
    assert "60 cases through http://127.0.0.1:" in told and "SIMULATED" in told
    assert "have no verdict" not in told and "Asked: sim_1" in told
    store = open_to_read(folder / DATABASE)
    told_of = [e for e in events_of(store.frames()) if isinstance(e, (ev.Came, ev.ModelChanged))]
    store.close()
    learnt = [i for i, e in enumerate(told_of) if isinstance(e, ev.ModelChanged)]
    assert len(told_of) - len(learnt) == 60
    assert 30 <= learnt[0] < 50, "while the models learn no other case comes"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--speed", "0"], "--speed is a number > 0, or max"),
        (["--people", "ana"], "--people is recorded or simulated"),
        (["--outcomes", "soon"], "--outcomes is now or late or none"),
        (["--order", "size"], "--order is arrived or a seed"),
        (["--limit", "minutes"], "write RESOURCE=AMOUNT"),
    ],
)
def test_words_that_make_no_sense_are_refused_before_anything_starts(
    tickets: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", str(tickets / "history"), *words]) == 2
    assert sentence in capsys.readouterr().err
