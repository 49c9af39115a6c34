"""What `machines:` of `service.yaml` says of a machine that runs here; every mistake in one sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from mindshare.core.errors import MindshareError, listed

KEY = "MINDSHARE_KEY_"  # the beginning of the name of every variable that holds a secret
KEYS = re.compile(KEY + r"[A-Z0-9_]+\Z")
Answerer = Callable[
    [Sequence[Mapping[str, Any]]], Sequence[Any]
]  # cases -> a label or {label: probability} of each


class Runs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What runs: one of `file` (ONNX, or saved by this library), `skops` and `endpoint`, and how it is asked."""

    file: str = ""
    skops: str = ""
    endpoint: str = ""
    key: str = ""  # the environment's variable that holds the key of the endpoint
    takes: tuple[
        str, ...
    ] = ()  # features that it takes, in this order; none named = the `content` of the case
    labels: tuple[str, ...] = ()  # in the order of its probabilities; none named = those of the kind
    returns: str = "scores"  # what an ONNX graph gives: scores or probabilities


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine of the service. `kinds`: none named = all. `uses`: resource -> what a run is expected to use, until measured."""

    runs: Runs
    kinds: tuple[str, ...] = ()
    seconds: float = 30.0  # one run may take
    uses: dict[str, float] = {}


def check_machines(machines: Mapping[str, Machine], where: str) -> None:
    """Raises MindshareError for what no machine can be."""
    for name, machine in machines.items():
        at, runs = f"{where}: machines.{name}", machine.runs
        given = [key for key in ("file", "skops", "endpoint") if getattr(runs, key)]
        if len(given) != 1:
            raise MindshareError(
                f"{at}.runs needs one of file, skops and endpoint. Got {listed(given) or 'none'} instead."
            )
        if runs.key and not KEYS.match(runs.key):
            raise MindshareError(
                f"{at}.runs.key must be the name of a variable of the environment that begins with {KEY}."
                f" Got '{runs.key}' instead."
            )
        if runs.key and not runs.endpoint.startswith("https://"):
            raise MindshareError(f"{at}.runs.key would travel for all to read; use an https endpoint.")
        if runs.returns not in ("scores", "probabilities"):
            raise MindshareError(
                f"{at}.runs.returns must be scores or probabilities. Got '{runs.returns}' instead."
            )
        if not 0 < machine.seconds < math.inf:
            raise MindshareError(f"{at}.seconds must be > 0. Got {machine.seconds:g} instead.")
        for resource, amount in machine.uses.items():
            if not 0 <= amount < math.inf:
                raise MindshareError(f"{at}.uses.{resource} must be a number >= 0. Got {amount:g} instead.")
