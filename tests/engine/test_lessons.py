"""Attention that is left over goes to a share of the cases on which nobody's answer would be worth its price, so that it stays known what people tell."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine.events import Leased
from mindshare.engine.rebuild import events_of
from mindshare.engine.service import Service
from mindshare.engine.settings import FILE, Limit, Settings, settings_of, settings_text
from mindshare.histories.streamed import Scripted


def asked(
    folder: Path, script: list[Scripted], settings: Settings, lessons: float, limit: float, waits: bool = True
) -> list[Leased]:
    """Who was asked about these cases, nobody of whom answers, while somebody waits."""
    kind = msgspec.structs.replace(settings.kind("any"), lessons=lessons)
    limits = {"human_answers": Limit(limit, None)}
    told = msgspec.structs.replace(
        settings, learn=True, history="history", kinds={"default": kind}, limits=limits
    )
    (folder / FILE).write_text(settings_text(told), "utf-8")
    service = Service(folder)
    try:
        for s in script:
            if waits:
                for person in s.people:
                    service.actor.ask(lambda e, p=person: e.next(p, e.now + 600))
            service.actor.ask(lambda e, s=s: e.submit([json.dumps(s.sent).encode()]))
            for lease in service.actor.ask(lambda e: list(e.state.leases.values())):
                service.actor.ask(lambda e, x=lease: e.skip(x.token, x.person, "no time"))
        return [e for e in events_of(service.store.frames()) if isinstance(e, Leased)]
    finally:
        service.close()


@pytest.mark.parametrize("waits", [True, False])
def test_lessons_are_asked_for_where_attention_is_left_over_and_somebody_waits(
    folder: Path, script: list[Scripted], settings: Settings, waits: bool
) -> None:
    some = script[:40]
    with_, without = (
        asked(folder_of(folder, word), some, settings, share, 1e6, waits)
        for word, share in (("a", 1.0), ("b", 0.0))
    )
    little = {e.case for e in with_} - {e.case for e in without}
    assert {e.case for e in without} <= {e.case for e in with_}
    assert bool(little) is waits, "a case waits for nobody who would only teach"
    assert all(e.value < 0.001 for e in with_ if e.case in little)


def test_where_attention_is_short_there_are_none(
    folder: Path, script: list[Scripted], settings: Settings
) -> None:
    short = (
        asked(folder_of(folder, word), script[:40], settings, share, 3.0)
        for word, share in (("a", 1.0), ("b", 0.0))
    )
    one, other = ([(e.case, e.agent) for e in leased] for leased in short)
    assert one == other


def folder_of(folder: Path, name: str) -> Path:
    from shutil import copytree

    return copytree(folder, folder.parent / name)


def test_a_share_of_lessons_is_a_share() -> None:
    with pytest.raises(MindshareError, match="lessons must be between 0 and 1"):
        settings_of({"kinds": {"default": {"lessons": 2}}}, "service.yaml")
