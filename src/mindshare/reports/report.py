"""A backtest's result as one HTML file: complete by itself, nothing is fetched from anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from mindshare.core.errors import MindshareError, counted
from mindshare.reports.agents import agents
from mindshare.reports.compare import differences, frontier
from mindshare.reports.facts import belief, covered, not_learnable, run_facts, time_order
from mindshare.reports.finding import findings, tally
from mindshare.reports.gain import gain
from mindshare.reports.kinds import kinds
from mindshare.reports.limits import limits
from mindshare.reports.markup import Child, Markup, join, named, short, tag
from mindshare.reports.samples import samples
from mindshare.reports.words import count

SCHEMA = "mindshare.backtest/1"
# the browser is told to fetch nothing, whatever ends up in the page
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
LINKS = {
    "frontier": "What attention buys",
    "differences": "Against each policy",
    "limits": "Within the limits",
    "kinds": "By kind",
    "agents": "Who is good at what",
    "gain": "Promises kept?",
    "samples": "Cases",
    "time": "In order of time",
    "unknown": "What it cannot tell",
}


def write_report(result: Mapping[str, Any], path: Path) -> None:
    """Writes the page; the same result gives the same bytes."""
    path.write_text(report_html(result), encoding="utf-8", newline="\n")


def report_html(result: Mapping[str, Any]) -> str:
    """The page as text, in the order in which questions come: what was found, at what price, by whom, how sure."""
    schema = result.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise MindshareError(
            f"A report is made from a result with schema {SCHEMA!r}. Got {schema!r} instead."
        )
    sections = [
        frontier(result),
        differences(result),
        limits(result),
        kinds(result),
        agents(result),
        gain(result),
        samples(result),
        not_learnable(result),
        belief(result),
        time_order(result),
    ]
    name = (result.get("history") or {}).get("name") or "history"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{short(name, 80)}: what better attention would have brought"),
        tag("style", Markup(_file("report.css"))),
    )
    main = tag(
        "main", _opening(result, str(name)), _links([s for s in sections if s]), sections, run_facts(result)
    )
    body = tag("body", main, tag("script", Markup(_file("tips.js"))))
    return "<!doctype html>\n" + tag("html", head, "\n", body, lang="en") + "\n"


def _opening(result: Mapping[str, Any], name: str) -> Markup:
    history = result.get("history") or {}
    size = (
        f" · {counted(count(result.get('cases') or history.get('cases')), 'case')} judged"
        f" · {counted(count(history.get('machines')), 'machine')}"
        f" · {counted(count(history.get('people')), 'person', 'people')}"
        f" · {counted(count(history.get('answers')), 'answer')}"
    )
    simulated = history.get("simulated_people") is True
    first, *more = findings(result)
    rest: Child = [tag("p", words) for words in (*more, tally(result), covered(result)) if words]
    return tag(
        "header",
        tag("p", tag("b", "Mindshare"), " backtest of ", named(short(name, 80)), size, class_="over"),
        tag("p", "⚠ People simulated: no evidence. ", tag("span", "Their answers were made up by a stated model; a win on "
            "them says nothing about real people."), class_="warning", role="note") if simulated else None,
        tag("h1", first),
        tag("div", rest, class_="lede"),
    )  # fmt: skip


def _links(sections: list[Markup]) -> Markup:
    there = {found.group(1) for s in sections if (found := re.match(r'<section id="([a-z]+)"', s))}
    items = (tag("a", words, href=f"#{anchor}") for anchor, words in LINKS.items() if anchor in there)
    return tag("nav", join(items), aria_label="Sections")


def _file(name: str) -> str:
    return resources.files("mindshare.reports").joinpath(name).read_text(encoding="utf-8")
