"""A backtest's result in the terminal: a headline, policies by share, limits and prices, who is good at what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mindshare.cli.tables import Column, Table, figures, words
from mindshare.cli.terminal import console, say, show
from mindshare.core.errors import counted
from mindshare.reports import finding
from mindshare.reports import kinds as kinds_of
from mindshare.reports.curves import OURS
from mindshare.reports.markup import Markup
from mindshare.reports.measure import ACCURACY, UTILITY, measure_of
from mindshare.reports.pairing import telling
from mindshare.reports.words import amount, percent, span

if TYPE_CHECKING:
    from mindshare.core.history import History

DIFFERENCE_SHARES = (0.05, 0.1, 0.2)
MOST_AGENTS = 8

Result = Mapping[str, Any]


def show_first(history: History) -> None:
    """What needs no learning, at once, and what is done meanwhile."""
    from mindshare.histories.skills import agents

    told = agents(history)
    if any(agent["accuracy"] is not None for agent in told.values()):
        say("")
        show(agents_table(told))
        say("")
    say("Playing the history again: each fifth of the cases is decided by what the other four taught ...")


def show_backtest(result: Result) -> None:
    """Everything that fits a terminal and was not shown first; the JSON and the report hold the rest."""
    say("", headline(result), "")
    shares = shares_of(result)
    at = shares_that_fit(result, shares, console().width)
    show(accuracy_table(result, shares, at))
    say("")
    if len(at) < len(shares):
        say(f"{counted(len(shares) - len(at), 'more share')} in the JSON and in the report.", "")
    near = nearest_shares(shares)
    if near:
        show(difference_table(result, shares, near))
        say("")
    if result["limits"]:
        show_limits(result)
    if result["kinds"]:
        show_kinds(result)
    for sentence in result["not_learnable"]:
        say(f"Not told by this history: {sentence}")


def headline(result: Result) -> str:
    """What to remember; the report opens with the same finding."""
    facts = result["history"]
    parts = [f"{facts['name']}: {result['cases']:,} cases."]
    if facts["machines"]:
        machines = result["policies"]["all_machines"]["points"][0]
        parts.append(f"All machines alone are right on {percent(machines['accuracy'])}.")
    parts.append(finding.headline(result))
    if facts["simulated_people"]:
        parts.append("The people are SIMULATED: this is no evidence about people.")
    return " ".join(parts)


def shares_of(result: Result) -> list[float]:
    """The asked shares, as far as anybody buys more at them; where nobody is askable only the first."""
    every = [policy["points"] for policy in result["policies"].values()]
    bought = [sum(points[i]["human_share"] for points in every) for i in range(len(every[0]))]
    return [float(point["share"]) for point in every[0][: bought.index(max(bought)) + 1]]


def nearest_shares(shares: Sequence[float]) -> list[int]:
    """Which points stand next to the shares that differences are shown at."""
    found = {min(range(len(shares)), key=lambda i: abs(shares[i] - wanted)) for wanted in DIFFERENCE_SHARES}
    return sorted(i for i in found if shares[i] > 0)


def shares_that_fit(result: Result, shares: Sequence[float], width: int) -> list[int]:
    """Which shares the table of policies shows: as many as fit beside each other."""
    tried = (telling(shares, most) for most in range(len(shares), 0, -1))
    return next((at for at in tried if accuracy_table(result, shares, at).fits(width)), telling(shares, 1))


def accuracy_table(result: Result, shares: Sequence[float], at: Sequence[int]) -> Table:
    """Policies x shares, per cent right, ours first."""
    title = "Right, % of cases, by human answers per case"
    table = _table(title, "policy", *(amount(shares[i]) for i in at))
    for name in _ours_first(result["policies"]):
        points = result["policies"][name]["points"]
        cells = (f"{100 * points[i]['accuracy']:.1f}" for i in at)
        table.add(name, *cells, bold=name == OURS)
    return table


def difference_table(result: Result, shares: Sequence[float], at: Sequence[int]) -> Table:
    """What each policy is above or below ours by what the allocation is after, with the paired 95 % interval."""
    measure = measure_of(result)
    unit = "Points" if measure is ACCURACY else "Utility per case"
    table = _table(
        f"{unit} above or below mindshare [95 % interval]", "policy", *(f"at {amount(shares[i])}" for i in at)
    )
    for name in _ours_first(result["policies"])[1:]:
        differences = [result["policies"][name]["points"][i][measure.minus] for i in at]
        table.add(
            name,
            *(
                f"{measure.gap(d['value'])} [{measure.gap(d['ci95'][0])}, {measure.gap(d['ci95'][1])}]"
                for d in differences
            ),
        )
    return table


def show_limits(result: Result) -> None:
    """R against R_max with prices, and what it brought."""
    limits = result["limits"]
    show(limits_table(limits))
    say(
        "",
        f"Within these limits mindshare is right on {percent(limits['accuracy'])} ({span(*limits['accuracy_ci95'])});"
        f" {limits['without']['what']}: {percent(limits['without']['accuracy'])}.",
        *([_worth(limits)] if measure_of(result) is UTILITY else []),
        f"Asked: {asked_in_words(limits['asked'])}.",
        "",
    )


def show_kinds(result: Result) -> None:
    """Where the people's attention goes, where there are several kinds of cases."""
    for i, share in kinds_of.shares_of(result["kinds"]):
        show(kinds_table(result, i, share))
        say("")


