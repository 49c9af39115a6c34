"""Whom a service knows: a name that nobody has would change what is decided without a word, so it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mindshare.core.errors import Conflict, MindshareError, nearest
from mindshare.core.history import Team
from mindshare.core.records import Agent
from mindshare.core.seat import is_shown
from mindshare.engine.incoming import Sight
from mindshare.engine.seeing import Seeing
from mindshare.engine.settings import Settings
from mindshare.engine.state import State
from mindshare.histories.assumed import is_assumed

WILD = set("*?[")


class Who:
    """Reads the state, changes nothing."""

    def __init__(self, settings: Settings, team: Team, seeing: Seeing, state: State) -> None:
        self._machines, self._team, self._seeing, self._state = settings.machines, team, seeing, state
        # with a machine that stands for any, such as bot_*, whoever answers with a case and is nobody else is a new machine
        self._open = any(a.kind == "machine" and WILD & set(a.id) for a in team.agents)

    def must_be_known(self, sight: Sight) -> None:
        """MindshareError where a new case has an answer of a machine, or may be asked of a person, that nobody knows."""
        case = sight.case.id
        for answer in sight.answers:
            if not self._is_known(answer.agent_id):
                raise MindshareError(
                    f"Case '{case}': nobody knows '{answer.agent_id}', whose answer came with it.{nearest(answer.agent_id, self._ids())}"
                    " Name new machines in team.yaml, or write one there that stands for any, such as bot_*."
                )
        for name in sight.askable or ():
            if name not in self._state.people:
                raise MindshareError(
                    f"Case '{case}': askable names '{name}', and no such person is here.{nearest(name, self._state.people)}"
                    " Whoever may be asked has to join first."
                )

    def must_be_a_person(self, name: str) -> None:
        """MindshareError for a name under which nobody can join: that of a machine, or one of ours."""
        if is_shown(name):
            raise MindshareError(
                f"'{name}' is how people are called once they were shown answers; choose another name."
            )
        if is_assumed(name):
            raise MindshareError(
                f"'{name}' is how agents are called that nobody has met; choose another name."
            )
        if name not in self._state.people and self._is_machine(name):
            raise Conflict(f"'{name}' is a machine here; choose another name for a person.")

    def _is_machine(self, name: str) -> bool:
        stated = self._team.agent(name)
        if name in self._machines or (stated is not None and stated.kind == "machine"):
            return True
        return any(a.id == name and a.kind == "machine" for a in self._met())

    def _is_known(self, name: str) -> bool:
        """Whether an answer of this agent may come with a case."""
        if any(name in judge.met for judge in self._seeing.judges.values()):
            return True
        if name in self._machines or name in self._state.people:
            return True
        stated = self._team.agent(name)
        if stated is None:
            return self._open
        return stated.kind == "machine" or any(a.id == name for a in self._team.agents)

    def _met(self) -> Iterator[Agent]:
        return (a for judge in self._seeing.judges.values() for a in judge.model.met if not is_assumed(a.id))

    def _ids(self) -> Iterable[str]:
        return [*(a.id for a in self._met()), *self._machines, *(a.id for a in self._team.agents)]
