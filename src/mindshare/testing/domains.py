"""Promises of a domain: `check_domain` runs them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.domains.domain import Domain, Made, Terms
from mindshare.domains.own import what_is_missing
from mindshare.histories.judge import under_limits
from mindshare.histories.read import read_history
from mindshare.histories.side import Task
from mindshare.people.simulated import PREFIX
from mindshare.testing.live import all_is_there, sheets_are_there, the_desk_can_show_it

MOST_CASES = 300  # that are judged: enough to see that it works, not how well
T = TypeVar("T")
TELLS = 0.98  # rank correlation, or share of truths that a column alone gives, from which it is no accident


class Written(NamedTuple):
    """A domain, its terms, and the history that it wrote with one seed, twice."""

    domain: Domain
    terms: Terms
    history: History
    one: Path
    two: Path
    made: Made


def check_domain(domain: Domain, *, seed: int = 0) -> None:
    """Runs on the generated stand-ins of the domain, offline; give one with few cases, for the history is written twice.

    Raises AssertionError with a sentence a line for what is missing or broken: first all members that are missing, then all that is wrong
    with the terms, then all that is wrong with the history.
    """
    missing = what_is_missing(domain)
    assert not missing, "\n".join(f"the domain has {what}" for what in missing)
    terms: object = domain.terms(None)
    assert isinstance(terms, Terms), f"terms(data) gives no Terms but {terms!r}"
    _each((_people_can_be_asked_the_question, _an_error_has_a_cost, the_desk_can_show_it), terms)
    with TemporaryDirectory(prefix="mindshare-domain-") as place:
        _what_is_missing_is_one_sentence_and_nothing_is_written(domain, Path(place) / "empty")
        domain.preflight(None)
        one, two = (domain.write(Path(place) / n, data=None, seed=seed) for n in ("one", "two"))
        written = Written(domain, terms, _with_leaks(one.path, terms), one.path, two.path, one)
        _each(
            (
                _the_history_has_the_terms,
                _machines_and_simulated_people_answer,
                _the_same_seed_gives_the_same_history,
                _features_are_known_before_anybody_answers,
                _limits_are_of_resources_that_somebody_uses,
                _larger_cases_cost_more,
                _machines_and_people_know_something,
                _the_history_can_be_judged,
                _sheets_lie_beside_the_history,
                _a_live_demo_has_all_it_shows,
            ),
            written,
        )


def _each(promises: Sequence[Callable[[T], None]], told: T) -> None:
    broken = []
    try:
        for promise in promises:
            try:
                promise(told)
            except AssertionError as wrong:
                broken.append(str(wrong))
    finally:  # what ends otherwise must not hide what was found before it
        assert not broken, "\n".join(broken)


def _sheets_lie_beside_the_history(written: Written) -> None:
    sheets_are_there(written.made)


def _a_live_demo_has_all_it_shows(written: Written) -> None:
    all_is_there(written.terms, written.history, written.made)


# -- what is asked and what it is worth ------------------------------------------------------------------------------
def _people_can_be_asked_the_question(terms: Terms) -> None:
    assert terms.question.strip().endswith("?"), "the question to people is not a question"
    assert len(set(terms.labels)) == len(terms.labels) >= 2, (
        "there must be at least two labels, each told once"
    )
    assert terms.normal is None or terms.normal in terms.labels, f"'{terms.normal}' is normal and no label"


def _an_error_has_a_cost(terms: Terms) -> None:
    if isinstance(terms.utility, str):
        return
    told = {truth: set(row) for truth, row in terms.utility.items()}
    assert told == {truth: set(terms.labels) for truth in terms.labels}, "utility must cover labels x labels"
    worth = np.array([[terms.utility[t][v] for v in terms.labels] for t in terms.labels], np.float64)
    right = np.diag(worth)
    assert np.isfinite(worth).all(), "the cost of an error is not finite"
    assert (right[:, None] >= worth).all(), "a wrong verdict is worth more than the right one"
    assert (right > worth.min(axis=1)).any(), "no error costs anything"


# -- what is missing -------------------------------------------------------------------------------------------------
def _what_is_missing_is_one_sentence_and_nothing_is_written(domain: Domain, empty: Path) -> None:
    """A folder without any public set: either it is refused or it is not needed."""
    empty.mkdir()
    out = empty.parent / "out"
    needs = _refused(lambda: domain.preflight(empty), "preflight")
    refused = _refused(lambda: domain.write(out, data=empty, seed=0), "write")
    assert needs == refused, "preflight and write do not agree on whether data are missing"
    assert not refused or not out.exists(), "data are missing, and a history was begun"
    assert not list(empty.iterdir()), "something was written to the folder of the data"
    training = domain.training
    if training is not None and needs:
        assert _refused(lambda: training.preflight(empty), "training"), "training does not miss its data"


def _refused(attempt: Callable[[], object], what: str) -> bool:
    try:
        attempt()
    except MindshareError as told:
        sentence = str(told)
        assert sentence.endswith("."), f"{what} refuses, but not in a sentence: {sentence}"
        assert "\n" not in sentence, f"{what} refuses in more than a sentence: {sentence}"
        return True
    except OSError as told:
        raise AssertionError(f"{what} does not say in a sentence what is missing: {told}") from told
    return False


# -- the history -----------------------------------------------------------------------------------------------------
def _the_history_has_the_terms(written: Written) -> None:
    team, terms, history = written.history.team, written.terms, written.history
    assert team.labels == terms.labels, "the history's labels are not those of the terms"
    truth = history.truth[history.truth >= 0]
    assert set(np.unique(truth).tolist()) == set(range(len(terms.labels))), "a label is never true"
    if isinstance(terms.utility, str):
        assert team.is_accuracy, "the history's utility is not that of the terms"
        return
    worth = np.array([[terms.utility[t][v] for v in terms.labels] for t in terms.labels], np.float64)
    np.testing.assert_allclose(
        team.utility_matrix(), worth, err_msg="the history's utility is not that of the terms"
    )


def _machines_and_simulated_people_answer(written: Written) -> None:
    history = written.history
    person = history.is_person
    spoke = np.isin(np.arange(len(person)), history.answers.agent[history.answers.label >= 0])
    assert (spoke & person).any(), "no person answers"
    assert (spoke & ~person).any(), "no machine answers"
    for agent, is_person in zip(history.agent_id, person.tolist(), strict=True):
        assert agent.startswith(PREFIX) == is_person, (
            f"'{agent}' does not say whether it is a simulated person"
        )
    assert "simulated" in history.team.name, "the name of the history does not say that people are simulated"
    assert "simulated" in written.terms.about.lower(), "what it is about does not say what is simulated"


def _the_same_seed_gives_the_same_history(written: Written) -> None:
    names = sorted(file.name for file in written.one.iterdir())
    assert names == sorted(file.name for file in written.two.iterdir()), "the same seed gave other files"
    for name in names:
        same = (written.one / name).read_bytes() == (written.two / name).read_bytes()
        assert same, f"the same seed gave another {name}"


def _with_leaks(directory: Path, terms: Terms) -> History:
    """The history with every declared column as a feature, also one that reading would leave out as a leak."""
    history = read_history(directory)
    left_out = [
        name for name in terms.features if any(f"'{name}'" in sentence for sentence in history.not_learnable)
    ]
    return read_history(directory, left_out) if left_out else history


# -- features --------------------------------------------------------------------------------------------------------
def _features_are_known_before_anybody_answers(written: Written) -> None:
    """Columns are those of the terms, and none of them gives the truth, nor follows what answers brought or took."""
    history, allowed = written.history, set(written.terms.features)
    features = history.features
    columns = {*features.numeric, *features.categorical, *features.text}
    columns |= {"kind"} if history.kind is not None else set()
    assert columns <= allowed, f"the terms do not say that {sorted(columns - allowed)} is known beforehand"
    coded = {name: codes.code for name, codes in features.categorical.items()}
    coded |= {} if history.kind is None else {"kind": history.kind.code}
    told: dict[str, NDArray[Any]] = {**features.numeric, **coded}
    for name, values in told.items():
        assert _truths_told(values, history.truth) < TELLS, f"'{name}' gives the truth away"
    for name, values in features.numeric.items():
        for what, after in _known_only_afterwards(history).items():
            assert abs(_rank_correlation(values, after)) < TELLS, f"'{name}' follows {what}"


def _truths_told(values: NDArray[Any], truth: NDArray[np.int32]) -> float:
    """Share of truths right by the commonest truth of the other cases of each value; values of one case tell nothing."""
    code = np.unique(values[truth >= 0], return_inverse=True)[1]
    true = truth[truth >= 0]
    count = np.zeros((code.max() + 1, true.max() + 1))
    np.add.at(count, (code, true), 1)
    others = count[code]
    others[np.arange(len(true)), true] -= 1
    return float(((others.argmax(axis=1) == true) & (others.max(axis=1) > 0)).mean())


def _known_only_afterwards(history: History) -> dict[str, NDArray[np.float64]]:
    """What to compare columns with: (N,) seconds that people took, and how many agents were right."""
    answers, n = history.answers, len(history)
    seconds = np.where(np.isnan(answers.seconds), 0.0, answers.seconds)
    right = answers.label == history.truth[answers.case]
    return {
        "the seconds that answers took": np.bincount(answers.case, seconds, n).astype(np.float64),
        "how many agents were right": np.bincount(answers.case, right, n).astype(np.float64),
    }


def _rank_correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Spearman's; 0 where one of them never changes."""
    from scipy.stats import rankdata

    known = ~(np.isnan(a) | np.isnan(b))
    x, y = rankdata(a[known]), rankdata(b[known])
    if not len(x) or not x.std() or not y.std():
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


