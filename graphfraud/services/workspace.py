"""A workspace: the folder in which everything of one installation lies.

graphfraud.toml  store.duckdb  ledger.sqlite  api.key  feed/  runs/  logs/
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphfraud import settings as settings_module
from graphfraud.core.runs import RunCatalogue
from graphfraud.errors import InputError, UsageError
from graphfraud.settings import FILE_NAME, Settings

KEY_BYTES = 32
HEAD = """\
# Settings of graphfraud. Every setting stands here with its default; each can be overridden in the environment:
# GRAPHFRAUD_RINGS__MIN_MEMBERS=4 overrides min_members in [rings].
"""
TAIL = """
[indicators]
# Thresholds of single indicators over the defaults in their files, in the units stated there:
# [indicators.<indicator id>]
# <threshold> = <whole number>
"""


@dataclass(frozen=True)
class Workspace:
    """A workspace folder with its settings (file under environment)."""

    folder: Path
    settings: Settings

    @property
    def store_file(self) -> Path:
        return self.folder / "store.duckdb"

    @property
    def copy_file(self) -> Path:
        """The local copy of a server's facts."""
        return self.folder / "mirror.duckdb"

    @property
    def ledger_file(self) -> Path:
        return self.folder / "ledger.sqlite"

    @property
    def key_file(self) -> Path:
        return self.folder / self.settings.serve.key_file

    @property
    def feed(self) -> Path:
        """Where `init --sample` puts the sample's files."""
        return self.folder / "feed"

    @property
    def runs(self) -> RunCatalogue:
        """The published runs."""
        return RunCatalogue(self.folder / "runs")

    def api_key(self) -> str:
        """The key of the read API. Raises InputError if the file is not there."""
        try:
            return self.key_file.read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise InputError(
                f"the API key cannot be read from {self.key_file} ({exc.strerror}); `graphfraud init` makes a new one"
            ) from exc


def open_workspace(folder: Path, environ: Mapping[str, str] | None = None) -> Workspace:
    """The workspace in a folder. Raises UsageError if there is none, or if a setting is wrong."""
    file = folder / FILE_NAME
    if not file.is_file():
        raise UsageError(f"{folder} is not a workspace (no {FILE_NAME}); `graphfraud init {folder}` makes one")
    return Workspace(folder, settings_module.load(file, environ))


def create_workspace(folder: Path, store: str = "embedded", environ: Mapping[str, str] | None = None) -> Workspace:
    """Make the folder, its settings file, its API key and its folders; what is there already stays as it is.

    Raises UsageError where the path is a file, InputError where it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / FILE_NAME).exists():
            (folder / FILE_NAME).write_text("".join(settings_text(store)), encoding="utf-8")
        made = open_workspace(folder, environ)
        for sub in (made.runs.root, folder / "logs"):
            sub.mkdir(exist_ok=True)
        if not made.key_file.exists():
            _write_key(made.key_file)
    except (FileExistsError, NotADirectoryError) as exc:
        raise UsageError(f"{folder} is a file; give a folder for the workspace") from exc
    except PermissionError as exc:
        raise InputError(f"{exc.filename} cannot be written; choose a folder you may write to") from exc
    return made


def _write_key(file: Path) -> None:
    """A new random key in a file that only its owner can read."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(secrets.token_urlsafe(KEY_BYTES) + "\n")


def settings_text(store: str = "embedded") -> Iterator[str]:
    """The settings file: every setting with its default, unit and meaning."""
    yield HEAD
    section = ""
    for name, key, default, unit, help_ in settings_module.table():
        if name != section:
            section = name
            yield f"\n[{name}]\n"
        value = store if (name, key) == ("store", "kind") else default
        yield f"# {help_}{f' [{unit}]' if unit else ''}\n{key} = {_toml(value)}\n"
    yield TAIL


def _toml(value: Any) -> str:
    """A default as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Iterable):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return repr(value)
