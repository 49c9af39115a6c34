"""What runs inside the process of a machine: cases go in, a label or probabilities of each come out."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mindshare.core.errors import MindshareError, listed
from mindshare.engine.addresses import reached
from mindshare.engine.running.halving import Bad, each
from mindshare.engine.running.told import Answerer, Runs
from mindshare.machines.agents.said import NEAR
from mindshare.machines.agents.skops_file import from_skops

if TYPE_CHECKING:
    import httpx

PART = 0.9  # of the time limit: then no more is asked, so that what was answered is told
IN_A_ROW = 3  # raising at single cases: it may be in a state in which it raises at all
MOST_WORDS = 300  # of an error
MOST_BYTES = 1_000_000  # of an endpoint's answer
Said = dict[str, Any]


class Spec(NamedTuple):
    """What a process needs to know of its machine. `call`: a callable from Python, in the place of what `runs` names."""

    name: str
    runs: Runs
    folder: Path
    reach: tuple[str, ...]
    seconds: float
    call: Answerer | None = None
    memory_mb: float | None = None  # the most that its process may take


class Asked(NamedTuple):
    """What a machine is asked: cases of one kind, with the labels of that kind."""

    labels: tuple[str, ...]
    cases: list[dict[str, Any]]


class Answering:
    """A machine, loaded. Raises MindshareError where it cannot be."""

    def __init__(self, spec: Spec) -> None:
        self._spec, self._models = spec, dict[tuple[str, ...], Any]()
        self._silent = 0  # how often in a row it answered nothing
        self.net_mb = 0.0  # that were sent and received, without what encryption adds
        if spec.runs.file and not spec.runs.file.endswith(".onnx"):
            from mindshare.machines import load_model

            self._model: Any = load_model(spec.folder / spec.runs.file)
        elif spec.runs.skops:
            self._model = from_skops(spec.folder / spec.runs.skops, spec.runs.trusts)

    def __call__(self, asked: Asked) -> list[Said]:
        """Of each case {label, proba, where}, or {wrong: why}, and `bad` if others were answered: then the case is to blame.

        Raises where none was answered, so that no case may be to blame.
        """
        until = time.monotonic() + PART * self._spec.seconds
        if self._spec.runs.endpoint and self._spec.call is None:
            told = [self._posted_twice(case, asked.labels, until) for case in asked.cases]
        else:
            found = each(lambda cases: self._told(asked.labels, cases), asked.cases, until)
            told = [self._said(one, asked.labels) for one in found]
            if self._spec.runs.shown_as is not None and self._spec.call is None:
                self._look(asked.cases, told)
        wrong = [one for one in told if "wrong" in one]
        self._silent = self._silent + 1 if len(wrong) == len(told) else 0
        if self._silent and (len(told) > 1 or self._silent >= IN_A_ROW):
            raise MindshareError(wrong[-1]["wrong"])
        for one in [] if self._silent else wrong:
            one["bad"] = True
        return told

    def _said(self, one: Any, labels: Sequence[str]) -> Said:
        if isinstance(one, Bad):
            return {"wrong": words_of(one.why)}
        return _said(one, self._spec.runs.labels or labels, labels)

    def _look(self, cases: Sequence[dict[str, Any]], told: Sequence[Said]) -> None:
        """Adds to each answer where in the content the net looked, in one pass more."""
        from mindshare.machines.look.places import places

        at = [i for i, one in enumerate(told) if "wrong" not in one]
        inputs = [self._input(cases[i]) for i in at]
        for i, given, weight in zip(at, inputs, self._model.explain(inputs) if at else [], strict=True):
            told[i]["where"] = places(weight, given if isinstance(given, str) else "")

    def _told(self, labels: tuple[str, ...], cases: Sequence[dict[str, Any]]) -> list[Any]:
        """What it says of cases that it is asked about together."""
        call = self._spec.call
        told = self._predicted(labels, cases) if call is None else list(call(cases))
        if len(told) != len(cases):
            raise MindshareError(f"{len(told)} answers came to {len(cases)} cases.")
        return told

    def _predicted(self, labels: tuple[str, ...], cases: Sequence[dict[str, Any]]) -> list[Any]:
        runs = self._spec.runs
        if runs.file.endswith(".onnx"):
            from mindshare.machines.agents.onnx_session import OnnxSession

            order = runs.labels or labels
            if order not in self._models:
                how: Any = runs.returns or None
                self._models[order] = OnnxSession(self._spec.folder / runs.file, order, returns=how)
            model = self._models[order]
        else:
            model = self._model
        inputs = [self._input(case) for case in cases]
        given = np.asarray(inputs, np.float32) if runs.takes and not self._reads_rows else inputs
        if not hasattr(model, "predict_proba"):
            return [str(label) for label in model.predict(given)]
        proba = model.predict_proba(given)
        names = [str(label) for label in np.asarray(model.classes_).tolist()]
        return [dict(zip(names, row, strict=True)) for row in np.asarray(proba, np.float64).tolist()]

    @property
    def _reads_rows(self) -> bool:
        """Whether it reads rows of a table, in which words may stand and numbers may be missing."""
        return getattr(getattr(self, "_model", None), "reads", "") == "table"

    def _input(self, case: Mapping[str, Any]) -> Any:
        if not self._spec.runs.takes:
            if case.get("content") is None:
                raise MindshareError("The case has no content; send one, or name features in `takes`.")
            content = case["content"]
            return content if isinstance(content, str) else np.asarray(content, np.float32)
        row = [case["features"].get(name) for name in self._spec.runs.takes]
        if self._reads_rows:
            return row
        if any(isinstance(x, str) or x is None for x in row):
            raise MindshareError(
                f"The case lacks numbers for some of the features {listed(self._spec.runs.takes)}."
            )
        return [float(x) for x in row]

    def _posted_twice(self, case: Mapping[str, Any], labels: Sequence[str], until: float) -> Said:
        """What the endpoint says of a case; asked once more where that is rubbish and time is left."""
        import httpx

        said: Said = {"wrong": "The cases before it left no time for this one."}
        for _ in range(2):
            left = until - time.monotonic()
            if "wrong" in said and left > 0:
                try:
                    said = self._said(self._posted(case, left), labels)
                except (MindshareError, httpx.HTTPError) as e:
                    said = {"wrong": words_of(e)}
        return said

    def _posted(self, case: Mapping[str, Any], seconds: float) -> Any:
        import httpx

        spec, takes = self._spec, self._spec.runs.takes
        features = {name: case["features"].get(name) for name in takes} if takes else case["features"]
        target = reached(spec.runs.endpoint, spec.reach)
        headers = {"Host": target.host} | _key(spec.runs.key)
        body = {"features": features, "content": case.get("content")}
        with httpx.Client(follow_redirects=False, trust_env=False, timeout=seconds) as http:
            request = http.build_request(
                "POST", target.url, json=body, headers=headers, extensions={"sni_hostname": target.name}
            )
            self.net_mb += (len(request.content) + _size(request.headers)) / 1e6
            reply, data = http.send(request, stream=True), bytearray()
            try:
                for part in reply.iter_bytes():
                    data += part
                    if len(data) > MOST_BYTES:
                        raise MindshareError(f"The endpoint's answer is longer than {MOST_BYTES} bytes.")
            finally:
                self.net_mb += (reply.num_bytes_downloaded + _size(reply.headers)) / 1e6
                reply.close()
        if reply.status_code != 200:
            raise MindshareError(f"The endpoint answered with status {reply.status_code}.")
        return _usual(bytes(data))


def words_of(wrong: Exception) -> str:
    """What went wrong, for the log."""
    words = str(wrong) if isinstance(wrong, MindshareError) else f"{type(wrong).__name__}: {wrong}"
    return words[:MOST_WORDS] or type(wrong).__name__


def _size(headers: httpx.Headers) -> int:
    """Bytes of these headers on the line."""
    return sum(len(name) + len(value) + 4 for name, value in headers.raw)


def _usual(data: bytes) -> Any:
    import json

    try:
        told = json.loads(data)
        return told["probabilities"] if "probabilities" in told else told["label"]
    except (ValueError, TypeError, KeyError) as e:
        raise MindshareError(
            "The endpoint's answer is no JSON object with 'probabilities' or 'label'."
        ) from e


def _key(name: str) -> dict[str, str]:
    if not name:
        return {}
    key = os.environ.get(name, "").strip()
    if not key:
        raise MindshareError(f"The environment has no {name}, which is to hold the key of the endpoint.")
    return {"Authorization": f"Bearer {key}"}


def _said(told: Any, order: Sequence[str], labels: Sequence[str]) -> Said:
    """An answer that can be believed, or why it cannot."""
    if isinstance(told, str):
        return {"label": told} if told in labels else {"wrong": f"'{told[:60]}' is not one of the labels"}
    if isinstance(told, list | tuple) and len(told) == len(order):
        told = dict(zip(order, told, strict=True))
    if not isinstance(told, Mapping) or not told or not all(label in labels for label in told):
        return {"wrong": "neither a label nor a probability of each label came"}
    chances = list(told.values())
    if not all(isinstance(p, float | int) and math.isfinite(p) and p >= 0 for p in chances):
        return {"wrong": "a probability is no number from 0 to 1"}
    if abs(sum(chances) - 1.0) > NEAR:
        return {"wrong": f"the probabilities sum to {sum(chances):.4g}, not to 1"}
    proba = {label: float(told.get(label, 0.0)) / sum(chances) for label in labels}
    return {"label": max(proba, key=lambda label: proba[label]), "proba": proba}
