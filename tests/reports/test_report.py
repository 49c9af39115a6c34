"""The report is one complete page, whatever the result holds."""

from __future__ import annotations

import json
import re
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.reports.markup import foldable
from mindshare.reports.report import report_html, write_report
from tests.reports.pages import DEGENERATE, EVIL, Page, flat, history, show
from tests.reports.sample_result import CURVES, make_agents, make_result


@pytest.mark.parametrize("parts", DEGENERATE.values(), ids=DEGENERATE)
def test_every_result_makes_a_well_formed_page_that_fetches_nothing_and_is_small(
    parts: dict[str, Any],
) -> None:
    html = report_html(make_result(**parts))
    page = Page(html)
    assert len(html.encode()) < 400_000
    assert not [
        a for _, attrs in page.tags for a in attrs if a in {"src", "srcset", "action", "onclick", "onload"}
    ]
    assert all((attrs["href"] or "").startswith("#") for _, attrs in page.tags if "href" in attrs)
    assert not re.search(r"https?:|@import|url\((?!#)", html)
    assert not re.search(r"\bnan\b|\binf\b|\bNone\b", html), "a number that is none was printed"


@pytest.mark.parametrize("parts", DEGENERATE.values(), ids=DEGENERATE)
def test_every_page_is_in_order_for_a_screen_reader(parts: dict[str, Any]) -> None:
    page = show(**parts)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert all((attrs["href"] or "")[1:] in ids for attrs in page.all("a"))
    assert all(attrs["for"] in ids for attrs in page.all("label"))
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") for attrs in page.all("svg"))
    names = [name for name, _ in page.tags]
    assert names.count("table") == names.count("caption")
    assert names.count("h1") == names.count("main") == 1
    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_the_browser_is_told_to_fetch_nothing() -> None:
    policy = [
        a["content"] or "" for a in show().all("meta") if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policy) == 1
    assert policy[0].startswith("default-src 'none'")


def test_text_from_data_never_becomes_markup() -> None:
    agents = {EVIL: next(iter(make_agents(machines=1, people=0).values()))}
    sample = {
        "case": EVIL,
        "truth": EVIL,
        "before": EVIL,
        "verdict": EVIL,
        "right": False,
        "why": EVIL,
        "counterfactual": EVIL,
        "asked": [{"agent": EVIL, "answer": EVIL, "value": 1, "cost": {EVIL: 1}, "net": 1}],
    }
    points = make_result()["policies"]["posthoc"]
    parts = {
        "history": history(name=EVIL), "agents": agents, "samples": [sample], "not_learnable": [EVIL],
        "policies": make_result()["policies"] | {EVIL: points}, "prices": {EVIL: 1.0},
        "frontiers": {EVIL: {EVIL: [{"spent": 1.0, "accuracy": 0.5, "utility": 0.5}] * 2}},
        "limits": {"table": [{"resource": EVIL, "limit": 1, "spent": 1, "price": 1, "words": EVIL}], "asked": {EVIL: 1}},
        "belief": {"family": EVIL, "race": {EVIL: 1.0, "other": 2.0}}, "covered": {"share": 0.5, "cases": 5, "note": EVIL},
        "run": {"command": EVIL, "versions": {EVIL: EVIL}, "folds": EVIL, "seed": EVIL},
        "time_order": {"policies": {"mindshare": points, EVIL: points}, "cases": 3, "note": EVIL},
        "kinds": {EVIL: {"cases": 5, "labels": 2, "policies": make_result()["policies"]}},
    }  # fmt: skip
    page = show(**parts)
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert EVIL in page.text


@pytest.mark.parametrize(
    "name", ["<b>x</b>", "model<v2>", 'he said "&amp;"', "annotator[/1]", "50% & 'more'"]
)
def test_a_name_is_shown_letter_by_letter(name: str) -> None:
    agents = {name: next(iter(make_agents(machines=1, people=0).values()))}
    page = show(agents=agents, history=history(name=name), not_learnable=[name])
    assert page.text.count(name) >= 3
    assert not [tag for tag, _ in page.tags if tag == "v2"]


