"""Writes each example of this folder as a notebook: python examples/notebooks.py

A source is Python with `# %%` before a cell and `# %% [markdown]` before a text. The notebooks are made, never edited.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = ("perceptron", "cnn", "tickets", "city", "medicine", "traffic")
CELL = re.compile(r"^# %%(.*)$", re.MULTILINE)


def cells(source: str) -> list[tuple[str, str, bool]]:
    """(kind, text, whether it installs) of each cell."""
    parts = CELL.split(source)[1:]
    out = []
    for head, body in zip(parts[::2], parts[1::2], strict=True):
        text = body.strip("\n")
        if "[markdown]" in head:
            out.append(("markdown", re.sub(r"^# ?", "", text, flags=re.MULTILINE), False))
        else:
            installs = "install" in head
            out.append(("code", text.removeprefix("# ") if installs else text, installs))
    return out


def notebook(name: str) -> str:
    """The notebook of a source, as it is written."""
    made = []
    for i, (kind, text, installs) in enumerate(cells((HERE / f"{name}.py").read_text(encoding="utf-8"))):
        cell = {
            "cell_type": kind,
            "id": f"{name}-{i:02d}",
            "metadata": {"tags": ["install"]} if installs else {},
            "source": text.splitlines(keepends=True),
        }
        made.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    for name in SOURCES:
        (HERE / f"{name}.ipynb").write_text(notebook(name), encoding="utf-8", newline="\n")
        print(f"{name}.ipynb")


if __name__ == "__main__":
    main()
