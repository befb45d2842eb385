"""The application, made for one workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import metadata
from threading import Thread

from fastapi import Depends, FastAPI, Request, Response

from graphfraud.services import books
from graphfraud.services.workspace import Workspace
from graphfraud_api import auth, errors
from graphfraud_api.live import LiveRuns
from graphfraud_api.routes import router


def create_app(workspace: Workspace) -> FastAPI:
    """The read API over the published runs of a workspace. Raises StoreError if there is no API key."""
    live = LiveRuns(workspace.runs)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        Thread(target=books.warm, daemon=True).start()  # so that the first trace does not wait
        yield
        live.close()

    app = FastAPI(
        title="graphfraud",
        version=metadata.version("graphfraud"),
        description="Published runs: accounts, networks, rings, traces, risk. Every answer names its run.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.live, app.state.catalogue, app.state.settings = live, workspace.runs, workspace.settings
    app.middleware("http")(_no_store)
    errors.install(app)
    app.include_router(router, dependencies=[Depends(auth.require(workspace.api_key()))])
    return app


async def _no_store(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answers are about persons: no cache on the way keeps them."""
    response = await call(request)
    response.headers["Cache-Control"] = "no-store"
    return response
