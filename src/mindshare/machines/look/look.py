"""Looking inside a net: where it looked, and how much each part of a case moved its answer. Never why.

- `attention`: the net's own weights, one a step, pixel or token. They say where it looked, not what that did to the answer.
- `gradients`: integrated gradients (Sundararajan et al. 2017) from a baseline without content; their sum is what the score of a
  label is above the baseline's (completeness; `Look.missed` says how nearly).
- `occlusion`: how far that score falls when a part is covered (Zeiler & Fergus 2014).
The last two need the extra `explain` (captum).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

from mindshare.core.errors import MindshareError, listed
from mindshare.machines.agents.extra import extra
from mindshare.machines.nets.net import NetModel
from mindshare.machines.parts.inputs import Inputs
from mindshare.machines.parts.net import Net, tensors
from mindshare.machines.parts.words import words
from mindshare.machines.task import Floats
from mindshare.machines.threads import threads

STEPS = (64, 256, 1_024)  # of the integral: more where its sum misses
CLOSE = 0.01  # of what it should be
AT_ONCE = 64  # points of it that go through the net together


class Look(NamedTuple):
    """One case looked into. `weight` has the shape of the case: (steps, channels), (channels, height, width) or (tokens,)."""

    kind: str  # attention, gradients, occlusion
    label: Any  # whose score it is about; of attention the likeliest
    weight: Floats
    score: float  # of that label, before softmax
    baseline: float  # its score without content; of attention and occlusion NaN
    words: tuple[str, ...] = ()  # of a text, what the weights belong to

    @property
    def missed(self) -> float:
        """How far the sum is from what it should be, relative: (sum - (score - baseline)) / |score - baseline|."""
        change = self.score - self.baseline
        return abs(float(self.weight.sum()) - change) / max(abs(change), 1e-12)


def attention(model: NetModel, X: Any) -> list[Look]:
    """Where the net looked: weights that sum to 1, the same for each channel of a series or an image."""
    inputs, scores = model._read(X), model._run(X)[0]
    maps, looks = model.explain(X), []
    for i, where in enumerate(maps):
        likeliest = int(scores[i].argmax())
        label = model.classes_[likeliest] if model.task == "classify" else None
        words = _words(model, X, i, where.shape[0])
        looks.append(Look("attention", label, where, float(scores[i, likeliest]), float("nan"), words))
    assert len(looks) == len(inputs)
    return looks


def gradients(model: NetModel, X: Any, *, label: Any = None) -> list[Look]:
    """Integrated gradients of the score of `label` (None: the likeliest of each case), from the mean of training, or no words."""
    captum = extra("captum.attr", "explain")
    looks = []
    for i, one, at, name, score in _cases(model, X, label):
        net, (values, mask) = model.net_, tensors(one)
        start, empty = _start(net, values)
        forward = _from_vectors(net, mask, at)
        with torch.no_grad(), threads(1):
            base = float(forward(empty)[0])
        for steps in STEPS:
            with threads(1):
                found = captum.IntegratedGradients(forward).attribute(
                    start, empty, n_steps=steps, internal_batch_size=AT_ONCE, method="gausslegendre"
                )
            weight = found[0].detach().double().numpy()
            if model.reads == "text":
                weight = weight.sum(axis=1)
            look = Look("gradients", name, weight, score, base, _words(model, X, i, len(weight)))
            if look.missed <= CLOSE:
                break
        looks.append(look)
    return looks


def occlusion(model: NetModel, X: Any, *, label: Any = None, size: int = 4) -> list[Look]:
    """How far the score of `label` falls when `size` steps, `size` x `size` pixels or one word are covered by the mean or nothing."""
    if size < 1:
        raise ValueError(
            f"size must be at least 1: so many steps or pixels are covered. Got {size!r} instead."
        )
    captum = extra("captum.attr", "explain")
    looks = []
    for i, one, at, name, score in _cases(model, X, label):
        net, (values, mask) = model.net_, tensors(one)
        start, empty = _start(net, values)
        window, stride = _window(model.reads, start, size)
        with torch.no_grad(), threads(1):
            found = captum.Occlusion(_from_vectors(net, mask, at)).attribute(
                start, window, strides=stride, baselines=empty, perturbations_per_eval=AT_ONCE
            )
        weight = found[0].double().numpy()
        if model.reads == "text":
            weight = weight[:, 0]
        looks.append(Look("occlusion", name, weight, score, float("nan"), _words(model, X, i, len(weight))))
    return looks


WAYS: dict[str, Callable[..., list[Look]]] = {
    "attention": attention,
    "gradients": gradients,
    "occlusion": occlusion,
}


def _cases(model: NetModel, X: Any, label: Any) -> list[tuple[int, Inputs, int, Any, float]]:
    """Of each case: its place, its numbers alone, the output that is looked into, its label and its score."""
    if model.task == "classify" and label is not None and label not in model.classes_:
        raise MindshareError(
            f"The model knows no label '{label}'; it knows {listed(map(str, model.classes_))}."
        )
    inputs, scores = model._read(X), model._run(X)[0]
    found = []
    for i in range(len(inputs)):
        at = int(scores[i].argmax()) if model.task == "classify" else 0
        if model.task == "classify" and label is not None:
            at = int(np.flatnonzero(model.classes_ == label)[0])
        name = model.classes_[at] if model.task == "classify" else None
        found.append((i, inputs.take(np.array([i])), at, name, float(scores[i, at])))
    return found


def _start(net: Net, values: Tensor) -> tuple[Tensor, Tensor]:
    """(what the integral ends at, what it starts from): numbers and the mean of each channel; vectors of words and none."""
    if net.embed is not None:
        vectors = net.embed(values).detach()
        return vectors, torch.zeros_like(vectors)
    mean = cast(Tensor, net.mean)
    shape = mean[:, None, None] if net.spec.reads == "image" else mean
    return values.float(), shape.expand_as(values).clone()


def _from_vectors(net: Net, mask: Tensor | None, at: int) -> Callable[[Tensor], Tensor]:
    """One score from numbers, or from the vectors of words in the place of the words."""
    net.eval()

    def forward(values: Tensor) -> Tensor:
        many = None if mask is None else mask.expand(len(values), -1)
        if net.embed is None:
            return net(values, many)[0][:, at]
        net.read = lambda vectors, _: vectors  # type: ignore[method-assign,assignment]
        try:
            return net(values, many)[0][:, at]
        finally:
            del net.__dict__["read"]

    return forward


def _window(reads: str, start: Tensor, size: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What is covered at once, and how far the cover moves: over all channels of an image, each channel of a series alone."""
    if reads == "series":
        steps = min(size, start.shape[1])
        return (steps, 1), (max(1, steps // 2), 1)
    if reads == "image":
        side = min(size, *start.shape[2:])
        return (start.shape[1], side, side), (start.shape[1], max(1, side // 2), max(1, side // 2))
    return (1, start.shape[2]), (1, start.shape[2])


def _words(model: NetModel, X: Sequence[Any], i: int, count: int) -> tuple[str, ...]:
    return tuple(words(X[i])[:count]) if model.reads == "text" else ()
