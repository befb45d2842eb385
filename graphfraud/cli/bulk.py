"""`export neo4j-admin`: facts of the store, where the other kinds are findings of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graphfraud.cli import screen
from graphfraud.cli.desk import Watching, desk
from graphfraud.cli.lazy import bootstrap, bulk
from graphfraud.errors import UsageError

if TYPE_CHECKING:
    from graphfraud.services.bulk import BulkAnswer

KIND = "neo4j-admin"


def exported(folder: Path, out: Path, reason: str | None, as_json: bool) -> BulkAnswer:
    """Write the files of a bulk import. Raises UsageError, InputError, StoreBusy."""
    with desk(folder) as at, screen.working(as_json) as progress, bootstrap.open_store(at.workspace) as store:
        order = bulk.Order(out, at.actor, reason)
        return bulk.export_bulk(store, order, at.ledger, Watching(progress))


def check(kind: str, unmask: str | None, **only: str | None) -> bool:
    """Whether a bulk import is asked for. Raises UsageError for an option that the kind does not have."""
    if kind == KIND:
        if wrong := [f"--{name}" for name, value in only.items() if value is not None]:
            raise UsageError(f"export {KIND} writes the facts of the store as CSV: leave out {' and '.join(wrong)}")
        return True
    if unmask is not None:
        raise UsageError(f"only export {KIND} has anything to unmask; leave out --unmask for {kind}")
    return False