# -- room --------------------------------------------------------------------------------------------------------------
LONG = "ann.very.long.name@hospital.example.org"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))))
@example(LONG)
@example("x" * 200)
def test_text_that_may_be_folded_keeps_every_letter_and_has_no_part_that_is_too_long(text: str) -> None:
    parts = [unescape(part) for part in foldable(text).split("<wbr>")]
    assert "".join(parts) == text
    assert all(len(word) <= 24 + 1 for part in parts for word in re.split(r"[\s._@/:,;|=-]", part))


def test_long_names_go_on_in_the_next_line_between_their_parts() -> None:
    assert foldable(LONG) == "ann.<wbr>very.<wbr>long.<wbr>name@<wbr>hospital.<wbr>example.<wbr>org"
    assert foldable("exp_1.5, 0.88 and 1,000") == "exp_1.5, 0.88 and 1,000"
    agents = {LONG: next(iter(make_agents(machines=1, people=0).values()))}
    assert f"<bdi>{foldable(LONG)}</bdi>" in report_html(make_result(agents=agents))


@pytest.mark.parametrize("parts", DEGENERATE.values(), ids=DEGENERATE)
def test_every_table_scrolls_within_its_section_and_names_its_rows_in_a_column_that_stays(
    parts: dict[str, Any],
) -> None:
    html = report_html(make_result(**parts))
    assert html.count("<table") == len(re.findall(r'<div class="scroll"[^>]*><table', html))
    assert re.search(
        r"\.scroll th:first-child \{[^}]*position: sticky; left: 0;[^}]*background: var\(--paper\)", html
    )
    for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL):
        assert re.match(r"<tr[^>]*><th", row)


def test_odd_characters_are_written_safely(tmp_path: Path) -> None:
    odd = "nul \x00 lone \ud800 עברית 中文 العربية"
    write_report(make_result(samples=[{"case": odd, "truth": None, "before": odd, "verdict": odd, "right": None}]),
                 tmp_path / "report.html")  # fmt: skip
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "עברית 中文 العربية" in text
    assert "\x00" not in text


def test_every_policy_resource_agent_and_sentence_is_on_the_page() -> None:
    page = show()
    for word in [
        *CURVES,
        *make_result()["agents"],
        *make_result()["not_learnable"],
        "minutes of people",
        "GFLOP",
    ]:
        assert word in page.text


def test_the_same_result_gives_the_same_bytes_also_after_a_round_trip_through_json() -> None:
    assert report_html(make_result()) == report_html(json.loads(json.dumps(make_result())))


def test_simulated_people_are_no_evidence_and_it_says_so_before_the_headline() -> None:
    html = report_html(make_result(history=history(simulated_people=True)))
    assert 0 < html.index("People simulated: no evidence") < html.index("<h1>")
    assert "People simulated" not in report_html(make_result())


def test_limits_say_what_verdicts_are_worth_first_where_mistakes_differ() -> None:
    told = make_result()["limits"]
    told |= {"utility": 0.597, "utility_ci95": [0.58, 0.61], "without": told["without"] | {"utility": 0.55}}
    text = show(history=history(utility="matrix"), limits=told).text.replace("\u00a0", " ")
    assert text.index("utility per case within these limits0.597 (0.58 to 0.61)") < text.index(
        "right verdicts within these limits77.88 %"
    )
    assert "difference to that+0.047" in text


def test_differences_are_told_from_our_side_with_words_and_signs() -> None:
    text = show(
        policies=flat(mindshare=(0.8, (0, 0)), posthoc=(0.83, (0.01, 0.05)), random=(0.7, (-0.2, -0.1)))
    ).text
    assert "−3.00▼ behind−5.00 to −1.00" in text
    assert "+10.0▲ ahead+10.0 to +20.0" in text


def test_limits_show_what_is_spent_and_never_round_up_to_all_of_it() -> None:
    text = show().text
    assert "11.996" in text
    assert "99 % of it" in text
    assert "– not used upNot all of it is used: 66 % is left" in text
    assert "4.1 per 1,000,000 GFLOP" in text


