"""MADE-UP descriptions of twelve diagnoses: signs of the diagnosis, signs that two share, and sentences that say nothing of it.

They stand in for real ones where these are not at hand. What a machine reaches on them says nothing about real descriptions, and nothing
in them is medical advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mindshare.domains.medicine.descriptions import Descriptions, described

COUNT = 480
AGAIN = 0.15  # share of descriptions that say an earlier one again, with a sentence more: twins
SHARED = 0.6  # of the signs, how many fit another diagnosis as well
MORE, MOST, ASIDES = (
    0.7,
    8,
    0.6,
)  # a further sentence comes with this chance, at most so many; the part of them that says nothing
SIGNS: Mapping[str, Sequence[str]] = {
    "allergy": ("my eyes itch in the garden", "I sneeze when the cat is near", "my lips tingle after nuts"),
    "Common Cold": ("my nose runs all day", "I lost my voice a little", "my nose is red from the tissues"),
    "Pneumonia": ("breathing in hurts on one side", "I cough up rusty phlegm", "my lips look bluish"),
    "Bronchial Asthma": (
        "there is a whistle when I breathe out",
        "my chest is tight at night",
        "my inhaler is empty",
    ),
    "Dengue": ("there is pain behind my eyes", "my bones feel broken", "small red dots came on my arms"),
    "Malaria": (
        "the fever comes back every second day",
        "I shiver and then sweat through the sheets",
        "I came from the tropics",
    ),
    "Typhoid": ("the fever climbs a little each day", "rosy spots are on my belly", "I drank from the well"),
    "urinary tract infection": (
        "it burns when I pass water",
        "I must go every half hour",
        "my urine is cloudy",
    ),
    "Migraine": ("half of my head throbs", "light hurts and I see zigzag lines", "I lie in a dark room"),
    "Hypertension": (
        "the pharmacist measured a high pressure",
        "my nose bled twice",
        "my neck feels stiff in the morning",
    ),
    "diabetes": (
        "I drink litres and stay thirsty",
        "I lose weight without a diet",
        "my sight is blurred after meals",
    ),
    "Psoriasis": (
        "silver scales are on my elbows",
        "the patches bleed when I scratch",
        "my nails have small pits",
    ),
}
EITHER: Sequence[tuple[tuple[str, str], Sequence[str]]] = (
    (("allergy", "Common Cold"), ("I sneeze a lot", "my nose is blocked", "my throat is scratchy")),
    (("Pneumonia", "Bronchial Asthma"), ("I am short of breath", "I cough at night", "stairs leave me breathless")),
    (("Dengue", "Malaria"), ("I have a high fever", "a mosquito bit me", "my joints ache")),
    (("Typhoid", "urinary tract infection"), ("my belly hurts", "I feel hot", "I do not want to eat")),
    (("Migraine", "Hypertension"), ("my head hurts", "I feel dizzy", "I feel sick now and then")),
    (("diabetes", "Psoriasis"), ("my skin is dry", "small wounds heal slowly", "my feet itch")),
)  # fmt: skip
SINCE = (
    "since {day}",
    "for {n} days now",
    "after {meal}",
    "most of all {time}",
    "again and again",
    "worse than in {month}",
    "and {who} noticed",
)
ASIDE = (
    "It began on {day}.",
    "{who} says that I look pale.",
    "I slept badly {time}.",
    "I took {n} tablets and they changed little.",
    "At work {who} is well.",
    "I had something like it in {month}.",
    "I am worried because of {who}.",
    "I have not travelled since {month}.",
    "It is worse {time}.",
    "Could I see somebody on {day}?",
    "I ate only soup for {meal}.",
    "{who} had to drive me home {time}.",
)
SLOTS: Mapping[str, Sequence[str]] = {
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "n": ("two", "three", "four", "five", "six", "ten"),
    "meal": ("breakfast", "lunch", "dinner", "coffee", "a walk"),
    "time": ("at night", "in the morning", "in the evening", "at noon", "on the bus", "in bed"),
    "month": ("January", "March", "May", "July", "August", "October", "December"),
    "who": ("my sister", "my husband", "my wife", "my boss", "my neighbour", "my mother", "a friend"),
}


def made_descriptions(*, seed: int, count: int = COUNT) -> Descriptions:
    """About so many descriptions, as many of each diagnosis; the same seed gives the same. Those that came out alike are one."""
    rng = np.random.default_rng(seed)
    names = tuple(SIGNS)
    diagnosis = [names[i % len(names)] for i in rng.permutation(count)]
    told: dict[str, list[str]] = {name: [] for name in names}
    text = []
    for meant in diagnosis:
        earlier = told[meant]
        again = bool(earlier) and rng.random() < AGAIN
        said = f"{rng.choice(earlier)} {_filled(str(rng.choice(ASIDE)), rng)}" if again else _told(meant, rng)
        earlier.append(said)
        text.append(said)
    return described(text, diagnosis)


def _told(meant: str, rng: np.random.Generator) -> str:
    """One sign at least, and sentences around it, in any order."""
    shared = next(signs for pair, signs in EITHER if meant in pair)
    parts = [_sign(str(rng.choice(shared if rng.random() < SHARED else SIGNS[meant])), rng)]
    parts += [_filled(str(rng.choice(ASIDE)), rng)]
    while len(parts) < MOST and rng.random() < MORE:
        aside = rng.random() < ASIDES
        parts.append(
            _filled(str(rng.choice(ASIDE)), rng)
            if aside
            else _sign(str(rng.choice([*shared, *SIGNS[meant]])), rng)
        )
    return " ".join(str(part) for part in rng.permutation(parts))


def _sign(sign: str, rng: np.random.Generator) -> str:
    return _filled(f"{sign} {rng.choice(SINCE)}.", rng)


def _filled(sentence: str, rng: np.random.Generator) -> str:
    said = sentence.format(**{name: str(rng.choice(words)) for name, words in SLOTS.items()})
    return said[0].upper() + said[1:]