def kinds_table(result: Result, i: int, share: float) -> Table:
    """What each kind of case gets at the share in place `i`, and what that brings."""
    measure = measure_of(result)
    what = (
        f"{kinds_of.titled(measure)} at {counted(amount(share), 'human answer')} per case, all kinds together"
    )
    table = _table(what, *kinds_of.HEAD)
    for kind, one in result["kinds"].items():
        cells = kinds_of.row(kind, one, i, measure, 1)[1:]  # markup: why there is no figure
        table.add(kind, *("–" if isinstance(cell, Markup) else str(cell) for cell in cells))
    return table


def _worth(limits: Result) -> str:
    low, high = limits["utility_ci95"]
    return (
        f"A verdict is worth {amount(limits['utility'])} ({amount(low)} to {amount(high)});"
        f" {limits['without']['what']}: {amount(limits['without']['utility'])}."
    )


def limits_table(limits: Result) -> Table:
    """What may be spent, what is, what one more unit would bring: resource | R_max | R spent | price | in words."""
    table = _table("Limits on attention", "resource", "R_max", "R spent", "price", in_words=("in words",))
    for row in limits["table"]:
        table.add(
            row["resource"], amount(row["limit"]), amount(row["spent"]), amount(row["price"]), row["words"]
        )
    return table


def asked_in_words(asked: Mapping[str, int]) -> str:
    """Who answered how often, most first."""
    most = sorted(asked.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = ", ".join(f"{agent} {count:,}" for agent, count in most[:MOST_AGENTS])
    rest = len(most) - MOST_AGENTS
    return (shown or "nobody") + (f" and {counted(rest, 'more agent')}" if rest > 0 else "")


def agents_table(agents: Mapping[str, Any]) -> Table:
    """The agents whose answers are surest to be right, by the lower end of their interval."""
    order = sorted(agents, key=lambda a: (-agents[a]["ci95"][0], a))[:MOST_AGENTS]
    title = "The most useful agents" if len(agents) > MOST_AGENTS else "Agents"
    table = _table(
        title,
        "agent",
        "right % (95 %)",
        "answers",
        "mean seconds",
        in_words=("kind", "better at", "worse at"),
    )
    for name in order:
        agent = agents[name]
        right = (
            "–"
            if agent["accuracy"] is None
            else f"{100 * agent['accuracy']:.1f} ({span(*agent['ci95'])[:-2]})"
        )
        seconds = "–" if agent["mean_seconds"] is None else amount(agent["mean_seconds"])
        table.add(
            name,
            right,
            f"{agent['answers']:,}",
            seconds,
            agent["kind"],
            _where(agent["strong"]),
            _where(agent["weak"]),
        )
    return table


def _table(title: str, first: str, *heads: str, in_words: Iterable[str] = ()) -> Table:
    columns: list[Column] = [words(first), *figures(*heads), *(words(head) for head in in_words)]
    return Table(columns, title)


def _ours_first(policies: Mapping[str, Any]) -> list[str]:
    return [OURS, *(name for name in policies if name != OURS)]


def _where(levels: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(f"{level['where']} {100 * level['accuracy']:.0f}" for level in list(levels)[:2]) or "–"
