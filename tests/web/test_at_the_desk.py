"""What the desk is told beside the case: template, keys, blur; cases for the lead; a person's own figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mindshare.core.errors import MindshareError
from mindshare.engine.service import Service
from mindshare.engine.settings import settings_of
from tests.tickets import LABELS
from tests.web.conftest import Live


def test_a_template_says_what_is_shown_in_which_order_and_nothing_else_is_sent(
    live_of: Callable[..., Live],
) -> None:
    template = [{"feature": "words", "title": "Length", "as": "number", "unit": "words"}, {}]
    kinds = {"default": {"template": template, "keys": {LABELS[1]: "b"}}}
    live = live_of(kinds=kinds, exposure=[{"tag": "hard", "when": {"feature.words": ">50"}, "blur": True}])
    live.case(features={"by": "chat", "words": 40, "other": "hidden"}, show="a note")
    lease = live.lease()
    assert lease["features"] == {"words": 40} and lease["show"] == "a note"
    assert [(p["feature"], p["as"], p["unit"]) for p in lease["template"]] == [
        ("words", "number", "words"),
        ("", "value", ""),
    ]
    assert lease["keys"] == {LABELS[1]: "b"} and "blur" not in lease
    live.answer(lease)
    live.case(features={"by": "chat", "words": 60})
    assert live.lease()["blur"] is True


BAD: list[tuple[dict[str, Any], str]] = [
    ({"template": [{"feature": "words", "as": "picture"}]}, "template[0].as must be one of"),
    ({"template": [{"feature": "words", "unit": "kg"}]}, "unit is for numbers"),
    ({"template": [{"feature": "words"}, {"feature": "words"}]}, "in the template already"),
    ({"template": [{"title": "Note"}]}, "says itself what it is"),
    ({"template": [{"feature": "by"}], "show": ["words"]}, "is not one of the features"),
    ({"template": [{"feature": "word"}]}, "Did you mean 'words'"),
    ({"keys": {"bugs": "b"}}, "there is no label 'bugs'"),
    ({"keys": {"bug": "s"}}, "does not use itself"),
    ({"keys": {"bug": "bb"}}, "one character"),
    ({"keys": {"bug": "b", "billing": "B"}}, "have the same key"),
]


@pytest.mark.parametrize(("kind", "says"), BAD)
def test_a_template_or_a_key_that_cannot_be_is_refused_at_the_start_in_one_sentence(
    folder: Callable[..., Path], kind: dict[str, Any], says: str
) -> None:
    with pytest.raises(MindshareError) as e:
        Service(folder(kinds={"default": kind})).close()
    assert says in str(e.value) and str(e.value).endswith((".", "?"))


def test_the_example_of_the_page_is_read_as_it_stands() -> None:
    page = (Path(__file__).parents[2] / "docs" / "desk.md").read_text(encoding="utf-8")
    written = page.split("```yaml\n")[1].split("```")[0]
    how = settings_of(yaml.safe_load(written), "desk.md").kind("any")
    assert [part.as_ for part in how.template] == ["text", "number", "image", "value"] and how.keys == {
        "billing": "b"
    }


def test_a_folder_of_files_that_is_not_there_is_refused_at_the_start(folder: Callable[..., Path]) -> None:
    with pytest.raises(MindshareError, match="media_root must be a folder"):
        Service(folder(media_root="nowhere")).close()
    with pytest.raises(MindshareError, match="blur must be true or false"):
        settings_of({"exposure": [{"tag": "a", "when": {"kind": "a"}, "blur": "yes"}]}, "x")


def up(live: Live, lease: dict[str, Any], reason: str = "the rules do not say") -> Any:
    return live.ask("person", "POST", "/v1/escalate", {"token": lease["token"], "reason": reason})


def test_a_case_goes_to_the_lead_and_nobody_is_asked_until_the_lead_decides_or_gives_it_back(
    live: Live,
) -> None:
    case = live.case()
    assert up(live, live.lease()).json() == {"done": True}
    assert live.ask("reader", "GET", f"/v1/cases/{case}").json()["state"] == "escalated"
    [told] = live.ask("lead", "GET", "/v1/cases?state=escalated").json()["cases"]
    assert told["id"] == case
    for person in ("ana", "ben", "cem"):
        assert live.ask("lead", "POST", "/v1/next", {"person": person}).status_code == 204
    seen = live.ask("lead", "GET", f"/v1/cases/{case}/seen").json()
    assert seen["escalated"]["by"] == "ana" and seen["escalated"]["reason"] == "the rules do not say"
    assert (
        seen["features"]["words"] == 40
        and "ana sent it to the lead" in live.ask("reader", "GET", f"/v1/cases/{case}/why").text
    )
    told = live.ask("lead", "POST", f"/v1/cases/{case}/reopen", {"reason": "look at page two"})
    assert told.status_code == 200 and told.json()["state"] in ("reopened", "leased")
    lease = live.ask("lead", "POST", "/v1/next", {"person": "ben"}).json()
    assert lease["case"] == case and lease["why"]
    body = {"token": lease["token"], "reason": "still unclear", "person": "ben"}
    assert live.ask("lead", "POST", "/v1/escalate", body).status_code == 200
    told = live.ask("lead", "POST", f"/v1/cases/{case}/override", {"label": LABELS[0], "reason": "I know it"})
    assert told.json()["verdict"]["by"] == "override" and told.json()["state"] == "provisional"
    assert live.ask("lead", "GET", "/v1/cases?state=escalated").json()["cases"] == []


def test_who_sent_a_case_up_answers_it_no_more_and_gives_a_reason(live: Live) -> None:
    live.case()
    lease = live.lease()
    assert up(live, lease, "").status_code == 422
    assert up(live, lease).status_code == 200
    assert up(live, lease).status_code == 409
    assert live.answer(lease).status_code == 409


def test_a_probe_that_is_sent_up_looks_like_a_case(
    live_at: Callable[[Path], Live], folder: Callable[..., Path]
) -> None:
    probes = [{"id": f"g{i}", "features": {"by": "chat", "words": 40}, "label": "bug"} for i in range(9)]
    kinds = {"default": {"grace_s": 60, "probes": {"file": "gold.jsonl", "share": 1.0}}}
    live = live_at(folder(files={"gold.jsonl": "\n".join(map(json.dumps, probes))}, kinds=kinds))
    probe = live.lease()
    assert probe["case"].startswith("g")
    gave, late = up(live, probe), live.answer(probe)
    undone = live.ask("person", "POST", f"/v1/cases/{probe['case']}/undo", {})
    yaml_file = live.service.folder / "service.yaml"
    assert "probes" in yaml.safe_load(yaml_file.read_text())["kinds"]["default"]
    real = live.case()
    while (lease := live.lease())[
        "case"
    ] != real:  # a share of 1 is all that it may be: then he works on probes until none is left
        live.answer(lease, "bug")
    same = up(live, lease), live.answer(lease), live.ask("person", "POST", f"/v1/cases/{real}/undo", {})
    for of_probe, of_case in zip((gave, late, undone), same, strict=True):
        assert of_probe.status_code == of_case.status_code
        told = of_probe.text.replace(probe["case"], "X").replace(str(probe["token"]), "N")
        assert told == of_case.text.replace(real, "X").replace(str(lease["token"]), "N")
    assert live.ask("lead", "GET", "/v1/cases?state=escalated").json()["cases"][0]["id"] == real


def test_a_persons_figures_are_his_or_her_own_and_probes_are_in_none_that_would_show_them(
    live_at: Callable[[Path], Live], folder: Callable[..., Path]
) -> None:
    probes = [{"id": f"g{i}", "features": {"by": "chat", "words": 40}, "label": "bug"} for i in range(2)]
    kinds = {"default": {"grace_s": 0, "probes": {"file": "gold.jsonl", "share": 1.0}}}
    people = {
        "ana": {
            "zone": "UTC",
            "week": {"mon-sun": "00:00-24:00"},
            "minutes": 90,
            "break": {"after": 50, "minutes": 10},
        }
    }
    live = live_at(
        folder(files={"gold.jsonl": "\n".join(map(json.dumps, probes))}, kinds=kinds, people=people)
    )
    for _ in range(2):
        live.answer(live.lease(), "bug")
    me = live.ask("person", "GET", "/v1/me").json()
    assert me["person"] == "ana" and me["today"]["answers"] == me["answers"] == 2
    [kind] = me["kinds"].values()
    assert (kind["right"], kind["wrong"], kind["accuracy"]) == (0, 0, None) and kind["seconds"] > 0
    assert 89 < me["left"] <= 90 and 49 < me["break_in"] <= 50 and me["break_min"] == 10
    case = live.case()
    live.answer(live.lease(), LABELS[0])
    live.ask("lead", "POST", "/v1/outcomes", {"case": case, "label": LABELS[0]})
    [kind] = live.ask("person", "GET", "/v1/me").json()["kinds"].values()
    assert (kind["right"], kind["wrong"]) == (1, 0) and 0 < kind["accuracy"] < 1
    assert live.ask("person", "GET", "/v1/me?person=ben").status_code == 403
    assert live.ask("lead", "GET", "/v1/me?person=ben").json()["answers"] == 0
    assert live.ask("reader", "GET", "/v1/me").status_code == 403


def test_answers_of_others_are_compared_once_a_case_is_final_and_not_before(
    live_of: Callable[..., Live],
) -> None:
    live = live_of(kinds={"default": {"grace_s": 1000}}, guard={"mandatory_review": {"people": 2}})
    case = live.case()
    live.answer(live.lease(), LABELS[0])
    lease = live.ask("lead", "POST", "/v1/next", {"person": "ben"}).json()
    said = {"case": case, "token": lease["token"], "label": LABELS[0], "person": "ben"}
    assert live.ask("lead", "POST", "/v1/answers", said).status_code == 200
    assert live.ask("reader", "GET", f"/v1/cases/{case}").json()["state"] == "provisional"
    assert live.ask("person", "GET", "/v1/me").json()["compared"] == 0
    at = live.service.actor.ask(lambda e: e.state.cases[case].until)
    live.service.actor.ask(lambda e: (e.at(at + 1), e.tick()))
    me = live.ask("person", "GET", "/v1/me").json()
    assert (me["compared"], me["agreed"]) == (1, 1)
