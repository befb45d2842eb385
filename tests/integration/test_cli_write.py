"""Commands that change something, on the sample's first days: what they do, say, and exit with."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sample_kit import sample_until

from graphfraud.cli.entry import run
from graphfraud.services.workspace import open_workspace

DAYS = 24
Say = Callable[..., tuple[int, Any, str]]
HEADER = "txn_id,time,payer,payee,amount\n"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample's first days; nothing has been run in it."""
    folder = tmp_path_factory.mktemp("write")
    assert run(["init", str(folder / "work")]) == 0
    assert run(["ingest", str(sample_until(folder / "feed", DAYS)), "-w", str(folder / "work")]) == 0
    return folder / "work"


@pytest.fixture
def work(base: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    shutil.copytree(base, tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def say(work: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command with --json: (exit code, what it answered or None, error stream)."""

    def ask(*argv: str) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = run([*argv, "--workspace", str(work), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return ask


def error(err: str) -> str:
    return str(json.loads(err)["error"]["message"])


def feed(tmp_path: Path, *rows: str, name: str = "transfers.csv") -> str:
    path = tmp_path / name
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


# -- init, ingest, quarantine -----------------------------------------------------------------------------------------


def test_init_writes_every_setting_and_can_be_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new"
    assert run(["init", str(folder), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["workspace"], made["ingested"]) == (str(folder), None)
    key = (folder / "api.key").read_text()
    settings = folder / "graphfraud.toml"
    settings.write_text(settings.read_text().replace("min_members = 3", "min_members = 4"))
    assert run(["init", str(folder)]) == 0
    assert "graphfraud ingest FOLDER" in capsys.readouterr().out
    assert (folder / "api.key").read_text() == key
    assert open_workspace(folder, {}).settings.rings.min_members == 4
    assert run(["init", str(tmp_path / "other"), "--store", "papyrus"]) == 2
    assert "embedded" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()
    assert run(["init", str(settings)]) == 2
    assert "is a file" in capsys.readouterr().err


def test_ingest_counts_every_row_and_twice_changes_nothing(say: Say, tmp_path: Path) -> None:
    path = feed(
        tmp_path,
        "N1,1767204378,A,B,100",
        "N2,1767204379,A,B,-5",
        "N3,2767204379999999999,A,B,7",
        "N1,1767204378,A,B,100",
    )
    code, answer, _ = say("ingest", path)
    assert code == 0
    assert (answer["received"], answer["loaded"], answer["duplicates"], answer["quarantined"]) == (4, 1, 1, 2)
    code, again, _ = say("ingest", path)
    assert (again["loaded"], again["unchanged"], again["quarantined"]) == (0, 1, 2)
    _, bad, _ = say("quarantine", "list")
    assert bad["total"] == len(bad["rows"]) == 2
    assert [(r["line"], r["column"], r["value"]) for r in bad["rows"]] == [
        (3, "amount", "-5"), (4, "time", "2767204379999999999"),
    ]  # fmt: skip


def test_a_quarantined_row_is_corrected_by_hand_and_by_file(say: Say, tmp_path: Path) -> None:
    say("ingest", feed(tmp_path, "N1,1767204378,A,B,x", "N2,1767204379,A,B,y", "N3,1767204380,A,B,3"))
    code, fixed, _ = say("quarantine", "fix", "1", "amount=250")
    assert (code, fixed) == (0, {"fixed": [1], "unchanged": [], "still_bad": {}})
    out = tmp_path / "bad.csv"
    assert say("quarantine", "list", "--out", str(out))[1]["exported"] == str(out)
    out.write_text(
        out.read_text(encoding="utf-8-sig").replace(",y\r\n", ",500\r\n").replace(",y\n", ",500\n"), encoding="utf-8"
    )
    code, fixed, _ = say("quarantine", "fix", str(out))
    assert (code, fixed["fixed"]) == (0, [2])
    assert say("quarantine", "list")[1]["total"] == 0
    for wrong in (("9", "amount=1"), ("1", "amount=1"), ("1", "amount"), ("1",), (str(tmp_path / "none.csv"),)):
        code, _, err = say("quarantine", "fix", *wrong)
        assert code in (2, 3)
        assert error(err)


def test_a_file_that_cannot_be_used_is_refused_whole(say: Say, tmp_path: Path) -> None:
    empty = tmp_path / "transfers.csv"
    empty.write_text("")
    code, answer, err = say("ingest", str(empty))
    assert (code, answer) == (3, None)
    assert "transfers.csv" in error(err)
    good = feed(tmp_path, "N1,1767204378,A,B,100", name="more_transfers.csv")
    code, answer, _ = say("ingest", good, str(empty))
    assert (code, answer["loaded"], list(answer["refused"])) == (3, 1, [str(empty)])
    assert say("ingest", str(tmp_path / "nowhere"))[0] == 3


# -- referrals --------------------------------------------------------------------------------------------------------


def test_a_referral_is_taken_in_applied_and_withdrawn(say: Say, work: Path) -> None:
    code, taken, _ = say("refer", "6217000001286834", "--case", "C-1", "--authority", "Xuhui", "--at", "2026-01-20")
    assert (code, taken["waiting"], taken["unknown_accounts"]) == (0, False, [])
    id_ = taken["taken"][0]["referral_id"]
    with_it = say("nightly", "--dry-run")[1]
    assert with_it["report"] is None
    code, gone, _ = say("withdraw", id_, "--reason", "wrong number")
    assert (code, gone["taken"][0]["kind"]) == (0, "withdrawal")
    assert say("withdraw", "R-none", "--reason", "x")[0] == 3
    assert say("withdraw", id_, "--reason", " ")[0] == 2
    assert not list((work / "runs").glob("2*"))  # a dry run leaves nothing


def test_a_referral_of_an_unknown_account_is_kept(say: Say, tmp_path: Path) -> None:
    _, taken, _ = say("refer", "6229999999999999", "--case", "C-2", "--authority", "Xuhui")
    assert taken["unknown_accounts"] == ["6229999999999999"]
    path = tmp_path / "referrals.csv"
    path.write_text(
        "referral_id,case_no,account_id,referred_at\nF1,C-3,6217000001286834,1768621367\nF2,C-3,,1768621367\n"
    )
    code, taken, _ = say("refer", str(path))
    assert (code, [t["referral_id"] for t in taken["taken"]], taken["quarantined"]) == (0, ["F1"], 1)
    code, _, err = say("refer", "6217000001286834")
    assert code == 2
    assert "--case" in error(err)


def test_a_referral_waits_while_the_store_is_held(say: Say, work: Path) -> None:
    from graphfraud import bootstrap

    settings = work / "graphfraud.toml"
    settings.write_text(settings.read_text().replace("lock_wait_s = 5", "lock_wait_s = 0"))
    with bootstrap.open_store(bootstrap.open_workspace(work)):
        code, taken, _ = say("refer", "6217000001286834", "--case", "C-1", "--authority", "Xuhui")
        assert (code, taken["waiting"]) == (0, True)
        code, _, err = say("ingest", str(work))
        assert code in (3, 5)
        code, _, err = say("ingest", str(Path(__file__).parents[2] / "data" / "sample" / "cash.csv"))
        assert code == 5
        assert error(err)
    _, answer, _ = say("ingest", str(Path(__file__).parents[2] / "data" / "sample" / "cash.csv"))
    assert answer["referrals_applied"] == [taken["taken"][0]["referral_id"]]


# -- nightly, check ---------------------------------------------------------------------------------------------------


def test_nights_publish_compare_and_check(say: Say, work: Path) -> None:
    code, first, _ = say("nightly", "--as-of", "2026-01-20")
    assert (code, first["live"], first["status"], first["as_of"]) == (0, True, "published", "2026-01-20T00:00:00+08:00")
    assert first["changes"]["predecessor"] is None
    assert [s["stage"] for s in first["stages"]][:3] == ["facts", "snapshot", "rings"]
    code, second, _ = say("nightly", "--override", "test")
    assert (code, second["changes"]["predecessor"]) == (0, first["run_id"])
    code, earlier, _ = say("nightly", "--as-of", "2026-01-10")
    assert (code, earlier["live"], earlier["report"]["live"]) == (0, False, False)
    listed = say("runs")[1]
    assert [(r["run_id"], r["status"]) for r in listed["runs"]] == [
        (earlier["run_id"], "published"), (first["run_id"], "published"), (second["run_id"], "live"),
    ]  # fmt: skip
    code, checked, _ = say("check")
    assert (code, checked["ok"]) == (0, True)
    (work / "runs" / first["run_id"] / "findings" / "scores.parquet").write_bytes(b"torn")
    code, checked, err = say("check")
    assert (code, checked["ok"]) == (6, False)
    assert "scores.parquet" in error(err)


def test_a_guard_refuses_and_is_set_aside_with_a_reason(say: Say, work: Path) -> None:
    settings = work / "graphfraud.toml"
    settings.write_text(settings.read_text().replace("max_quarantined_share = 0.05", "max_quarantined_share = 0.0"))
    bad = work / "transfers.csv"
    bad.write_text(HEADER + "N1,1767204378,A,B,x\nN2,1767204378,A,B,1\n")
    say("ingest", str(bad))
    code, _, err = say("nightly")
    assert code == 4
    assert "max_quarantined_share" in error(err)
    assert "--override" in error(err)
    assert say("runs")[1]["runs"] == []
    code, answer, _ = say("nightly", "--resume", "--override", "known bad row")
    assert (code, answer["overrides"]) == (0, ["known bad row"])


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (("nightly", "--resume"), 2, "no unfinished run"),
        (("nightly", "--as-of", "2026-01-20T10:00:00"), 2, "zone"),
        (("nightly", "--as-of", "1999-01-01"), 3, "--as-of"),
        (("nightly", "--dry-run", "--publish"), 2, "--dry-run"),
        (("nightly", "--override", " "), 2, "reason"),
        (("evaluate", "/nonexistent"), 3, "folder"),
    ],
)
def test_what_nightly_does_not_accept(say: Say, argv: tuple[str, ...], code: int, says: str) -> None:
    if argv[0] == "evaluate":
        got = run([*argv, "--json"])
        assert got == code
        return
    got, _, err = say(*argv)
    assert got == code
    assert says in error(err)


def test_two_nightly_jobs_at_once(say: Say, work: Path) -> None:
    with FileLock(work / "nightly.lock"):
        began = time.monotonic()
        code, _, err = say("nightly")
        assert code == 5
        assert error(err)
        assert time.monotonic() - began < 30
