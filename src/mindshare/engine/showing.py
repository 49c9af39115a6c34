"""What the settings of a kind say of how people see its cases: the template, and keys that decide; every mistake in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.engine.settings import Kind, Settings

AS = ("value", "text", "number", "image", "window", "table")
TAKEN = "/xsuecnfvmh?, "  # keys of the desk that decide nothing (`static/keys.js`)


def check_showing(settings: Settings, labels: Mapping[str, Iterable[str]], folder: Path, where: str) -> None:
    """Raises MindshareError for a template, a key or a folder of files that cannot be; `labels`: kind -> its labels."""
    for name, how in settings.kinds.items():
        _template(how, f"{where}: kinds.{name}")
        mine = labels[name] if name in labels else {x for every in labels.values() for x in every}
        _keys(how.keys, list(mine), f"{where}: kinds.{name}.keys")
    if settings.media_root is not None and not media_root(settings, folder).is_dir():
        raise MindshareError(
            f"{where}: media_root must be a folder that is there. Got '{settings.media_root}' instead."
        )


def media_root(settings: Settings, folder: Path) -> Path:
    """The folder whose files cases may show, where one is set; a relative one is in the service's folder."""
    return folder / (settings.media_root or "")


def _template(how: Kind, where: str) -> None:
    told = [part.feature for part in how.template]
    for i, part in enumerate(how.template):
        at = f"{where}.template[{i}]"
        if part.as_ not in AS:
            raise MindshareError(
                f"{at}.as must be one of {listed(AS)}. Got '{part.as_}' instead.{nearest(part.as_, AS)}"
            )
        if part.unit and part.as_ != "number":
            raise MindshareError(f"{at}.unit is for numbers; write `as: number`, or leave it out.")
        if part.feature and how.show and part.feature not in how.show:
            raise MindshareError(
                f"{at}: '{part.feature}' is not one of the features that {where}.show lets people see."
                f"{nearest(part.feature, how.show)}"
            )
        if part.feature in told[:i]:
            what = f"'{part.feature}'" if part.feature else "what cases show (a part without a feature)"
            raise MindshareError(f"{at}: {what} is in the template already.")
        if not part.feature and (part.as_ != "value" or part.title):
            raise MindshareError(
                f"{at}: a part without a feature is what cases show, which says itself what it is."
            )


def _keys(keys: Mapping[str, str], labels: list[str], where: str) -> None:
    seen: dict[str, str] = {}
    for label, key in keys.items():
        if label not in labels:
            raise MindshareError(f"{where}: there is no label '{label}'.{nearest(label, labels)}")
        if len(key) != 1 or not key.isprintable() or key.lower() in TAKEN:
            raise MindshareError(
                f"{where}.{label} must be one character that the desk does not use itself ({' '.join(TAKEN.strip())} and space)."
                f" Got '{key}' instead."
            )
        other = seen.setdefault(key.lower(), label)
        if other != label:
            raise MindshareError(f"{where}: '{other}' and '{label}' have the same key '{key}'.")
