"""CrowdFlower, Figure Eight, Appen: the full report of a job, a row per judgment, or its JSON with a unit per line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.choices import SEVERAL, choice
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.fields import (
    SECONDS,
    because,
    columns,
    kept,
    leave_out,
    like_labels,
    named,
    on_pages,
    pick,
    table,
    unnamed,
)
from mindshare.histories.sources.foreign import Record, elements, mapping, plain
from mindshare.histories.sources.source import LeftOut, Role, Sheet
from mindshare.histories.sources.stamps import stamps

if TYPE_CHECKING:
    import polars as pl

    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

UNIT, WORKER = "_unit_id", "_worker_id"
TOLD: dict[str, Role] = {
    UNIT: "case",
    WORKER: "agent",
    SECONDS: "seconds",
    "_started_at": "started",
    "_created_at": "finished",
}
FULL = "Download the full report of the job, which has a row per judgment and a column _worker_id."
TAINTED = "their contributor failed the test questions (--set tainted=keep keeps them)"
GOLD, FORMAT = "_gold", "an Appen (CrowdFlower) full report"


class Appen:
    """A case is a unit, an agent a contributor; the gold of test questions is the truth."""

    name = "appen"

    def recognises(self, raw: Raw) -> bool:
        if UNIT in columns(raw):
            return True
        return raw.is_json and "judgments" in mapping(mapping(raw.sample).get("results"))

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        if raw.is_json:
            return _units(raw, questions)
        frame, left_out, said = table(raw), list[LeftOut](), list[str]()
        if UNIT not in frame.columns or WORKER not in frame.columns:
            raise HistoryError(f"this report of an Appen job has a row per unit. {FULL}", file=raw.file)
        fields = _fields(frame)
        if not fields:
            raise HistoryError(f"no column of this report holds answers. {FULL}", file=raw.file)
        field = pick({c: like_labels(frame[c]) for c in fields}, raw, questions)
        frame = _timed(frame, said)
        why = unnamed(frame, UNIT, WORKER, field)
        if "_tainted" in frame.columns and not kept("tainted", raw, questions):
            tainted = frame["_tainted"].str.to_lowercase() == "true"
            why = why.zip_with(~tainted.fill_null(value=False), because(tainted, TAINTED))
        several = because(frame[field].str.contains("\n", literal=True), SEVERAL)
        frame = leave_out(frame, why.zip_with(why.is_not_null(), several), left_out)
        frame = _one_truth(frame, f"{field}{GOLD}", said)
        roles: dict[str, Role] = {c: "ignore" for c in frame.columns if _administrative(c, fields)}
        roles |= {c: role for c, role in {**TOLD, f"{field}{GOLD}": "truth"}.items() if c in frame.columns}
        roles[field] = "answer"
        left, notes = tuple(left_out), tuple(said)
        about: dict[str, Any] = {"file": raw.file, "format": FORMAT, "left_out": left, "said": notes}
        return [Sheet(frame=frame, layout="long", roles=roles, **about)]


def _administrative(column: str, fields: list[str]) -> bool:
    """Whether the platform wrote the column, or it is the answer to another question: neither describes a unit."""
    of_a_field = {f"{field}{end}" for field in fields for end in ("", GOLD, f"{GOLD}_reason", "_reason")}
    return column.startswith(("_", "orig__")) or column in of_a_field


def _fields(frame: pl.DataFrame) -> list[str]:
    """The questions of the job: a report has their gold beside them; else, the columns that differ within a unit."""
    import polars as pl

    names = set(frame.columns)
    with_gold = [c for c in frame.columns if f"{c}{GOLD}" in names and not c.startswith("_")]
    if with_gold:
        return with_gold
    own = [c for c in frame.columns if not c.startswith(("_", "orig_")) and not c.endswith(GOLD)]
    if not own:
        return []
    most = frame.group_by(UNIT).agg(pl.col(own).drop_nulls().n_unique()).select(pl.col(own).max())
    return [c for c in own if most[c][0] > 1] or own


def _one_truth(frame: pl.DataFrame, gold: str, said: list[str]) -> pl.DataFrame:
    """Gold of several lines means that each of them is right: there is no one truth."""
    import polars as pl

    if gold not in frame.columns:
        return frame
    open_ = frame[gold].str.contains("\n", literal=True).fill_null(value=False)
    if number := frame.filter(open_)[UNIT].n_unique() if open_.any() else 0:
        said.append(f"{number} test questions have several right answers; their truth is left empty.")
    return frame.with_columns(pl.when(~open_).then(pl.col(gold)).alias(gold))


def _timed(frame: pl.DataFrame, said: list[str]) -> pl.DataFrame:
    """Start and end in one spelling, and the seconds of each judgment, where a page holds several."""
    start, end = (c for c, role in TOLD.items() if role in ("started", "finished"))
    if not {start, end} <= set(frame.columns):
        return frame
    frame = frame.with_columns(_iso(frame[c]) for c in (start, end))
    return on_pages(frame, [WORKER, start, end], (start, end), said)


def _iso(cells: pl.Series) -> pl.Series:
    """1/2/2025 10:00:10 as Appen writes it, the month first, in a spelling that has one meaning."""
    import polars as pl

    time = pl.from_epoch((stamps(cells, "month") * 1e6).round().cast(pl.Int64), time_unit="us")
    return time.dt.strftime("%Y-%m-%dT%H:%M:%SZ").zip_with(time.is_not_null(), cells).rename(cells.name)


def _units(raw: Raw, questions: Questions) -> list[Sheet]:
    """The JSON report: a unit per line, with its judgments."""
    asked: Counter[str] = Counter()
    for unit in raw.records():
        for judgment in _judgments(unit):
            asked.update(mapping(mapping(judgment).get("data")).keys())
    if not asked:
        raise HistoryError(f"no unit holds a judgment with data. {FULL}", file=raw.file)
    field = pick(asked, raw, questions)
    keep, out, many = kept("tainted", raw, questions), Collected(), 0
    for unit in raw.records():
        data = mapping(unit.get("data"))
        case = plain(unit.get("id"))
        if case is None:
            out.leave_out("unit", "it has no id")
            for _ in _judgments(unit):
                out.leave_out("answer", "their unit has no id")
            continue
        gold = data.get(f"{field}{GOLD}")
        truth, unclear = choice(gold) if not isinstance(gold, str) or "\n" not in gold else (None, SEVERAL)
        many += bool(unclear)
        features = named({k: v for k, v in data.items() if not _administrative(k, list(asked))})
        out.case(case, features, truth=truth)
        for judgment in _judgments(unit):
            _judgment(out, case, mapping(judgment), field, keep)
    if many:
        out.said.append(f"{many} test questions have several right answers; their truth is left empty.")
    return out.sheets(raw, "an Appen (CrowdFlower) report as JSON")


def _judgments(unit: Record) -> list[Any]:
    return elements(mapping(unit.get("results")).get("judgments"))


def _judgment(out: Collected, case: str, judgment: Record, field: str, keep: bool) -> None:
    label, unclear = choice(mapping(judgment.get("data")).get(field))
    agent = plain(judgment.get("worker_id"))
    if agent is None:
        out.leave_out("answer", "nobody is named as their contributor")
    elif judgment.get("tainted") is True and not keep:
        out.leave_out("answer", TAINTED)
    elif unclear or "\n" in (label or ""):
        out.leave_out("answer", unclear or SEVERAL)
    else:
        started, finished = judgment.get("started_at"), judgment.get("created_at")
        out.answer(case, agent, label, started=started, finished=finished)
