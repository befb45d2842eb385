"""Two nights on a server: the second fetches what is new, and finds what the embedded store finds."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import neo4j_kit
import pytest

from graphfraud import bootstrap
from graphfraud.errors import CheckFailed
from graphfraud.services.workspace import Workspace

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
KEPT_BACK = 655  # of 65,086 transfers: 1 %
OVERRIDE = bootstrap.Override("a feed made of pieces", "the test")


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def rows_of(name: str) -> list[dict[str, str]]:
    with (SAMPLE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def first_feed(folder: Path) -> None:
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("transfers.csv", "*.md", "truth"))
    write(folder / "transfers.csv", sorted(rows_of("transfers"), key=lambda r: int(r["time"]))[:-KEPT_BACK])


def second_feed(folder: Path) -> dict[str, int]:
    """The last 1 % of the transfers, one of them late, a corrected account, a withdrawal; rows by table."""
    folder.mkdir()
    transfers = sorted(rows_of("transfers"), key=lambda r: int(r["time"]))[-KEPT_BACK:]
    end = int(transfers[-1]["time"])
    late = transfers[-1] | {"txn_id": "LATE-1", "time": str(end - 40 * 86_400)}
    known = [row | {"known_at": row["time"]} for row in transfers] + [late | {"known_at": str(end)}]
    write(folder / "transfers.csv", known)
    account = rows_of("accounts")[7]
    write(folder / "accounts.csv", [account | {"tier": "III", "known_at": str(end)}])
    referral = rows_of("referrals")[0]["referral_id"]
    write(folder / "withdrawals.csv", [{"referral_id": referral, "withdrawn_at": str(end), "reason": "mistake"}])
    return {"transfers": KEPT_BACK + 1, "accounts": 1, "withdrawals": 1}


def night(workspace: Workspace, feed: Path) -> dict[str, Any]:
    report = bootstrap.ingest(workspace, [feed])
    assert not report.refused
    assert report.total("quarantined") == 0
    return bootstrap.run_nightly(workspace, bootstrap.Nightly(override=OVERRIDE)).manifest


def fetched(manifest: dict[str, Any]) -> int:
    (stage,) = [s for s in manifest["stages"] if s["stage"] == "refresh"]
    assert "anew" not in stage["counts"]
    return int(stage["counts"]["fetched"])


@pytest.fixture(scope="module")
def nights(neo4j: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, list[dict[str, Any]], int]:
    """A workspace on the server after two nights, the manifests (server, embedded) × nights, and rows of night two."""
    folder = tmp_path_factory.mktemp("mirror")
    neo4j_kit.claim(folder)
    first_feed(folder / "one")
    new = second_feed(folder / "two")
    server = bootstrap.initialise(folder / "server", "neo4j").workspace
    embedded = bootstrap.initialise(folder / "embedded").workspace
    manifests = [night(where, folder / feed) for feed in ("one", "two") for where in (server, embedded)]
    return server, manifests, sum(new.values())


def test_both_nights_find_what_the_embedded_store_finds(nights: tuple[Workspace, list[dict[str, Any]], int]) -> None:
    _, (one, one_embedded, two, two_embedded), _ = nights
    assert one["findings_hash"] == one_embedded["findings_hash"]
    assert two["findings_hash"] == two_embedded["findings_hash"] != one["findings_hash"]
    assert two["inputs"] == two_embedded["inputs"]
    assert two["predecessor"]["findings_hash"] == one["findings_hash"]


def test_the_second_night_fetches_what_is_new(nights: tuple[Workspace, list[dict[str, Any]], int]) -> None:
    workspace, (one, _, two, _), new = nights
    with bootstrap.open_store(workspace) as store:
        everything = sum(store.stats().rows.values())
    assert fetched(two) == new
    assert fetched(one) == everything - new  # what is known only later than T is fetched too


def test_check_finds_what_somebody_changed_in_the_graph(nights: tuple[Workspace, list[dict[str, Any]], int]) -> None:
    workspace, *_ = nights
    bootstrap.check_workspace(workspace).demand()
    changed = "MATCH ()-[t:TRANSFER {id: 'LATE-1'}]->() SET t.amount = t.amount + $by RETURN t.ingest_seq"
    ((seq,),) = neo4j_kit.query(changed, by=1)
    try:
        with pytest.raises(
            CheckFailed, match=rf"store: of load {seq} of transfers the graph has 656 rows with checksum"
        ):
            bootstrap.check_workspace(workspace).demand()
    finally:
        neo4j_kit.query(changed, by=-1)
    bootstrap.check_workspace(workspace).demand()
