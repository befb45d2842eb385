"""Fixtures of several folders. Being here also puts this folder on the import path: the kits lie beside this file."""

from __future__ import annotations

import os
from pathlib import Path

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
