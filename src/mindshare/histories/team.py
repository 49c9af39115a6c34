"""team.yaml: who can answer, what is asked about cases of each kind, what may be spent."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mindshare.core.errors import HistoryError, listed, nearest
from mindshare.core.history import FloatArray, Question, Team
from mindshare.core.records import Agent, Cost

if TYPE_CHECKING:
    import yaml

FILE = "team.yaml"
KEYS = ("name", "labels", "utility", "kinds", "agents", "limits")
OF_A_KIND = ("labels", "utility")
SHAPE = (
    "name: ..., labels: [sick, well], agents: {bot: {kind: machine}, 'person_*': {kind: person}}"
    " (or let `mindshare init FILE` write it)"
)
Path_ = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TeamFile:
    """The team, and the line of each of its keys for later sentences about it."""

    team: Team
    lines: dict[Path_, int]

    def error(self, problem: str, *where: str) -> HistoryError:
        """The error at the key `where`, or at the nearest key above it that is written."""
        return _error(self.lines, where, problem)


def read_team(path: Path) -> TeamFile:
    """The team as written; every value checked, nothing guessed but the name."""
    if not path.is_file():
        raise HistoryError(f"there is no {FILE}. Write one: {SHAPE}.", file=str(path.parent))
    tree, lines = _load(path)
    if not isinstance(tree, dict):
        raise HistoryError(f"the file must hold {SHAPE}.", file=FILE)
    _known(tree, KEYS, (), lines)
    for key in ("agents",) if "kinds" in tree else ("labels", "agents"):
        if key not in tree:
            raise HistoryError(f"there is no key '{key}'. Write {SHAPE}.", file=FILE)
    team = Team(
        name=str(tree.get("name") or path.resolve().parent.name),
        agents=_agents(tree["agents"], lines),
        questions=_questions(tree, lines),
        limits={
            resource: _amount(amount, ("limits", resource), lines)
            for resource, amount in _mapping(tree.get("limits") or {}, ("limits",), lines).items()
        },
    )
    return TeamFile(team, lines)


def _load(path: Path) -> tuple[Any, dict[Path_, int]]:
    """The file's tree and the line of every key; a key written twice is a mistake, not an update."""
    import yaml

    lines: dict[Path_, int] = {}
    try:
        text = path.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _walk(root, (), lines)
        return yaml.safe_load(text), lines
    except UnicodeDecodeError as e:
        raise HistoryError("the file is not UTF-8. Save the file as UTF-8.", file=FILE) from e
    except yaml.MarkedYAMLError as e:
        raise _not_yaml(e) from e
    except yaml.YAMLError as e:
        raise HistoryError(
            "the file is not YAML: it holds characters that YAML does not allow.", file=FILE
        ) from e


def _not_yaml(e: yaml.MarkedYAMLError) -> HistoryError:
    """The parser notices a mistake later than it was made: the row is where it noticed, the sentence says since when."""
    mark, start = e.problem_mark or e.context_mark, e.context_mark
    row = None if mark is None else mark.line + 1
    since = "" if start is None or start.line + 1 == row else f" in what begins in row {start.line + 1}"
    problem = f"this is not YAML: {e.problem}{since}. Check the indentation, colons, brackets and quotes."
    return HistoryError(problem, file=FILE, row=row)


def _walk(node: Any, where: Path_, lines: dict[Path_, int]) -> None:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        path = (*where, str(key.value))
        if path in lines:
            first = lines[path]
            raise _error(
                {path: key.start_mark.line + 1},
                path,
                f"'{path[-1]}' is already written in row {first}. Keep one.",
            )
        lines[path] = key.start_mark.line + 1
        _walk(value, path, lines)


def _questions(tree: dict[Any, Any], lines: dict[Path_, int]) -> tuple[Question, ...]:
    """What is asked of each kind of case; of one kind without a name where the file names none."""
    if "kinds" not in tree:
        return (_question(tree, "", (), lines),)
    for key in OF_A_KIND:
        if key in tree:
            raise _error(
                lines,
                (key,),
                f"there are {key} and kinds. Where cases are of several kinds, write the {key} of each kind under kinds.",
            )
    kinds = _mapping(tree["kinds"], ("kinds",), lines)
    if not kinds:
        raise _error(
            lines, ("kinds",), "kinds names none. Write kinds: {tickets: {labels: [billing, other]}}."
        )
    out = []
    for name, body in kinds.items():
        where = ("kinds", name)
        if not name.strip():
            raise _error(lines, where, "a kind has no name. Give it one.")
        asked = _mapping(body, where, lines)
        _known(asked, OF_A_KIND, where, lines)
        if "labels" not in asked:
            raise _error(lines, where, f"kinds.{name} has no labels. Write labels: [billing, other].")
        out.append(_question(asked, name, where, lines))
    return tuple(out)


def _question(written: dict[Any, Any], kind: str, where: Path_, lines: dict[Path_, int]) -> Question:
    labels = _labels(written["labels"], (*where, "labels"), lines)
    utility = _utility(written.get("utility", "accuracy"), labels, (*where, "utility"), lines)
    return Question(labels=labels, utility=utility, kind=kind)


