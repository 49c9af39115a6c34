"""Gold probes of a service: cases whose label is known, read from files in its folder (`kinds.NAME.probes`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.engine.evidence import named
from mindshare.engine.incoming import read_again, read_case
from mindshare.engine.looked import check_where
from mindshare.engine.settings import Kind, Settings
from mindshare.people.qualification import Probe


class Gold(NamedTuple):
    """`cases`: kind -> id -> the case as it would be sent; `probes`: kind -> ids and labels; `key`: of the draws."""

    key: bytes = b""
    cases: Mapping[str, Mapping[str, bytes]] = {}
    probes: Mapping[str, Sequence[Probe]] = {}

    def ids(self) -> frozenset[str]:
        """Of all probes."""
        return frozenset(name for cases in self.cases.values() for name in cases)

    def shows(self, settings: Settings) -> frozenset[str]:
        """The files that probes show."""
        every = [(settings.kind(kind), raw) for kind, cases in self.cases.items() for raw in cases.values()]
        return frozenset(name for how, raw in every for name in named(read_again(raw), how))


NONE = Gold()


def read_gold(folder: Path, settings: Settings, labels: Mapping[str, Sequence[str]], key: bytes) -> Gold:
    """The probes of each kind; `labels`: kind -> its labels. MindshareError with file and line for a mistake."""
    cases: dict[str, dict[str, bytes]] = {}
    probes: dict[str, list[Probe]] = {}
    for kind in labels:
        how = settings.kind(kind).probes
        if how is None:
            continue
        file = folder / how.file
        if not file.resolve().is_relative_to(folder.resolve()):
            raise MindshareError(
                f"{file}: the probes of a kind must lie in the service's folder; so a backup has them."
            )
        if not file.is_file():
            raise MindshareError(f"There is no file {file}, which kinds.{kind or 'default'}.probes names.")
        mine = [p for p in _read(file, file.read_bytes().splitlines()) if p.kind in ("", kind) or kind == ""]
        for place, probe in enumerate(mine, 1):
            if probe.label not in labels[kind]:
                raise MindshareError(
                    f"{file}: the label of probe '{probe.id}' must be one of {listed(labels[kind])}. "
                    f"Got '{probe.label}' instead.{nearest(probe.label, labels[kind])}"
                )
            if probe.id in {p.id for p in mine[: place - 1]}:
                raise MindshareError(f"{file} has the probe '{probe.id}' twice.")
            _check_where(probe, settings.kind(kind), file)
        cases[kind] = {p.id: p.raw for p in mine}
        probes[kind] = [Probe(p.id, p.label) for p in mine]
    return Gold(key, cases, probes)


class _Line(NamedTuple):
    id: str
    kind: str
    label: str
    raw: bytes


def _check_where(probe: _Line, how: Kind, file: Path) -> None:
    try:
        check_where(read_again(probe.raw), how)
    except MindshareError as e:
        raise MindshareError(f"{file}: {e}") from e


def _read(file: Path, lines: Iterable[bytes]) -> list[_Line]:
    """The probes of a file: JSON lines, each a case as it is sent, with its `label`."""
    out = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told: Any = msgspec.json.decode(line)
            label = told.pop("label")
            case = read_case(msgspec.json.encode(told))
        except (msgspec.DecodeError, KeyError, AttributeError, TypeError, UnicodeDecodeError) as e:
            raise MindshareError(
                f"{file}, line {number}: a probe is a case as it is sent, with its label. Got {line[:40]!r} instead."
            ) from e
        except MindshareError as e:
            raise MindshareError(f"{file}, line {number}: {e}") from e
        out.append(_Line(case.id, case.kind, str(label), msgspec.json.encode(told)))
    return out
