"""Amazon SageMaker Ground Truth and Augmented AI: what workers answered, and the manifest with the consolidated labels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError
from mindshare.histories.sources.choices import NO_LABEL, SEVERAL, by_field, choice, read_json
from mindshare.histories.sources.collected import Collected
from mindshare.histories.sources.fields import named, pick
from mindshare.histories.sources.foreign import Record, elements, mapping, plain, sequence
from mindshare.histories.sources.source import Sheet

if TYPE_CHECKING:
    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

META, ALL = "-metadata", "annotationsFromAllWorkers"
ANSWERS = ("answers", "humanAnswers")  # of a worker-response file of Ground Truth, and of Augmented AI
INSTEAD = "Export a labelling job that asks for one label, with its folder annotations/worker-response."
NOBODY = "nobody is named as their worker"
CONSOLIDATED = "The label of {} cases was made from the answers of several people; it is taken as the truth, and it is no surer than they."
Said = tuple[str, dict[str, Any], dict[str, Any]]  # worker, field -> value, seconds and times


class GroundTruth:
    """A case is a data object, by its number in the manifest, so that manifest and answers meet; an agent a worker."""

    name = "ground-truth"

    def recognises(self, raw: Raw) -> bool:
        first = mapping(raw.sample) if raw.is_json else {}
        return bool(_responses(first) or "datasetObjectId" in first or _jobs(first))

    def read(self, raw: Raw, questions: Questions) -> list[Sheet]:
        first = mapping(raw.sample) if raw.is_json else {}
        if "datasetObjectId" in first or _responses(first):
            return _answered(raw, questions)
        return _manifest(raw, questions)


def _responses(record: Record) -> list[Any]:
    """The answers of a record of worker responses: those of workers whose answer is said."""
    held = next((sequence(record.get(key)) for key in ANSWERS if sequence(record.get(key))), [])
    return held if any("answerContent" in mapping(one) for one in held) else []


def _jobs(record: Record) -> list[str]:
    """The label attributes of a line of the manifest."""
    found = []
    for name in record:
        about = mapping(record.get(f"{name}{META}"))
        if "job-name" in about or str(about.get("type", "")).startswith("groundtruth/"):
            found.append(name)
    return found


def _answered(raw: Raw, questions: Questions) -> list[Sheet]:
    """Files with an answer per worker: worker responses, human loops, and what a consolidation was asked about."""
    number = sum(1 for _ in raw.records())
    fields: dict[str, None] = {}
    for record in raw.records():
        for _, form, _ in _said(record):
            fields |= dict.fromkeys(form)
    if not fields:
        raise HistoryError(f"no answer of a worker is in this file. {INSTEAD}", file=raw.file)
    field = pick(dict.fromkeys(fields, 0), raw, questions)
    out = Collected()
    for at, record in enumerate(raw.records()):
        case = plain(record.get("datasetObjectId")) or plain(record.get("humanLoopName"))
        case = case or (_by_place(raw) if number == 1 else str(at))
        source = mapping(record.get("dataObject"))
        known = {"source-ref": source.get("s3Uri"), "source": source.get("content")}
        out.case(case, named(known | mapping(record.get("inputContent"))))
        _take(out, case, record, field)
    return out.sheets(raw, "worker responses of Amazon SageMaker Ground Truth")


def _by_place(raw: Raw) -> str:
    """The number of the data object, which is the folder's name: worker-response/iteration-1/17/2025-03-03_10:00.json."""
    folder = raw.path.resolve().parent.name
    return folder if folder.isdigit() else raw.path.name.partition(".")[0] or raw.file


def _said(record: Record) -> Iterator[Said]:
    """Who said what in the record; the worker is '' where none is named."""
    answers = next((elements(record[key]) for key in ANSWERS if key in record), [])
    for one in map(mapping, answers):
        told = {
            "seconds": one.get("timeSpentInSeconds"),
            "started": one.get("acceptanceTime"),
            "finished": one.get("submissionTime"),
        }
        yield plain(one.get("workerId")) or "", by_field(one.get("answerContent")), told
    consolidated = mapping(mapping(record.get("consolidatedAnnotation")).get("content"))
    of_all = (elements(mapping(each).get(ALL)) for each in (record, *consolidated.values()))
    for one in map(mapping, chain(elements(record.get("annotations")), *of_all)):
        content = mapping(one.get("annotationData")).get("content")
        try:
            form = by_field(read_json(content) if isinstance(content, str) else content)
        except ValueError:
            form = {}
        yield plain(one.get("workerId")) or "", form, {}


def _take(out: Collected, case: str, record: Record, field: str) -> None:
    for worker, form, told in _said(record):
        label, why = choice(form.get(field))
        if field not in form:
            why = "they do not answer this question"
        if why or not worker:
            out.leave_out("answer", why or NOBODY)
        else:
            out.answer(case, worker, label, "person", **told)


def _manifest(raw: Raw, questions: Questions) -> list[Sheet]:
    """The output manifest: one label per data object and job."""
    jobs: dict[str, None] = {}
    fields: dict[str, None] = {}
    for record in raw.records():
        for job in _jobs(record):
            jobs[job] = None
            for _, form, _ in _said(mapping(record[job])):
                fields |= dict.fromkeys(form)
    if not jobs:
        raise HistoryError(f"no line of this manifest has a label of a job. {INSTEAD}", file=raw.file)
    job = pick({job: at for at, job in enumerate(jobs)}, raw, questions)  # the last one is likely
    field = (
        pick(dict.fromkeys(fields, 0), raw, questions)
        if fields and len(jobs) == 1
        else next(iter(fields), "")
    )
    out, people = Collected(), 0
    for at, record in enumerate(raw.records()):
        truth = None
        if fields:
            _take(out, str(at), mapping(record.get(job)), field)
        else:
            truth = _consolidated(out, str(at), record, job)
            people += truth is not None
        rest = {k: v for k, v in record.items() if k not in jobs and not k.endswith(META)}
        out.case(str(at), named(rest), truth=truth)
    if not people and not out.answers:
        raise HistoryError(
            f"no line of this manifest holds one label (but boxes, spans or masks?). {INSTEAD}",
            file=raw.file,
        )
    if people:
        out.said.append(CONSOLIDATED.format(people))
    return out.sheets(raw, "an output manifest of Amazon SageMaker Ground Truth")


def _consolidated(out: Collected, case: str, record: Record, job: str) -> str | None:
    """The label of a line where people gave it; what a machine gave is its answer."""
    about = mapping(record.get(f"{job}{META}"))
    label, why = (None, NO_LABEL) if job.endswith("-ref") else _label(record.get(job), about)
    if job not in record or "failure-reason" in about:
        why = "the job gave none"
    if why:
        out.leave_out("label", why)
    elif about.get("human-annotated") == "no":
        machine = f"automated labelling ({plain(about.get('job-name')) or job})"
        out.answer(case, machine, label, "machine", confidence=about.get("confidence"))
    else:
        return label
    return None


def _label(value: Any, about: Record) -> tuple[str | None, str]:
    """The label of a line, and why there is none: its name where the manifest tells it, else the value."""
    if "class-name" in about:
        return choice(about["class-name"])
    names = mapping(about.get("class-map"))
    if names and isinstance(value, list):
        return (None, SEVERAL) if len(value) > 1 else choice([names.get(plain(v) or "", v) for v in value])
    return choice(value)
