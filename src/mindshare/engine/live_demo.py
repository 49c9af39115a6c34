"""How the live demo of a domain works: its words (`Terms.live`) as the settings of a service; every mistake in one sentence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from mindshare.core.errors import MindshareError
from mindshare.domains.domain import Live, Made, Terms
from mindshare.engine.settings import DAY, Settings, settings_of
from mindshare.engine.sheets import check_sheets, wrong_sheets
from mindshare.engine.showing import check_showing

HOUR = 3_600.0
SHEETS = "sheets"  # in the folder of a demo: what the domain laid beside its history
WAIT_S, GRACE_S = 120.0, 20.0  # shorter than usual: whoever looks sees what happens to a case


def demo_settings(live: Live, terms: Terms, name: str, case_s: float) -> Settings:
    """Settings under which the cases of a demo come every `case_s` seconds; raises MindshareError for what `live` says wrongly."""
    kind: dict[str, Any] = {
        "guidelines": live.guidelines,
        "keys": dict(live.keys),
        "template": [dict(part) for part in live.template],
        "wait_s": WAIT_S,
        "grace_s": GRACE_S,
    }
    tree = {
        "name": name,
        "limits": {resource: {"limit": most, "per_s": HOUR} for resource, most in live.limits.items()},
        "expect": DAY / case_s,
        "kinds": {"default": kind},
        "guard": dict(live.guard),
    }
    settings = settings_of(tree, "live")
    check_showing(settings, {"": terms.labels}, Path(), "live")
    return settings


def with_sheets(settings: Settings, made: Made) -> Settings:
    """The settings with the sheets that a domain names; MindshareError for one that cannot be shown."""
    if not made.sheets:
        return settings
    named = replace(settings, sheets=dict(made.sheets))
    check_sheets(named, made.path, "Made")
    for wrong in wrong_sheets(named, made.path):
        raise MindshareError(wrong)
    return replace(named, sheets_root=SHEETS)


def lay_sheets(made: Made, folder: Path) -> None:
    """Copies their files to the folder of the service."""
    for name in made.sheets.values():
        target = folder / SHEETS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made.path / name, target)
