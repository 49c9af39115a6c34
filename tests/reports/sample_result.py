"""Results of a backtest made up for the report's tests: schema mindshare.backtest/1, every part can be given instead."""

from __future__ import annotations

import math
from typing import Any

SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
MINUTES = 0.0135  # per human answer
CURVES = {  # accuracy = floor + gain * (1 - exp(-share / bend)) - slope * share
    "mindshare": (0.7636, 0.0205, 0.06, 0.0),
    "posthoc": (0.7636, 0.009, 0.05, 0.0),
    "threshold": (0.7636, 0.012, 0.15, 0.16),
    "threshold_fused": (0.7636, 0.02, 0.3, 0.0),
    "best_machine": (0.7421, 0.0, 1.0, 0.0),
    "all_machines": (0.7636, 0.0, 1.0, 0.0),
    "one_person": (0.7, 0.0, 1.0, 0.088),
    "everybody": (0.7636, 0.0175, 0.9, 0.0),
    "random": (0.7636, 0.012, 0.6, 0.0),
    "majority_of_3": (0.7636, 0.004, 0.6, 0.02),
    "first_come": (0.7636, 0.01, 0.7, 0.001),
    "oracle": (0.7636, 0.12, 0.45, 0.0),
}


def make_result(**parts: Any) -> dict[str, Any]:
    """A result like vision16's; whatever is given replaces the part of that name."""
    result: dict[str, Any] = {
        "schema": "mindshare.backtest/1",
        "history": {
            "name": "vision16", "cases": 12_000, "labelled": 12_000, "labels": 16, "machines": 9, "people": 38,
            "answers": 130_412, "utility": "accuracy", "stakes": False, "simulated_people": False,
        },
        "cases": 12_000,
        "agents": make_agents(machines=9, people=17),
        "policies": {name: {"points": _points(name)} for name in CURVES},
        "frontiers": {
            "people.minutes": {n: _frontier(n, MINUTES) for n in CURVES},
            "answers": {n: _frontier(n, 1.0) for n in CURVES},
            "gflop": {n: _frontier(n, 120.0, 164.4) for n in CURVES},
        },
        "limits": _limits(),
        "prices": {"people.minutes": 0.82, "gflop": 0.0000041},
        "belief": {"family": "weighted pool", "log_loss": 0.71342, "ece": 0.0121,
                   "race": {"weighted pool": 0.71342, "boosting": 0.7621, "best machine": 0.9011}},
        "gain_bins": [
            {"promised": p, "realised": r, "cases": n, "se": s}
            for p, r, n, s in ((0.002, 0.0012, 5210, 0.0011), (0.011, 0.0131, 2210, 0.0021), (0.024, 0.0198, 1204, 0.004),
                               (0.047, 0.051, 811, 0.007), (0.081, 0.034, 402, 0.009), (0.14, 0.155, 120, 0.031))
        ],
        "samples": [_sample(i) for i in range(9)],
        "time_order": None,
        "covered": {"cases": 11_700, "share": 0.975, "note": "300 cases have no truth."},
        "not_learnable": [
            "People were asked about 3,800 of 12,000 cases, and about hard ones: machines are right in 61 % of these and in "
            "79 % of the others. How people do on the easy ones is not known.",
            "4 of 47 agents have fewer than 30 answers to cases with known truth, too few to judge one by one: "
            "person_31 (12), person_32 (9), person_35 (22), person_36 (28).",
        ],
        "run": {"seconds": 93.4, "peak_mb": 1312.5, "seed": 0, "folds": 5,
                "versions": {"mindshare": "0.1.0", "python": "3.11.4", "numpy": "2.4.6"},
                "command": "mindshare backtest vision16/ --limit people.minutes=12 --limit gflop=500000 --seed 0 "
                           "--report report.html"},
    }  # fmt: skip
    return result | parts


def make_agents(*, machines: int, people: int) -> dict[str, Any]:
    named = [f"net_{i}" for i in range(machines)] + [f"person_{i}" for i in range(people)]
    return {name: _agent(i, name.startswith("net")) for i, name in enumerate(named)}


def make_time_order() -> dict[str, Any]:
    names = ("mindshare", "posthoc", "threshold", "all_machines")
    return {
        "policies": {n: {"points": _points(n)} for n in names},
        "cases": 9_000,
        "note": "The first 3,000 only teach.",
    }


def _accuracy(name: str, share: float) -> float:
    floor, gain, bend, slope = CURVES[name]
    return floor + gain * (1 - math.exp(-share / bend)) - slope * share * share


