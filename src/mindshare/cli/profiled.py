"""`mindshare profile`: what a saved model costs on this machine or on a small device, what fits within limits, as a card."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mindshare.cli.tables import Table, figures, words
from mindshare.cli.terminal import say, show
from mindshare.cli.words import limits_of
from mindshare.core.errors import MindshareError
from mindshare.histories.places import check_directory, check_file, write_whole
from mindshare.reports.words import amount

DEVICES = ("this", "edge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What only a small device is told: a smaller model for the first rung, and where the ladder is kept."""

    small: Path | None
    out: Path | None


def run_profile(
    place: Path, device: str, limit: Iterable[str], edge: Edge, outs: tuple[Path | None, Path | None]
) -> None:
    """Prints the card; `outs`: where it goes as JSON, and as a picture."""
    if device not in DEVICES:
        raise MindshareError(f"--device {device}: there are {' and '.join(DEVICES)}.")
    if (edge.small or edge.out) and device != "edge":
        raise MindshareError("--small and --out belong to --device edge.")
    limits = limits_of(limit)
    for path in outs:
        check_file(path)
    if edge.out is not None:
        check_directory(edge.out, must_be_empty=False)
    card = _card(place, limits, edge if device == "edge" else None)
    _write(card, *outs)


def _card(place: Path, limits: Mapping[str, float], edge: Edge | None) -> dict[str, Any]:
    """Measured and printed; with what a small device does, where one is meant."""
    try:
        from mindshare.machines.costs.measure import cache_place
        from mindshare.machines.nets.saved import load_model
        from mindshare.machines.resources.profile import profile, profile_edge
    except ModuleNotFoundError as missing:
        if missing.name != "torch":
            raise
        raise MindshareError("A profile needs the extra `deep`: pip install 'mindshare[deep]'.") from missing

    check_directory(cache_place(), must_be_empty=False)
    model = load_model(place)
    card = profile(model, limits)
    _show(card)
    if edge is not None:
        small = None if edge.small is None else load_model(edge.small)
        with TemporaryDirectory(prefix="mindshare-ladder-") as short:
            card["edge"] = profile_edge(model, small, edge.out or Path(short))
        card["edge"]["ladder"] = None if edge.out is None else str(edge.out)
        _show_edge(card["edge"])
    return card


def _write(card: Mapping[str, Any], json_out: Path | None, plot: Path | None) -> None:
    if plot is not None:
        from mindshare.reports.profile import draw_profile

        write_whole(plot, lambda path: draw_profile(card, path))
        say(f"Picture: {plot}")
    if json_out is not None:
        text = json.dumps(card, indent=1)
        write_whole(json_out, lambda path: path.write_text(text, encoding="utf-8"))
        say(f"Card: {json_out}")


def _show(card: Mapping[str, Any]) -> None:
    made, article = card["model"], card["article"]
    say(
        f"{made['family']}: {made['parameters']:,} parameters, reads {made['reads']} of up to {made['longest']:,}.",
        f"On {card['device']}.",
    )
    below = f"{card['coverage']:.0%} below"
    table = Table(figures("size", "batch", "answer, ms", below, "learn, ms", "memory, MB"))
    for row in card["cost"]:
        ms = (f"{1e3 * row[k]:.3g}" for k in ("answer_s", "answer_upper_s", "learn_s"))
        table.add(f"{row['size']:,}", str(row["batch"]), *ms, f"{row['memory_mb']:.3g}")
    show(table)
    say("")
    limits = ", ".join(f"{resource} {amount(limit)}" for resource, limit in card["limits"].items())
    say(f"Within {limits} a second:")
    heads = ("size", "largest batch", "best batch", "cases a second")
    table = Table([*figures(*heads), words("held back by")])
    for row in card["within"]:
        largest = "any" if row["largest_batch"] is None else f"{row['largest_batch']:,}"
        each = amount(row["cases_per_s"])
        table.add(f"{row['size']:,}", largest, f"{row['best_batch']:,}", each, row["scarce"])
    show(table)
    say("")
    if card["stale"] is not None:
        say(f"What was measured before was {card['stale']:.0%} off, so it was measured anew.")
    say(
        f"Measured against foreseen on {len(card['check']['rows'])} other shapes: {card['check']['median_error']:.0%} off (median).",
        "In the article's terms, one case of the longest size, ms: "
        + ", ".join(f"{k} {1e3 * article[k]:.3g}" for k in article if k != "alpha")
        + f"; alpha {1e3 * article['alpha']:.3g} ms per unit of size.",
    )


def _show_edge(edge: Mapping[str, Any]) -> None:
    rungs = ", ".join(
        f"{r['name']} ({r['bytes'] / 1024:,.0f} kB, within {r['parity']:.1g} of torch)" for r in edge["rungs"]
    )
    say(
        f"Edge (1 core, {edge['limits']['mem_mb']:g} MB, no torch): {rungs}.",
        f"{amount(edge['cases_per_cpu_s'])} cases a CPU second in {edge['mem_mb']:.0f} MB ({edge['cases']}).",
    )
    if edge["ladder"]:
        say(
            f"Ladder: {edge['ladder']}. Next: python -m mindshare.machines.resources.edge_run {edge['ladder']} CASES.npz --out OUT.json"
        )
