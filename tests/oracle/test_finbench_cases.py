"""The benchmark's own cases, on an excerpt of its data; what is right, what is refused, and the command."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from finbench_kit import World

from graphfraud.cli import app as cli
from graphfraud.cli.entry import run
from graphfraud.errors import CheckFailed, FileRefused, InputError
from graphfraud.services.finbench import finbench
from graphfraud.trace import finbench as finbench_reads
from graphfraud.trace.finbench import READS, Network, Window, ask, load, read_cases, totals

EXCERPT = Path(__file__).parent.parent / "data" / "finbench"
CASES = EXCERPT / "sf1_cases.json"


@pytest.fixture(scope="module")
def network() -> Network:
    return load(EXCERPT)


@pytest.mark.parametrize("read", sorted(READS))
def test_every_expected_answer_is_right(network: Network, read: str) -> None:
    cases = read_cases(CASES)[read]
    assert len(cases) == 12
    assert [case.difference(ask(network, read, case.params)) for case in cases] == [None] * 12


@pytest.mark.parametrize(
    ("read", "rows", "how"),
    [
        ("tsr4", 4, list.reverse),
        ("tsr4", 4, lambda rows: rows[1].update(dstId=rows[1]["dstId"] + 1)),
        ("tsr4", 4, lambda rows: rows[0].update(sumAmount=rows[0]["sumAmount"] + 0.001)),
        ("tsr4", 4, list.pop),
        ("tsr4", 4, lambda rows: rows[0].pop("numEdges")),
        ("tcr8", 152, lambda rows: rows[151].update(minDistanceFromLoan=9)),
    ],
)
def test_what_differs_is_wrong(network: Network, tmp_path: Path, read: str, rows: int, how: Any) -> None:
    raw = json.loads(CASES.read_text())
    chosen = next(c for c in raw[read] if c["n"] == rows)
    how(chosen["result"])
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({read: [chosen]}))
    spoiled = read_cases(path)[read][0]
    assert spoiled.difference(ask(network, read, spoiled.params)) is not None


def test_rows_beyond_the_first_200_are_counted(tmp_path: Path) -> None:
    """250 payees of whom 200 are listed: right with n = 250, wrong with any other n."""
    world = World(dict.fromkeys(range(251), False), [(0, to, 1, 1000 - to) for to in range(1, 251)])
    listed = [{"dstId": to, "numEdges": 1, "sumAmount": (1000 - to) / 100} for to in range(1, 251)]
    params = {"id": 0, "threshold": 0, "startTime": 0, "endTime": 9}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"tsr4": [{"params": params, "n": n, "result": listed[:200]} for n in (250, 200, 249)]}))
    answer = ask(world.network(), "tsr4", params)
    assert [case.difference(answer) for case in read_cases(path)["tsr4"]] == [
        None,
        "250 rows, expected 200",
        "250 rows, expected 249",
    ]


def test_decimals_are_equal_at_three_places(network: Network, tmp_path: Path) -> None:
    raw = next(c for c in json.loads(CASES.read_text())["tsr4"] if c["n"] == 4)
    near = json.loads(json.dumps(raw))
    near["result"][0]["sumAmount"] += 0.0004
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"tsr4": [near]}))
    case = read_cases(path)["tsr4"][0]
    assert case.difference(ask(network, "tsr4", case.params)) is None


def test_parquet_and_csv_give_the_same_answers(tmp_path: Path) -> None:
    big = 2**62 + 1
    world = World({big: True, big + 1: False}, [(big, big + 1, 5, 1999), (big, big + 1, 6, 10**14 + 1)])
    for kind in ("csv", "parquet"):
        found = totals(load(world.write(tmp_path / kind, kind)), big).rows()
        assert found[0]["sumEdge1Amount"] == Decimal("1000000000020.00")
        assert found[0]["numEdge1"] == 2


def test_tables_may_be_in_a_folder_inside(tmp_path: Path) -> None:
    World({1: True}).write(tmp_path / "sf1")
    assert len(load(tmp_path).accounts) == 1


def test_times_without_trailing_zeros_are_read(tmp_path: Path) -> None:
    folder = World({1: False, 2: False}).write(tmp_path)
    times = ("2020-01-01 00:00:01", "2020-01-01 00:00:01.5", "2020-01-01 00:00:01.25", "2020-01-01 00:00:01.125")
    rows = [f"1|2|1.0E7|{time}" for time in times]
    (folder / "AccountTransferAccount.csv").write_text("\n".join(["fromId|toId|amount|createTime", *rows, ""]))
    network, base = load(folder), 1_577_836_801_000  # 2020-01-01 00:00:01 UTC, ms
    within = [totals(network, 1, Window.of_millis(base - 1, base + ms)).rows()[0] for ms in (1, 126, 251, 501)]
    assert [row["numEdge1"] for row in within] == [1, 2, 3, 4]
    assert within[-1]["sumEdge1Amount"] == 40_000_000


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("AccountTransferAccount", "fromId|toId|amount|createTime\n1|2|0.005|2020-01-01 00:00:00\n", "two decimals"),
        ("AccountTransferAccount", "fromId|toId|amount|createTime\n1|2|1e14|2020-01-01 00:00:00\n", "at most"),
        ("AccountTransferAccount", "fromId|toId|amount|createTime\n1|2|inf|2020-01-01 00:00:00\n", "two decimals"),
        ("AccountTransferAccount", "fromId|toId|amount|createTime\n1|9|1.0|2020-01-01 00:00:00\n", "names id 9"),
        (
            "AccountTransferAccount",
            "fromId|toId|amount|createTime\n1||1.0|2020-01-01 00:00:00\n",
            "empty cells in toId",
        ),
        ("AccountTransferAccount", "fromId|toId|amount|createTime\n1|x|1.0|2020-01-01 00:00:00\n", "cannot be read"),
        ("AccountTransferAccount", "fromId|toId|amount\n1|2|1.0\n", "cannot be read"),
        ("Account", "accountId|isBlocked\n1|true\n2|false\n1|true\n", "accountId 1 is there more than once"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, file: str, text: str, said: str) -> None:
    folder = World({1: False, 2: False}).write(tmp_path)
    (folder / f"{file}.csv").write_text(text)
    with pytest.raises(FileRefused, match=said):
        load(folder)


def test_a_missing_table_and_a_missing_folder_are_said(tmp_path: Path) -> None:
    folder = World({1: False}).write(tmp_path / "data")
    (folder / "Loan.csv").unlink()
    with pytest.raises(FileRefused, match=r"no Loan.parquet and no Loan.csv"):
        load(folder)
    with pytest.raises(InputError, match="no FinBench data"):
        load(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no file of cases can be read"),
        ("[]", "read → list of cases"),
        ('{"tcr3": []}', "has cases of tcr3; the reads are: tcr1"),
        ('{"tsr2": {}}', "have to be a list"),
        ('{"tsr2": [{"params": {}, "n": 1}]}', r"tsr2\[0\] has to have params, n and result"),
        ('{"tsr2": [{"params": {}, "n": "1", "result": []}]}', "is not of the form"),
    ],
)
def test_a_file_of_cases_that_is_none_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_cases(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "1"}, "id has to be a whole number"),
        ({"id": True}, "id has to be a whole number"),
        ({"startTime": None}, "startTime has to be a whole number"),
        ({"threshold": "1"}, "threshold has to be a number"),
        ({"truncationOrder": "NEWEST"}, "it can be TIMESTAMP_DESCENDING"),
        ({"truncationLimit": -1}, "cannot be negative"),
    ],
)
def test_a_parameter_that_is_not_right_is_said(change: dict[str, Any], said: str) -> None:
    params = {"id": 1, "startTime": 0, "endTime": 9, "threshold": 0} | change
    with pytest.raises(InputError, match=said):
        ask(World({1: False}).network(), "tcr7", params)


def test_an_unknown_read_is_said() -> None:
    with pytest.raises(InputError, match="no read 'tcr3'; there are: tcr1"):
        ask(World({1: False}).network(), "tcr3", {})


def test_the_command_prints_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert "finbench" in cli.ORDER
    assert run(["finbench", str(EXCERPT), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["right"], printed["total"]) == (156, 156)
    assert set(printed["reads"]) == set(READS)
    for figures in printed["reads"].values():
        assert (figures["right"], figures["total"]) == (12, 12)
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert run(["finbench", str(EXCERPT)]) == 0
    assert "156 of 156 answers right" in capsys.readouterr().out


def test_the_command_fails_where_an_answer_is_not_as_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = json.loads(CASES.read_text())
    case = next(c for c in raw["tsr3"] if c["result"][0]["blockRatio"] == 0)
    wrong = {**case, "result": [{"blockRatio": 1.0}]}
    nobody = {**case, "params": {**case["params"], "id": 5}, "n": 0, "result": []}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"tsr3": [case, wrong, nobody], "tsr2": []}))
    assert run(["finbench", str(EXCERPT), "--cases", str(path), "--json"]) == CheckFailed.exit_code
    out, err = capsys.readouterr()
    printed = json.loads(out)
    assert (printed["right"], printed["total"]) == (2, 3)
    assert printed["wrong"] == [
        {"read": "tsr3", "case": 1, "difference": "row 0: blockRatio 0.000, expected blockRatio 1.0"}
    ]
    assert printed["reads"]["tsr2"] == {"right": 0, "total": 0, "p50_ms": None, "p99_ms": None}
    assert "1 of 3 answers are not as expected" in json.loads(err)["error"]["message"]
    with pytest.raises(InputError, match="no file of cases"):
        finbench(tmp_path)


def test_every_read_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "finbench.md").read_text(encoding="utf-8")
    modules = ("patterns", "spread", "sums", "tracing")
    names = [
        n for n in finbench_reads.__all__ if getattr(getattr(finbench_reads, n), "__module__", "").endswith(modules)
    ]
    assert len(names) == len(READS)
    assert [
        name for name in (*READS, *names, "of_snapshot") if f"`{name}`" not in text and f".{name}(" not in text
    ] == []


def test_no_database_and_no_data_frames_are_loaded() -> None:
    script = (
        "import sys; from pathlib import Path; from graphfraud.trace import finbench;"
        f"finbench.load(Path({str(EXCERPT)!r}));"
        "print(sorted({'duckdb', 'pandas', 'neo4j'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
