"""Commands that read, on a run worked out by hand: exit codes, JSON as documented, errors as one message."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from surface_kit import PHONE

from graphfraud import bootstrap
from graphfraud.cli import screen
from graphfraud.cli.entry import run
from graphfraud.services.workspace import create_workspace

COMMANDS = [
    ("network", "a"),
    ("ring", "R-1"),
    ("ring", "v"),
    ("trace", "a", "--direction", "down"),
    ("trace", "--case", "CASE-1", "--rule", "all"),
    ("trace", "--txn", "T1", "--direction", "up", "--rule", "pro-rata", "--lang", "zh"),
    ("risk", "b"),
    ("runs",),
    ("runs", "20260102T000000-1"),
]


@pytest.mark.parametrize("argv", COMMANDS)
def test_json_names_run_and_cut(say, argv: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    code, out, err = say(*argv, "--json")
    assert (code, err) == (0, "")
    made = json.loads(out)
    assert (made["run_id"], made["as_of"]) == ("20260102T000000-1", "2026-01-02T00:00:00+08:00")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("argv", COMMANDS)
def test_text_fits_the_terminal(  # type: ignore[no-untyped-def]
    say, argv: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = say(*argv)
    assert code == 0
    if argv[-1] != "20260102T000000-1":  # a manifest is long lines of JSON
        assert max(len(line.rstrip()) for line in out.splitlines()) <= width


def test_a_chain_is_drawn_with_amounts_times_ends_and_total(say) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = say("trace", "a", "--direction", "down")
    lines = [line.strip() for line in out.splitlines()]
    assert "└── ← v  1,000.00  2026-01-01 09:00:00  [still here 50.00]" in lines
    assert any("→ cash desk  500.00  2026-01-01 13:00:00  after 2.0 h  [taken out in cash]" in line for line in lines)
    at = next(i for i, line in enumerate(lines) if line.startswith("where it ends"))
    ends = [re.split(r"\s{2,}", line) for line in lines[at + 1 : at + 7]]
    assert ends == [
        ["taken out in cash", "500.00", "1"], ["still here", "350.00", "2"], ["merchant", "100.00", "1"],
        ["payment company", "50.00", "1"], ["total", "1,000.00"], ["traced", "1,000.00"],
    ]  # fmt: skip


def test_risk_shows_reasons_in_both_languages_and_never_markup(say) -> None:  # type: ignore[no-untyped-def]
    assert "money came from [a] referred account" in say("risk", "b")[1]  # [a] is text, not a style
    assert "来自涉案账户" in say("risk", "b", "--lang", "zh")[1]


def test_unmask_is_logged_before_it_is_shown(say, folder: Path) -> None:  # type: ignore[no-untyped-def]
    assert PHONE not in say("risk", "b")[1]
    assert PHONE in say("risk", "b", "--unmask", "case 2026-7")[1]
    assert say("risk", "b", "--unmask", " ")[0] == 2
    with bootstrap.open_ledger(bootstrap.open_workspace(folder)) as ledger:
        assert [(r["subject"], r["reason"]) for r in ledger.unmasked()] == [("b", "case 2026-7")]


@pytest.mark.parametrize(
    ("argv", "code", "kind", "says"),
    [
        (("risk", "nobody"), 3, "UnknownId", "'nobody' is not among the 67 accounts"),
        (("ring", "R-9"), 3, "UnknownId", "'R-9' is not among the 1 rings"),
        (("risk", "b", "--run", "none"), 3, "UnknownId", "20260102T000000-1"),
        (("network", "a", "--hops", "9"), 2, "UsageError", "from 1 to 4"),
        (("network", "a", "--hops", "x"), 2, "UsageError", "graphfraud network --help"),
        (("network", "a", "--since", "yesterday"), 2, "UsageError", "yesterday"),
        (("trace", "a", "--direction", "left"), 2, "UsageError", "left"),
        (("trace", "a", "--rule", "best"), 2, "UsageError", "'best'"),
        (("trace",), 2, "UsageError", "one thing"),
        (("trace", "a", "--case", "CASE-1"), 2, "UsageError", "one thing"),
        (("trace", "--case", "CASE-9"), 3, "UnknownId", "'CASE-9'"),
        (("trace", "--referral", "REF-9"), 3, "UnknownId", "'REF-9'"),
        (("trace", "--txn", "T99"), 3, "UnknownId", "'T99'"),
        (("trace", "b", "--payment", "T99"), 3, "UnknownId", "'T99' into account b"),
        (("trace", "--txn", "T1", "--since", "2026-01-01"), 2, "UsageError", "with an account only"),
        (("trace", "a", "--depth", "0"), 2, "UsageError", "1 ≤ depth"),
        (("trace", "a", "--window-days", "1e300"), 2, "UsageError", "window"),
        (("export", "secrets", "--out", "x.csv"), 2, "UsageError", "scores"),
        (("export", "scores", "--out", "/nonexistent/x.csv"), 3, "InputError", "/nonexistent"),
        (("risk", "b", "--lang", "fr"), 2, "UsageError", "--lang"),
        (("nothing",), 2, "UsageError", "nothing"),
        (("risk",), 2, "UsageError", "account"),
    ],
)
def test_errors_are_one_message_with_an_exit_code(  # type: ignore[no-untyped-def]
    say, argv: tuple[str, ...], code: int, kind: str, says: str
) -> None:
    got, out, err = say(*argv)
    assert (got, out) == (code, "")
    assert says in err
    assert "Traceback" not in err
    got, out, err = say(*argv, "--json")
    assert (got, out) == (code, "")
    error = json.loads(err)["error"]
    assert (error["type"], error["exit_code"]) == (kind, code)
    assert says in error["message"]


def test_no_workspace_and_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["runs", "--workspace", str(tmp_path)]) == 2
    assert "graphfraud init" in capsys.readouterr().err
    create_workspace(tmp_path / "work", environ={})
    assert run(["risk", "b", "--workspace", str(tmp_path / "work")]) == 3
    assert "graphfraud nightly" in capsys.readouterr().err
    assert run(["runs", "--workspace", str(tmp_path / "work")]) == 0
    assert "no run has been published" in capsys.readouterr().out


def test_the_workspace_may_come_from_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAPHFRAUD_WORKSPACE", str(folder))
    assert run(["runs", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 1


def test_export_writes_where_it_is_told(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "rings.csv"
    code, text, _ = say("export", "rings", "--out", str(out), "--json")
    assert (code, json.loads(text)["rows"]) == (0, 3)
    assert out.read_text().splitlines()[0].startswith('"ring_id","kind","account_id","role","referred","loose"')


def test_ctrl_c_says_what_to_run_next(
    say,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(screen, "show", interrupted)
    code, _, err = say("runs")
    assert code == 130
    assert "nothing was changed" in err
    monkeypatch.setattr(bootstrap, "ingest", interrupted)
    code, _, err = say("ingest", "feed")
    assert code == 130
    assert "run the same command again" in err
