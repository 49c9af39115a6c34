"""Results of every kind as pages: what the tests of reports read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from mindshare.reports.finding import findings
from mindshare.reports.report import report_html
from tests.reports.sample_result import make_agents, make_result, make_time_order

VOID = {"br", "input", "meta", "wbr"}
EVIL = "<script>alert('x')</script>\"><img src=x onerror=y>"


class Page(HTMLParser):
    """Checks that every element closes in order, and collects attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words).replace("\u00a0", " "))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def show(**parts: Any) -> Page:
    return Page(report_html(make_result(**parts)))


def h1(**parts: Any) -> str:
    found = re.search(r"<h1>(.*?)</h1>", report_html(make_result(**parts)))
    assert found
    return found.group(1).replace("\u00a0", " ")


def told_in_all(**parts: Any) -> str:
    """The headline with what follows it, which is on the page too."""
    whole = " ".join(findings(make_result(**parts)))
    assert all(sentence in report_html(make_result(**parts)) for sentence in findings(make_result(**parts)))
    return whole.replace("\u00a0", " ")


def history(**parts: Any) -> dict[str, Any]:
    return make_result()["history"] | parts


def flat(**accuracy: tuple[float, tuple[float, float]]) -> dict[str, Any]:
    """Policies whose points say the same at shares 0 and 0.1: name=(accuracy, interval of policy minus mindshare).

    Above the machines, if there are any, the interval is a point to both sides.
    """
    ours, alone = accuracy["mindshare"][0], accuracy.get("all_machines", (None,))[0]
    return {
        name: {"points": [
            {"share": s, "human_share": 0.0 if name == "all_machines" else s, "spent": {}, "accuracy": a,
             "accuracy_ci95": [a - 0.01, a + 0.01], "utility": a,
             "on_time": None, "minus_mindshare": {"value": a - ours, "ci95": list(ci)}}
            | ({} if alone is None else {"minus_all_machines": {"value": a - alone, "ci95": [a - alone - 0.01, a - alone + 0.01]}})
            for s in (0.0, 0.1)
        ]}
        for name, (a, ci) in accuracy.items()
    }  # fmt: skip


def all_null(value: Any) -> Any:
    """The same result with null for every figure and name below the top."""
    if isinstance(value, dict):
        return {key: all_null(item) for key, item in value.items()}
    return [all_null(item) for item in value] if isinstance(value, list) else None


DEGENERATE = {
    "full": {"time_order": make_time_order()},
    "only the schema": {key: None for key in make_result() if key != "schema"},
    "every figure null": {k: all_null(v) for k, v in make_result(time_order=make_time_order()).items() if k != "schema"},
    "nobody and nothing": {"agents": {}, "policies": {}, "frontiers": {}, "limits": None, "prices": {}, "gain_bins": [],
                           "samples": [], "not_learnable": [], "run": {}, "belief": {}, "covered": {}},
    "no people": {"history": history(people=0), "agents": make_agents(machines=3, people=0),
                  "policies": {n: {"points": p["points"][:1]} for n, p in make_result()["policies"].items()}},
    "no machines": {"history": history(machines=0), "agents": make_agents(machines=0, people=22)},
    "two labels": {"history": history(labels=2, cases=100), "cases": 100},
    "one policy, one point": {"policies": {"mindshare": {"points": make_result()["policies"]["mindshare"]["points"][3:4]}},
                              "frontiers": {"answers": {"mindshare": [{"spent": 0.05, "accuracy": 0.5, "utility": 0.5}]}}},
    "everybody always right": {"policies": flat(mindshare=(1.0, (0.0, 0.0)), all_machines=(1.0, (0.0, 0.0)))},
    "461 agents": {"history": history(people=450), "agents": make_agents(machines=11, people=450)},
    "a matrix of utility": {"history": history(utility="matrix")},
    "negative utility": {"history": history(utility="matrix"), "frontiers": {
        "people.minutes": {"mindshare": [{"spent": s, "accuracy": 0.5, "utility": -40 + s} for s in (0, 3, 1e6)]}}},
    "tiny spends": {"frontiers": {"cpu_s": {"mindshare": [{"spent": 1e-9 * s, "accuracy": 0.7 + s / 100, "utility": 0.7}
                                                         for s in range(5)]}}},
}  # fmt: skip
