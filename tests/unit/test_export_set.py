"""A set of files is replaced all or none, wherever the process is cut off."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from graphfraud.errors import InputError
from graphfraud.services.export_set import replacing_set

CHANGES: list[tuple[Any, str]] = [
    (os, "replace"),
    (os, "rename"),
    (os, "link"),
    (Path, "unlink"),
    (shutil, "rmtree"),
]
NAMES = ["case.csv", "case.steps.csv", "case.ends.csv"]


class Killed(BaseException):
    """The process ends here: nothing of ours runs any more."""


def write(folder: Path, text: str) -> None:
    with replacing_set([folder / name for name in NAMES]) as parts:
        for part in parts:
            part.write_text(text)


def found(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir() if p.is_file()}


def killed_at(step: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Write "new" and end before the step-th call that changes a name; whether it came to that."""
    calls = 0

    def counted(real: Any) -> Any:
        def change(*given: Any, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls > step:
                raise Killed
            return real(*given, **more)

        return change

    with monkeypatch.context() as patch:
        for owner, name in CHANGES:
            patch.setattr(owner, name, counted(getattr(owner, name)))
        try:
            write(folder, "new")
        except Killed:
            return True
    return False


@pytest.mark.parametrize("earlier", [NAMES, ["case.csv", "case.ends.csv"], []])
def test_killed_anywhere(earlier: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old set or the new one; between them no main file, and the next write begins by putting the old one back."""
    old, new = dict.fromkeys(earlier, "old"), dict.fromkeys(NAMES, "new")
    seen = set()
    for step in range(100):
        folder = tmp_path / str(step)
        folder.mkdir()
        for name in earlier:
            (folder / name).write_text("old")
        ended = killed_at(step, folder, monkeypatch)
        there = {name: text for name, text in found(folder).items() if not name.startswith(".")}
        if NAMES[0] in there:
            assert there in (old, new)
        seen.add("new" if there == new else "old" if there == old else "between")
        with pytest.raises(ZeroDivisionError), replacing_set([folder / name for name in NAMES]):
            raise ZeroDivisionError  # a write that comes to nothing
        assert found(folder) in (old, new)
        assert found(folder) == new or there != new, "a new set that was there is not taken back"
        write(folder, "newer")
        assert found(folder) == dict.fromkeys(NAMES, "newer")
        assert [p.name for p in folder.iterdir() if p.is_dir()] == []
        if not ended:
            break
    assert there == new
    assert {"new", "between"} <= seen or not earlier


def test_a_failure_puts_the_old_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "old")
    real = os.replace

    def full(source: Any, target: Any) -> None:
        if Path(target) == tmp_path / NAMES[2] and Path(source).read_text() == "new":
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match=r"cannot write .*case\.csv: No space left on device"):
        write(tmp_path, "new")
    assert found(tmp_path) == dict.fromkeys(NAMES, "old")
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == []


def test_file_systems_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    write(tmp_path, "old")
    write(tmp_path, "new")
    assert found(tmp_path) == dict.fromkeys(NAMES, "new")
