"""The service over HTTP: FastAPI, and three hot routes that take raw bytes. One file of `routes` for each topic."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from mindshare.engine.service import Service
from mindshare.web import openapi, pages, refusals
from mindshare.web.front import Front
from mindshare.web.gate import Gate
from mindshare.web.routes import (
    accounts,
    agents,
    board,
    cases,
    events,
    explained,
    health,
    hooks,
    hot,
    hours,
    learning,
    limits,
    links,
    media,
    people,
    reliance,
    rules,
    setup,
    sheets,
    stops,
    tokens,
    what_if,
)


def app_of(service: Service, front: Front | None = None) -> FastAPI:
    """The application of an open service."""
    front = Front(service) if front is None else front

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await front.start()
        yield
        await front.close()

    app = FastAPI(
        title="Mindshare",
        version="1",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(refusals.only_known_words)],
    )
    app.state.front = front
    refusals.in_one_shape(app)
    routed(app)
    app.add_middleware(Gate, hosts=frozenset(h.lower() for h in front.settings.hosts), seen=front.meters.saw)
    app.openapi = lambda: openapi.described(app)  # type: ignore[method-assign]
    return app


def routed(app: FastAPI) -> FastAPI:
    """The application with all routes."""
    hot.add_to(app)
    for topic in (
        cases,
        explained,
        people,
        media,
        board,
        limits,
        rules,
        learning,
        reliance,
        agents,
        hours,
        stops,
        events,
        hooks,
        accounts,
        tokens,
        links,
        setup,
        sheets,
        what_if,
        health,
    ):
        app.include_router(topic.router)
    app.include_router(pages.router)
    return app
