"""What setting a service up looks at beside its engine: what it is, cases of files as they would be sent, the log as tables.

Called in threads: it reads files and may take seconds.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from mindshare.core.errors import HistoryError, MindshareError
from mindshare.core.history import History
from mindshare.engine.export import write_export
from mindshare.engine.folder import DATABASE, FIRST_CASES
from mindshare.engine.ruled import guidelines_of
from mindshare.engine.service import Service
from mindshare.histories.assumed import assumed_history, is_assumed
from mindshare.histories.init import left_out
from mindshare.histories.intake.look import look_at_open
from mindshare.histories.intake.settings import Settings as Reading
from mindshare.histories.read import read_history, read_open_cases
from mindshare.histories.sending import cases_to_send
from mindshare.histories.write import write_tables
from mindshare.people.simulated import PREFIX
from mindshare.store.sqlite import open_to_read

ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl")
MOST_READ = 10_000  # cases of one file
Told = dict[str, Any]


def service_told(service: Service) -> Told:
    """What this service is: its name, what it asks about each kind, and whether simulated people may be here."""
    engine = service.actor.engine
    questions = {question.kind: question for question in service.team.questions}
    simulated = sorted(a.id for a in service.team.agents if a.kind == "person" and a.id.startswith(PREFIX))
    kinds = [
        {
            "kind": kind,
            "labels": list(question.labels),
            "guidelines": guidelines_of(engine.state, engine.settings, kind),
            **_example(service, kind),
        }
        for kind, question in questions.items()
    ]
    return {
        "name": service.team.name,
        "version": version("mindshare"),
        "kinds": kinds,
        "simulated": simulated,
        "history": service.settings.history is not None,
    }


def _example(service: Service, kind: str) -> Told:
    """Machines whose answers may come with a case of the kind, and features that describe one."""
    model = service.made.models[kind]
    schema = model.pool.reading.schema
    words: Told = {name: values[0] for name, values in schema.categorical if values}
    example = words | dict.fromkeys(schema.numeric, 1.0) | dict.fromkeys(schema.text, "some words")
    machines = [a.id for a in model.met if a.kind == "machine" and not is_assumed(a.id)]
    return {"machines": machines, "example": example}


def settings_told(service: Service) -> Told:
    """`service.yaml` as it was read at the start, with everything that is usual."""
    told: Told = msgspec.to_builtins(service.settings)
    return told


def first_cases(folder: Path) -> Told:
    """The cases without a truth of the history that the service began with; none once they are sent."""
    file = folder / FIRST_CASES
    cases = msgspec.json.decode(file.read_bytes()) if file.is_file() else []
    return {"count": len(cases), "cases": cases}


def forget_first_cases(folder: Path) -> None:
    """They are sent, or nobody wants them."""
    (folder / FIRST_CASES).unlink(missing_ok=True)


def file_told(service: Service, name: str, text: str) -> Told:
    """What was read of a file of new cases: what each column was taken for, what is left out, and the cases as they are sent."""
    history = _known(service)
    with tempfile.TemporaryDirectory(prefix="mindshare-") as place:
        file = Path(place) / _plain(name)
        file.write_text(text, encoding="utf-8")
        preview = look_at_open(file, Reading(), history)
        if preview.cases.height > MOST_READ:
            raise MindshareError(
                f"One file may have {MOST_READ:,} cases at most. Got {preview.cases.height:,} instead; send the rest with the API."
            )
        tables = Path(place) / "tables"
        tables.mkdir()
        write_tables(tables, preview.cases, preview.answers)
        try:
            opened = read_open_cases(tables, history)
        except HistoryError as e:  # about a table that nobody but this function knows
            raise HistoryError(e.problem, file=file.name, column=e.column) from e
        cases = cases_to_send(opened, tables)
    people = sum(1 for kind in preview.kinds.values() if kind == "person")
    not_sent = ["What people said in the file is not sent: they are asked."] if people else []
    return {
        "file": preview.files[0][0],
        "format": preview.files[0][1],
        "rows": preview.files[0][2],
        "columns": [{"column": c.column, "taken_as": c.taken_as, "why": c.why} for c in preview.choices],
        "said": [*preview.said, *left_out(preview), *not_sent],
        "count": len(cases),
        "cases": cases,
    }


def exported_zip(service: Service) -> bytes:
    """The log as a history that `mindshare backtest` reads, packed."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="mindshare-") as place:
        out = Path(place) / "history"
        store = open_to_read(service.folder / DATABASE)
        try:
            write_export(store, service.team, out)
        finally:
            store.close()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(out.iterdir()):
                archive.write(file, f"history/{file.name}")
    return packed.getvalue()


def _known(service: Service) -> History:
    """The history that the service began with; of one that began without, its team and no case."""
    if service.settings.history is not None:
        return read_history(service.folder / service.settings.history)
    made = assumed_history(service.team, service.team.questions[0])
    return made.take(np.zeros(0, np.int64))


def _plain(name: str) -> str:
    """A name of a file without anything but letters, digits and the like; with an ending that says what it is."""
    word = re.sub(r"[^\w.-]", "_", Path(name).name)[-80:].lstrip(".")
    ending = next((e for e in ENDINGS if word.lower().endswith(e)), "")
    if not ending:
        raise MindshareError(
            f"A file of cases ends in {', '.join(ENDINGS)}. Save it as a CSV, or send cases with the API."
        )
    return word
