"""What the client tells is all that the service says."""

from __future__ import annotations

import msgspec
import pytest

from mindshare.web import (
    said,
    said_desk,
    said_rules,
    shapes,
    shapes_board,
    shapes_desk,
    shapes_explained,
    shapes_hours,
    shapes_reliance,
    shapes_setup,
)

PAIRS = [
    (said.LiveVerdict, shapes.Verdict),
    (said.LiveCase, shapes.CaseOut),
    (said.LiveCase, shapes.Heard),
    (said.LiveCases, shapes.CasesOut),
    (said.Lease, shapes.Leased),
    (said.LiveKnown, shapes.Known),
    (said.LiveSkill, shapes.Skill),
    (said.LivePerson, shapes.Agent),
    (said.LiveLimit, shapes.Limit),
    (said.Resumed, shapes.ResumeOut),
    (said.Gone, shapes.ErasedOut),
    (said.LiveEvents, shapes.EventsOut),
    (said.Invitation, shapes.InvitationOut),
    (said.LiveBelief, shapes_explained.Believed),
    (said.LiveOtherwise, shapes_explained.Otherwise),
    (said.LiveStory, shapes_explained.Story),
    (said.LiveLearning, shapes_explained.LearningOut),
    (said.LiveBoard, shapes_board.BoardOut),
    (said.LiveWhatIf, shapes_explained.WhatIfOut),
    (said.LiveShare, shapes_reliance.Share),
    (said.LivePersonReliance, shapes_reliance.PersonReliance),
    (said.LiveReliance, shapes_reliance.RelianceOut),
    (said_rules.LiveGuidelines, shapes_setup.GuidelinesSet),
    (said_rules.LiveGuard, shapes_setup.GuardSet),
    (said_rules.LiveRules, shapes_setup.RulesOut),
    (said_desk.LiveFile, shapes_desk.FileOut),
    (said_desk.LiveSeen, shapes_desk.SeenOut),
    (said_desk.LiveMyKind, shapes_desk.MyKind),
    (said_desk.LiveMe, shapes_desk.MeOut),
    (said_desk.LiveHours, shapes_hours.HoursOut),
]


@pytest.mark.parametrize(("told", "sent"), PAIRS)
def test_the_client_loses_no_field_of_what_the_service_sends(told: type, sent: type[shapes.Out]) -> None:
    assert set(sent.model_fields) <= {field.name for field in msgspec.structs.fields(told)}
