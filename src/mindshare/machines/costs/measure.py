"""What a net costs on this machine: timed on made-up cases of chosen shapes, cached by machine and net."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mindshare.core.errors import MindshareError
from mindshare.machines.costs.curves import Seen, fit_curve, margins_of_sum
from mindshare.machines.costs.model import CostModel
from mindshare.machines.memory import exact, give_back, peak_mb, resident_mb
from mindshare.machines.parts.attention import SelfAttention
from mindshare.machines.parts.net import Net, loss_from
from mindshare.machines.parts.words import TOKENS
from mindshare.machines.threads import cores, threads

SHORTEST, SMALLEST = 4, 16  # steps or tokens, pixels
SIZES, SPAN = 7, 16  # sizes that are timed, from a sixteenth of the longest on
LONGER = 2  # times the longest is timed too, where a case may be longer than those of training
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
MOST = 16_384  # size times batch that is timed, where one case is not larger
ROUNDS = 11
SEARCH_S = 5.0  # of timings, from which on it is worth searching what form a curve has
PROFILE_S = 20.0  # CPU seconds of a whole profile, at most
WARM = 2.5  # times what a shape takes: it is run once before it is timed
FIRST = 0.6  # of the budget: what the first round may take
Shape = tuple[int, int]
Times = dict[Shape, list[tuple[float, float]]]  # shape -> seconds of (forward, backward) in each round


def shapes(longest: int, *, image: bool = False) -> list[Shape]:
    """(size, batch) to be timed, what tells most first: a measurement that has to stop early knows the corners."""
    least = min(max(SMALLEST if image else SHORTEST, longest // SPAN), longest)
    sizes = sorted({round(x) for x in np.geomspace(least, longest, SIZES)}, reverse=True)
    corners = [(sizes[0], 1), (sizes[-1], 1), (sizes[-1], 16), (sizes[0], 4), (sizes[len(sizes) // 2], 8)]
    if not image:
        sizes.insert(0, LONGER * longest)
    rest = [(n, b) for b in BATCHES for n in sizes if n * b <= max(MOST, longest)]
    order = np.random.default_rng(0).permutation(len(rest))
    return list(dict.fromkeys(corners + [rest[i] for i in order.tolist()]))


def measure(
    net: Net, longest: int, budget_s: float, *, learn: bool = True, at_once: float = math.inf
) -> CostModel:
    """Seconds of answering and of learning, from as many shapes as `budget_s` CPU seconds allow, each in several rounds.

    `at_once`: cases of the longest size that fit into memory; no shape is tried that may take more than those.
    """
    ways = [
        (n, b)
        for n, b in shapes(longest, image=net.spec.reads == "image")
        if b * max(n / longest, (n / longest) ** 2) <= at_once
    ]
    return cost_of(net, observe(net, ways, budget_s, learn=learn), learn=learn, search=budget_s >= SEARCH_S)


def observe(net: Net, ways: list[Shape], budget_s: float, *, learn: bool = True) -> Times:
    """Times each shape in rounds, not one shape after the other: what else the machine does is spread over all of them.

    A shape that would take more than is left, by what the largest so far took, is left out; the first one never is.
    """
    seen: Times = {}
    start, rng = time.process_time(), np.random.default_rng(0)
    with threads(1), torch.random.fork_rng(devices=[]):
        for turn in range(ROUNDS):
            order = ways if turn == 0 else [list(seen)[i] for i in rng.permutation(len(seen)).tolist()]
            until = start + budget_s * (FIRST if turn == 0 else 1.0)
            for way in order:
                if not seen or time.process_time() + _about(seen, way) <= until:
                    seen.setdefault(way, []).append(timed(net, way, learn=learn))
    net.zero_grad(set_to_none=True)
    net.eval()
    return seen


def _about(seen: Times, way: Shape) -> float:
    """CPU seconds that timing a shape takes: WARM times what it took before, or what the largest one took, by their sizes."""
    known = way if way in seen else max(seen, key=lambda w: w[0] * w[1])
    larger = max(1.0, way[0] * way[1] / (known[0] * known[1])) * max(1.0, way[0] / known[0])
    return WARM * larger * float(np.nansum(seen[known][0]))


def cost_of(net: Net, seen: Times, *, learn: bool = True, search: bool = True) -> CostModel:
    """The curves of what was observed; `search` as in `fit_curve`."""
    answers = _seen(net, seen, 0)
    fit = partial(fit_curve, square=looks_around(net), position=position_of(net), search=search)
    forward, backward = fit(answers), None
    if learn:
        more = _seen(net, seen, 1)
        backward = fit(more)
        above, beyond = margins_of_sum([answers, more], [forward, backward], square=looks_around(net))
        backward = replace(backward, above=above, beyond=beyond)
    return CostModel(device="", forward=forward, backward=backward)


def looks_around(net: Net) -> bool:
    """Whether positions look at each other, so that cost may grow with the square of the size."""
    return any(isinstance(part, SelfAttention) for part in net.modules())


def position_of(net: Net) -> int:
    """Steps, tokens or pixels that one position stands for."""
    return net.stride**2 if net.spec.reads == "image" else net.stride


def timed(net: Net, way: Shape, *, learn: bool) -> tuple[float, float]:
    """CPU seconds of (answering, what a step of learning takes on top), each after one that is not counted."""
    values, mask, target = made_up(net, way)
    net.eval()

    def answer() -> None:
        with torch.inference_mode():
            net(values, mask)

    def step() -> None:
        net.zero_grad(set_to_none=True)
        loss_from(net, net(values, mask)[0], target).sum().backward()  # type: ignore[no-untyped-call]

    forward = _seconds(answer)
    if not learn:
        return forward, float("nan")
    net.train()
    both = _seconds(step)
    net.eval()
    return forward, max(both - forward, 0.05 * both)  # a hiccup of the first is no gain of the second


def _seconds(run: Callable[[], None]) -> float:
    run()
    start = time.process_time()
    run()
    return time.process_time() - start


def made_up(net: Net, way: Shape) -> tuple[Tensor, Tensor | None, Tensor]:
    """Values, mask and truths of a batch of that shape; what they hold changes no time."""
    size, batch = way
    spec, rng = net.spec, np.random.default_rng(0)
    outputs = (
        torch.zeros(batch, dtype=torch.long)
        if spec.classes
        else torch.zeros(batch, spec.outputs, dtype=torch.float32)
    )
    if spec.reads == "image":
        side = _side(size)
        pixels = rng.normal(size=(batch, spec.channels, side, side)).astype(np.float32)
        return torch.from_numpy(pixels), None, outputs
    mask = torch.ones(batch, size, dtype=torch.bool)
    if spec.reads == "text":
        return torch.from_numpy(rng.integers(1, TOKENS, (batch, size))), mask, outputs
    return torch.from_numpy(rng.normal(size=(batch, size, spec.channels)).astype(np.float32)), mask, outputs


def _side(size: int) -> int:
    return max(1, round(size**0.5))


def _seen(net: Net, seen: Times, which: int) -> Seen:
    rounds = max(map(len, seen.values()))
    amount = np.full((len(seen), rounds), np.nan)
    for i, took in enumerate(seen.values()):
        amount[i, : len(took)] = [t[which] for t in took]
    size = [float(_side(n) ** 2 if net.spec.reads == "image" else n) for n, _ in seen]
    return Seen(np.array(size), np.array([float(b) for _, b in seen]), amount)


def measure_memory(net: Net, longest: int, rounds: int = 2) -> Seen:
    """MB beyond what is resident that answering takes, for shapes large enough to be seen."""
    ways = [
        (n, b)
        for n in {longest, max(longest // 2, SHORTEST), max(longest // 4, SHORTEST)}
        for b in (64, 128, 256, 512)
    ]
    ways = [(n, b) for n, b in ways if n * b <= 8 * MOST] or [(longest, 1)]
    seen: Times = {}
    net.eval()
    with threads(1), torch.inference_mode(), exact():
        for _ in range(rounds):
            for way in ways:
                values, mask, _target = made_up(net, way)
                give_back()
                before = resident_mb()
                peak = peak_mb(partial(net, values, mask))
                held = (
                    values.numel() * values.element_size() / 2**20
                )  # the cases themselves are part of a batch
                seen.setdefault(way, []).append((max(peak - before, 0.0) + held, 0.0))
    return _seen(net, seen, 0)


# -- the cache ---------------------------------------------------------------------------------------------------------
def device_of(header: Mapping[str, Any]) -> str:
    """Names this machine and this net, in words that change when what they cost may change."""
    net = json.dumps({k: header[k] for k in ("family", "params", "spec")}, sort_keys=True, default=str)
    mark = hashlib.sha256(net.encode()).hexdigest()[:12]
    return f"{_processor()}, {cores()} cores, torch {torch.__version__}, net {mark}"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def cache_place() -> Path:
    """The folder of cached costs: MINDSHARE_CACHE, else mindshare in the user's cache."""
    given = os.environ.get("MINDSHARE_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mindshare"


def cached(device: str, cache: Path) -> CostModel | None:
    """What was measured on this device before, if it was."""
    path = _file(device, cache)
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return CostModel.of_saved(told) if told["device"] == device else None
    except (ValueError, KeyError, TypeError) as wrong:
        raise MindshareError(f"The cached costs in {path} cannot be read; delete the file.") from wrong


def keep(cost: CostModel, cache: Path) -> Path:
    """Writes it whole or not at all."""
    path = _file(cost.device, cache)
    path.parent.mkdir(parents=True, exist_ok=True)
    short = path.with_suffix(f".{os.getpid()}.part")
    short.write_text(json.dumps(cost.as_dict()), encoding="utf-8")
    short.replace(path)
    return path


def _file(device: str, cache: Path) -> Path:
    return cache / f"cost-{hashlib.sha256(device.encode()).hexdigest()[:16]}.json"


def measured_cost(
    net: Net,
    longest: int,
    device: str,
    *,
    cache: Path | None = None,
    budget_s: float | None = None,
    anew: bool = False,
) -> CostModel:
    """All curves, from the cache where this device was measured before; else, or `anew`, measured now and kept there.

    `budget_s`: CPU seconds of measuring; None: PROFILE_S.
    """
    place = cache or cache_place()
    found = None if anew else cached(device, place)
    if found is not None and found.memory is not None:
        return found
    told = measure(net, longest, PROFILE_S if budget_s is None else budget_s)
    memory = fit_curve(measure_memory(net, longest), memory=True, square=looks_around(net))
    told = replace(told, device=device, memory=memory)
    keep(told, place)
    return told
