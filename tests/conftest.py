"""Fixtures of several folders. Being here also puts this folder on the import path: the kits lie beside this file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# Two workers with two threads each on two cores: a thread that has nothing to do sleeps, where it would turn on the
# spot and take the core from one that has. Read when the first library with OpenMP is loaded, so before the imports.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import neo4j_kit
import pytest
from filelock import FileLock

from graphfraud.services.workspace import Workspace, open_workspace


@pytest.fixture(scope="session")
def sample_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The whole sample with one published run, built once for all workers. Read only: tests must not change it."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = root / "sample-workspace", root / "sample-workspace.done"
    with FileLock(root / "sample-workspace.lock"):
        if not done.exists():
            from graphfraud import bootstrap  # heavy: only when a test needs it

            workspace = bootstrap.initialise(folder, sample=True).workspace
            bootstrap.run_nightly(workspace, bootstrap.Nightly())
            done.touch()
    return open_workspace(folder)


@pytest.fixture(scope="session")
def sample_folder(sample_workspace: Workspace) -> Path:
    """Folder of the sample workspace, as a command takes it."""
    return sample_workspace.folder


def _on_server(item: pytest.Item) -> bool:
    """Whether a test uses the Neo4j server of the suite: by the fixture, or by the kind of store it runs on."""
    callspec = getattr(item, "callspec", None)
    kind = callspec.params.get("kind") if callspec is not None else None
    return getattr(kind, "name", "") == "neo4j" or "neo4j" in getattr(item, "fixturenames", ())


@pytest.fixture(autouse=True)
def _server(request: pytest.FixtureRequest) -> None:
    """The server is there before a test opens a store on it."""
    if _on_server(request.node):
        request.getfixturevalue("neo4j")


@pytest.fixture(scope="session")
def neo4j(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The Neo4j server of the suite, in the environment."""
    with neo4j_kit.running(tmp_path_factory.getbasetemp()):
        yield
