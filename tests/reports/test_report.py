"""The report is one complete page, whatever the result holds."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mindshare.core.errors import MindshareError
from mindshare.reports.finding import findings
from mindshare.reports.report import report_html, write_report
from tests.reports.sample_result import CURVES, make_agents, make_result, make_time_order

VOID = {"br", "input", "meta"}
EVIL = "<script>alert('x')</script>\"><img src=x onerror=y>"


class Page(HTMLParser):
    """Checks that every element closes in order, and collects attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words).replace("\u00a0", " "))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def show(**parts: Any) -> Page:
    return Page(report_html(make_result(**parts)))


def h1(**parts: Any) -> str:
    found = re.search(r"<h1>(.*?)</h1>", report_html(make_result(**parts)))
    assert found
    return found.group(1).replace("\u00a0", " ")


def told_in_all(**parts: Any) -> str:
    """The headline with what follows it, which is on the page too."""
    whole = " ".join(findings(make_result(**parts)))
    assert all(sentence in report_html(make_result(**parts)) for sentence in findings(make_result(**parts)))
    return whole.replace("\u00a0", " ")


def history(**parts: Any) -> dict[str, Any]:
    return make_result()["history"] | parts


def flat(**accuracy: tuple[float, tuple[float, float]]) -> dict[str, Any]:
    """Policies whose points say the same at shares 0 and 0.1: name=(accuracy, interval of policy minus mindshare).

    Above the machines, if there are any, the interval is a point to both sides.
    """
    ours, alone = accuracy["mindshare"][0], accuracy.get("all_machines", (None,))[0]
    return {
        name: {"points": [
            {"share": s, "human_share": 0.0 if name == "all_machines" else s, "spent": {}, "accuracy": a,
             "accuracy_ci95": [a - 0.01, a + 0.01], "utility": a,
             "on_time": None, "minus_mindshare": {"value": a - ours, "ci95": list(ci)}}
            | ({} if alone is None else {"minus_all_machines": {"value": a - alone, "ci95": [a - alone - 0.01, a - alone + 0.01]}})
            for s in (0.0, 0.1)
        ]}
        for name, (a, ci) in accuracy.items()
    }  # fmt: skip


def all_null(value: Any) -> Any:
    """The same result with null for every figure and name below the top."""
    if isinstance(value, dict):
        return {key: all_null(item) for key, item in value.items()}
    return [all_null(item) for item in value] if isinstance(value, list) else None


DEGENERATE = {
    "full": {"time_order": make_time_order()},
    "only the schema": {key: None for key in make_result() if key != "schema"},
    "every figure null": {k: all_null(v) for k, v in make_result(time_order=make_time_order()).items() if k != "schema"},
    "nobody and nothing": {"agents": {}, "policies": {}, "frontiers": {}, "limits": None, "prices": {}, "gain_bins": [],
                           "samples": [], "not_learnable": [], "run": {}, "belief": {}, "covered": {}},
    "no people": {"history": history(people=0), "agents": make_agents(machines=3, people=0),
                  "policies": {n: {"points": p["points"][:1]} for n, p in make_result()["policies"].items()}},
    "no machines": {"history": history(machines=0), "agents": make_agents(machines=0, people=22)},
    "two labels": {"history": history(labels=2, cases=100), "cases": 100},
    "one policy, one point": {"policies": {"mindshare": {"points": make_result()["policies"]["mindshare"]["points"][3:4]}},
                              "frontiers": {"answers": {"mindshare": [{"spent": 0.05, "accuracy": 0.5, "utility": 0.5}]}}},
    "everybody always right": {"policies": flat(mindshare=(1.0, (0.0, 0.0)), all_machines=(1.0, (0.0, 0.0)))},
    "461 agents": {"history": history(people=450), "agents": make_agents(machines=11, people=450)},
    "a matrix of utility": {"history": history(utility="matrix")},
    "negative utility": {"history": history(utility="matrix"), "frontiers": {
        "people.minutes": {"mindshare": [{"spent": s, "accuracy": 0.5, "utility": -40 + s} for s in (0, 3, 1e6)]}}},
    "tiny spends": {"frontiers": {"cpu_s": {"mindshare": [{"spent": 1e-9 * s, "accuracy": 0.7 + s / 100, "utility": 0.7}
                                                         for s in range(5)]}}},
}  # fmt: skip


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
    }  # fmt: skip
    page = show(**parts)
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert EVIL in page.text


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


def test_the_headline_says_what_was_won_with_its_interval() -> None:
    assert h1() == (
        "With 0.1 human answers per case, Mindshare reaches 78.02 % right verdicts, the best other policy (posthoc) 77.14 %: "
        "that is 0.88 points more (95 % interval +0.61 to +1.15)."
    )


@pytest.mark.parametrize(
    ("policies", "start"),
    [
        (flat(mindshare=(0.80, (0, 0)), posthoc=(0.83, (0.01, 0.05))), "Mindshare loses here: with 0.1"),
        (flat(mindshare=(0.80, (0, 0)), posthoc=(0.81, (-0.01, 0.03))), "No clear difference: with 0.1"),
        (flat(mindshare=(0.80, (0, 0)), posthoc=(0.78, (-0.03, -0.01))), "With 0.1 human answers"),
        (flat(mindshare=(0.80, (0, 0)), oracle=(0.9, (0.05, 0.15)), random=(0.7, (-0.2, -0.1))), "With 0.1 human answers"),
        (flat(mindshare=(0.80, (0, 0)), all_machines=(0.801, (-0.004, 0.006))), "Mindshare found nothing to gain from asking people here"),
        ({}, "This result holds no figure for Mindshare"),
    ],
)  # fmt: skip
def test_a_loss_or_nothing_to_gain_is_said_first(policies: dict[str, Any], start: str) -> None:
    assert h1(policies=policies).startswith(start)


