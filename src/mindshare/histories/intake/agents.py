"""Who is a machine and who a person: by what the file says, by their names, and by asking about the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mindshare.core.errors import listed
from mindshare.histories.intake.names import (
    A_NAME,
    MACHINE,
    MACHINE_BEHIND,
    OF_BOTH,
    PERSON,
    plain_name,
    stem_of,
)
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.questions import Questions, split

ALL, NONE = "all", "none"
# before the name of whose they are
OF_FILES = re.compile(r"^(labels|answers|annotations|ratings|decisions|verdicts)_(?=.)")


def kinds_of(
    agents: Iterable[str],
    known: Mapping[str, str],
    likely: Mapping[str, str],
    questions: Questions,
    notes: Notes,
) -> dict[str, str]:
    """Agent -> machine or person: what the format says (`known`), the name, else what the column of agents is called (`likely`).

    `--set machines=a,b` and `--set people=c` say it of an agent whatever it is called. The question is about those only
    whose names do not tell, and so is the answer `none` or `all`: who is called like a machine stays one.
    """
    every = sorted(set(agents))
    kinds = {a: known.get(a) or _by_both(a, likely.get(a, "")) for a in every}
    kinds |= {a: "" for a in every if not known.get(a) and _is_one_of_several_names(a, kinds)}
    named = [agent for agent in every if kinds[agent] == "machine" and known.get(agent) is None]
    for key, kind in (("people", "person"), ("machines", "machine")):
        for agent in _named(key, every, questions):
            kinds[agent] = kind
            named = [other for other in named if other != agent]
    if named:
        notes.say(
            f"Called like machines, so they are taken for such: {listed(named, 12)}; --set people=NAME,... says otherwise."
        )
    if not (questions.setting("machines") or questions.setting("people")):
        named = [agent for agent in every if not kinds[agent] and _is_a_name(agent)]
        kinds |= dict.fromkeys(named, "person")
        if named:
            notes.say(
                f"Nothing tells that these are machines, so they are taken for people: {listed(named, 12)}; --set machines=NAME,..."
                " says otherwise."
            )
    unclear = [agent for agent in every if not kinds[agent]]
    if unclear:
        machines = _machines(unclear, questions)
        kinds |= {agent: "machine" if agent in machines else "person" for agent in unclear}
    return kinds


def _by_both(agent: str, likely: str) -> str:
    """Machine or person by the name; by the column that holds the name (`likely`) where nothing else or only a first name tells.

    Nothing for a Bert or a Claude in a column of that name: it is asked.
    """
    if OF_BOTH.fullmatch(agent):
        return likely or ("" if agent.istitle() else by_name(agent))
    return by_name(agent) or likely


def _is_one_of_several_names(agent: str, kinds: Mapping[str, str]) -> bool:
    """Whether only a first name speaks for a machine, and files are called so of others too, who are none.

    labels_anna and labels_bert: for Bert may be a person, as Anna is.
    """
    name = plain_name(agent)
    what = OF_FILES.match(name)
    if what is None or not OF_BOTH.fullmatch(name[what.end() :]):
        return False
    return any(plain_name(other).startswith(what[0]) and kind != "machine" for other, kind in kinds.items())


def _is_a_name(agent: str) -> bool:
    called = (agent, stem_of(agent), OF_FILES.sub("", plain_name(agent)))
    return not any(map(OF_BOTH.fullmatch, called)) and any(map(A_NAME.fullmatch, called))


def by_name(agent: str) -> str:
    """Machine or person, or nothing where the name tells neither or both."""
    machine = any(p.search(agent) for p in (MACHINE, MACHINE_BEHIND))
    person = PERSON.search(agent) is not None
    return "" if machine == person else "machine" if machine else "person"


def _named(key: str, every: list[str], questions: Questions) -> list[str]:
    """The agents that the setting names; refuses names that nobody has."""
    if questions.setting(key) is None:
        return []
    reply = questions.about(
        key, f"Which of these are {key}: {listed(every, 12)}?", (NONE, ALL, *every), several=True
    )
    return [agent for agent in split(reply, every) if agent not in (NONE, ALL) or agent in every]


def _machines(unclear: list[str], questions: Questions) -> list[str]:
    """Which of those that nothing tells of are machines."""
    people = questions.setting("people")
    if questions.setting("machines") is None and people is not None:
        return [] if people == ALL else unclear  # the people were named, so the rest are none
    text = f"Names do not tell: which of these are machines: {listed(unclear, 12)}? The others are people."
    if questions.setting("machines") is None:
        reply = questions.about("machines", text, (NONE, ALL, *unclear), meanwhile=NONE, several=True)
    else:
        reply = questions.setting("machines") or NONE
    return unclear if reply == ALL else split(reply, unclear)