# -- limits and sizes ------------------------------------------------------------------------------------------------
def _limits_are_of_resources_that_somebody_uses(written: Written) -> None:
    cost, limits = written.history.cost(), written.history.team.limits
    assert limits, "there is no limit, so attention has no price"
    for resource, limit in limits.items():
        used = float(cost[resource].sum()) if resource in cost else 0.0
        assert used > 0, f"nobody uses '{resource}', which is limited"
        assert 0 < limit < used, f"the limit on '{resource}' lets everybody be asked about everything"


def _larger_cases_cost_more(written: Written) -> None:
    size, history = written.terms.size, written.history
    if size is None:
        return
    assert size.column in history.features.numeric, f"the cases have no numeric column '{size.column}'"
    sizes = history.numeric(size.column)[history.answers.case]
    dearer = (
        _rank_correlation(sizes[rows], used[rows].astype(np.float64))
        for used in history.cost().values()
        for agent in range(len(history.agent_id))
        if len(rows := np.flatnonzero(history.answers.agent == agent))
    )
    assert max(dearer, default=0.0) > 0.5, f"no agent's answer costs more where '{size.column}' is larger"


# -- judged as a backtest judges -------------------------------------------------------------------------------------
def _machines_and_people_know_something(written: Written) -> None:
    """Somebody's answers, taken as verdicts, are worth more than the verdict that suits the frequencies of the labels."""
    history = written.history
    answers, worth = history.answers, history.team.utility_matrix()
    known = (answers.label >= 0) & (history.truth[answers.case] >= 0)
    alone = _worth_by_frequency(history.truth[history.truth >= 0], worth)
    for who, wanted in (("machine", False), ("person", True)):
        mine = [
            worth[history.truth[answers.case[rows]], answers.label[rows]].mean()
            for k in np.flatnonzero(history.is_person == wanted)
            if len(rows := np.flatnonzero(known & (answers.agent == k)))
        ]
        assert max(mine, default=alone) > alone, (
            f"no {who}'s answers are worth more than the frequencies of the labels"
        )


def _the_history_can_be_judged(written: Written) -> None:
    """Half of (some of) the cases teach, the others are decided within the limits."""
    whole = written.history
    some = np.sort(np.random.default_rng(0).permutation(len(whole))[:MOST_CASES])
    history = whole.take(some)
    limits = {r: limit * len(history) / len(whole) for r, limit in whole.team.limits.items()}
    fit, test = split(history, 2, 0)[0]
    run = under_limits(Task(history, fit, test, (), limits, 0), {"all": limits})["all"]
    worth, truth = history.team.utility_matrix(), history.truth[run.cases]
    reached, alone = worth[truth, run.point.verdict].mean(), _worth_by_frequency(truth, worth)
    assert reached > alone, f"with all agents verdicts are worth {reached:.3f}, with none {alone:.3f}"


def _worth_by_frequency(truth: NDArray[np.int32], worth: NDArray[np.float64]) -> float:
    """Mean worth of the single verdict that is best for all cases."""
    return float(worth[truth].mean(axis=0).max())
