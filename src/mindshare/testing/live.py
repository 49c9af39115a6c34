"""Promises of the live demo of a domain, where it has one: part of `check_domain`."""

from __future__ import annotations

import msgspec

from mindshare.core.errors import MindshareError
from mindshare.core.history import History
from mindshare.domains.domain import Made, Terms
from mindshare.engine.live_demo import demo_settings, with_sheets
from mindshare.engine.settings import Settings


def the_desk_can_show_it(terms: Terms) -> None:
    """What the terms say of the desk makes the settings of a service."""
    if terms.live is None:
        return
    assert terms.live.guidelines.strip(), "people at the desk of the live demo are told nothing (guidelines)"
    assert terms.live.limits, "the live demo has no limit, so attention has no price"
    assert terms.live.faster > 0, (
        f"the live demo must be more than 0 times as fast, not {terms.live.faster:g}"
    )
    try:
        demo_settings(terms.live, terms, "demo", 1.0)
    except MindshareError as wrong:
        raise AssertionError(str(wrong)) from wrong
    for part in terms.live.template:
        feature = part.get("feature", "")
        assert not feature or feature in terms.features, (
            f"the template of the live demo shows '{feature}', which is no feature"
        )


def sheets_are_there(made: Made) -> None:
    """Each sheet that is named lies beside the history, and can be shown."""
    try:
        with_sheets(Settings(), made)
    except MindshareError as wrong:
        raise AssertionError(str(wrong)) from wrong


def all_is_there(terms: Terms, history: History, made: Made) -> None:
    """Its limits are of what somebody uses, and what people see of each case can be sent."""
    if terms.live is None:
        return
    used = {resource for resource, cost in history.cost().items() if cost.sum() > 0}
    for resource in terms.live.limits:
        assert resource in used, f"nobody uses '{resource}', which the live demo limits"
    if made.show is None:
        return
    for case in history.case_id:
        try:
            msgspec.json.encode(made.show(case))
        except TypeError as wrong:
            raise AssertionError(
                f"what people see of {case} is no text, number, list or mapping: {wrong}"
            ) from wrong
