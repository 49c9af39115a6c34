"""Readers of nih-xray and ecg: who should read, one or three, by finding; what a miss may cost; whom attention goes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from diagnosing.evenness import evenness
from mindshare.core.history import History
from mindshare.core.score import Bootstrap, interval
from mindshare.domains.medicine.readers import NO, YES, Read, by_finding, first_labels, told, votes, worth_it
from mindshare.histories.public import convert
from mindshare.histories.read import read_history

Row = tuple[str, str]
Flags = NDArray[np.bool_]
SEEDS, MOST, ALL, MISS = 3, (1.25, 1.4, 1.5, 1.7), 3.0, 10.0
ASKED = (0.0, 0.01, 0.05, 0.1, ALL)  # answers a case, ecg


def readers(data: Path) -> Iterator[Row]:
    yield from _xray(_converted("nih-xray", data))
    yield from _ecg(_converted("ecg", data))


def _converted(name: str, data: Path) -> History:
    with TemporaryDirectory() as place:
        folder = {"nih-xray": "nih-xray-readers", "ecg": "ecg-readers"}[name]
        out = Path(place) / "history"
        convert(name, data / folder, out)
        return read_history(out)


# -- nih-xray: readers only ----------------------------------------------------------------------------------------
def _xray(history: History) -> Iterator[Row]:
    cases = by_finding(history, "finding")
    truth = cases.truth - first_labels(cases)
    ways: dict[str, list[Read]] = {}
    for seed in range(SEEDS):
        for name, read in votes(cases, seed).items():
            ways.setdefault(name, []).append(read)
        for most, read in worth_it(cases, (*MOST, ALL), seed).items():
            ways.setdefault(f"worth it, at most {most:g}", []).append(read)
    yield from _beside_three(ways, truth, cases.parent)
    costly = by_finding(history, "finding", miss=MISS)
    ways[f"worth it, a miss costs {MISS:g}"] = [worth_it(costly, (ALL,), 0)[ALL]]
    assert cases.kind is not None
    for k, finding in enumerate(cases.kind.names):
        at = cases.kind.code == k
        yield f"{finding}: {at.sum():,} images, {(truth[at] == YES).sum()} with it", ""
        yield from _by_way({name: each[0] for name, each in ways.items()}, truth, at)


def _beside_three(
    ways: Mapping[str, list[Read]], truth: NDArray[np.int32], parent: NDArray[np.int32]
) -> Iterator[Row]:
    """Right in all cases, mean over seeds, and beside the majority of three; intervals draw whole patients."""
    right = {name: np.mean([read.verdict == truth for read in each], axis=0) for name, each in ways.items()}
    draws = Bootstrap(parent, 0, 1_000).means(np.stack(list(right.values()), axis=1))
    three = list(ways).index("three")
    for k, (name, each) in enumerate(ways.items()):
        by_seed = [100 * ((r.verdict == truth).mean() - right["three"].mean()) for r in each]
        low, high = interval(100.0 * (draws[:, k] - draws[:, three]))
        yield (
            f"xray, {name}",
            f"{right[name].mean():.2%} right, {np.mean([r.readings.mean() for r in each]):.2f} readings;"
            f" {np.mean(by_seed):+.2f} [{low:+.2f}, {high:+.2f}] on three, seeds {min(by_seed):+.2f} to {max(by_seed):+.2f}",
        )


def _by_way(ways: Mapping[str, Read], truth: NDArray[np.int32], at: Flags) -> Iterator[Row]:
    """What is seen and what a miss may cost: from which cost on, in false alarms, any of three is better than three."""
    for name, read in ways.items():
        t = told(read, truth, at)
        yield (
            f"    {name}",
            f"sees {t.seen:.0%}, false alarms {t.alarms:.2%}, right {t.right:.2%}, {t.readings:.2f} readings",
        )
    yes, no = (at & (truth == label) for label in (YES, NO))
    seen, alarms = (
        int((ways["any"].verdict[which] == YES).sum() - (ways["three"].verdict[which] == YES).sum())
        for which in (yes, no)
    )
    yield (
        "    any of three beats three where a miss costs",
        f"{alarms / max(seen, 1):.1f} false alarms or more",
    )


# -- ecg: machines, and trainees beside them -----------------------------------------------------------------------
def _ecg(history: History) -> Iterator[Row]:
    truth = history.truth
    reads = [worth_it(history, ASKED, seed) for seed in range(SEEDS)]
    machines = [each[0.0] for each in reads]
    for most in ASKED:
        ours = [each[most] for each in reads]
        gain = np.mean(
            [
                100.0 * ((r.verdict == truth) * 1.0 - (m.verdict == truth))
                for r, m in zip(ours, machines, strict=True)
            ],
            axis=0,
        )
        draws = Bootstrap(history.parent, 0, 1_000).means(gain[:, None])
        yield (
            f"ecg, at most {most:g} answers a case",
            f"{np.mean([(r.verdict == truth).mean() for r in ours]):.2%} right, {np.mean([r.readings.mean() for r in ours]):.3f} answers;"
            f" {gain.mean():+.3f} on the machines, se {draws.std():.3f}",
        )
    ways = {"machines": reads[0][0.0], f"worth it, at most {ALL:g}": reads[0][ALL], **votes(history, 0)}
    every = np.ones(len(truth), bool)
    for name, read in ways.items():
        t = told(read, truth, every)
        yield (
            f"ecg, {name}",
            f"sees {t.seen:.1%}, false alarms {t.alarms:.2%}, right {t.right:.2%}, {t.readings:.2f} readings",
        )
    yield from _by_abnormality(history, ways)
    yield from evenness(history, [each[0.0] for each in reads], [each[ALL] for each in reads])


def _by_abnormality(history: History, ways: Mapping[str, Read]) -> Iterator[Row]:
    codes, worth = history.features.categorical["abnormality"], f"worth it, at most {ALL:g}"
    for k, name in enumerate(codes.names):
        at = codes.code == k
        each = [
            (way, told(ways[way], history.truth, at)) for way in ("machines", worth, "one", "three", "any")
        ]
        yield (
            f"ecg, {name} ({(history.truth[at] == YES).sum()} of {at.sum()}): sees, false alarms",
            "; ".join(f"{way} {t.seen:.0%}, {t.alarms:.1%}" for way, t in each),
        )
