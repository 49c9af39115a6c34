"""Which function converts which set."""

from __future__ import annotations

from pathlib import Path

from mindshare.core.errors import MindshareError
from mindshare.histories.public.cifar10h import cifar10h
from mindshare.histories.public.convabuse import convabuse, convabuse_each
from mindshare.histories.public.crowd_answers import FILES, crowd_answers
from mindshare.histories.public.davidson import davidson
from mindshare.histories.public.ecg import ecg
from mindshare.histories.public.nih_xray import nih_xray
from mindshare.histories.public.tables import Tables
from mindshare.histories.public.vision16 import vision3, vision16

CONVERTERS = {
    "vision16": vision16,
    "vision3": vision3,
    "cifar10h": cifar10h,
    "convabuse": convabuse,
    "convabuse-each": convabuse_each,
    "davidson": davidson,
    "ecg": ecg,
    "nih-xray": nih_xray,
}


def convert_tables(name: str, folder: Path) -> Tables:
    """The set's history as tables, from the files in `folder`."""
    if name in FILES:
        return crowd_answers(folder, name)
    if name not in CONVERTERS:
        raise MindshareError(f"There is no conversion of '{name}'.")
    return CONVERTERS[name](folder)
