"""The workspace folder: settings file, API key, what is there already."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from graphfraud import settings as settings_module
from graphfraud.errors import InputError, UsageError
from graphfraud.services.workspace import create_workspace, open_workspace, settings_text
from graphfraud.settings import Settings


def test_the_settings_file_has_every_setting_with_its_default_unit_and_meaning(tmp_path: Path) -> None:
    text = "".join(settings_text())
    parsed = tomllib.loads(text)
    for section, name, default, unit, help_ in settings_module.table():
        assert parsed[section][name] == (list(default) if isinstance(default, tuple) else default)
        assert f"# {help_}{f' [{unit}]' if unit else ''}\n{name} = " in text
    assert sum(map(len, parsed.values())) == len(list(settings_module.table()))
    workspace = create_workspace(tmp_path / "w", environ={})
    assert workspace.settings == Settings()


def test_the_key_is_random_and_for_its_owner_only(tmp_path: Path) -> None:
    first, second = (create_workspace(tmp_path / name) for name in "ab")
    assert stat.S_IMODE(first.key_file.stat().st_mode) == 0o600
    assert len(first.api_key()) >= 32
    assert first.api_key() != second.api_key()
    first.key_file.unlink()
    with pytest.raises(InputError, match="graphfraud init"):
        first.api_key()


def test_making_it_again_keeps_what_is_there(tmp_path: Path) -> None:
    first = create_workspace(tmp_path)
    key = first.api_key()
    (tmp_path / "graphfraud.toml").write_text("[rings]\nmin_members = 5\n", encoding="utf-8")
    again = create_workspace(tmp_path)
    assert again.api_key() == key
    assert again.settings.rings.min_members == 5


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    create_workspace(tmp_path)
    assert open_workspace(tmp_path, {"GRAPHFRAUD_RUNS__KEEP": "3"}).settings.runs.keep == 3
    with pytest.raises(UsageError, match=r"runs\.keep"):
        open_workspace(tmp_path, {"GRAPHFRAUD_RUNS__KEEP": "none"})


def test_the_store_kind_is_written(tmp_path: Path) -> None:
    assert create_workspace(tmp_path, "neo4j").settings.store.kind == "neo4j"


def test_a_folder_that_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a workspace"):
        open_workspace(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        create_workspace(tmp_path / "file")
