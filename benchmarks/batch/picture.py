"""Time against the number of cases, ours, anchors' and the physical limit's, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

Points = list[tuple[int, float]]  # (cases, seconds)


def draw(path: Path, ours: Points, reading: Points, anchors: Mapping[str, Points], patience: float) -> None:
    """Writes the picture; what was stopped at `patience` seconds is an arrow."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 5.5), layout="constrained")
    axes.plot(
        *zip(*ours, strict=True), "o-", color="black", lw=2.5, label="Mindshare, whole cases, certified"
    )
    for (name, points), mark in zip(anchors.items(), "sD^vP*X", strict=False):
        (line,) = axes.plot(*zip(*points, strict=True), mark + "--", lw=1, ms=6, label=name)
        for n, seconds in points:
            if seconds >= patience:
                axes.annotate(
                    "",
                    (n, 2.2 * seconds),
                    (n, seconds),
                    arrowprops={"arrowstyle": "->", "color": line.get_color()},
                )
    axes.plot(*zip(*reading, strict=True), ":", color="gray", lw=2, label="one reading of value and cost")
    axes.annotate(
        "small requests: sets of cases are\nsearched for the last ten-thousandths",
        ours[0],
        (ours[0][0], ours[0][1] / 600),
        arrowprops={"arrowstyle": "-", "color": "gray"},
        fontsize=8,
        color="gray",
    )
    axes.axhline(patience, color="lightgray", lw=1, zorder=0)
    axes.text(1.05 * ours[0][0], 1.1 * patience, f"stopped at {patience:g} s", color="gray", fontsize=8)
    axes.set(
        xscale="log", yscale="log", xlabel="cases (20 options, 10 limits)", ylabel="CPU time, one thread (s)"
    )
    axes.grid(visible=True, which="major", color="0.92")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
