"""What stands behind the figures: the belief, the order of time, what cannot be told, and the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mindshare.core.errors import counted
from mindshare.reports.compare import difference_table
from mindshare.reports.curves import share_view
from mindshare.reports.frontier import picture
from mindshare.reports.markup import Child, Markup, foldable, join, named, tag
from mindshare.reports.measure import measure_of
from mindshare.reports.section import facts, listed, note, section
from mindshare.reports.words import amount, count, dash, digits_of, number, percent, spell_seconds

MOST_RACERS = 12
LOSSES = {
    "log_loss": "log-loss, held out (lower is better)",
    "log_loss_joint": "log-loss once people have been asked",
}


def belief(result: Mapping[str, Any]) -> Markup:
    """How sure the joint belief is, and how far it may be trusted."""
    told = result.get("belief") or {}
    family, ece = told.get("family"), number(told.get("ece"))
    losses = [(words, v) for key, words in LOSSES.items() if (v := number(told.get(key))) is not None]
    race = [(str(n), v) for n, x in (told.get("race") or {}).items() if (v := number(x)) is not None]
    race.sort(key=lambda pair: (pair[1], pair[0]))
    pairs: list[tuple[Child, Child]] = [
        ("kind of belief (won on held-out cases)", named(family) if family else dash("not told")),
        *([(words, f"{loss:.4f}") for words, loss in losses] or [("log-loss", dash("not measured"))]),
        (
            "calibration error: how far “80 % sure” is from right in 80 %",
            f"{100 * ece:.2f} points" if ece is not None else dash("not measured"),
        ),
    ]
    runners = "; ".join(f"{n} {v:.4f}" for n, v in race[:MOST_RACERS])
    return section(
        "belief",
        "How sure it is, and whether it may be",
        facts(pairs),
        note("In the race, by log-loss: ", runners, ".") if len(race) > 1 else None,
        note("Answer attention: ", str(told["attention"]), ".") if told.get("attention") else None,
    )


def time_order(result: Mapping[str, Any]) -> Markup | None:
    """The same judged in order of arrival: learnt on the past only."""
    told = result.get("time_order")
    if not told:
        return None
    policies, measure, digits = told.get("policies") or {}, measure_of(result), digits_of(result)
    view = share_view(policies, measure)
    return section(
        "time",
        "In order of time",
        tag("p", f"{counted(count(told.get('cases')), 'case')} judged as they arrived, each by what was known before. ",
            str(told.get("note") or "")),
        picture(view, digits, "time") if view else note(dash("no policy was judged in order of time")),
        difference_table(policies, measure, digits, "human answers per case, in order of time"),
    )  # fmt: skip


def not_learnable(result: Mapping[str, Any]) -> Markup:
    """What no figure on this page may be taken to say."""
    sentences = [foldable(str(s)) for s in result.get("not_learnable") or [] if s]
    return section(
        "unknown",
        "What this history cannot tell",
        listed(sentences, "sentence")
        if sentences
        else note("No gap was found. What the history never saw, no figure here covers all the same."),
    )


def run_facts(result: Mapping[str, Any]) -> Markup:
    """How to get this page again."""
    run = result.get("run") or {}
    seconds, memory = number(run.get("seconds")), number(run.get("peak_mb"))
    versions = ", ".join(f"{name} {version or '–'}" for name, version in (run.get("versions") or {}).items())
    pairs: list[tuple[Child, Child]] = [
        ("time", spell_seconds(seconds) if seconds is not None else dash("not measured")),
        ("memory", f"{amount(memory)} MB" if memory is not None else dash("not measured")),
        (
            "folds, seed",
            ", ".join("–" if run.get(key) is None else str(run[key]) for key in ("folds", "seed")),
        ),
        ("versions", versions or dash("not told")),
        ("schema", str(result.get("schema", "–"))),
    ]
    command = run.get("command")
    return tag(
        "footer",
        tag("h2", "The run"),
        facts(pairs),
        tag("pre", tag("code", str(command)), tabindex="0", aria_label="command") if command else None,
        note("Every number here is in the JSON of the same run, and more. Judged by cross-fitting: no case is judged by "
             "what was learnt from it or from cases with the same parent."),
    )  # fmt: skip


def covered(result: Mapping[str, Any]) -> Child:
    """Which part of the cases the figures are about, if not all."""
    told = result.get("covered") or {}
    share = number(told.get("share"))
    if share is None or (share >= 1 and not told.get("note")):
        return None
    start = (
        ""
        if share >= 1
        else f"Figures cover {counted(count(told.get('cases')), 'case')} ({percent(share)}). "
    )
    return join(start, str(told.get("note") or ""))
