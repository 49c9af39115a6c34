"""A model with a net: the manners that all families share. It learns within a budget, answers, tells what that costs, is saved."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Self, Unpack, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils import ClassifierTags, RegressorTags, Tags
from torch import Tensor

from mindshare.core.errors import MindshareError
from mindshare.core.records import Budget
from mindshare.machines.costs.measure import device_of, measure, measured_cost
from mindshare.machines.costs.model import CostModel
from mindshare.machines.learn.found import learn
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.plan import Course, FitExtras, FitPlan, FitReport, FitSettings
from mindshare.machines.learn.steps import Cases
from mindshare.machines.learn.worker import Ask, fit_hard
from mindshare.machines.memory import must_have_room
from mindshare.machines.parts.inputs import Inputs, Reads, copies_mb, read_inputs, spread
from mindshare.machines.parts.net import Net, Spec, tensors
from mindshare.machines.parts.told import learn_told, must_be_named_so, take_told, told_by
from mindshare.machines.parts.truths import labels, numbers, places
from mindshare.machines.settings import check_names
from mindshare.machines.task import Floats
from mindshare.machines.threads import threads

__all__ = ["BATCH", "TASKS", "Net", "NetModel", "Spec"]

BATCH = 256  # cases answered at once
TASKS = ("classify", "regress", "forecast")
_Read = tuple[Inputs, NDArray[Any]]


class NotLearnt(MindshareError, NotFittedError):
    """A machine that has not learnt yet is asked; scikit-learn knows it as `NotFittedError`."""


class NetModel(BaseEstimator):
    """scikit-learn's manners for a net: ``__init__`` stores, ``fit`` learns, learned names end in ``_``.

    Learned: `net_`, `spec_`, `classes_` (labels), `report_` (`FitReport`). `task`: classify (labels), regress (a number or
    several a case), forecast (the next steps: (N, H) or (N, H, C)).
    """

    reads: Reads
    task: str
    seed: int
    classes_: NDArray[Any]
    spec_: Spec
    net_: Net
    report_: FitReport
    can_read: tuple[Reads, ...] = ("series", "image", "text")
    _answered = False  # since it has learnt

    def build(self, spec: Spec) -> Net:
        """The net, with random weights."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier" if self.task == "classify" else "regressor"
        tags.classifier_tags = ClassifierTags() if self.task == "classify" else None
        tags.regressor_tags = None if self.task == "classify" else RegressorTags()
        tags.target_tags.required = True
        tags.target_tags.multi_output = self.task != "classify"
        tags.input_tags.string, tags.input_tags.two_d_array = self.reads == "text", self.reads == "series"
        tags.input_tags.three_d_array = self.reads != "text"
        return tags

    # -- learning --
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        *,
        budget: Budget | None = None,
        plan: FitPlan | None = None,
        validation: tuple[Any, ArrayLike] | None = None,
        **more: Unpack[FitExtras],
    ) -> Self:
        """Learns until the budget (`cpu_s`, `wall_s`, `mem_mb`, `steps`) is spent or held-out loss says stop; None: by the plan.

        `validation` (X, y): what rate, length and best state are chosen by; else some cases, which teach at the end.
        `more`: as in `FitExtras`. Errors: ValueError for input that makes no sense; OverBudget where not even one step fits.
        """
        check_names(more, FitExtras, f"{type(self).__name__}.fit")
        self._check()
        soft, start = more.get("soft"), more.get("start")
        if more.get("hard"):
            how: FitSettings = {"plan": plan, "validation": validation, "soft": soft, "start": start}
            return fit_hard(self, Ask(X, y, how), budget or Budget(limit={}))
        meter = Meter(budget)
        if "mem_mb" in meter.limit:
            must_have_room(meter.limit["mem_mb"], copies_mb(X, self.reads), "reading the cases")
        taught, held = self._cases(X, y, validation, soft)
        self.spec_ = self._spec(*taught)
        learn_told(self, X, taught[0].values if self.reads == "image" else None)
        course = Course(sinks=more.get("sinks", ()), progress=more.get("progress"), keep=more.get("keep"))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self._begin(*taught, start)
            cases = Cases(taught, held)
            self.report_ = learn(self.net_, cases, plan or FitPlan(), meter, course, seed=self.seed)
        self._on_this_device()
        return self

    def _check(self) -> None:
        if self.task not in TASKS:
            raise ValueError(f"task must be one of {', '.join(TASKS)}. Got {self.task!r} instead.")
        if self.reads not in self.can_read:
            raise ValueError(
                f"What a {type(self).__name__} reads must be one of {', '.join(self.can_read)}. Got {self.reads!r} instead."
            )

    def _cases(
        self, X: Any, y: ArrayLike, validation: tuple[Any, ArrayLike] | None, soft: ArrayLike | None
    ) -> tuple[_Read, _Read | None]:
        """Checked and as numbers; learns which labels there are."""
        inputs = read_inputs(X, self.reads)
        target = self._learn_labels(y, len(inputs))
        target = target if soft is None else self._softened(soft, target)
        if validation is None:
            return (inputs, target), None
        there = read_inputs(
            validation[0], self.reads, channels=self._channels(inputs), most=int(inputs.sizes.max())
        )
        return (inputs, target), (there, self.coded(validation[1], len(there)))

    def _spec(self, inputs: Inputs, target: NDArray[Any]) -> Spec:
        return Spec(
            reads=self.reads,
            channels=self._channels(inputs) or 0,
            outputs=len(self.classes_) if self.task == "classify" else target.shape[1],
            classes=self.task == "classify",
            most=int(inputs.sizes.max()),
        )

    def _begin(self, inputs: Inputs, target: NDArray[Any], start: Mapping[str, Tensor] | None) -> None:
        """The net as it is before the first step, and what a checkpoint says of itself."""
        self.net_ = self.build(self.spec_)
        with torch.no_grad():
            self.net_.settle(inputs, target)
            if start is not None:
                self.net_.begin(start)
        self.report_, self._answered = FitReport(), False

    def _softened(self, soft: ArrayLike, target: NDArray[Any]) -> NDArray[Any]:
        """(N, L) what is to be believed of each case, in place of its one label."""
        belief = np.asarray(soft, np.float32)
        if self.task != "classify" or belief.shape != (len(target), len(self.classes_)):
            raise ValueError(
                f"soft must be ({len(target)}, {len(self.classes_)}) probabilities of labels. Got {belief.shape} instead."
            )
        return belief

    def _channels(self, inputs: Inputs) -> int | None:
        return None if self.reads == "text" else int(inputs.values.shape[2 if self.reads == "series" else 1])

    def _learn_labels(self, y: ArrayLike, n: int) -> NDArray[Any]:
        if self.task == "classify":
            self.classes_ = np.unique(labels(y, n))
            if len(self.classes_) < 2:
                raise ValueError(
                    f"All cases are of one class, '{self.classes_[0]}'; at least two labels are needed to learn."
                )
        else:
            self.shape_ = numbers(y, n)[1]
        return self.coded(y, n)

    def coded(self, y: ArrayLike, n: int) -> NDArray[Any]:
        """(N,) places of labels in `classes_`, or the numbers to be told; refused where one is not known."""
        if self.task != "classify":
            return numbers(y, n)[0]
        return places(self.classes_, y, n)

    # -- answering --
    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        if self.task != "classify":
            raise MindshareError(f"A model that is to {self.task} gives numbers: call predict.")
        out, _ = self._run(X)
        return cast(Floats, torch.softmax(torch.as_tensor(out, dtype=torch.float64), dim=1).numpy())

    def predict(self, X: Any) -> NDArray[Any]:
        """(N,) likeliest labels, or the numbers asked for, (N, ...) in the shape of training."""
        if self.task == "classify":
            likeliest = self.predict_proba(X).argmax(axis=1)
            return self.classes_[likeliest]
        out, _ = self._run(X)
        mean, scale = cast(Tensor, self.net_.out_mean).numpy(), cast(Tensor, self.net_.out_scale).numpy()
        return (out * scale + mean).reshape(len(out), *self.shape_)

    def score(self, X: Any, y: ArrayLike) -> float:
        """Share of labels that are right, or R squared of numbers."""
        if self.task == "classify":
            return float((self.predict(X) == np.asarray(y)).mean())
        truth, told = np.asarray(y, np.float64), self.predict(X)
        return float(1.0 - ((truth - told) ** 2).sum() / ((truth - truth.mean(axis=0)) ** 2).sum())

    def explain(self, X: Any) -> list[Floats]:
        """For each case the attention of its positions, spread over the steps, tokens or pixels that a position stands for."""
        inputs = self._read(X)
        _, where = self._run(X)
        return [spread(where[i], inputs, i, self.net_.stride) for i in range(len(inputs))]

    def cost(self, X: Any, batch: int = 1) -> Mapping[str, Floats]:
        """Resource -> (N,) expected use of each case, answered alone or with others of its size in a `batch`."""
        sizes = self._read(X).sizes.astype(np.float64)
        return {"cpu_s": self.cost_model().answer_s(sizes, batch) / batch}

    def cost_model(self, *, whole: bool = False, anew: bool = False) -> CostModel:
        """What answers cost on this machine: as measured by the fit, or measured now where that was another machine (and cached).

        `whole`: with what learning costs and memory, measured thoroughly, or taken from the cache. `anew`:
        never from the cache, such as after a measurement on a busy machine.
        """
        self._fitted()
        device, known = device_of(self._header()), self.report_.cost
        if anew or known is None or known.device != device or (whole and known.memory is None):
            self.report_.cost = measured_cost(self.net_, self.spec_.most, device, anew=anew)
        assert self.report_.cost is not None
        return self.report_.cost

    def time_answers(self, seconds: float) -> None:
        """What answers cost, measured within so many CPU seconds, where the fit had no time for it."""
        if self.report_.cost is None:
            self.report_.cost = measure(self.net_, self.spec_.most, seconds, learn=False)
            self._on_this_device()

    def _fitted(self) -> None:
        if not hasattr(self, "net_"):
            raise NotLearnt(f"This {type(self).__name__} has not learnt yet: call fit, or load_model.")

    def _read(self, X: Any) -> Inputs:
        self._fitted()
        must_be_named_so(self, X)
        return read_inputs(X, self.spec_.reads, channels=self.spec_.channels or None, most=self.spec_.most)

    def _run(self, X: Any) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        inputs, outs, wheres = self._read(X), [], list[NDArray[np.float32]]()
        self.net_.answers()
        with torch.inference_mode(), threads(1):
            order = np.argsort(inputs.sizes, kind="stable")  # batches of like length carry little padding
            at_once = min(BATCH, self.report_.micro) if "mem_mb" in self.report_.planned else BATCH
            for start in range(0, len(order), at_once):
                part, began = inputs.take(order[start : start + at_once]), time.thread_time()
                out, where = self.net_(*tensors(part))
                self._follow(part, time.thread_time() - began)
                outs.append(out.numpy())
                wheres += list(where.numpy())
        back = np.argsort(order, kind="stable")
        return np.concatenate(outs)[back], [wheres[i] for i in back]

    def _follow(self, part: Inputs, seconds: float) -> None:
        """What answers cost follows what this one took. The first one after learning or loading only warms up."""
        cost, warm = self.report_.cost, self._answered
        self._answered = True
        if warm and cost is not None and seconds > 0:
            size = int(part.sizes[0]) if part.mask is None else part.values.shape[1]
            self.report_.cost = cost.observed(float(size), float(len(part)), seconds)

    # -- saving: names, numbers and nothing that runs --
    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """(header of plain values, arrays) that `save_model` writes."""
        header = self._header()
        header["shape"], header["told"] = list(getattr(self, "shape_", ())), told_by(self)
        header["cost"] = None if self.report_.cost is None else self.report_.cost.as_dict()
        arrays = {f"net.{k}": v.numpy() for k, v in self.net_.state_dict().items()}
        if self.task == "classify":
            arrays["classes"] = self.classes_
        return header, arrays

    def _on_this_device(self) -> None:
        if self.report_.cost is not None:
            self.report_.cost = replace(self.report_.cost, device=device_of(self._header()))

    def _header(self) -> dict[str, Any]:
        """What it is, without what it has learnt."""
        return {"family": type(self).__name__, "params": self.get_params(), "spec": asdict(self.spec_)}

    def restore(self, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        self.spec_ = Spec(**header["spec"])
        self.net_ = self.build(self.spec_)
        weights = {k[4:]: torch.as_tensor(v) for k, v in arrays.items() if k.startswith("net.")}
        self.net_.load_state_dict(weights)
        self.report_ = FitReport.of_saved(header["cost"])
        if "classes" in arrays:
            self.classes_ = arrays["classes"]
        self.shape_ = tuple(header["shape"])
        take_told(self, header.get("told", {}))
        return self
