"""Answers that choose several labels at once: what every reader does with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError, counted
from mindshare.histories.sources.foreign import plain
from mindshare.histories.sources.source import LeftOut, Role, Sheet

if TYPE_CHECKING:
    import polars as pl

    from mindshare.histories.intake.questions import Questions

BETWEEN = "\x1f"  # between the choices of a cell: a character made for this, which no label has
PER_LABEL, LEAVE_OUT, ONE_LABEL = "per-label", "leave-out", "one-label"
FEW = 0.01  # of the answers: so few that choose several are slips, and the question is one of a single choice
MOST = 50  # labels that are asked one by one
NOT_ONE = "an answer is one label, not several"


def joined(choices: Iterable[Any]) -> str:
    """Choices as one cell, for `one_case_per_label`: none of the labels is a choice as well."""
    words = dict.fromkeys(
        word for choice in choices if (word := (plain(choice) or "").replace(BETWEEN, " ").strip())
    )
    return BETWEEN.join(words) if words else BETWEEN


def one_case_per_label(sheets: list[Sheet], questions: Questions) -> list[Sheet]:
    """The sheets with one label per answer, from cells that `joined` filled: a long sheet, and one of cases or none.

    Where answers choose several labels, each case becomes a case per label, with the case as its parent and the label as
    its kind, and is answered yes or no. Where hardly any does (`FEW`), or with `--set several=leave-out`, those answers
    are left out. Raises HistoryError where there are more than `MOST` labels.
    """
    import polars as pl

    answers = sheets[0]
    column = _columns(answers)
    cell = pl.col(column["answer"])
    has, given = answers.frame.select(
        cell.str.strip_chars(BETWEEN).str.contains(BETWEEN, literal=True).sum().alias("has"),
        cell.is_not_null().sum().alias("given"),
    ).row(0)
    chosen = PER_LABEL if has > FEW * given else LEAVE_OUT
    if has and questions.setting("several", answers.file) is not None:
        text = "What becomes of answers that choose several labels?"
        chosen = questions.about("several", text, (PER_LABEL, LEAVE_OUT), file=answers.file)
    if has and chosen == PER_LABEL:
        return _per_label(sheets, has)
    return [_single(sheet) for sheet in sheets]


def _columns(sheet: Sheet) -> dict[str, str]:
    return {role: column for column, role in sheet.roles.items()}


def _single(sheet: Sheet) -> Sheet:
    """Without answers, and without truths, of several labels; choosing none of them is no label."""
    import polars as pl

    left_out, frame, column = list(sheet.left_out), sheet.frame, _columns(sheet)
    for role in ("answer", "truth"):
        if role not in column:
            continue
        cell = pl.col(column[role])
        bare = cell.str.strip_chars(BETWEEN)
        frame = frame.with_columns(pl.when(bare != "").then(bare))
        several = frame.get_column(column[role]).str.contains(BETWEEN, literal=True).fill_null(value=False)
        if number := int(several.sum()):
            left_out.append(
                LeftOut(number, role, f"{NOT_ONE} (--set several={PER_LABEL} makes a case per label)")
            )
            frame = (
                frame.filter(~several)
                if role == "answer"
                else frame.with_columns(pl.when(~several).then(cell).alias(column[role]))
            )
    return replace(sheet, frame=frame, left_out=tuple(left_out))


def _per_label(sheets: list[Sheet], has: int) -> list[Sheet]:
    answers, cases = sheets[0], sheets[1] if len(sheets) > 1 else _bare_cases(sheets[0])
    labels = sorted(_labels(answers, "answer") | _labels(cases, "truth"))
    if len(labels) > MOST:
        raise HistoryError(
            f"answers choose several of {len(labels):,} labels, and at most {MOST} can be asked one by one."
            f" Export a question with fewer labels, or leave such answers out with --set several={LEAVE_OUT}.",
            file=answers.file,
        )
    said = (
        f"{counted(has, 'answer chooses', 'answers choose')} several of {len(labels)} labels: each case becomes"
        f" {len(labels)}, one per label, called CASE/LABEL and answered yes or no, and the seconds of an answer are"
        f" shared among them; --set several={LEAVE_OUT} leaves these answers out instead.",
    )
    return [
        replace(answers, frame=_expanded(answers, labels), said=(*answers.said, *said)),
        _cases_per_label(cases, labels),
    ]


def _bare_cases(answers: Sheet) -> Sheet:
    case = _columns(answers)["case"]
    frame = answers.frame.select(case).unique(maintain_order=True)
    return Sheet(file=answers.file, format=answers.format, frame=frame, layout="cases", roles={case: "case"})


def _labels(sheet: Sheet, role: Role) -> set[str]:
    column = _columns(sheet).get(role)
    if column is None:
        return set()
    words = sheet.frame.get_column(column).drop_nulls().unique().to_list()
    return {word for cell in words for word in cell.split(BETWEEN) if word}


def _expanded(sheet: Sheet, labels: list[str]) -> pl.DataFrame:
    """The answers, once per label; a confidence stays with the labels that were chosen."""
    import polars as pl

    column = _columns(sheet)
    cell, case = pl.col(column["answer"]), pl.col(column["case"])
    changed: dict[str, pl.Expr] = {}
    if "seconds" in column:
        whole = pl.col(column["seconds"])
        shared = (whole.cast(pl.Float64, strict=False) / len(labels)).cast(pl.String)
        changed[column["seconds"]] = pl.coalesce(shared, whole)
    each = []
    for label in labels:
        at = cell.str.split(BETWEEN).list.eval(pl.element() == label)
        chosen = at.list.any()
        if "confidence" in column:
            parts = pl.col(column["confidence"]).str.split(BETWEEN)
            own = parts.list.get(
                pl.when(parts.list.len() > 1).then(at.list.arg_max()).otherwise(0), null_on_oob=True
            )
            changed[column["confidence"]] = pl.when(chosen & (own != "")).then(own)
        new = {
            **changed,
            column["case"]: pl.concat_str(case, pl.lit(f"/{label}")),
            column["answer"]: pl.when(cell.is_not_null()).then(_yes(chosen)),
        }
        each.append(sheet.frame.with_columns(value.alias(name) for name, value in new.items()))
    return pl.concat(each)


def _yes(chosen: pl.Expr) -> pl.Expr:
    import polars as pl

    return pl.when(chosen).then(pl.lit("yes")).otherwise(pl.lit("no"))


def _cases_per_label(sheet: Sheet, labels: list[str]) -> Sheet:
    """Cases of one parent, the case that they were; a kind that it had goes on as a feature."""
    import polars as pl

    column, frame = _columns(sheet), sheet.frame
    case = column["case"]
    kind, parent = (_free(name, frame.columns) for name in ("kind", "parent"))
    changed: dict[str, pl.Expr] = {} if "parent" in column else {parent: pl.col(case)}
    each = []
    for label in labels:
        new = {**changed, case: pl.concat_str(pl.col(case), pl.lit(f"/{label}")), kind: pl.lit(label)}
        if "truth" in column:
            cell = pl.col(column["truth"])
            chosen = cell.str.split(BETWEEN).list.contains(label)
            new[column["truth"]] = pl.when(cell.is_not_null()).then(_yes(chosen))
        each.append(frame.with_columns(value.alias(name) for name, value in new.items()))
    roles: dict[str, Role] = {c: "feature" if r == "kind" else r for c, r in sheet.roles.items()}
    roles |= {kind: "kind"} if "parent" in column else {kind: "kind", parent: "parent"}
    return replace(sheet, frame=pl.concat(each), roles=roles)


def _free(name: str, taken: Iterable[str]) -> str:
    """The name, with as many strokes behind it as it takes to be new."""
    while name in taken:
        name += "_"
    return name