def _points(name: str) -> list[dict[str, Any]]:
    points = []
    for share in SHARES:
        a, ours, alone = (_accuracy(n, share) for n in (name, "mindshare", "all_machines"))
        half = 0.0008 + 0.006 * share**0.5 if a != ours else 0.0
        near = 0.0008 + 0.006 * share**0.5 if a != alone else 0.0
        points.append({
            "share": share,
            "human_share": share,
            "spent": {"people.minutes": MINUTES * share, "answers": share, "gflop": 164.4},
            "accuracy": a, "accuracy_ci95": [a - 0.0074, a + 0.0074], "on_time": None,
            "utility": a, "utility_ci95": [a - 0.0074, a + 0.0074],
            "minus_mindshare": {"value": a - ours, "ci95": [a - ours - half, a - ours + half]},
            "utility_minus_mindshare": {"value": a - ours, "ci95": [a - ours - half, a - ours + half]},
            "minus_all_machines": {"value": a - alone, "ci95": [a - alone - near, a - alone + near]},
            "utility_minus_all_machines": {"value": a - alone, "ci95": [a - alone - near, a - alone + near]},
        })  # fmt: skip
    return points


def _frontier(name: str, unit: float, start: float = 0.0) -> list[dict[str, float]]:
    fixed = name in {"best_machine", "all_machines"}
    return [
        {
            "spent": start + (0 if fixed else unit * s),
            "accuracy": _accuracy(name, s),
            "utility": _accuracy(name, s),
        }
        for s in (SHARES[:1] if fixed else SHARES)
    ]


def _agent(i: int, machine: bool) -> dict[str, Any]:
    a = (0.74 - 0.031 * i) if machine else 0.68 - 0.013 * (i % 17)
    n = 12_000 if machine else 210 + 13 * (i % 30)
    half = 1.96 * (a * (1 - a) / n) ** 0.5
    kind = {
        "where": "exp=colour",
        "accuracy": min(a + 0.2, 0.99),
        "ci95": [min(a + 0.17, 0.97), 0.995],
        "answers": n // 9,
    }
    return {
        "kind": "machine" if machine else "person", "answers": n, "accuracy": a, "ci95": [a - half, a + half],
        "seconds": None if machine else 0.72 + 0.01 * (i % 20),
        "mean_seconds": None if machine else 0.8 + 0.01 * (i % 20),
        "calibration": {"said": a + 0.07 - 0.02 * i, "right": a} if machine else None,
        "cost": {"gflop": 4.1 * 2**i if machine else 0.0} if machine else {"person.minutes": MINUTES, "people.minutes": MINUTES},
        "strong": [kind, kind | {"where": "exp=contrast, condition=c100"}],
        "weak": [kind | {"where": "exp=high-pass, condition=0.4", "accuracy": a - 0.3, "ci95": [a - 0.35, a - 0.25]}],
    }  # fmt: skip


def _limits() -> dict[str, Any]:
    rows = (
        ("people.minutes", 12.0, 11.996, 0.82, "One more minute of the people brings 0.8 right verdicts."),
        ("gflop", 500_000.0, 499_871.0, 0.0000041, "One more thousand GFLOP bring 0.004 right verdicts."),
        ("net_mb", 900.0, 310.2, 0.0, "not all of it is used: 66 % is left"),
    )
    return {
        "table": [dict(zip(("resource", "limit", "spent", "price", "words"), row, strict=True)) for row in rows],
        "accuracy": 0.7788, "accuracy_ci95": [0.7712, 0.7861], "utility": 0.7788,
        "without": {"accuracy": 0.7541, "what": "all machines on every case, without limits and without people"},
        "asked": {f"person_{i}": 90 - 5 * i for i in range(17)} | {"net_0": 12_000, "net_1": 7_210},
    }  # fmt: skip


def _sample(i: int) -> dict[str, Any]:
    right = (True, False, None)[i % 3]
    return {
        "case": f"colour_{i:04d}", "truth": None if right is None else "knife", "before": "bottle",
        "verdict": "knife" if i % 2 == 0 else "bottle", "right": right,
        "asked": [{"agent": "person_3", "answer": "knife", "value": 0.0412, "net": 0.0211,
                   "cost": {"person_3.minutes": MINUTES, "people.minutes": MINUTES}}][: i % 4],
        "why": "The machines are split between bottle (0.46) and knife (0.41); person_3 is right about knives in 88 % of "
               "such cases, so an answer is worth 4.1 points and costs 2.0.",
        "counterfactual": "At a price of 1.7 per minute or more nobody would be asked and the verdict would be bottle.",
    }  # fmt: skip
