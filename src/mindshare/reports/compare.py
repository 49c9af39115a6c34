"""Policies side by side: the frontier with its switch, the differences, attention for equal accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mindshare.core.errors import counted
from mindshare.reports.curves import (
    HINDSIGHT,
    OURS,
    View,
    find,
    needed,
    resource_view,
    share_view,
)  # fmt: skip
from mindshare.reports.frontier import picture
from mindshare.reports.markup import Child, Markup, foldable, join, named, short, tag
from mindshare.reports.measure import ACCURACY, Measure, measure_of, measures_of
from mindshare.reports.pairing import Asked, Lead, asked_shares, lead_over, telling
from mindshare.reports.section import folded, note, section, stacked, table
from mindshare.reports.words import NBSP, agreeing, amount, dash, digits_of, interval

WANTED = ("people.minutes", "answers", "gflop", "cpu_s", "gpu_s", "net_mb", "energy_j")
MOST_SHARES = 8  # columns that are seen at once
MOST_PICTURES = 5  # resources in the switch; each is two pictures
WORDS = {
    OURS: "ours: asks while an answer is worth more than it costs",
    "posthoc": "a logistic model says where the person is right more often than the machines; the person replaces them",
    "threshold": "the least confident cases go to a person, who replaces the machines",
    "threshold_fused": "the least confident cases go to a person; machines and person are combined",
    "posthoc_skill": "the same, and it knows each person's skill and chooses the person",
    "best_machine": "the one machine that was best on the training folds",
    "all_machines": "all machines combined and calibrated, no person",
    "one_person": "one person answers every case alone",
    "everybody": "all answers of everybody, combined",
    "random": "cases drawn at random go to a person; combined",
    "majority_of_3": "three people vote",
    "first_come": "people take cases in order of arrival until the share is used",
    HINDSIGHT: "right if the machines or the asked person are right: cannot be done, only bounds what could be",
}
SIGNS = {"ahead": "▲ ahead", "behind": "▼ behind", "even": "= even", "unknown": "? no interval"}


def frontier(result: Mapping[str, Any]) -> Markup:
    """The picture of all policies, with a switch of what is spent and of what is reached."""
    policies = result.get("policies") or {}
    digits = digits_of(result)
    views = _views(policies, result.get("frontiers") or {}, measures_of(result))
    if not views:
        return section(
            "frontier",
            "What attention buys",
            note(dash("no policy spent anything, so there is no line to draw")),
        )
    return section(
        "frontier",
        "What attention buys",
        tag("p", "Each line is a way to decide whom to ask. Higher is better, further left is cheaper; the thick line "
            "with its band (95 % interval) is Mindshare. Dotted ends: nothing more was spent."),
        _switch(views, digits),
        _equal(views, measure_of(result), digits),
        folded("Who the policies are", _who(policies)),
    )  # fmt: skip


def _views(
    policies: Mapping[str, Any], frontiers: Mapping[str, Any], measures: Sequence[Measure]
) -> list[View]:
    rank = {name: i for i, name in enumerate(WANTED)}
    # a single person's minutes come last: there can be hundreds
    order = sorted(frontiers, key=lambda r: (rank.get(r, len(rank)), r.endswith(".minutes"), r))
    views: list[View] = []
    for measure in measures:
        shown = [share_view(policies, measure), *(resource_view(r, frontiers[r], measure) for r in order)]
        # where nobody spends anything there is no line to draw
        views += [v for v in shown if v and max(d.x for c in v.curves for d in c.dots) > 0][
            : MOST_PICTURES + 1
        ]
    return views


def _switch(views: Sequence[View], digits: int) -> Markup:
    """Radio buttons and the pictures they show: plain CSS, so it works without scripts and with a keyboard."""
    ids = [f"view-{i}" for i in range(len(views))]
    both = len({v.measure for v in views}) > 1
    titles = [f"{v.measure.key} by {v.title}" if both else v.title for v in views]
    buttons = (
        tag("input", type="radio", name="view", id=i, checked=i == ids[0], aria_label=f"Show {title}")
        for i, title in zip(ids, titles, strict=True)
    )
    labels = (tag("label", foldable(short(t, 90)), for_=i) for i, t in zip(ids, titles, strict=True))
    panels = (
        tag(
            "div",
            picture(v, digits, i),
            folded("The numbers of this picture", _numbers(v, digits)),
            class_="panel",
        )
        for i, v in zip(ids, views, strict=True)
    )
    return tag(
        "div",
        buttons,
        tag("div", tag("span", "Spent: "), labels, class_="choices") if len(views) > 1 else None,
        tag("div", panels, class_="panels"),
        class_="switch",
        role="group",
        aria_label="Frontier: choose what is spent",
    )


def _numbers(view: View, digits: int) -> Markup:
    xs = sorted({d.x for c in view.curves for d in c.dots})
    if len(xs) <= 14:
        head: list[Child] = ["policy", *(amount(x * view.many) for x in xs)]
        rows: list[list[Child]] = []
        for curve in view.curves:
            at = {d.x: view.measure.told(d.y, digits) for d in curve.dots}
            rows.append([named(curve.policy), *(at.get(x, "–") for x in xs)])
        return table(f"{view.measure.title} by {view.title}; – : not judged there", head, rows, "figures")
    rows = [
        [named(c.policy), ", ".join(f"{amount(d.x * view.many)}: {view.measure.told(d.y, digits)}" for d in c.dots)]
        for c in view.curves
    ]  # fmt: skip
    return table(f"{view.title}: {view.measure.title}", ["policy", "points"], rows)


def _equal(views: Sequence[View], measure: Measure, digits: int) -> Markup | None:
    """What each policy has to spend for what another policy reaches at 95 % of its best gain."""
    usual = [v for v in views if v.measure is measure]
    view = next((v for v in usual if v.resource == "people.minutes"), usual[0] if usual else None)
    ours = find(view.curves, OURS) if view else None
    if view is None or ours is None:
        return None
    rows: list[list[Child]] = []
    for name in ("posthoc", "threshold", "threshold_fused"):
        other = find(view.curves, name)
        gain = max(d.y for d in other.dots) - other.dots[0].y if other else 0.0
        if other is None or gain <= 0 or other.dots[0].x > ours.dots[0].x + 1e-12:
            continue
        target = other.dots[0].y + 0.95 * gain
        theirs, mine = needed(other, target), needed(ours, target)
        rows.append(
            [
                named(name),
                measure.told(target, digits),
                _much(theirs, view),
                _much(mine, view),
                _less(theirs, mine),
            ]
        )
    if not rows:
        return None
    return stacked(
        f"Attention for equal {measure.key}: {view.title} to reach 95 % of another policy's best gain"
        " (read off the lines, no interval)",
        ["other policy", measure.key, "it spends", "Mindshare spends", "difference"],
        rows,
    )  # fmt: skip


def _much(x: float | None, view: View) -> Child:
    if x is None:
        return dash("never reached")
    told = amount(x * view.many)
    return f"{told}{NBSP}{agreeing(told, view.unit)}"


def _less(theirs: float | None, ours: float | None) -> Child:
    if theirs is None or ours is None:
        return dash("not comparable")
    if theirs <= 0:
        return "= nothing spent"
    change = 1 - ours / theirs
    if round(100 * change) == 0:
        return "= the same"
    return f"▲ {100 * change:.0f} % less" if change > 0 else f"▼ {-100 * change:.0f} % more"


def _who(policies: Mapping[str, Any]) -> Markup:
    pairs = (
        (tag("dt", named(name)), tag("dd", WORDS.get(name, "a policy of this history's owner")))
        for name in policies
    )
    return tag("dl", pairs, class_="words")


def differences(result: Mapping[str, Any]) -> Markup:
    """Ours minus every policy at every share, with intervals and words."""
    policies, measure = result.get("policies") or {}, measure_of(result)
    unit = "In points of right verdicts" if measure is ACCURACY else "In utility per case"
    return section(
        "differences",
        "Mindshare against each policy",
        difference_table(policies, measure, digits_of(result), "human answers per case"),
        note(f"{unit}, Mindshare minus the policy: + means Mindshare is better. The interval is "
             "paired (the same cases drawn again and again); “even” means that it holds zero. A policy may spend less "
             "than a share allows."),
    )  # fmt: skip


def difference_table(policies: Mapping[str, Any], measure: Measure, digits: int, across: str) -> Markup:
    """A row a policy, a column a share; every cell holds value, word and interval."""
    every = asked_shares(policies, measure)
    if not every:
        return note(dash("Mindshare was not judged at any share"))
    known = [every[i] for i in telling([row.share for row in every], MOST_SHARES)]
    others = sorted((n for n in policies if n not in {OURS, HINDSIGHT}), key=_rank)
    others += [HINDSIGHT] if HINDSIGHT in policies else []
    rows: list[list[Child]] = [["mindshare itself", *(_own(row, measure, digits) for row in known)]]
    rows += [[named(n), *(_lead(lead_over(row, n, measure), measure) for row in known)] for n in others]
    unit = "points" if measure is ACCURACY else measure.title
    whole = table(
        f"Mindshare minus the policy, in {unit}, by {across}",
        ["policy", *(amount(row.share) for row in known)],
        rows,
        "figures",
    )
    rest = len(every) - len(known)
    return join(whole, note(f"{counted(rest, 'more share')} in the JSON.") if rest else None)


def _rank(name: str) -> tuple[int, str]:
    order = list(WORDS)
    return (order.index(name) if name in WORDS else len(order), name)


def _own(asked: Asked, measure: Measure, digits: int) -> Child:
    point = asked.points[OURS]
    ci = interval(point.get(f"{measure.key}_ci95"))
    return join(
        tag("b", measure.told(point[measure.key], digits)),
        tag("small", measure.told_between(*ci, digits).removesuffix(f"{NBSP}%")) if ci else None,
    )


def _lead(lead: Lead | None, measure: Measure) -> Child:
    if lead is None:
        return tag("span", "–", class_="none")
    ci = lead.ci95
    return join(
        tag("b", measure.gap(lead.value)),
        tag("span", SIGNS[lead.word], class_=f"sign {lead.word}"),
        tag("small", f"{measure.gap(ci[0])} to {measure.gap(ci[1])}") if ci else None,
    )
