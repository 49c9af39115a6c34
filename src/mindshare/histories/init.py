"""`mindshare init`: a history from the files that people have, asking only what the files do not tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError, MindshareError, counted, listed
from mindshare.histories.from_label_studio import gather_label_studio
from mindshare.histories.from_table import MOST_LABELS, gather_table
from mindshare.histories.gathered import Ask, Gathered, Questions
from mindshare.histories.read import read_history
from mindshare.histories.write import write_history

if TYPE_CHECKING:
    import polars as pl

MAJORITY, NONE = "majority", "none"
ASK_TRUTH = (
    "No column says by its name that it holds the truth. Which one does? Or shall the majority of the annotators count as"
    " true (every annotator is then part of the truth that it is judged by)? Or is none known?"
)
MOST_NAMED = 50  # with more people, team.yaml names them by a pattern


def init_history(
    files: Sequence[str | Path],
    out: str | Path,
    *,
    ask: Ask | None = None,
    given: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Writes a history that `read_history` accepts into `out`; returns what was decided, one sentence each.

    `files` are tables (csv, csv.gz, parquet), wide or long, or Label Studio JSON exports; cases of one id are one case.
    What cannot be guessed is looked up in `given` (truth, case, agent, answer, annotators, machines, layout, field) and
    then asked with `ask(question, options)`; without `ask` an open question raises.
    """
    if not files:
        raise MindshareError("Name at least one file: a table of answers or a Label Studio export.")
    if Path(out).exists() and any(Path(out).iterdir()):
        raise MindshareError(f"{out} is not empty. Name a new directory; nothing is overwritten.")
    questions = Questions(dict(given or {}), ask)
    gathered = _merged([_gather(Path(file), questions) for file in files])
    if not gathered.answers.height:
        raise MindshareError(
            f"{listed(str(f) for f in files)}: there is no answer in it. Name the file with the answers too."
        )
    agents = gathered.answers["agent"].unique().sort().to_list()
    kinds = questions.kinds(agents, gathered.kinds)
    cases, decided = _with_truth(gathered, kinds, questions)
    labels = _labels(cases, gathered.answers)
    write_history(out, _team(Path(out).name, labels, kinds), cases, _without_empty_columns(gathered.answers))
    history = read_history(out)
    people = int(history.is_person.sum())
    counts = (
        f"{counted(len(history), 'case')}, {counted(len(history.answers), 'answer')} by"
        f" {counted(people, 'person', 'people')} and {counted(len(kinds) - people, 'machine')}; labels {listed(labels)}."
    )
    return (*gathered.decided, *decided, counts, *history.not_learnable)


def _gather(path: Path, questions: Questions) -> Gathered:
    if not path.is_file():
        raise HistoryError("there is no such file. Name a table or a Label Studio export.", file=str(path))
    return gather_label_studio(path, questions) if path.suffix == ".json" else gather_table(path, questions)


def _merged(every: list[Gathered]) -> Gathered:
    """Cases of one id are one case; its first description wins."""
    import polars as pl

    cases = pl.concat([g.cases for g in every], how="diagonal")
    if len(every) > 1:
        rest = [c for c in cases.columns if c != "case"]
        cases = cases.group_by("case", maintain_order=True).agg(pl.col(rest).drop_nulls().first())
    answers = pl.concat([g.answers for g in every])
    once = answers.unique(["case", "agent"], keep="last", maintain_order=True)
    decided = [sentence for g in every for sentence in g.decided]
    if once.height < answers.height:
        decided.append(
            f"{counted(answers.height - once.height, 'answer')} by an agent to a case already answered: the last one counts."
        )
    kinds = {agent: kind for g in every for agent, kind in g.kinds.items()}
    return Gathered(cases=cases, answers=once, kinds=kinds, decided=tuple(decided))


def _with_truth(
    gathered: Gathered, kinds: Mapping[str, str], questions: Questions
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    cases = gathered.cases
    if "truth" in cases.columns and questions.given.get("truth") != MAJORITY:
        return cases, ("The truth is what the file calls so.",)
    said = set(gathered.answers["answer"].drop_nulls().unique().to_list())
    likely = [c for c in cases.columns[1:] if said >= set(cases[c].drop_nulls().unique().to_list()) != set()]
    chosen = questions.about("truth", ASK_TRUTH, [*likely, MAJORITY, NONE])
    if chosen == NONE:
        return _unknown(cases), ("No truth is known: skills are learnt from how answers agree.",)
    if chosen != MAJORITY:
        return cases.rename({chosen: "truth"}), (f"The truth is the column '{chosen}'.",)
    who = "people" if "person" in kinds.values() else "machines"
    voters = [agent for agent, kind in kinds.items() if kind == ("person" if who == "people" else "machine")]
    return _majority(cases.drop("truth", strict=False), gathered.answers, voters), (
        f"The truth is what most {who} answered, empty where they are even: each of them is part of the truth that it is"
        " judged by, so their accuracy is too high.",
    )


def _unknown(cases: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return cases.with_columns(truth=pl.lit(None, pl.String))


def _majority(cases: pl.DataFrame, answers: pl.DataFrame, voters: list[str]) -> pl.DataFrame:
    import polars as pl

    votes = (
        answers.filter(pl.col("agent").is_in(voters)).drop_nulls("answer").group_by("case", "answer").len()
    )
    most = votes.filter(pl.col("len") == pl.col("len").max().over("case"))
    alone = most.filter(pl.len().over("case") == 1).select("case", truth="answer")
    return cases.join(alone, on="case", how="left", maintain_order="left")


def _labels(cases: pl.DataFrame, answers: pl.DataFrame) -> list[str]:
    words = {*cases["truth"].drop_nulls().to_list(), *answers["answer"].drop_nulls().to_list()} - {""}
    if len(words) > MOST_LABELS:
        raise MindshareError(
            f"There are {len(words):,} different answers, such as {listed(sorted(words), 3)}: these are texts, not labels."
        )
    if len(words) < 2:
        raise MindshareError(f"All answers are {listed(words) or 'empty'}, so there is nothing to decide.")
    return sorted(words, key=lambda w: (0, float(w), w) if re.fullmatch(r"-?\d+(\.\d+)?", w) else (1, 0.0, w))


def _team(name: str, labels: list[str], kinds: Mapping[str, str]) -> dict[str, Any]:
    machines = sorted(agent for agent, kind in kinds.items() if kind == "machine")
    people = sorted(agent for agent, kind in kinds.items() if kind == "person")
    agents = {agent: {"kind": "machine"} for agent in machines}
    agents |= {agent: {"kind": "person"} for agent in (people if len(people) <= MOST_NAMED else ["*"])}
    return {"name": name, "labels": labels, "utility": "accuracy", "agents": agents}


def _without_empty_columns(answers: pl.DataFrame) -> pl.DataFrame:
    return answers.drop(c for c in ("seconds", "confidence") if answers[c].null_count() == answers.height)
