"""Who is good at what: skill with its interval, speed, calibration, strong and weak kinds of cases."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mindshare.core.errors import counted
from mindshare.reports.markup import Child, Markup, join, named, short, tag
from mindshare.reports.section import FIRST, folded, note, section, stacked, table
from mindshare.reports.words import count, dash, interval, number, percent, span, spell_seconds, spend

Agent = tuple[str, Mapping[str, Any]]
MOST = 400  # agents of one kind on the page; all of them are in the JSON
FULL = 60  # of those, the ones with all columns
COLUMNS = {  # column -> keys of the result that fill it
    "speed and cost": ("mean_seconds", "cost"),
    "says / is right": ("calibration",),
    "strong on": ("strong",),
    "weak on": ("weak",),
}
MOST_KINDS = 3  # strong or weak kinds of cases shown an agent


def agents(result: Mapping[str, Any]) -> Markup:
    """One table for machines, one for people."""
    everybody = [(str(i), a) for i, a in (result.get("agents") or {}).items() if isinstance(a, Mapping)]
    if not everybody:
        return section(
            "agents", "Who is good at what", note(dash("no agent answered a case with a known truth"))
        )
    low = _axis_start(everybody)
    tables = (
        _kind([a for a in everybody if (a[1].get("kind") == "person") == person], person, low)
        for person in (False, True)
    )
    return section(
        "agents",
        "Who is good at what",
        note(
            "The share of right answers where the truth is known: the dot; its 95 % interval: the line, on a scale "
            f"from {percent(low, 0)} to 100 %. Ordered by the lower end of the interval, so that luck "
            "with few answers does not lead. Agents may have answered different cases: compare with care."
        ),
        tables,
    )


def _kind(group: Sequence[Agent], person: bool, low: float) -> Markup:
    one, what = ("person", "People") if person else ("machine", "Machines")
    if not group:
        return join(tag("h3", what), note(dash(f"no {one} answered in this history")))
    order = sorted(group, key=_merit)
    title = f"{what} ({len(order):,})"
    parts: list[Markup] = [tag("h3", title), _full(order[:FIRST], what, low)]
    rest = order[FIRST:MOST]
    if rest:
        body = [_full(rest[: FULL - FIRST], f"More {what.lower()}", low)]
        if rest[FULL - FIRST :]:
            body.append(_brief(rest[FULL - FIRST :], what))
        parts.append(folded(counted(len(rest), f"more {one}", f"more {what.lower()}"), body))
    if len(order) > MOST:
        parts.append(note(counted(len(order) - MOST, "more is", "more are") + " in the JSON."))
    return join(parts)


def _merit(agent: Agent) -> tuple[float, float, str]:
    ci = interval(agent[1].get("ci95"))
    accuracy = number(agent[1].get("accuracy"))
    return (-(ci[0] if ci else -1.0), -(accuracy if accuracy is not None else -1.0), agent[0])


def _axis_start(everybody: Sequence[Agent]) -> float:
    lows = [ci[0] for _, a in everybody[:MOST] if (ci := interval(a.get("ci95")))]
    return max(0.0, math.floor(min(lows, default=0.0) * 10) / 10)


def _full(group: Sequence[Agent], what: str, low: float) -> Markup:
    """What nobody in the group has is said once in the caption, not in every row."""
    missing = [
        column for column, keys in COLUMNS.items() if not any(a.get(key) for _, a in group for key in keys)
    ]
    head = ["agent", "right answers", *(column for column in COLUMNS if column not in missing)]
    caption = f"{what}, by the lower end of the interval" + (
        f"; left out, as nobody has any: {', '.join(missing)}" if missing else ""
    )
    return stacked(caption, head, [_row(agent, low, head) for agent in group], "agents")


def _row(agent: Agent, low: float, head: Sequence[str]) -> list[Child]:
    name, a = agent
    cells: dict[str, Child] = {
        "speed and cost": _speed(a),
        "says / is right": _calibration(a.get("calibration")),
        "strong on": _kinds(a.get("strong"), "▲"),
        "weak on": _kinds(a.get("weak"), "▼"),
    }
    first = join(named(name), tag("small", counted(count(a.get("answers")), "answer")))
    return [first, _skill(a, low), *(cells[column] for column in head[2:])]


def _skill(a: Mapping[str, Any], low: float) -> Child:
    accuracy, ci = number(a.get("accuracy")), interval(a.get("ci95"))
    if accuracy is None:
        return dash("no answer with a known truth")
    figures = tag("span", tag("b", percent(accuracy)), tag("small", span(*ci)) if ci else None)
    return tag("div", figures, _whisker(accuracy, ci, low), class_="skill")


def _whisker(accuracy: float, ci: tuple[float, float] | None, low: float) -> Markup:
    def at(share: float) -> float:
        return 4 + 92 * max(0.0, min(1.0, (share - low) / (1 - low)))

    return tag(
        "svg",
        tag("path", d="M4 6H96", class_="track"),
        tag("path", d=f"M{at(ci[0]):.1f} 6H{at(ci[1]):.1f}", class_="fill") if ci else None,
        tag("path", d=f"M{at(accuracy):.1f} 6h.01", class_="spot"),
        viewBox="0 0 100 12",
        aria_hidden="true",
        class_="whisker",
    )


def _speed(a: Mapping[str, Any]) -> Child:
    seconds, usual = number(a.get("mean_seconds")), number(a.get("seconds"))
    told: list[Child] = [join(spell_seconds(seconds), tag("small", "mean"))] if seconds is not None else []
    if usual is not None:
        told.append(tag("small", spell_seconds(usual), " median"))
    cost = a.get("cost") or {}
    for resource, value in list(cost.items())[:MOST_KINDS]:
        used = number(value)
        if used is None or (seconds is not None and resource.endswith("minutes")):
            continue  # the same seconds once more
        told.append(tag("small", spend(used, resource)))
    return join(told) if told else dash("not recorded")


def _calibration(told: object) -> Child:
    said, right = (
        (number(told.get(key)) for key in ("said", "right")) if isinstance(told, Mapping) else (None, None)
    )
    if said is None or right is None:
        return dash("gave no confidence")
    gap = said - right
    word = "as sure as right" if abs(gap) < 0.02 else "too sure" if gap > 0 else "too modest"
    return join(f"{percent(said, 0)} / {percent(right, 0)}", tag("small", word))


def _kinds(kinds: object, sign: str) -> Child:
    shown = [k for k in kinds if isinstance(k, Mapping)][:MOST_KINDS] if isinstance(kinds, list) else []
    if not shown:
        return dash("none stands out")
    return tag("ul", (tag("li", _one_kind(k, sign)) for k in shown), class_="kinds")


def _one_kind(kind: Mapping[str, Any], sign: str) -> Child:
    accuracy, ci = number(kind.get("accuracy")), interval(kind.get("ci95"))
    around = f"{span(*ci, 0)}, " if ci else ""
    return join(
        f"{sign} ",
        tag("b", "–" if accuracy is None else percent(accuracy, 0)),
        " ",
        named(short(kind.get("where", "?"), 60)),
        " ",
        tag("small", around + counted(count(kind.get("answers")), "answer")),
    )


def _brief(group: Sequence[Agent], what: str) -> Markup:
    """Many agents in little room."""
    rows: list[list[Child]] = []
    for name, a in group:
        accuracy, ci, seconds = (
            number(a.get("accuracy")),
            interval(a.get("ci95")),
            number(a.get("mean_seconds")),
        )
        rows.append([
            named(name),
            count(a.get("answers")),
            "–" if accuracy is None else percent(accuracy),
            span(*ci) if ci else "–",
            "–" if seconds is None else spell_seconds(seconds),
        ])  # fmt: skip
    return table(f"{what}, in short", ["agent", "answers", "right", "95 % interval", "mean"], rows, "figures")
