"""Rows of ladders: the machines of a domain's room as rungs, and one before them that is far cheaper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from domaining.asked import Asked, check_same
from domaining.climbing import Part, Row, rows
from mindshare.domains.medicine import machines as reading
from mindshare.domains.medicine.diagnoses import utility_of as utility_of_diagnoses
from mindshare.domains.medicine.symptoms import read_symptoms
from mindshare.domains.tickets import machines as writing
from mindshare.domains.tickets.departments import utility_of as utility_of_intents
from mindshare.domains.tickets.messages import read_banking
from mindshare.domains.traffic.alarms import TREES
from mindshare.domains.traffic.forecasts import examples
from mindshare.domains.traffic.history import UTILITY
from mindshare.domains.traffic.los import read_los
from mindshare.domains.traffic.speeds import DAY, Speeds
from mindshare.domains.traffic.watch import QUARTER, falls_here, watch_list
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.agents.function import Function
from mindshare.machines.ladder.course import Held
from mindshare.machines.ladder.ladder import Ladder
from mindshare.machines.ladder.rungs import climb_all, measured, rungs_of

Ints = NDArray[np.int64]
Makers = Mapping[str, Callable[[], Any]]
FOLDS, DEALS = 5, 3
BLOCK = 36  # steps that are drawn together: three hours
FIRST_DAY = 2  # of those that are judged: two days teach it
# A tenth of the trees, of what is seen at the sensor itself. Chosen on days 2 to 5, each by what the others of the first five taught.
FEW: Mapping[str, Any] = {**TREES, "max_iter": 12, "learning_rate": 0.2}


def runs() -> Any:
    """Which runs of four letters there are, not how often or how rare: a linear model that is quick to ask about one text."""
    count = CountVectorizer(binary=True, analyzer="char_wb", ngram_range=(4, 4), min_df=2)
    return make_pipeline(count, LogisticRegression(tol=1e-3, max_iter=1_000))


def _rungs(**of_the_room: Any) -> Makers:
    pipelines = {"runs": runs(), **of_the_room}
    return {name: lambda pipeline=pipeline: Estimator(pipeline) for name, pipeline in pipelines.items()}


# -- texts ---------------------------------------------------------------------------------------------------------
def tickets(data: Path) -> Iterator[Row]:
    """The room's own split, then five folds of all messages."""
    told = read_banking(data)
    text = np.array([*told.taught.text, *told.new.text], object)
    intent = np.array([*told.taught.intent, *told.new.intent])
    utility, rungs = utility_of_intents(told.taught.labels), _rungs(letters=writing.machines()["letters"])
    first = len(told.taught.text)
    own = [(np.arange(first), np.arange(first, len(text)))]
    dealt = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(text, intent)
    for heading, splits in (("train.csv teaches, test.csv judges", own), (f"{FOLDS} folds", dealt)):
        parts = (_of_texts(rungs, text, intent, np.arange(len(text)), *split) for split in splits)
        yield from rows(heading, parts, utility)


def medicine(data: Path) -> Iterator[Row]:
    """DEALS deals of the room's folds; twins stay together, also inside of the ladder."""
    told = read_symptoms(data)
    rungs = _rungs(words=reading.words().pipeline, letters=reading.letters().pipeline)
    text, diagnosis = np.array(told.text, object), np.array(told.diagnosis)
    parts = (
        _of_texts(rungs, text, diagnosis, told.parent, *split, groups=told.parent)
        for seed in range(DEALS)
        for split in reading.folds(told, seed)
    )
    yield from rows(f"{DEALS} deals of {reading.FOLDS} folds", parts, utility_of_diagnoses(told.labels))


def _of_texts(
    rungs: Makers, text: Any, label: Any, cluster: Any, teach: Ints, judge: Ints, groups: Any = None
) -> Part:
    ladder = Ladder(rungs).fit(list(text[teach]), label[teach], None if groups is None else groups[teach])
    return Part(ladder, list(text[judge]), np.searchsorted(ladder.classes_, label[judge]), cluster[judge])


# -- traffic -------------------------------------------------------------------------------------------------------
def traffic(data: Path) -> Iterator[Row]:
    """The question of the history on days 3 to 7, each learnt from the days before it; intervals draw blocks of three hours."""
    speeds = read_los(data)
    parts = (_of_day(speeds, day) for day in range(FIRST_DAY, speeds.days))
    order = ("steady", "fall")
    utility = {truth: {verdict: UTILITY[truth][verdict] for verdict in order} for truth in order}
    yield from rows("does the speed fall here, days 3 to 7", parts, utility)


def _of_day(speeds: Speeds, day: int) -> Part:
    """Each day that teaches is also answered by what the others teach: that is what the ladder learns from."""
    taught, truth = np.arange(day * DAY), falls_here(speeds).astype(np.int64)
    logs, cases = [], []
    for held in range(1, day):  # the first day has none before it, and so no list
        asked = _listed(speeds, held)
        learnt = _learnt(speeds, truth, taught[taught // DAY != held])
        logs.append(climb_all(rungs_of(learnt), asked, np.array([0, 1])))
        cases.append(asked)
    past, new = np.concatenate(cases), _listed(speeds, day)
    learnt = _learnt(speeds, truth, taught)
    told = Held(np.concatenate(logs, axis=1), truth[past[:, 0], past[:, 1]])
    ladder = Ladder.of_learnt(learnt, np.array([0, 1]), told, measured(rungs_of(learnt), past))
    return Part(ladder, new, truth[new[:, 0], new[:, 1]], new[:, 0] // BLOCK)


def _listed(speeds: Speeds, day: int) -> Ints:
    """(N, 2) steps and sensors of the day's list, as the room makes it from the days before."""
    end = (day + 1) * DAY
    watch = watch_list(replace(speeds, speed=speeds.speed[:end], new_from=day * DAY), seed=0)
    return np.stack([watch.step, watch.sensor], axis=1)


def _learnt(speeds: Speeds, truth: Ints, taught: Ints) -> dict[str, Function]:
    """`few`, and `trees` of the room; all sensors teach, and those that are asked about are answered."""
    asked, seen = Asked(speeds, taught), examples(taught, QUARTER)
    check_same(speeds, taught, np.stack([seen[:20], np.arange(20)], axis=1))
    sensors = np.arange(speeds.speed.shape[1])
    grid = np.stack(np.meshgrid(seen, sensors, indexing="ij"), axis=-1).reshape(-1, 2)
    said, alone, every = truth[grid[:, 0], grid[:, 1]], asked.alone(grid), asked.all(grid)
    few = HistGradientBoostingClassifier(**FEW).fit(alone, said)
    trees = HistGradientBoostingClassifier(**TREES).fit(every, said)

    say: dict[str, Callable[[Any], Any]] = {
        "few": lambda X: few.predict_proba(asked.alone(X)),
        "trees": lambda X: trees.predict_proba(asked.all(X)),
    }
    return {name: Function(call, [0, 1], "probabilities") for name, call in say.items()}
