"""A look inside as a picture for a page: a window, an image or a text under its weights, as PNG or SVG."""

from __future__ import annotations

import io
from typing import Any, Literal

import numpy as np

from mindshare.machines.look.look import Look
from mindshare.machines.task import Floats

WIDE, HIGH = 8.0, 2.0  # inches: of a picture, of a channel
LETTERS = 96  # a line of a text
TITLE = {
    "attention": "Where the net looked (not why)",
    "gradients": "What moved the score of '{}' (red: up, blue: down)",
    "occlusion": "What the score of '{}' rests on (red: falls when covered)",
}


def picture(
    look: Look, case: Any, *, form: Literal["png", "svg"] = "png", channels: tuple[str, ...] = ()
) -> bytes:
    """The case with its weights, as a file of that form. `channels` names those of a window."""
    if form not in ("png", "svg"):
        raise ValueError(f"form must be png or svg. Got {form!r} instead.")
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # the same case gives the same bytes: no date, no ids of chance
    with rc_context({"svg.hashsalt": "mindshare", "font.size": 9, "svg.fonttype": "none"}):
        figure = Figure(layout="constrained", dpi=120)
        if look.words:
            _text(figure, look)
        elif _is_image(look, case):
            _image(figure, look, np.asarray(case))
        else:
            _window(figure, look, np.asarray(case), channels)
        figure.suptitle(TITLE[look.kind].format(look.label), fontsize=10, x=0.01, ha="left")
        out = io.BytesIO()
        figure.savefig(out, format=form, metadata={"Date": None} if form == "svg" else {"Software": None})
    return out.getvalue()


def _is_image(look: Look, case: Any) -> bool:
    """Of attention an image has (height, width) weights, a window (steps,); of the rest an image has one axis more."""
    shape = np.shape(case)
    return look.weight.ndim == 3 or (
        look.kind == "attention" and look.weight.ndim == 2 and shape[-2:] == look.weight.shape
    )


def _range(weight: Floats) -> float:
    return float(np.abs(weight).max()) or 1.0


def _window(figure: Any, look: Look, case: Any, channels: tuple[str, ...]) -> None:
    series = case.reshape(len(case), -1)
    weight = (
        look.weight if look.weight.ndim == 2 else np.repeat(look.weight[:, None], series.shape[1], axis=1)
    )
    count, top, signed = series.shape[1], _range(weight), look.kind != "attention"
    figure.set_size_inches(WIDE, 0.6 + HIGH * min(count, 4) * (1 if count <= 4 else count / 8))
    rows = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    shown = None
    for c, axes in enumerate(rows):
        low, high = series[:, c].min(), series[:, c].max()
        room = 0.08 * ((high - low) or 1.0)
        shown = axes.imshow(
            weight[None, :, c],
            aspect="auto",
            cmap="RdBu_r" if signed else "Oranges",
            vmin=-top if signed else 0.0,
            vmax=top,
            extent=(-0.5, len(series) - 0.5, low - room, high + room),
        )
        axes.plot(series[:, c], color="black", linewidth=1.0)
        axes.set_ylabel(channels[c] if c < len(channels) else f"channel {c}")
    rows[-1].set_xlabel("step")
    figure.colorbar(shown, ax=list(rows), label="weight", fraction=0.03)


def _image(figure: Any, look: Look, case: Any) -> None:
    picture_, weight = (case.mean(axis=0) if case.ndim == 3 else case), look.weight
    weight, signed = (weight.sum(axis=0) if weight.ndim == 3 else weight), look.kind != "attention"
    figure.set_size_inches(WIDE * 0.8, 3.4)
    left, right = figure.subplots(1, 2)
    left.imshow(picture_, cmap="gray")
    left.set_title("the case", fontsize=9)
    top = _range(weight)
    shown = right.imshow(
        weight,
        cmap="RdBu_r" if signed else "Oranges",
        vmin=-top if signed else 0.0,
        vmax=top,
    )
    right.set_title("its weights", fontsize=9)
    for axes in (left, right):
        axes.set_xticks([])
        axes.set_yticks([])
    figure.colorbar(shown, ax=right, label="weight", fraction=0.046)


def _text(figure: Any, look: Look) -> None:
    from matplotlib import colormaps

    lines, signed, top = _lines(look.words), look.kind != "attention", _range(look.weight)
    figure.set_size_inches(WIDE, 0.7 + 0.32 * len(lines))
    axes = figure.subplots()
    axes.set_xlim(0, LETTERS)
    axes.set_ylim(len(lines), 0)
    axes.axis("off")
    shade = colormaps["RdBu_r" if signed else "Oranges"]
    for row, line in enumerate(lines):
        for at, i in line:
            share = 0.5 + 0.5 * look.weight[i] / top if signed else look.weight[i] / top
            colour = shade(0.5 + 0.7 * (share - 0.5) if signed else 0.75 * share)
            axes.text(
                at,
                row + 0.5,
                look.words[i].replace("$", r"\$"),
                family="monospace",
                va="center",
                bbox={"facecolor": colour, "edgecolor": "none", "pad": 2.0},
            )


def _lines(words: tuple[str, ...]) -> list[list[tuple[int, int]]]:
    """For each line (where a word begins, which word it is)."""
    lines, at = [list[tuple[int, int]]()], 0
    for i, word in enumerate(words):
        if at and at + len(word) > LETTERS:
            lines.append([])
            at = 0
        lines[-1].append((at, i))
        at += len(word) + 1
    return lines
