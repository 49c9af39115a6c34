"""How the live demo of a domain works: its words (`Terms.live`) as the settings of a service; every mistake in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mindshare.domains.domain import Live, Terms
from mindshare.engine.settings import DAY, Settings, settings_of
from mindshare.engine.showing import check_showing

HOUR = 3_600.0
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
