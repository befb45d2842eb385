"""The server process: `graphfraud serve`."""

from __future__ import annotations

import uvicorn

from graphfraud.services.workspace import Workspace
from graphfraud_api.app import create_app


def serve(workspace: Workspace, host: str, port: int) -> None:
    """Serve until interrupted."""
    uvicorn.run(create_app(workspace), host=host, port=port, log_level="info", server_header=False)
