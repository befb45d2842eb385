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
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from graphfraud.services.workspace import Workspace, open_workspace

#: Files that run on the suite's Neo4j server: one worker takes them all, so one server is started and warmed up.
ON_SERVER = (
    "integration/test_neo4j_sample.py",
    "integration/test_notebooks.py",
    "integration/test_bulk_import.py",
    "integration/test_packed_statements.py",
    "integration/test_packed_accounts.py",
    "contract/test_stores_agree.py",
    "contract/test_statements.py",
    "integration/test_neo4j_mirror.py",
    "contract/test_store_contract.py",
    "contract/test_store_processes.py",
    "contract/test_store_orders.py",
    "integration/test_neo4j_queries.py",
    "integration/test_neo4j_patterns.py",
    "integration/test_finbench_neo4j.py",
    "integration/test_neo4j_found.py",
    "integration/test_neo4j_query_command.py",
)
#: Files that take long, the longest first. Begun late, one of them keeps a worker busy when the other has nothing left.
LONG = (
    *ON_SERVER,
    "integration/test_wheel.py",
    "e2e/test_kill_nightly.py",
    "integration/test_neo4j_server.py",
    "integration/test_cli_write.py",
    "e2e/test_two_commands.py",
    "integration/test_one_large_account.py",
    "property/test_trace_properties.py",
    "unit/test_trace_live.py",
    "integration/test_nightly_determinism.py",
    "oracle/test_trace_tokens.py",
    "integration/test_neo4j_make.py",
    "integration/test_evaluate_full.py",
    "oracle/test_counterfactual.py",
    "integration/test_nightly_beside.py",
    "oracle/test_findings_compose.py",
)
_TURN = {name: turn for turn, name in enumerate(LONG)}


def _name(node: str) -> str:
    """folder/file.py of a test's id, from wherever pytest was started."""
    return "/".join(node.partition("::")[0].split("/")[-2:])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, the others as they were collected."""
    items.sort(key=lambda item: _TURN.get(_name(item.nodeid), len(LONG)))


class _Files(LoadFileScheduling):  # type: ignore[misc]
    """A file is one worker's; those on the server are together, and files are begun in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return "server" if _name(nodeid) in ON_SERVER else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    config.option.loadscopereorder = False  # by the number of tests: the longest files have fewest, and came last
    return _Files(config, log)


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
