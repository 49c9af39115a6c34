"""What small histories are drawn from: public sets, the same with fewer agents, and made worlds with stated parameters."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from mindshare.core.history import Answers, Codes, Features, History, Question, Team
from mindshare.core.records import Agent
from mindshare.histories.public import convert
from mindshare.histories.read import read_history

SETS = (
    "vision16",
    "vision3",
    "cifar10h",
    "convabuse",
    "convabuse-each",
    "davidson",
    "ecg",
    "nih-xray",
    "crowd-cf",
    "crowd-cf-amt",
    "crowd-ms",
    "crowd-sp",
    "crowd-sp-amt",
    "crowd-zencrowd-in",
    "crowd-zencrowd-us",
)
VARIANTS = (
    "vision16/no-machine",
    "vision16/one-each",
    "cifar10h/no-machine",
    "cifar10h/one-each",
    "ecg/no-machine",
    "ecg/one-each",
)
REVIEWED = "reviewed"  # made worlds of one model and one reviewer
Drawn = Callable[[History, np.random.Generator], History]  # the agents that are kept


def parted(name: str) -> tuple[str, str]:
    """A set and its variant, "" where it is whole; a directory has none."""
    source, _, variant = name.rpartition("/")
    return (source, variant) if source and variant in LEFT else (name, "")


def load(name: str) -> History:
    """A public set by name, or the history in a directory."""
    if Path(name).is_dir():
        return read_history(Path(name))
    with tempfile.TemporaryDirectory() as folder:
        convert(name, None, Path(folder) / "set")
        return read_history(Path(folder) / "set")


def draw(history: History, variant: str, size: int, seed: int) -> History:
    """`size` cases by chance, of the whole set where it has fewer; `variant` leaves agents out."""
    rng = np.random.default_rng([size, seed])
    told = np.flatnonzero(history.truth >= 0)
    some = history.take(np.sort(rng.permutation(told)[:size]))
    return LEFT[variant](some, rng)


def everyone(history: History, _: np.random.Generator) -> History:
    """Nobody left out."""
    return history


def no_machine(history: History, _: np.random.Generator) -> History:
    """The people alone."""
    return answers_kept(history, history.is_person[history.answers.agent])


def one_each(history: History, rng: np.random.Generator) -> History:
    """One machine, drawn for all cases, and one person drawn for each case."""
    answers = history.answers
    person = history.is_person[answers.agent]
    machine = int(rng.choice(np.unique(answers.agent[~person])))
    mine = np.flatnonzero(person)
    mine = mine[rng.permutation(len(mine))]
    _, first = np.unique(answers.case[mine], return_index=True)
    kept = answers.agent == machine
    kept[mine[first]] = True
    return answers_kept(history, kept)


def answers_kept(history: History, rows: np.ndarray) -> History:
    """The same cases with these rows of answers only."""
    a = history.answers
    case = a.case[rows]
    return replace(
        history,
        answers=Answers(
            indptr=np.searchsorted(case, np.arange(len(history) + 1)).astype(np.int64),
            case=case,
            agent=a.agent[rows],
            label=a.label[rows],
            seconds=a.seconds[rows],
            confidence=a.confidence[rows],
            proba_row=a.proba_row[rows],
            proba=a.proba,
        ),
    )


LEFT: dict[str, Drawn] = {"": everyone, "no-machine": no_machine, "one-each": one_each}


def reviewed(seed: int, size: int = 300) -> History:
    """A made world: one model with a useful confidence, one person 4 to 10 points better; both answer every case.

    The model is right with a chance of its own on each case, drawn from a beta distribution, and states that chance, blurred. The
    person is right with a chance that falls a little where the model's does.
    """
    rng = np.random.default_rng([29, seed])
    labels = int(rng.integers(2, 5))
    model = rng.uniform(0.75, 0.92)
    person = min(model + rng.uniform(0.04, 0.10), 0.98)
    sure = rng.beta(4 * model, 4 * (1 - model), size)
    skill = np.clip(person + rng.uniform(0.0, 0.3) * (sure - model), 0.0, 1.0)
    truth = rng.integers(0, labels, size)
    said = []
    for right in (sure, skill):
        wrong = (truth + rng.integers(1, labels, size)) % labels
        said.append(np.where(rng.random(size) < right, truth, wrong))
    stated = np.clip(1 / labels + (1 - 1 / labels) * sure + rng.normal(0, 0.08, size), 0.01, 0.99)
    return History(
        team=Team(
            name="reviewed",
            questions=(Question(labels=tuple(f"label_{y}" for y in range(labels))),),
            agents=(Agent(id="model", kind="machine"), Agent(id="reviewer", kind="person")),
        ),
        case_id=tuple(f"case_{i}" for i in range(size)),
        truth=truth.astype(np.int32),
        parent=np.arange(size, dtype=np.int32),
        agent_id=("model", "reviewer"),
        is_person=np.array([False, True]),
        answers=Answers(
            indptr=np.arange(0, 2 * size + 1, 2, dtype=np.int64),
            case=np.repeat(np.arange(size, dtype=np.int32), 2),
            agent=np.tile(np.array([0, 1], np.int32), size),
            label=np.stack(said, axis=1).ravel().astype(np.int32),
            seconds=np.stack([np.full(size, np.nan), rng.lognormal(3.5, 0.5, size)], 1)
            .ravel()
            .astype(np.float32),
            confidence=np.stack([stated, np.full(size, np.nan)], 1).ravel().astype(np.float32),
            proba_row=np.full(2 * size, -1, np.int32),
            proba=np.zeros((0, labels), np.float32),
        ),
        features=Features(
            categorical={
                "channel": Codes(code=rng.integers(0, 2, size).astype(np.int32), names=("mail", "web"))
            }
        ),
    )
