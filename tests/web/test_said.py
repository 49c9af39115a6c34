"""What the client tells is all that the service says."""

from __future__ import annotations

import msgspec
import pytest

from mindshare.web import said, shapes, shapes_explained

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
    (said.LiveWhatIf, shapes_explained.WhatIfOut),
]


@pytest.mark.parametrize(("told", "sent"), PAIRS)
def test_the_client_loses_no_field_of_what_the_service_sends(told: type, sent: type[shapes.Out]) -> None:
    assert set(sent.model_fields) <= {field.name for field in msgspec.structs.fields(told)}
