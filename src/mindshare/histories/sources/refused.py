"""Formats that hold no label per case and agent, and what to export instead: known, so that they are refused in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.fields import columns
from mindshare.histories.sources.foreign import mapping
from mindshare.histories.sources.source import Sheet

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

TABLE = "Write a table with a row per answer: case, annotator, label."
BOXES = f"An answer here is one label per case, and no box. {TABLE}"
SPANS = f"An answer here is one label per case, and no span. {TABLE}"


class Known(NamedTuple):
    """One format. A file is of it where it has all these columns, or keys of its first object, or begins so."""

    sentence: str
    columns: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    begins: str = ""  # a regular expression for the first characters, after space
    within: tuple[str, ...] = ()  # words that the first characters hold, too


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


FORMATS = (
    Known(
        f"this is COCO, which holds boxes and not who drew them. {BOXES}",
        keys=_names("images annotations categories"),
    ),
    Known(
        f"this is LabelMe, which holds shapes and not who drew them. {BOXES}", keys=_names("shapes imagePath")
    ),
    Known(
        f"this is a project of the VGG Image Annotator, which holds regions. {BOXES}",
        keys=_names("_via_settings"),
    ),
    Known(
        f"this is a table of the VGG Image Annotator, which holds regions. {BOXES}",
        columns=_names("region_shape_attributes region_attributes"),
    ),
    Known(
        f"this is Datumaro, which CVAT exports. {BOXES}",
        begins=r"\{",
        within=('"categories"', '"items"', '"annotations"'),
    ),
    Known(f"this is an export of CVAT. {BOXES}", begins=r"(?:<\?xml[^>]*>\s*)?<annotations>"),
    Known(
        f"this is Pascal VOC, which holds boxes and not who drew them. {BOXES}",
        begins=r"(?:<\?xml[^>]*>\s*)?<annotation[\s>]",
    ),
    Known(f"this is XML. {TABLE}", begins=r"<\?xml"),
    Known("this is a web page. Download the file itself.", begins=r"(?i)<(?:!doctype\s+)?html"),
    Known(
        f"this is a table of boxes (Open Images). {BOXES}",
        columns=_names("ImageID LabelName XMin XMax YMin YMax"),
    ),
    Known(f"this is a table of boxes. {BOXES}", columns=_names("xmin ymin xmax ymax")),
    Known(f"this is YOLO, which holds boxes. {BOXES}", begins=r"\d+(?: [01](?:\.\d+)?){4}\r?(?:\n|\Z)"),
    Known(f"this is a list of pictures with regions. {BOXES}", keys=_names("filename regions")),
    Known(
        f"these are documents with entities, which are spans. {SPANS}",
        begins=r'\{\s*"documents"\s*:',
        within=('"entities"',),
    ),
    Known(f"this is BRAT, which holds spans. {SPANS}", begins=r"[TREAMN]\d+\t\S+ \S+[^\t\n]*(?:\t|\n|\Z)"),
    Known(f"this is a WebAnno (INCEpTION) export, which holds spans. {SPANS}", begins=r"#FORMAT=WebAnno"),
    Known(
        f"this is CoNLL, a tag per token. {SPANS}",
        begins=r"(?:-DOCSTART-|(?:[^\s,;]+[ \t](?:[^\s,;]+[ \t])*(?:O|[BIES]-[^\s,;]+)[ \t]*\r?\n(?:[ \t]*\r?\n)*){3})",
    ),
    Known(
        "this is a Potato file of one person (JSON lines). Set output_annotation_format to csv, and export again:"
        " that file names the user.",
        keys=_names("id label_annotations"),
    ),
    Known(
        f"this is what ListAssignmentsForHIT of Amazon MTurk gives. Download the results of the batch as CSV, or: {TABLE}",
        keys=_names("Assignments NumResults"),
    ),
    Known(f"this is an export of Labelbox, which is not read. {TABLE}", keys=_names("data_row projects")),
    Known(
        f"these are pairs of texts of which one was preferred, and no labels. {TABLE}",
        keys=_names("chosen rejected"),
    ),
    Known(
        f"these are pairs of texts of which one was preferred, and no labels. {TABLE}",
        columns=_names("chosen rejected"),
    ),
    Known(
        f"these are comparisons of two models of which one won, and no labels. {TABLE}",
        keys=_names("model_a model_b winner"),
    ),
    Known(
        f"these are comparisons of two models of which one won, and no labels. {TABLE}",
        columns=_names("model_a model_b winner"),
    ),
    Known(
        f"this is a survey of Qualtrics: a row per person, a column per question. {TABLE}",
        columns=_names("ResponseId StartDate EndDate"),
    ),
)


class Refused:
    """Recognises what cannot be read, and says what it is and what to export instead."""

    name = "refused"

    def recognises(self, raw: Raw) -> bool:
        return _known(raw) is not None

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:  # noqa: ARG002  there is nothing to ask
        _refuse(raw, _known(raw))


def _refuse(raw: Raw, known: Known | None) -> NoReturn:
    raise HistoryError(known.sentence if known else f"this format cannot be read. {TABLE}", file=raw.file)


def _known(raw: Raw) -> Known | None:
    try:
        head = raw.head.lstrip("\ufeff \t\r\n")
    except HistoryError:  # not even text, which the reader of plain tables says
        return None
    names = columns(raw)
    keys = frozenset(mapping(raw.sample)) if raw.is_json else frozenset()
    return next((known for known in FORMATS if _is(known, names, keys, head)), None)


def _is(known: Known, names: frozenset[str], keys: frozenset[str], head: str) -> bool:
    if known.columns:
        return known.columns <= names
    if known.keys:
        return known.keys <= keys
    return re.match(known.begins, head) is not None and all(word in head for word in known.within)
