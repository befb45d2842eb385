"""The commands holds and restitution: exit codes, JSON, drawn in both languages, errors as one message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.mark.parametrize("argv", [("holds", "CASE-1"), ("restitution", "d"), ("restitution", "--case", "CASE-1")])
def test_json_names_run_and_cut(say, argv: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    code, out, err = say(*argv, "--json")
    assert (code, err) == (0, "")
    made = json.loads(out)
    assert (made["run_id"], made["as_of"]) == ("20260102T000000-1", "2026-01-02T00:00:00+08:00")


def test_a_plan_is_drawn_with_its_total_beside_the_parts(say) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = say("holds", "CASE-1", "--delay", "0")
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    first = next(line for line in lines if line[:2] == ["1", "d"])
    assert first[2:6] == ["hold", "300.00", "300.00", "300.00"]
    total = next(line for line in lines if line[1:3] == ["in", "all"])
    assert total[:4] == ["2", "in", "all", "350.00"]
    assert "A recommendation: a named person decides, nothing is held by this." in out
    code, zh, _ = say("holds", "CASE-1", "--lang", "zh", "--rule", "lifo", "--limit", "1")
    assert "系统不执行止付" in zh
    assert "1 account more with 49.63 yuan expected" in zh


def test_a_sheet_is_drawn_with_branch_and_reason(say) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = say("restitution", "d", "--amount", "1000", "--returned", "v=950.50")
    assert code == 0
    assert "d: 1,000.00 yuan available, branch 1" in out
    assert [line.split()[-1] for line in out.splitlines() if line.split()[:1] == ["v"]] == ["49.50"]
    assert [line.split()[-1] for line in out.splitlines() if line.split()[:1] == ["not"]] == ["950.50"]
    assert "直接返还" in say("restitution", "d", "--lang", "zh")[1]


def test_requests_are_written(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = say("holds", "CASE-1", "--out", str(tmp_path / "h.xlsx"), "--unmask", "order 4711")
    assert (code, (tmp_path / "h.xlsx").stat().st_size > 1000) == (0, True)
    assert "2 requests of case CASE-1 written" in out
    assert "masked" not in out


@pytest.mark.parametrize(("argv", "expected", "said"), [
    (("holds", "CASE-9"), 3, "no referral of case 'CASE-9'"),
    (("holds", "CASE-1", "--delay", "-1h"), 2, "is not a delay"),
    (("holds", "CASE-1", "--delay", "31d"), 2, "0 to 30 days"),
    (("holds", "CASE-1", "--rule", "best"), 2, "there is no rule 'best'"),
    (("holds", "CASE-1", "--out", "x.pdf"), 2, "'pdf' is not a format"),
    (("holds", "CASE-1", "--out", "x.csv", "--profile", "none.toml"), 2, "none.toml cannot be read"),
    (("restitution",), 2, "name an account, or a case"),
    (("restitution", "nobody"), 3, "'nobody'"),
    (("restitution", "d", "--returned", "v"), 2, "ACCOUNT=YUAN"),
    (("restitution", "d", "--amount", "-5"), 2, "0 or more"),
])  # fmt: skip
def test_errors_are_one_message(say, argv: tuple[str, ...], expected: int, said: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = say(*argv)
    assert (code, out) == (expected, "")
    assert said in err
    assert "Traceback" not in err
