"""The picture of a profile: cost of a case against its size, and against how many go together, with what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

COLOURS = ("#1b4f72", "#b9770e", "#6c3483")


def draw_profile(card: Mapping[str, Any], path: Path) -> None:
    """Writes a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullFormatter

    figure = Figure(figsize=(9.5, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _draw_answering(left, card)
    _draw_foreseen(right, card["check"]["rows"])
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
            axis.set_minor_formatter(NullFormatter())
        axes.grid(visible=True, which="major", linewidth=0.3, alpha=0.5)
    figure.suptitle(f"{card['model']['family']} on {card['device'].split(', net')[0]}", fontsize=10)
    figure.savefig(path, format="png", dpi=130)


def _draw_answering(axes: Any, card: Mapping[str, Any]) -> None:
    """CPU ms of a case against its size, a line for each batch, and what was measured."""
    from matplotlib.ticker import FixedLocator

    rows, checked = card["cost"], card["check"]["rows"]
    for colour, batch in zip(COLOURS, sorted({row["batch"] for row in rows}), strict=True):
        mine = [row for row in rows if row["batch"] == batch]
        size = np.array([row["size"] for row in mine])
        each, upper = (
            1e3 / batch * np.array([row[k] for row in mine]) for k in ("answer_s", "answer_upper_s")
        )
        axes.plot(size, each, color=colour, marker="o", markersize=3, label=f"{batch} at once")
        axes.fill_between(size, each, upper, color=colour, alpha=0.12, linewidth=0)
    took = [1e3 * row["measured_s"] / row["batch"] for row in checked]
    label = "measured (3 to 24 at once)"
    axes.plot([row["size"] for row in checked], took, "x", color="#222222", label=label)
    _mark_longest(axes, card["model"]["longest"])
    axes.set(xscale="log", yscale="log", xlabel="size of a case", ylabel="CPU ms per case")
    axes.xaxis.set_major_locator(FixedLocator(sorted({row["size"] for row in rows})))
    axes.set_title(f"Answering; shaded: {100 * card['coverage']:.0f} % stay below", fontsize=10)
    axes.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)


def _mark_longest(axes: Any, longest: float) -> None:
    axes.axvline(longest, color="#999999", linewidth=0.8, linestyle=":")
    axes.annotate(
        "longest of training",
        (longest, 0.95),
        xycoords=("data", "axes fraction"),
        xytext=(3, 0),
        textcoords="offset points",
        fontsize=7,
        color="#666666",
    )


def _draw_foreseen(axes: Any, checked: Sequence[Mapping[str, Any]]) -> None:
    """What was measured against what was foreseen, and the diagonal."""
    foreseen, took = (1e3 * np.array([row[k] for row in checked]) for k in ("foreseen_s", "measured_s"))
    ends = np.array([min(foreseen.min(), took.min()) / 1.3, max(foreseen.max(), took.max()) * 1.3])
    axes.plot(ends, ends, color="#999999", linewidth=0.8)
    axes.fill_between(ends, 0.8 * ends, 1.25 * ends, color="#999999", alpha=0.15, linewidth=0)
    axes.plot(foreseen, took, "o", color=COLOURS[0], markersize=4)
    axes.set(xscale="log", yscale="log", xlabel="foreseen, ms per batch", ylabel="measured, ms per batch")
    axes.set_title("Shapes that the fit has not seen; shaded: 25 %", fontsize=10)
