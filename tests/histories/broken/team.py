"""Mistakes in team.yaml."""

from __future__ import annotations

from tests.histories.broken.parts import Broken, cases_with, team_with, team_with_cost

IN_TEAM = [
    Broken(
        "broken YAML",
        "team.yaml, row 3: this is not YAML: expected ',' or ']', but got ':' in what begins in row 2. Check the indentation, colons, brackets and quotes.",
        team_with("labels: [cat, dog]", "labels: [cat, dog"),
    ),
    Broken(
        "YAML that is no mapping",
        "team.yaml: the file must hold name: ..., labels: [sick, well], agents: {bot: {kind: machine}, 'person_*': {kind: person}} (or let `mindshare init FILE` write it).",
        {"team": "cat, dog\n"},
    ),
    Broken(
        "no labels",
        "team.yaml: there is no key 'labels'. Write name: ..., labels: [sick, well], agents: {bot: {kind: machine}, 'person_*': {kind: person}} (or let `mindshare init FILE` write it).",
        team_with("labels: [cat, dog]\n", ""),
    ),
    Broken(
        "labels that YAML reads as truth values",
        "team.yaml, row 2: labels: YAML reads yes, no, on, off, true and false as truth values. Quote them: ['no', 'yes'].",
        team_with("[cat, dog]", "[yes, no]"),
    ),
    Broken(
        "one label",
        "team.yaml, row 2: labels must be a list of two or more, such as [sick, well].",
        team_with("[cat, dog]", "[cat]"),
    ),
    Broken(
        "a label twice",
        "team.yaml, row 2: labels: 'cat' is listed twice. Keep one.",
        team_with("[cat, dog]", "[cat, dog, cat]"),
    ),
    Broken(
        "an unknown key",
        "team.yaml, row 2: there is no key 'lables'; the keys are name, labels, utility, kinds, agents, limits. Did you mean 'labels'?",
        team_with("labels", "lables"),
    ),
    Broken(
        "labels beside kinds",
        "team.yaml, row 2: there are labels and kinds. Where cases are of several kinds, write the labels of each kind under kinds.",
        team_with("labels: [cat, dog]", "labels: [cat, dog]\nkinds: {pet: {labels: [cat, dog]}}"),
    ),
    Broken(
        "no kinds",
        "team.yaml, row 2: kinds names none. Write kinds: {tickets: {labels: [billing, other]}}.",
        team_with("labels: [cat, dog]", "kinds: {}"),
    ),
    Broken(
        "a kind without labels",
        "team.yaml, row 2: kinds.pet has no labels. Write labels: [billing, other].",
        team_with("labels: [cat, dog]", "kinds: {pet: {}}"),
    ),
    Broken(
        "an unknown key of a kind of case",
        "team.yaml, row 2: kinds.pet has no key 'limits'; the keys are labels, utility.",
        team_with("labels: [cat, dog]", "kinds: {pet: {labels: [cat, dog], limits: {}}}"),
    ),
    Broken(
        "one label of a kind",
        "team.yaml, row 2: kinds.pet.labels must be a list of two or more, such as [sick, well].",
        team_with("labels: [cat, dog]", "kinds: {pet: {labels: [cat]}}"),
    ),
    Broken(
        "a key twice",
        "team.yaml, row 5: 'bot' is already written in row 4. Keep one.",
        team_with("agents:\n", "agents:\n  bot: {kind: person}\n"),
    ),
    Broken(
        "nobody",
        "team.yaml, row 2: agents names nobody. Write {bot: {kind: machine}, 'person_*': {kind: person}}.",
        {"team": "labels: [cat, dog]\nagents: {}\n"},
    ),
    Broken(
        "no kind",
        "team.yaml, row 4: agent 'bot' has no kind. Write kind: machine or kind: person.",
        team_with("bot: {kind: machine}", "bot: {}"),
    ),
    Broken(
        "a kind that is none",
        "team.yaml, row 4: agent 'bot' is a 'robot'. Write kind: machine or kind: person.",
        team_with("kind: machine", "kind: robot"),
    ),
    Broken(
        "an unknown key of an agent",
        "team.yaml, row 4: agents.bot has no key 'costs'; the keys are kind, cost. Did you mean 'cost'?",
        team_with("kind: machine", "kind: machine, costs: {cpu_s: 1}"),
    ),
    Broken(
        "a negative cost",
        "team.yaml, row 4: agents.bot.cost.cpu_s must be a number >= 0. Got -1 instead.",
        team_with_cost("{cpu_s: -1}"),
    ),
    Broken(
        "a cost that is no number",
        "team.yaml, row 4: agents.bot.cost.cpu_s must be a finite number. Got 'cheap' instead.",
        team_with_cost("{cpu_s: cheap}"),
    ),
    Broken(
        "an unknown key of a cost",
        "team.yaml, row 4: agents.bot.cost.cpu_s has no key 'fix'; the keys are fixed, per, of. Did you mean 'fixed'?",
        team_with_cost("{cpu_s: {fix: 1}}"),
    ),
    Broken(
        "per without of",
        "team.yaml, row 4: agents.bot.cost.cpu_s: 'per' and 'of' go together: per is multiplied by the column that of names.",
        team_with_cost("{cpu_s: {fixed: 1, per: 2}}"),
    ),
    Broken(
        "a cost that grows with no column",
        "team.yaml, row 4: the cost of 'bot' grows with 'sise', which is no numeric column of the cases; numeric are size. Did you mean 'size'?",
        team_with_cost("{cpu_s: {per: 2, of: sise}}"),
    ),
    Broken(
        "a cost that grows with an empty field",
        "cases.csv, row 3, column 'size': the cost of 'bot' grows with this column, so it must be a number >= 0 in every row.",
        {**cases_with("c2,dog,2.5", "c2,dog,"), **team_with_cost("{cpu_s: {per: 2, of: size}}")},
    ),
    Broken(
        "a utility that is neither",
        "team.yaml, row 2: utility must be 'accuracy' or a mapping truth -> answer -> value. Got 'f1' instead.",
        team_with("labels:", "utility: f1\nlabels:"),
    ),
    Broken(
        "a utility without a label",
        "team.yaml, row 2: utility has no value for label 'dog'. Give one for every label.",
        team_with("labels:", "utility: {cat: {cat: 1, dog: 0}}\nlabels:"),
    ),
    Broken(
        "a utility with a gap",
        "team.yaml, row 2: utility.dog has no value for label 'cat'. Give one for every label.",
        team_with("labels:", "utility: {cat: {cat: 1, dog: 0}, dog: {dog: 1}}\nlabels:"),
    ),
    Broken(
        "a utility of a label that is none",
        "team.yaml, row 2: utility has no key 'cow'; the keys are cat, dog.",
        team_with("labels:", "utility: {cat: {cat: 1, dog: 0}, dog: {cat: 0, dog: 1}, cow: {}}\nlabels:"),
    ),
    Broken(
        "a utility that is no number",
        "team.yaml, row 2: utility.dog.cat must be a finite number. Got 'bad' instead.",
        team_with("labels:", "utility: {cat: {cat: 1, dog: 0}, dog: {cat: bad, dog: 1}}\nlabels:"),
    ),
    Broken(
        "a negative limit",
        "team.yaml, row 2: limits.people.minutes must be a number >= 0. Got -1 instead.",
        team_with("labels:", "limits: {people.minutes: -1}\nlabels:"),
    ),
    Broken(
        "a limit of what nobody uses",
        "team.yaml, row 2: limits.person.minutes: nobody uses this resource; the resources are human_answers, people.minutes, person_1.minutes. Did you mean 'person_1.minutes'?",
        team_with("labels:", "limits: {person.minutes: 10}\nlabels:"),
    ),
]
