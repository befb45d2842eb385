"""The files of `export neo4j-admin`: who may read them, when there are none, what is written down."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from facts_kit import facts

from graphfraud import bootstrap
from graphfraud.cli.entry import run
from graphfraud.services.bulk.books import source_columns
from graphfraud.services.bulk.layout import FILES, LINKS, NODES, SHOWN
from graphfraud.services.workspace import Workspace
from graphfraud.stores.neo4j import library

PAY = {"txn_id": "X1", "time": 10, "payer": "a", "payee": "b", "amount": 5}
WHY = ("--unmask", "moving to Neo4j")


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    """A workspace with one transfer."""
    made = bootstrap.initialise(tmp_path / "work").workspace
    with bootstrap.open_store(made) as store:
        store.write(facts("transfers", [PAY]))
    return made


def export(work: Workspace, out: Path, *more: str) -> int:
    return run(["export", "neo4j-admin", "--out", str(out), "--workspace", str(work.folder), *more])


def unmasked(work: Workspace) -> list[tuple[str, str]]:
    with bootstrap.open_ledger(work) as ledger:
        return [(row["subject"], row["reason"]) for row in ledger.unmasked()]


def test_only_the_owner_can_read_and_the_reason_is_kept(work: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "files"
    assert export(work, out, *WHY) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert unmasked(work) == [(f"export neo4j-admin to {out}", "moving to Neo4j")]
    assert (out / "transfers.csv").read_text(encoding="utf-8").startswith('10,"a","b",5,"X1",,')
    assert (out / "Account.csv").read_text(encoding="utf-8") == "".join(f'"{one}",,,,,,,,,,,,,\n' for one in "ab")
    assert (out / "Load.csv").read_text(encoding="utf-8") == f'1,"transfers","done",1,{10 + 31 * 10 + 1009 * 5}\n'
    assert (out / "Store.csv").read_text(encoding="utf-8") == '"graphfraud",1,0\n'
    assert not [path.name for path in out.iterdir() if path.name.startswith(("scratch", "."))]


def test_the_same_facts_give_the_same_files(work: Workspace, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert export(work, tmp_path / name, *WHY) == 0
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


def test_an_empty_store_gives_the_books_only(tmp_path: Path) -> None:
    work = bootstrap.initialise(tmp_path / "work").workspace
    assert export(work, tmp_path / "files", *WHY) == 0
    assert {path.stem for path in (tmp_path / "files").glob("*.csv")} - {"Store.header", "Migration.header"} == {
        "Store",
        "Migration",
    }


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ((), 2, "names, numbers and addresses in clear: say why with --unmask REASON"),
        (("--unmask", "x"), 2, "a reason of at least three characters"),
        ((*WHY, "--run", "R1"), 2, "leave out --run"),
        ((*WHY, "--format", "csv"), 2, "leave out --format"),
    ],
)
def test_wrong_options_write_nothing(
    work: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], code: int, told: str
) -> None:
    assert export(work, tmp_path / "files", *options) == code
    assert told in capsys.readouterr().err
    assert not (tmp_path / "files").exists()
    assert unmasked(work) == []


def test_other_kinds_have_nothing_to_unmask(work: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "scores", "--out", "s.csv", "-w", str(work.folder), *WHY]) == 2
    assert "leave out --unmask for scores" in capsys.readouterr().err


def test_a_folder_that_cannot_be_had(work: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken, file = tmp_path / "taken", tmp_path / "file"
    taken.mkdir()
    file.write_text("mine", encoding="utf-8")
    assert export(work, taken, *WHY) == 0, "an empty folder will do"
    assert export(work, taken, *WHY) == 3
    assert f"the folder {taken} is not empty" in capsys.readouterr().err
    assert export(work, file, *WHY) == 3
    assert f"{file} is a file" in capsys.readouterr().err
    assert export(work, Path("/proc/nowhere/files"), *WHY) == 3
    assert "cannot write the files in /proc/nowhere/files: No such file or directory" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"
    assert len(unmasked(work)) == 2, "what was refused before it began is not in the ledger"


def test_no_room_leaves_nothing(work: Workspace, tmp_path: Path) -> None:
    with bootstrap.open_store(work) as store:
        store.write(facts("transfers", [PAY | {"txn_id": f"Y{n}", "remark": "r" * 500} for n in range(4_000)]))
    out = tmp_path / "files"
    limited = (
        "import resource, sys; from graphfraud.cli.entry import run;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({1 << 20}, {1 << 20})); sys.exit(run(sys.argv[1:]))"
    )
    command = ["export", "neo4j-admin", "--out", str(out), "--workspace", str(work.folder), *WHY]
    done = subprocess.run([sys.executable, "-c", limited, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert f"no room for the files in {out}" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


def test_the_script_passes_on_what_it_is_told(work: Workspace, tmp_path: Path) -> None:
    """`echo` in place of the admin tool shows the command."""
    out = tmp_path / "it's a folder"
    assert export(work, out, *WHY) == 0

    def told(*more: str, **environment: str) -> list[str]:
        command = ["sh", str(out / "import.sh"), *more]
        env = os.environ | environment
        return subprocess.run(command, capture_output=True, text=True, check=True, env=env, cwd="/").stdout.split()

    plain = told("echo", "-x")
    assert plain[:6] == ["-x", "database", "import", "full", "neo4j", "--overwrite-destination=false"]
    assert "--nodes=Account=Account.header.csv,Account.csv" in plain
    assert "--relationships=TRANSFER=TRANSFER.header.csv,transfers.csv" in plain
    assert not [word for word in plain if "multiline" in word or "Cash" in word]
    other = told("--overwrite-destination", "echo", DATABASE="fraud")
    assert other[:5] == ["database", "import", "full", "fraud", "--overwrite-destination=true"]
    assert other[5:] == plain[6:]


def test_line_breaks_are_announced(work: Workspace, tmp_path: Path) -> None:
    with bootstrap.open_store(work) as store:
        store.write(facts("cash", [{"txn_id": "K", "time": 1, "account": "a", "amount": 1, "place": "two\nlines"}]))
    assert export(work, tmp_path / "files", *WHY) == 0
    assert "--multiline-fields=true" in (tmp_path / "files" / "import.sh").read_text(encoding="utf-8")


def test_what_a_killed_export_left_is_replaced(work: Workspace, tmp_path: Path) -> None:
    left = tmp_path / ".files.part"
    left.mkdir()
    (left / "old.csv").write_text("old", encoding="utf-8")
    assert export(work, tmp_path / "files", *WHY) == 0
    assert not (tmp_path / "files" / "old.csv").exists()
    assert not left.exists()


def test_columns_are_known_from_when_their_source_was(tmp_path: Path) -> None:
    work = bootstrap.initialise(tmp_path / "work").workspace
    loads: list[list[dict[str, Any]]] = [
        [PAY | {"ip": "1", "known_at": 70}],
        [PAY | {"txn_id": "X2", "remark": None, "known_at": 40}, PAY | {"txn_id": "X3", "remark": "r"}],
    ]
    with bootstrap.open_store(work) as store:
        for rows in loads:
            store.write(facts("transfers", rows))
        found = {(c["table"], c["name"]): c["since"] for c in source_columns(store)}
    assert found == {("transfers", "txn_id"): 10, ("transfers", "ip"): 70, ("transfers", "remark"): 10}


def test_every_file_is_read_and_its_header_names_every_column() -> None:
    assert {part.rows for part in (*NODES, *LINKS)} == set(FILES)
    for part in (*NODES, *LINKS):
        assert part.header().count(",") + 1 == len(FILES[part.rows])
    names = [part.name for part in (*NODES, *LINKS)]
    assert len(set(names)) == len(names)


def test_accounts_show_what_loading_shows() -> None:
    text = library.load("load/accounts_show").text
    assert tuple(text.split("SET ")[1].count(f"a.{name} = n.{name}") for name in SHOWN) == (1,) * len(SHOWN)
    assert text.count(" = n.") == len(SHOWN)
