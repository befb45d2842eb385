"""Worlds with a known truth: recognised by their files, turned into canonical tables, cut at certain days.

    canonical   accounts, transfers, … and truth/rings, truth/fraud_transfers     (simulated bank worlds)
    amlsim      nodes.csv, transactions.csv                                       (see amlsim.py)
    amlgentex   accounts.csv, alert_models.csv, tx_log.parquet                    (see amlgentex.py)

`World.prepare(folder)` gives a folder that `graphfraud ingest` reads; truth never lies in it beside the facts, except
for a canonical world, which is read where it is (ingest does not enter `truth/`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from graphfraud.core.clock import DAY
from graphfraud.errors import InputError
from graphfraud.evaluate import amlgentex, amlsim
from graphfraud.evaluate.facts import WorldFacts, find_table, load_facts, read_table
from graphfraud.evaluate.truth import Truth, day, load_truth

CUT_DAYS = (60, 90, 120)
HEADLINE_DAY = 90


@dataclass(frozen=True)
class World:
    """A world ready to be evaluated.

    name      of the folder
    kind      canonical | amlsim | amlgentex
    folder    canonical tables, to be ingested
    cuts      times to evaluate at, UTC µs, ascending
    headline  the cut whose figures are quoted
    notes     what the reader of the figures must know
    """

    name: str
    kind: str
    folder: Path
    cuts: tuple[int, ...]
    headline: int
    facts: WorldFacts
    truth: Truth
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A recognised folder that has not been read yet."""

    name: str
    kind: str
    origin: Path

    def prepare(self, folder: Path) -> World:
        """Read the world; foreign worlds are written as canonical tables into `folder`. Raises InputError."""
        return _READERS[self.kind](self, folder)


def recognise(folder: Path) -> Source | None:
    """What kind of world a folder is, by its files; None if it is none."""
    if amlsim.recognises(folder):
        return Source(folder.name, "amlsim", folder)
    if amlgentex.recognises(folder):
        return Source(folder.name, "amlgentex", folder)
    if find_table(folder, "transfers") and find_table(folder / "truth", "rings"):
        return Source(folder.name, "canonical", folder)
    return None


def sources(folder: Path) -> list[Source]:
    """The world in a folder, or every world in its subfolders. Raises InputError where there is none."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give a folder that holds a world")
    own = recognise(folder.resolve())
    if own is not None:
        return [own]
    found = [s for sub in sorted(folder.resolve().iterdir()) if sub.is_dir() and (s := recognise(sub)) is not None]
    if not found:
        raise InputError(
            f"{folder} holds no world with a truth. Looked for: transfers and truth/rings (.parquet or .csv); nodes.csv"
            " and transactions.csv (AMLSim); accounts.csv, alert_models.csv and tx_log.parquet (AMLGentex)"
        )
    return found


def _canonical(source: Source, _: Path) -> World:
    facts = load_facts(source.origin)
    transfers = read_table(source.origin, "transfers")
    if transfers is None or "txn_id" not in transfers.column_names:
        raise InputError(f"{source.origin}: transfers without txn_id cannot be matched with truth/fraud_transfers")
    truth = load_truth(source.origin, facts, transfers)
    cuts = tuple(day(d) for d in CUT_DAYS if day(d - 1) <= facts.end)
    if not cuts:
        cuts = (facts.end - facts.end % DAY + DAY,)
    headline = day(HEADLINE_DAY) if day(HEADLINE_DAY) in cuts else cuts[-1]
    return World(source.name, source.kind, source.origin, cuts, headline, facts, truth)


def _amlsim(source: Source, folder: Path) -> World:
    written = amlsim.write(source.origin, folder)
    facts = load_facts(folder)
    truth = amlsim.truth(written, facts)
    return World(source.name, source.kind, folder, (written.cut,), written.cut, facts, truth, amlsim.NOTES)


def _amlgentex(source: Source, folder: Path) -> World:
    written = amlgentex.write(source.origin, folder)
    facts = load_facts(folder)
    truth = amlgentex.truth(written, facts)
    return World(source.name, source.kind, folder, (written.cut,), written.cut, facts, truth, amlgentex.NOTES)


_READERS: dict[str, Callable[[Source, Path], World]] = {
    "canonical": _canonical,
    "amlsim": _amlsim,
    "amlgentex": _amlgentex,
}
