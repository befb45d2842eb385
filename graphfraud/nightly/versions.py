"""Versions that findings may depend on. Read by `graphfraud version`, so it imports nothing that is slow."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

from graphfraud.core.snapshot import SNAPSHOT_FORMAT

MANIFEST_FORMAT = 1


def versions() -> dict[str, str]:
    """Versions that findings may depend on, and the formats this version writes."""
    found = {
        name: _version(name) for name in ("graphfraud", "duckdb", "numba", "igraph", "numpy", "pyarrow", "scikit-learn")
    }
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, "snapshot_format": str(SNAPSHOT_FORMAT), "manifest_format": str(MANIFEST_FORMAT)} | found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
