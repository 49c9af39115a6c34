"""The team: machines, and people who are there or not."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from mindshare.core.errors import NotThere
from mindshare.engine.engine import Engine
from mindshare.web import asked, shapes
from mindshare.web.front import front_of
from mindshare.web.roles import Role, caller_of, needs
from mindshare.web.telling import agents_told

router = APIRouter()


@router.get(
    "/v1/agents", response_model=shapes.AgentsOut, response_model_exclude_none=True, **needs(Role.reader)
)
async def list_agents(request: Request) -> dict[str, object]:
    """All machines and people."""
    return {"agents": await front_of(request).line.call(agents_told)}


@router.get(
    "/v1/agents/{agent_id:id}",
    response_model=shapes.Agent,
    response_model_exclude_none=True,
    **needs(Role.reader),
)
async def get_agent(request: Request, agent_id: str) -> dict[str, Any]:
    """One of them."""
    return await front_of(request).line.call(lambda e: _one(agent_id, e))


@router.patch(
    "/v1/agents/{agent_id:id}",
    response_model=shapes.Agent,
    response_model_exclude_none=True,
    **needs(Role.lead),
)
async def patch_agent(request: Request, agent_id: str, said: asked.AgentChange) -> dict[str, Any]:
    """Whether a person gets cases; those of whoever leaves go back at once."""
    by = caller_of(request).account

    def change(engine: Engine) -> dict[str, Any]:
        if _one(agent_id, engine)["kind"] == "machine":
            raise NotThere(f"'{agent_id}' is a machine; its answers come with the cases.")
        engine.agent(agent_id, by, active=said.active)
        return _one(agent_id, engine)

    return await front_of(request).line.call(change)


def _one(agent_id: str, engine: Engine) -> dict[str, Any]:
    found = [agent for agent in agents_told(engine) if agent["id"] == agent_id]
    if not found:
        raise NotThere(f"There is no agent '{agent_id}'.")
    return found[-1]