MACHINES = (0.80, (-0.01, 0.01))


def test_nothing_to_gain_is_said_of_mindshare_with_the_figures_of_the_machines() -> None:
    policies = flat(
        mindshare=(0.805, (0, 0)), all_machines=(0.80, (-0.012, 0.002)), random=(0.806, (-0.01, 0.01))
    )
    assert told_in_all(policies=policies) == (
        "Mindshare found nothing to gain from asking people here: the machines together (all_machines) reach 80.00 %, and no "
        "policy that asks people, Mindshare included, is clearly above that at any share (hindsight left aside). With 0.1 human "
        "answers per case, Mindshare reaches 80.50 % right verdicts, the best other policy (random) 80.60 %: that is 0.10 points "
        "fewer (95 % interval −1.00 to +1.00)."
    )  # fmt: skip


def test_where_another_policy_gains_from_people_and_mindshare_does_not_that_policy_is_named() -> None:
    policies = flat(mindshare=(0.80, (0, 0)), all_machines=MACHINES, posthoc=(0.84, (-0.001, 0.08)))
    assert told_in_all(policies=policies) == (
        "Asking people can pay here: with 0.1 human answers per case, posthoc reaches 84.00 % right verdicts, the machines "
        "together (all_machines) 80.00 %: that is 4.00 points more (95 % interval +3.00 to +5.00). Mindshare is not clearly above "
        "the machines at any share. With 0.1 human answers per case, Mindshare reaches 80.00 % right verdicts, the best other "
        "policy (posthoc) 84.00 %: that is 4.00 points fewer (95 % interval −8.00 to +0.10)."
    )


def test_a_loss_comes_before_what_is_said_of_asking_people() -> None:
    policies = flat(mindshare=(0.80, (0, 0)), all_machines=MACHINES, posthoc=(0.84, (0.01, 0.07)))
    told = told_in_all(policies=policies)
    assert told.startswith("Mindshare loses here: with 0.1 human answers per case, Mindshare reaches 80.00 %")
    assert "Asking people can pay here: with 0.1 human answers per case, posthoc reaches 84.00 %" in told
    below = flat(mindshare=(0.78, (0, 0)), all_machines=(0.80, (0.01, 0.03)), posthoc=(0.79, (0.001, 0.02)))
    told = told_in_all(policies=below)
    assert told.startswith("Mindshare loses here") and "Mindshare found nothing to gain from asking" in told


def test_a_policy_that_is_clearly_above_is_the_opponent_also_where_another_reaches_more() -> None:
    policies = flat(mindshare=(0.80, (0, 0)), random=(0.83, (-0.01, 0.07)), posthoc=(0.82, (0.005, 0.035)))
    assert "Mindshare loses here" in h1(policies=policies)
    assert "another policy (posthoc) 82.00 %: that is 2.00 points fewer" in h1(policies=policies)
    assert "behind at 2 of 2 shares" in show(policies=policies).text


def test_hindsight_is_no_policy_that_gains_from_people() -> None:
    policies = flat(mindshare=(0.80, (0, 0)), all_machines=MACHINES, oracle=(0.9, (0.05, 0.15)))
    assert h1(policies=policies).startswith("Mindshare found nothing to gain")


def test_what_others_gain_from_people_is_not_guessed_where_it_was_not_measured() -> None:
    policies = flat(mindshare=(0.80, (0, 0)), all_machines=MACHINES, posthoc=(0.80, (-0.01, 0.01)))
    for point in policies["posthoc"]["points"]:
        del point["minus_all_machines"]
    assert h1(policies=policies).startswith("No clear difference")


def test_without_people_or_machines_the_headline_says_so() -> None:
    assert h1(**DEGENERATE["no people"]).startswith(
        "No person answered. No clear difference: from machines alone"
    )
    assert h1(**DEGENERATE["no machines"]).startswith(
        "No machine answered. No clear difference: with 1 human answer per case"
    )


@pytest.mark.parametrize("values", [{"utility": "matrix"}, {"stakes": True}])
def test_where_mistakes_differ_the_headline_and_differences_speak_of_utility(values: dict[str, Any]) -> None:
    policies = flat(mindshare=(0.80, (0, 0)), posthoc=(0.80, (-0.01, 0.01)))  # by right verdicts even
    for name, utility, ci in (("mindshare", 0.597, (0, 0)), ("posthoc", 0.581, (-0.025, -0.0071))):
        for point in policies[name]["points"]:
            told = {"value": utility - 0.597, "ci95": list(ci)}
            point |= {"utility": utility, "utility_ci95": [utility - 0.02, utility + 0.02]}
            point |= {"utility_minus_mindshare": told}
    parts = {"history": history(**values), "policies": policies}
    assert h1(**parts) == (
        "With 0.1 human answers per case, Mindshare reaches a utility of 0.597 per case, the best other policy (posthoc) 0.581: "
        "that is 0.016 more (95 % interval +0.0071 to +0.025)."
    )
    text = show(**parts).text
    assert "+0.016▲ ahead+0.0071 to +0.025" in text
    assert "In utility per case, Mindshare minus the policy" in text


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
