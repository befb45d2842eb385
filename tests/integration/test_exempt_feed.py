"""An exemption from the feed to the answer: ingest, a night, `risk`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graphfraud.cli.app import app

FIRST = datetime(2026, 1, 1, 9)


def feed(folder: Path) -> Path:
    """v's reported payment goes r → m → n at once; m belongs to a payroll agent. Twenty quiet days between a and b."""
    folder.mkdir()
    at = [(FIRST + timedelta(days=n)).isoformat(" ") for n in range(20)]
    paid = [(t, "a" if n % 2 else "b", "b" if n % 2 else "a", 5_000) for n, t in enumerate(at)]
    for minutes, payer, payee in ((0, "v", "r"), (10, "r", "m"), (20, "m", "n")):
        paid.append(((FIRST + timedelta(days=15, minutes=minutes)).isoformat(" "), payer, payee, 900_000))
    rows = [f"X{n},{t},{payer},{payee},{fen}" for n, (t, payer, payee, fen) in enumerate(paid)]
    (folder / "transfers.csv").write_text("\n".join(["txn_id,time,payer,payee,amount", *rows]) + "\n")
    accounts = [f"{name},H{name},person,2025-01-01,{'payroll_agent' if name == 'm' else ''}" for name in "abmnrv"]
    (folder / "accounts.csv").write_text(
        "\n".join(["account_id,holder_id,holder_type,open_time,exempt_class", *accounts]) + "\n"
    )
    referral = f"R1,C1,r,{at[16]},v,900000,{at[15]},X20"
    columns = "referral_id,case_no,account_id,referred_at,victim_account,victim_amount,victim_time,victim_txn"
    (folder / "referrals.csv").write_text(f"{columns}\n{referral}\n")
    return folder


def test_an_exemption_is_told_from_the_feed_to_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for level in (1, 2, 3):
        monkeypatch.setenv(f"GRAPHFRAUD_LEVELS__LEVEL_{level}", "0.001")
    work = str(tmp_path / "work")

    def command(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--workspace", work])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert CliRunner().invoke(app, ["init", work]).exit_code == 0
    command("ingest", str(feed(tmp_path / "feed")))
    command("nightly")
    exempt, plain = (json.loads(command("risk", name, "--json")) for name in ("m", "n"))
    assert (plain["level"], plain["exempt_class"]) == (1, None)
    assert (exempt["level"], exempt["exempt_class"]) == (3, "payroll_agent")
    assert exempt["score"] > 0.001
    first = exempt["alert"]["reasons"][0]
    assert (first["source"], first["source_id"]) == ("exempt", "payroll_agent")
    assert first["reason_en"] == "exempt account (class payroll_agent): at level 3 at most, it would be at level 1"
    assert "exempt (payroll_agent)" in " ".join(command("risk", "m").split())
    assert "豁免账户" in command("risk", "m", "--lang", "zh")
