"""Where compiled kernels are kept. numba keeps them beside the source; an installation may be read-only.

`place` has to run before the first kernel is imported: numba refuses to import a cached kernel it has no folder for.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
PACKAGE = Path(__file__).resolve().parent.parent


def place(environ: MutableMapping[str, str] | None = None, package: Path = PACKAGE) -> Path:
    """Choose the folder: NUMBA_CACHE_DIR, else the package's own, else the user's cache, else a temporary one."""
    env = os.environ if environ is None else environ
    if env.get(VARIABLE):
        return Path(env[VARIABLE])
    if _writable(package / "core" / "__pycache__"):
        return package
    home = Path(env.get("XDG_CACHE_HOME") or Path(env.get("HOME") or "/nonexistent") / ".cache")
    chosen = home / "graphfraud"
    if not _writable(chosen):
        chosen = Path(tempfile.gettempdir()) / f"graphfraud-kernels-{os.getuid()}"
        chosen.mkdir(mode=0o700, exist_ok=True)
    env[VARIABLE] = str(chosen)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(chosen)
    return chosen


def _writable(folder: Path) -> bool:
    """Can files be made in this folder? It is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def stamp(folder: Path) -> Path:
    """A file that says that this version's kernels are compiled here for this Python, numba and processor."""
    import llvmlite.binding
    import numba

    newest = max(p.stat().st_mtime_ns for p in PACKAGE.rglob("*.py"))
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    name = f"warm-{newest:x}-{python}-{numba.__version__}-{llvmlite.binding.get_host_cpu_name()}"
    return (folder / "core" / "__pycache__" if folder == PACKAGE else folder) / name
