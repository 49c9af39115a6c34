"""What becomes of files as people have them: file, flags, result, for every file of some folders.

    python benchmarks/files.py FOLDER ... [--million]

Each folder holds cases in folders of their own, as the shared cases do. The files of a case are tried one by one; where the
case's name says so (TOGETHER) they are tried together. A file that leaves a question open is tried again with the answer
that is likely, and that is a flag. --million measures the preview and the writing of a million rows, long and wide.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mindshare.core.errors import MindshareError, listed
from mindshare.histories.init import total
from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.settings import Settings

TOGETHER = ("two-files", "doccano")
ASIDE = ("README.md",)
PROMISED = {"preview": 5, "init": 60, "GB": 2}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--million", action="store_true")
    given = parser.parse_args()
    if given.folders:
        flags = [show(files) for folder in given.folders for files in groups(folder)]
        print(f"\n{len(flags)} tries, {np.mean(flags):.2f} flags each")
    if given.million:
        million()
    return 0


def groups(folder: Path) -> Iterator[list[Path]]:
    """Files that are tried together."""
    for case in sorted(p for p in folder.iterdir() if p.is_dir()):
        files = sorted(p for p in case.iterdir() if p.is_file() and p.name not in ASIDE)
        if any(word in case.name for word in TOGETHER):
            for ending in sorted({p.suffix for p in files}):
                yield [p for p in files if p.suffix == ending]
        else:
            yield from ([p] for p in files)


def show(files: list[Path]) -> int:
    """Prints a row of the table; how many flags it took."""
    name = f"{files[0].parent.name}/{' + '.join(p.name for p in files)}"
    settings, flags = Settings(), []
    try:
        preview = look(files, settings)
        while preview.open:
            question = preview.open[0]
            reply = question.meanwhile or question.options[0]
            flags.append(f"{question.key}={reply}")
            settings = Settings(set={**settings.set, question.key: reply})
            preview = look(files, settings)
    except MindshareError as refused:
        print(f"| {name} | {listed(flags) or 'none'} | refused: {refused} |")
        return len(flags)
    print(f"| {name} | {listed(flags) or 'none'} | {told(preview)} |")
    return len(flags)


def told(preview: Preview) -> str:
    """The result in a line."""
    left_out = [c.column for c in preview.choices if c.taken_as == "left out"]
    aside = f" Columns left out: {listed(left_out)}." if left_out else ""
    return " ".join(total(preview)) + aside


def million() -> None:
    """A million rows, long and wide: seconds and memory of the preview and of `init`."""
    with tempfile.TemporaryDirectory() as folder:
        for layout, write in (("long", write_long), ("wide", write_wide)):
            file = Path(folder) / f"{layout}.csv"
            write(file)
            for what, more in (("preview", []), ("init", ["--yes"])):
                command = [
                    sys.executable,
                    "-m",
                    "mindshare",
                    "init",
                    str(file),
                    "--out",
                    f"{folder}/{layout}",
                    *more,
                ]
                started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(command, check=True, capture_output=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                seconds = time.perf_counter() - started
                print(
                    f"{layout}, {what}: {seconds:.1f} s ({after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.1f} CPU s;"
                    f" promised {PROMISED[what]}), peak of all so far {after.ru_maxrss / 1e6:.2f} GB (promised {PROMISED['GB']}),"
                    f" file {file.stat().st_size / 1e6:.0f} MB"
                )


def write_long(file: Path, rows: int = 1_000_000) -> None:
    """Four answers to each of a quarter as many cases."""
    import polars as pl

    chance, labels = np.random.default_rng(0), np.array(["billing", "bug", "delivery", "other"])
    case = np.repeat(np.arange(rows // 4), 4)
    truth = labels[chance.integers(0, 4, rows // 4)][case]
    agents = np.array([f"ann_{i}" for i in range(40)])
    pl.DataFrame(
        {
            "ticket_id": case,
            "annotator": agents[(case * 7 + np.tile(np.arange(4), rows // 4) * 11) % 40],
            "label": np.where(chance.random(rows) < 0.8, truth, labels[chance.integers(0, 4, rows)]),
            "seconds": np.round(chance.lognormal(3, 0.8, rows), 1),
            "confidence": np.round(chance.uniform(0.4, 1, rows), 2),
            "channel": np.array(["web", "mail", "app"])[chance.integers(0, 3, rows // 4)][case],
            "size": np.round(chance.lognormal(1, 1, rows // 4), 2)[case],
            "truth": truth,
        }
    ).write_csv(file)


def write_wide(file: Path, rows: int = 1_000_000) -> None:
    """A case a row, answered by a model and by some of three annotators."""
    import polars as pl

    chance, labels = np.random.default_rng(0), np.array(["billing", "bug", "delivery", "other"])
    truth = labels[chance.integers(0, 4, rows)]
    columns: dict[str, object] = {
        "id": np.arange(rows),
        "truth": truth,
        "channel": np.array(["web", "mail", "app"])[chance.integers(0, 3, rows)],
    }
    for agent in ("model", "annotator_1", "annotator_2", "annotator_3"):
        said = pl.Series(np.where(chance.random(rows) < 0.8, truth, labels[chance.integers(0, 4, rows)]))
        asked = pl.Series(chance.random(rows) < (1.0 if agent == "model" else 0.4))
        columns[agent] = pl.select(pl.when(asked).then(said)).to_series()
        columns[f"{agent}_seconds"] = np.round(chance.lognormal(3, 0.8, rows), 1)
    pl.DataFrame(columns).write_csv(file)


if __name__ == "__main__":
    sys.exit(main())
