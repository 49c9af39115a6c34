"""symptom2disease: machines on texts whose twins they have not seen, the differential, and what is outside of what they know."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindshare.core.score import Bootstrap, interval
from mindshare.domains.medicine.descriptions import Descriptions, twins
from mindshare.domains.medicine.history import POSSIBLE
from mindshare.domains.medicine.machines import folds, letters, machines, out_of_fold, taken
from mindshare.domains.medicine.outside import ALARM, Outside
from mindshare.domains.medicine.symptoms import read_symptoms
from mindshare.machines.simple.embeddings import has_embeddings
from mindshare.machines.simple.texts import WordCounts

Row = tuple[str, str]
Floats = NDArray[np.float64]
SEEDS, STRICTER = 3, 0.5
OTHER_LANGUAGES = (
    "Ich habe seit drei Tagen hohes Fieber, Schüttelfrost und starke Kopfschmerzen.",
    "Meine Haut juckt und ist rot, an den Ellbogen schuppt sie sich.",
    "J'ai mal à la gorge, le nez bouché et je tousse depuis une semaine.",
    "Tengo fiebre alta, dolor detrás de los ojos y manchas rojas en la piel.",
    "Sinto ardor ao urinar e preciso ir ao banheiro a toda hora.",
    "Ho un forte mal di testa da un lato, con nausea, e la luce mi dà fastidio.",
    "我发烧三天了，浑身发冷，头也很疼。",
    "У меня сильный кашель, одышка и боль в груди.",
)
FOREIGN = {"banking77": ("banking77/test.csv", ",", 0), "sms-spam": ("sms-spam/sms.tsv", "\t", 1)}


def symptoms(data: Path) -> Iterator[Row]:
    told = read_symptoms(data)
    size = np.bincount(told.parent)
    share = (size[told.parent] > 1).mean()
    yield (
        "texts, repeated before, with a twin, groups",
        f"{len(told.text):,}, {told.repeated}, {share:.1%}, {len(size)}",
    )
    yield from _machines(told)
    yield from _twins_matter(told)
    yield from _foreign(told, data, embeddings=False)
    without = _left_out(told, embeddings=False)
    yield _one_left_out("outside", without)
    if has_embeddings():
        yield from _foreign(told, data, embeddings=True)
        beside = _left_out(told, embeddings=True)
        yield _one_left_out("outside, with embeddings", beside)
        gain = np.array([beside[name][0] - without[name][0] for name in told.labels])
        draws = Bootstrap(np.arange(len(gain), dtype=np.int32), 0, 2_000).means(gain[:, None])[:, 0]
        yield "embeddings, a diagnosis left out, points more", f"{100 * gain.mean():+.1f} {_told(draws)}"
        yield from _other_languages(told)


def _machines(told: Descriptions) -> Iterator[Row]:
    """Over SEEDS deals of folds; intervals draw whole groups of twins."""
    proba = {
        name: np.stack([out_of_fold(told, made, seed) for seed in range(SEEDS)])
        for name, made in machines(0, has_embeddings()).items()
    }
    if "transformer" in proba:
        proba["letters and transformer, their mean"] = (proba["letters"] + proba["transformer"]) / 2
        proba["letters and a quarter of transformer"] = (4 * proba["letters"] + proba["transformer"]) / 5
    right = {name: (p.argmax(axis=2) == told.code).mean(axis=0) for name, p in proba.items()}
    draws = Bootstrap(told.parent.astype(np.int32), 0, 2_000).means(np.stack(list(right.values()), axis=1))
    of_letters = draws[:, list(right).index("letters")]
    for k, (name, p) in enumerate(proba.items()):
        by_seed = (p.argmax(axis=2) == told.code).mean(axis=1)
        sure = -np.log(np.maximum(p[:, np.arange(len(told.code)), told.code], 1e-9)).mean()
        top = (np.argsort(-p, axis=2)[:, :, :POSSIBLE] == told.code[:, None]).any(axis=2).mean()
        low, high = by_seed.min(), by_seed.max()
        says = f"says {p.max(axis=2).mean():.1%}"
        yield (
            f"{name}: right, {SEEDS} deals of folds",
            f"{right[name].mean():.2%} {_told(draws[:, k])}, deals {low:.2%} to {high:.2%};"
            f" on letters {_told(draws[:, k] - of_letters)}; among {POSSIBLE} {top:.2%}; log-loss {sure:.3f}; {says}",
        )


def _twins_matter(told: Descriptions) -> Iterator[Row]:
    deals = {
        "twins apart (not honest)": np.arange(len(told.text)),
        f"twins from {STRICTER} on": twins(told.text, STRICTER),
    }
    for name, parent in deals.items():
        other = replace(told, parent=parent)
        right = [
            (out_of_fold(other, letters, seed).argmax(axis=1) == told.code).mean() for seed in range(SEEDS)
        ]
        yield f"letters, {name}", f"{np.mean(right):.2%}; {parent.max() + 1} groups"


def _foreign(told: Descriptions, data: Path, *, embeddings: bool) -> Iterator[Row]:
    """Each fold's machine judges a fifth of the foreign texts, and the known texts that did not teach it."""
    foreign = {name: _texts(data / file, sep, at) for name, (file, sep, at) in FOREIGN.items()}
    strange: dict[str, list[Floats]] = {name: [] for name in ("known", *foreign)}
    sure: dict[str, list[Floats]] = {name: [] for name in strange}
    for k, (teach, answer) in enumerate(folds(told, 0)):
        known = told.take(teach)
        outside, reader = Outside(embeddings).fit(known, 0), WordCounts().fit(*taken(told, teach))
        new = {"known": taken(told, answer)[0], **{name: texts[k::5] for name, texts in foreign.items()}}
        for name, texts in new.items():
            strange[name].append(outside.strange(texts))
            sure[name].append(reader.predict_proba(texts).max(axis=1))
    joined = {name: np.concatenate(each) for name, each in strange.items()}
    largest = {name: np.concatenate(each) for name, each in sure.items()}
    cut, low = np.quantile(joined["known"], 0.95), np.quantile(largest["known"], 0.05)
    for name, each in joined.items():
        yield (
            f"outside{', with embeddings' if embeddings else ''}, {name} ({len(each):,})",
            f"taken for outside {(each >= ALARM).mean():.1%}; at 5 % false alarms {(each > cut).mean():.1%},"
            f" by the largest probability {(largest[name] < low).mean():.1%}",
        )


