"""The headline: what was found, a loss or nothing to gain first, and no more than is known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reports.pages import DEGENERATE, flat, h1, history, show, told_in_all


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