def _labels(written: Any, where: Path_, lines: dict[Path_, int]) -> tuple[str, ...]:
    name = ".".join(where)
    if not isinstance(written, list) or len(written) < 2:
        raise _error(lines, where, f"{name} must be a list of two or more, such as [sick, well].")
    for label in written:
        if isinstance(label, bool):  # the YAML of 2005 reads yes, no, on and off as truth values
            raise _error(
                lines,
                where,
                f"{name}: YAML reads yes, no, on, off, true and false as truth values. Quote them: ['no', 'yes'].",
            )
        if not isinstance(label, str | int | float) or str(label).strip() == "":
            raise _error(lines, where, f"{name}: {label!r} is not a label. Write words or numbers.")
    labels = tuple(str(label) for label in written)
    for label in labels:
        if labels.count(label) > 1:
            raise _error(lines, where, f"{name}: '{label}' is listed twice. Keep one.")
    return labels


def _agents(written: Any, lines: dict[Path_, int]) -> tuple[Agent, ...]:
    agents = _mapping(written, ("agents",), lines)
    if not agents:
        raise _error(
            lines,
            ("agents",),
            "agents names nobody. Write {bot: {kind: machine}, 'person_*': {kind: person}}.",
        )
    return tuple(_agent(name, body, lines) for name, body in agents.items())


def _agent(name: str, body: Any, lines: dict[Path_, int]) -> Agent:
    where = ("agents", name)
    body = _mapping(body, where, lines)
    _known(body, ("kind", "cost"), where, lines)
    kind = body.get("kind")
    if kind not in ("machine", "person"):
        got = "has no kind" if kind is None else f"is a {kind!r}"
        raise _error(lines, (*where, "kind"), f"agent '{name}' {got}. Write kind: machine or kind: person.")
    costs = _mapping(body.get("cost") or {}, (*where, "cost"), lines)
    return Agent(
        id=name,
        kind=kind,
        cost={resource: _cost(cost, (*where, "cost", resource), lines) for resource, cost in costs.items()},
    )


def _cost(written: Any, where: Path_, lines: dict[Path_, int]) -> Cost:
    if not isinstance(written, dict):
        return Cost(fixed=_amount(written, where, lines))
    _known(written, ("fixed", "per", "of"), where, lines)
    if ("per" in written) != ("of" in written):
        raise _error(
            lines,
            where,
            f"{'.'.join(where)}: 'per' and 'of' go together: per is multiplied by the column that of names.",
        )
    fixed, per = (_amount(written.get(key, 0), (*where, key), lines) for key in ("fixed", "per"))
    return Cost(fixed=fixed, per=per, of=None if "of" not in written else str(written["of"]))


def _utility(
    written: Any, labels: tuple[str, ...], where: Path_, lines: dict[Path_, int]
) -> Literal["accuracy"] | FloatArray:
    if written == "accuracy":
        return "accuracy"
    if not isinstance(written, dict):
        raise _error(
            lines,
            where,
            f"{'.'.join(where)} must be 'accuracy' or a mapping truth -> answer -> value. Got {written!r} instead.",
        )
    rows = _mapping(written, where, lines)
    matrix = np.zeros((len(labels), len(labels)))
    _every_label(rows, labels, where, lines)
    for i, truth in enumerate(labels):
        row = _mapping(rows[truth], (*where, truth), lines)
        _every_label(row, labels, (*where, truth), lines)
        for j, answer in enumerate(labels):
            matrix[i, j] = _number(row[answer], (*where, truth, answer), lines)
    return matrix


def _every_label(row: dict[str, Any], labels: tuple[str, ...], where: Path_, lines: dict[Path_, int]) -> None:
    for label in labels:
        if label not in row:
            raise _error(
                lines, where, f"{'.'.join(where)} has no value for label '{label}'. Give one for every label."
            )
    _known(row, labels, where, lines)


def _mapping(written: Any, where: Path_, lines: dict[Path_, int]) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise _error(
            lines, where, f"{'.'.join(where)} must be a mapping (key: value). Got {written!r} instead."
        )
    for key in written:
        if isinstance(key, bool):
            raise _error(
                lines,
                where,
                f"{'.'.join(where)}: YAML reads the key as {str(key).lower()}. Put it in quotes.",
            )
    return {str(key): value for key, value in written.items()}


def _known(written: dict[Any, Any], known: Iterable[str], where: Path_, lines: dict[Path_, int]) -> None:
    for key in written:
        if key not in known:
            place = f"{'.'.join(where)} has" if where else "there is"
            raise _error(
                lines,
                (*where, str(key)),
                f"{place} no key '{key}'; the keys are {listed(known)}.{nearest(str(key), known)}",
            )


def _amount(written: Any, where: Path_, lines: dict[Path_, int]) -> float:
    amount = _number(written, where, lines)
    if amount < 0:
        raise _error(lines, where, f"{'.'.join(where)} must be a number >= 0. Got {written!r} instead.")
    return amount


def _number(written: Any, where: Path_, lines: dict[Path_, int]) -> float:
    if isinstance(written, bool) or not isinstance(written, int | float) or not math.isfinite(written):
        raise _error(lines, where, f"{'.'.join(where)} must be a finite number. Got {written!r} instead.")
    return float(written)


def _error(lines: dict[Path_, int], where: Path_, problem: str) -> HistoryError:
    row = next((lines[where[:n]] for n in range(len(where), 0, -1) if where[:n] in lines), None)
    return HistoryError(problem, file=FILE, row=row)
