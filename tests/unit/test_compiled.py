"""Where compiled kernels are kept: beside the source where that can be written, else in a folder that can."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphfraud.core import compiled


def test_the_package_folder_is_used_where_it_can_be_written(tmp_path: Path) -> None:
    env: dict[str, str] = {}
    (tmp_path / "core").mkdir()
    assert compiled.place(env, tmp_path) == tmp_path
    assert env == {}


def test_a_given_folder_is_left_alone(tmp_path: Path) -> None:
    env = {compiled.VARIABLE: str(tmp_path / "mine")}
    assert compiled.place(env, tmp_path) == tmp_path / "mine"


def test_fallbacks_of_a_read_only_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"  # its folder cannot be made: a file is in the way
    package.write_text("")
    env = {"HOME": str(tmp_path)}
    assert compiled.place(env, package) == tmp_path / ".cache" / "graphfraud"
    assert env[compiled.VARIABLE] == str(tmp_path / ".cache" / "graphfraud")
    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(tmp_path))
    homeless = {"HOME": str(package)}
    chosen = compiled.place(homeless, package)
    assert chosen.parent == tmp_path
    assert chosen.is_dir()
    assert homeless[compiled.VARIABLE] == str(chosen)


def test_the_stamp_is_of_this_source_python_and_processor(tmp_path: Path) -> None:
    stamp = compiled.stamp(tmp_path)
    assert stamp.parent == tmp_path
    assert stamp == compiled.stamp(tmp_path)
    assert compiled.stamp(compiled.PACKAGE).parent == compiled.PACKAGE / "core" / "__pycache__"