def test_without_limits_nothing_is_said_about_limits() -> None:
    assert "limit" not in show(limits=None, prices={}, run={}).text.lower()


def test_a_price_is_told_as_the_mean_one_and_limits_are_compared_with_all_machines() -> None:
    text = show().text
    assert "The price shown is the median one of the stream: it starts where held-out cases set it" in text
    assert "all machines on every case, without limits and without people: right verdicts75.41 %" in text


def test_long_lists_are_folded_after_twelve() -> None:
    text = show(
        agents=make_agents(machines=13, people=30), not_learnable=[f"sentence {i}" for i in range(14)]
    ).text
    assert "1 more machine" in text
    assert "18 more people" in text
    assert "2 more sentences" in text


def test_the_switch_has_a_button_a_label_and_a_picture_for_every_resource() -> None:
    page = show(history=history(utility="matrix"))
    panels = [a for a in page.all("div") if a.get("class") == "panel"]
    assert (
        len(page.all("input")) == len(page.all("label")) == len(panels) == 8
    )  # 4 of what is spent, 2 of what is reached
    assert sum("checked" in a for a in page.all("input")) == 1


def test_without_people_no_picture_shows_human_answers() -> None:
    page = show(**DEGENERATE["no people"] | {"frontiers": {"gflop": make_result()["frontiers"]["gflop"]}})
    assert len([a for a in page.all("div") if a.get("class") == "panel"]) == 1


def test_the_example_in_the_docs_runs() -> None:
    doc = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    for block in re.findall(r"```python\n(.*?)```", doc, re.DOTALL):
        exec(block, {})


def test_points_are_paired_by_the_share_asked_for_also_when_less_was_bought() -> None:
    policies = flat(mindshare=(0.8, (0, 0)), posthoc=(0.78, (-0.03, -0.01)))
    policies["mindshare"]["points"][1]["human_share"] = 0.061  # stopped: nothing more was worth its price
    policies["posthoc"]["points"][1]["human_share"] = 0.0993  # whole questions in every fold
    text = show(policies=policies).text
    assert "With at most 0.1 human answers per case (it uses 0.061), Mindshare reaches 80.00 %" in text
    assert "+2.00▲ ahead+1.00 to +3.00" in text


def test_points_are_paired_by_their_share_and_not_by_their_place() -> None:
    policies = flat(mindshare=(0.8, (0, 0)), posthoc=(0.78, (-0.03, -0.01)))
    del policies["posthoc"]["points"][0]  # not judged at share 0
    assert "the best other policy (posthoc) 78.00 %" in show(policies=policies).text
    policies["posthoc"]["points"][0]["share"] = 0.5
    assert "no other policy was judged there" in show(policies=policies).text


def test_shares_that_nobody_can_use_are_shown_once() -> None:
    policies = flat(mindshare=(0.8, (0, 0)), posthoc=(0.78, (-0.03, -0.01)))
    for body in policies.values():
        body["points"].append(body["points"][-1] | {"share": 0.2})
    page = show(policies=policies)
    assert "is ahead at 2 of 2 shares" in page.text


def test_shares_above_one_are_drawn_and_the_table_keeps_to_columns_that_are_seen_at_once() -> None:
    policies = make_result()["policies"]
    for body in policies.values():
        body["points"] += [body["points"][-1] | {"share": s, "human_share": s} for s in (2.0, 3.0, 50.0)]
    page = show(policies=policies, time_order=None)
    heads = [a for a in page.all("th") if a.get("scope") == "col"]
    assert len(heads) > 8
    assert "policy00.050.10.20.51350mindshare itself" in page.text
    assert "5 more shares in the JSON." in page.text
    assert "human answers per case (stretched near 0)" in page.text


def test_promises_are_judged_only_in_groups_of_300_cases() -> None:
    text = show().text
    assert "4 of 5 groups of 300 or more cases kept their promise" in text
    assert "✓ kept, few cases" in text


def test_another_schema_is_refused() -> None:
    with pytest.raises(MindshareError, match=r"mindshare\.backtest/1.*Got 'mindshare\.plan/1' instead"):
        report_html(make_result(schema="mindshare.plan/1"))
