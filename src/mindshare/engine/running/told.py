"""What `machines:` of `service.yaml` says of a machine that runs here; every mistake in one sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mindshare.core.errors import MindshareError, listed

KEY = "MINDSHARE_KEY_"  # the beginning of the name of every variable that holds a secret
ALWAYS, WORTH, LEARNT = "always", "worth", "learnt"
USED = ("cpu_s", "wall_s", "net_mb")  # what runs are measured to use
KEYS = re.compile(KEY + r"[A-Z0-9_]+\Z")
Answerer = Callable[
    [Sequence[Mapping[str, Any]]], Sequence[Any]
]  # cases -> a label or {label: probability} of each


class Runs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What runs: one of `file` (ONNX, or saved by this library), `skops` and `endpoint`, and how it is asked."""

    file: str = ""
    skops: str = ""
    trusts: tuple[
        str, ...
    ] = ()  # types in the skops file that are loaded beside those that skops itself trusts
    endpoint: str = ""
    key: str = ""  # the environment's variable that holds the key of the endpoint
    takes: tuple[
        str, ...
    ] = ()  # features that it takes, in this order; none named = the `content` of the case
    labels: tuple[str, ...] = ()  # in the order of its probabilities; none named = those of the kind
    returns: str = ""  # what an ONNX graph gives, scores or probabilities; found out where nothing is said
    shown_as: str | None = (
        None  # a net of this library says where it looked in its content, which people see under this name
    )


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine of the service. `kinds`: none named = all. `uses`: resource -> what a run is expected to use, until measured."""

    runs: Runs
    kinds: tuple[str, ...] = ()
    seconds: float = 30.0  # one run may take
    uses: dict[str, float] = {}
    when: str = LEARNT  # it is run: always, by its worth, or always until the model has learnt it and then by its worth
    trial: int = 30  # the model has learnt a machine once it knows what was true of so many of its answers
    tried: float = (
        0.02  # of the cases on which it is weighed, a share is drawn on which it is run whatever it is worth
    )
    memory_mb: float | None = None  # the most that its process may take; more, and the run has failed

    def may_cost(self, limits: Iterable[str]) -> bool:
        """Whether a run may use something of these limits."""
        return bool({*USED, *self.uses} & set(limits))


def one_by_one(machines: Iterable[Machine], limits: Iterable[str]) -> bool:
    """Whether some machine is asked for what it is worth, so that the belief has to know cases on which it is silent."""
    return any(m.when != ALWAYS and m.may_cost(limits) for m in machines)


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
        if runs.returns not in ("", "scores", "probabilities"):
            raise MindshareError(
                f"{at}.runs.returns must be scores or probabilities. Got '{runs.returns}' instead."
            )
        if runs.shown_as is not None and (not runs.file or runs.file.endswith(".onnx") or runs.takes):
            raise MindshareError(
                f"{at}.runs.shown_as is for a file of a net that save_model wrote and that is given the content of a case."
            )
        if not 0 < machine.seconds < math.inf:
            raise MindshareError(f"{at}.seconds must be > 0. Got {machine.seconds:g} instead.")
        if machine.when not in (ALWAYS, WORTH, LEARNT):
            raise MindshareError(f"{at}.when must be always, worth or learnt. Got '{machine.when}' instead.")
        if machine.trial < 0:
            raise MindshareError(f"{at}.trial must be a number >= 0. Got {machine.trial} instead.")
        if not 0 <= machine.tried <= 1:
            raise MindshareError(f"{at}.tried must be a share from 0 to 1. Got {machine.tried:g} instead.")
        if machine.memory_mb is not None and not 0 < machine.memory_mb < math.inf:
            raise MindshareError(f"{at}.memory_mb must be > 0. Got {machine.memory_mb:g} instead.")
        for resource, amount in machine.uses.items():
            if not 0 <= amount < math.inf:
                raise MindshareError(f"{at}.uses.{resource} must be a number >= 0. Got {amount:g} instead.")