def _left_out(told: Descriptions, *, embeddings: bool) -> dict[str, tuple[float, float]]:
    """Diagnosis -> (noticed, false alarms): it teaches nobody; known texts that did not teach give the false alarms."""
    dealt, found = list(folds(told, 0)), {}
    for y, name in enumerate(told.labels):
        teach, answer = dealt[y % len(dealt)]
        outside = Outside(embeddings).fit(told.take(teach[told.code[teach] != y]), 0)
        known = taken(told, answer[told.code[answer] != y])[0]
        noticed, alarms = (
            float((outside.strange(texts) >= ALARM).mean()) for texts in (_of(told, told.code == y), known)
        )
        found[name] = noticed, alarms
    return found


def _one_left_out(what: str, found: dict[str, tuple[float, float]]) -> Row:
    noticed, alarms = np.mean(list(found.values()), axis=0)
    worst = sorted((share, name) for name, (share, _) in found.items())[:4]
    told = ", ".join(f"{name} {share:.0%}" for share, name in worst)
    return (
        f"{what}, a diagnosis left out of training, mean of {len(found)}",
        f"noticed {noticed:.1%} at {alarms:.1%} false alarms; least: {told}",
    )


def _other_languages(told: Descriptions) -> Iterator[Row]:
    """A few descriptions of known diagnoses, which we wrote."""
    for name, embeddings in (("outside", False), ("outside, with embeddings", True)):
        strange = Outside(embeddings).fit(told, 0).strange(list(OTHER_LANGUAGES))
        yield f"{name}, {len(strange)} descriptions in other languages", f"least strange {strange.min():.1f}"


def _of(told: Descriptions, mine: NDArray[np.bool_]) -> list[str]:
    return taken(told, np.flatnonzero(mine))[0]


def _texts(path: Path, separator: str, column: int) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        quoting = csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_NONE
        rows = [
            row[column] for row in csv.reader(file, delimiter=separator, quoting=quoting) if len(row) > column
        ]
    return rows[1:] if separator == "," else rows


def _told(draws: Floats) -> str:
    low, high = interval(100.0 * draws)
    return f"[{low:.2f}, {high:.2f}]"
