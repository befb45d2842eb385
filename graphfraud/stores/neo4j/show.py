"""What the accounts in the graph show of their newest row, for people who look at it. Facts stay where they are."""

from __future__ import annotations

from graphfraud.stores.neo4j.session import Session

ROWS = 10_000


def accounts(session: Session) -> None:
    """Bring the accounts up to date that were loaded since this was last finished. Can be cut off and run again."""
    doing = "showing accounts"
    marks = session.read("write/loads", doing)[0]
    if marks["shown"] >= marks["seq"]:
        return
    cut = {"since": marks["shown"], "seen": marks["seq"]}
    ids = [r["id"] for r in session.read("read/store_described", doing, **cut)]
    for start in range(0, len(ids), ROWS):
        session.write("load/accounts_show", doing, ids=ids[start : start + ROWS], seen=marks["seq"])
    session.write("write/accounts_shown", doing, seen=marks["seq"])
