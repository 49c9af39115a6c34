"""Promises of every domain, and that `check_domain` notices when one is broken."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mindshare.cli.demo import run_demo
from mindshare.core.errors import MindshareError
from mindshare.domains.digits.domain import Digits
from mindshare.domains.domain import Domain, Live, Made, Size, Terms
from mindshare.domains.known import DOMAINS, domain_of, training_of
from mindshare.domains.manufacturing.domain import Manufacturing
from mindshare.histories.write import write_history
from mindshare.testing import check_domain


@pytest.mark.parametrize("domain", [Digits(), Manufacturing(runs=9, per_run=20)], ids=lambda d: d.name)
def test_every_domain_keeps_its_promises(domain: Domain) -> None:
    check_domain(domain)


def test_each_domain_is_found_by_its_name() -> None:
    for domain in DOMAINS:
        assert domain_of(domain.name) is domain
        if domain.training is not None:
            assert training_of(domain.name) is domain.training


def test_a_domain_on_real_data_has_its_own_labels_and_nothing_is_missing(data_dir: Path) -> None:
    domain = Manufacturing()
    domain.preflight(data_dir)
    assert domain.terms(data_dir).labels == ("sound", "faulty")


# -- a small domain that breaks one promise at a time ----------------------------------------------------------------
TERMS = Terms(
    about="tickets of a SIMULATED desk; SIMULATED people",
    question="Is this ticket urgent?",
    labels=("urgent", "calm"),
    utility={"urgent": {"urgent": 1.0, "calm": -2.0}, "calm": {"urgent": 0.0, "calm": 1.0}},
    features=("words", "by"),
    normal="calm",
    size=Size(
        column="words", unit="words", called="the length of a text", why="longer ones take longer to read"
    ),
)
COST = {
    "keyword": {"cpu_s": 0.01},
    "reader": {"cpu_s": 0.1},
    "sim_1": {"people.minutes": {"fixed": 0.1, "per": 0.01, "of": "words"}},
}
LIMITS = {"cpu_s": 18.0, "people.minutes": 60.0}
RIGHT = {"keyword": 0.7, "reader": 0.8, "sim_1": 0.95}


@dataclass(frozen=True)
class Desk:
    """A desk of 240 tickets; `broken` names the promise that it breaks."""

    broken: str = ""
    told: Terms = TERMS
    cost: Any = None
    limits: Any = None
    people: tuple[str, ...] = ("sim_1",)
    name: str = "desk"
    cases: str = "tickets"
    training: None = None

    def preflight(self, data: Path | None) -> tuple[str, ...]:
        if data is not None and not (data / "tickets.csv").is_file():
            raise MindshareError(
                f"There is no tickets.csv in {data}." if self.broken != "sentence" else "no\ndata"
            )
        return ()

    def terms(self, data: Path | None) -> Terms:
        return self.told

    def write(self, out: Path, *, data: Path | None, seed: int) -> Made:
        if self.broken == "begun":
            out.mkdir()
        if self.broken == "reads before it looks" and data is not None:
            (data / "tickets.csv").read_bytes()
        if self.broken != "no refusal":
            self.preflight(data)
        if self.broken == "chance":
            seed = int.from_bytes(os.urandom(4), "little")
        rng = np.random.default_rng(seed)
        truth = rng.choice(["urgent", "calm"], 240, p=[0.4, 0.6])
        ids = [f"desk_{i}" for i in range(240)]
        said = {}
        for agent, right in RIGHT.items():
            wrong = rng.random(240) > (0.5 if self.broken == "know nothing" else right)
            said[agent] = np.where(wrong, np.where(truth == "calm", "urgent", "calm"), truth)
        return Made(
            path=write_history(out, self.team(), self.table(ids, truth, said, rng), self.rows(ids, said)),
            show=(lambda case: np.ones(3)) if self.broken == "shows what cannot be sent" else str.upper,
            sheets={"Lists": "lists.html"} if self.broken == "a sheet that is not there" else {},
        )

    def team(self) -> dict[str, Any]:
        cost = self.cost or COST
        return {
            "name": "desk" if self.broken == "unnamed" else "desk with simulated people",
            "labels": ["calm", "urgent"] if self.broken == "other labels" else list(TERMS.labels),
            "utility": "accuracy" if self.broken == "other utility" else TERMS.utility,
            "agents": {
                self.called(agent): {"kind": "person" if agent == "sim_1" else "machine", "cost": cost[agent]}
                for agent in self.agents()
            },
            "limits": LIMITS if self.limits is None else self.limits,
        }

    def agents(self) -> list[str]:
        out = {"no person": ["keyword", "reader"], "no machine": ["sim_1"]}
        return out.get(self.broken, list(RIGHT))

    def called(self, agent: str) -> str:
        return "ana" if agent == "sim_1" and self.broken == "a real name" else agent

    def table(
        self, ids: list[str], truth: np.ndarray, said: dict[str, np.ndarray], rng: np.random.Generator
    ) -> pl.DataFrame:
        columns = {
            "case": ids,
            "truth": truth.tolist(),
            "words": rng.integers(3, 40, 240),
            "by": ["chat", "mail"] * 120,
        }
        right = sum((answers == truth).astype(int) for answers in said.values())
        if self.broken == "an undeclared column":
            columns["mood"] = rng.choice(["good", "bad"], 240)
        if self.broken == "the truth is a column":
            columns["by"] = np.where(truth == "urgent", "red", "green")
        if self.broken == "the answers are a column":
            columns["words"] = right * 2.5 + 0.25
        return pl.DataFrame(columns)

    def rows(self, ids: list[str], said: dict[str, np.ndarray]) -> pl.DataFrame:
        return pl.concat(
            pl.DataFrame({"case": ids, "agent": [self.called(agent)] * 240, "answer": said[agent].tolist()})
            for agent in self.agents()
        )


def with_utility(**worth: float) -> Terms:
    table = {t: dict(row) for t, row in TERMS.utility.items()}  # type: ignore[union-attr]
    table["urgent"] |= worth
    return replace(TERMS, utility=table)


def with_live(**told: Any) -> Terms:
    live = {"guidelines": "Say whether it can wait.", "limits": {"people.minutes": 30.0}, **told}
    return replace(TERMS, live=Live(**live))


FLAT = {**COST, "sim_1": {"people.minutes": 0.3}}


def test_a_small_domain_without_a_fault_passes() -> None:
    check_domain(Desk())
    check_domain(Desk(told=with_live(template=({"feature": "words", "title": "Words"},), keys={"calm": "k"})))


def test_all_that_is_missing_and_all_that_is_broken_is_said_at_once() -> None:
    class Nothing:
        name = "nothing"
        write = None

        def terms(self) -> None: ...

    with pytest.raises(AssertionError) as missing:
        check_domain(Nothing())  # type: ignore[arg-type]
    told = str(missing.value).splitlines()
    assert [line.split("`")[1] for line in told] == [
        "cases",
        "training",
        "preflight(data)",
        "terms",
        "write(out, *, data, seed)",
    ]
    with pytest.raises(AssertionError) as broken:
        check_domain(Desk("unnamed", limits={"cpu_s": 1e6}))
    assert [line.split(",")[0] for line in str(broken.value).splitlines()] == [
        "the name of the history does not say that people are simulated",
        "the limit on 'cpu_s' lets everybody be asked about everything",
    ]


def test_terms_of_another_sort_are_named() -> None:
    with pytest.raises(AssertionError, match=r"terms\(data\) gives no Terms but None"):
        check_domain(Desk(told=None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("desk", "told"),
    [
        (Desk(told=replace(TERMS, question="urgent or calm")), "not a question"),
        (Desk(told=replace(TERMS, labels=("calm", "calm"))), "each told once"),
        (Desk(told=replace(TERMS, normal="quiet")), "normal and no label"),
        (Desk(told=with_utility(calm=float("-inf"))), "not finite"),
        (Desk(told=with_utility(calm=3.0)), "worth more than the right one"),
        (
            Desk(told=replace(TERMS, utility={t: dict.fromkeys(TERMS.labels, 1.0) for t in TERMS.labels})),
            "no error costs",
        ),
        (Desk(told=replace(TERMS, utility={"urgent": {"urgent": 1.0}})), "cover labels x labels"),
        (Desk("sentence"), "not in a sentence"),
        (Desk("begun"), "a history was begun"),
        (Desk("reads before it looks"), "does not say in a sentence"),
        (Desk("no refusal"), "do not agree"),
        (Desk("other labels"), "labels are not those of the terms"),
        (Desk("other utility"), "utility is not that of the terms"),
        (Desk("no person", limits={"cpu_s": 18.0}), "no person answers"),
        (Desk("no machine", limits={"people.minutes": 60.0}), "no machine answers"),
        (Desk("a real name"), "whether it is a simulated person"),
        (Desk("unnamed"), "does not say that people are simulated"),
        (Desk(told=replace(TERMS, about="tickets of a desk")), "does not say what is simulated"),
        (Desk("chance"), "the same seed gave another"),
        (Desk("an undeclared column"), "'mood'"),
        (Desk("the truth is a column"), "'by' gives the truth away"),
        (Desk("the answers are a column"), "'words' follows how many agents were right"),
        (Desk(limits={}), "there is no limit"),
        (Desk(limits={"cpu_s": 1e6}), "lets everybody be asked about everything"),
        (Desk(cost=FLAT), "no agent's answer costs more"),
        (Desk(limits={"cpu_s": 1e-9, "people.minutes": 1e-9}), "with all agents verdicts are worth"),
        (Desk("know nothing"), "no machine's answers are worth more"),
        (Desk(told=with_live(guidelines=" ")), "are told nothing"),
        (Desk(told=with_live(limits={})), "the live demo has no limit"),
        (Desk(told=with_live(limits={"net_mb": 1.0})), "nobody uses 'net_mb', which the live demo limits"),
        (Desk(told=with_live(keys={"late": "l"})), "live: kinds.default.keys: there is no label 'late'"),
        (Desk(told=with_live(template=({"feature": "words", "like": "text"},))), "unknown field `like`"),
        (Desk(told=with_live(template=({"feature": "mood"},))), "shows 'mood', which is no feature"),
        (Desk("a sheet that is not there"), "The file of the sheet 'Lists' is not there: lists.html"),
        (Desk(told=with_live(faster=0.0)), "must be more than 0 times as fast, not 0"),
        (Desk("shows what cannot be sent", told=with_live()), "what people see of desk_0 is no text"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_domain_that_breaks_a_promise_is_caught(desk: Desk, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check_domain(desk)


def test_the_demo_shows_a_domain_that_it_has_never_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mindshare.domains.known.DOMAINS", (*DOMAINS, Desk()))
    run_demo("desk", None, tmp_path / "report.html", 0)
    told = capsys.readouterr().out
    assert "Is this ticket urgent?" in told and "missed cases" in told and "120 tickets" in told
    assert "The allocation follows the length of a text (longer ones take longer to read)" in told


@pytest.mark.parametrize("name", ["training", "windows"])
def test_old_names_still_work_and_say_where_the_new_ones_are(name: str) -> None:
    from importlib import import_module

    with pytest.warns(
        DeprecationWarning, match=r"has moved: import .* from mindshare\.domains\.manufacturing"
    ):
        import_module(f"mindshare.domains.{name}")
