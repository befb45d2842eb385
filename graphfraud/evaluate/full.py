"""What `--full` adds at the headline cut: runs on altered facts. Each part says how many runs it costs."""

from __future__ import annotations

import pyarrow as pa

from graphfraud.evaluate import ceiling, hiding, nights, nulls, repeats, wrong
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import read_table
from graphfraud.evaluate.section import Section
from graphfraud.evaluate.trial import Detect
from graphfraud.evaluate.worlds import World

TABLES = ("transfers", "cash", "identifiers", "referrals")


def full_sections(world: World, case: Case, detect: Detect) -> tuple[Section, ...]:
    """Ceiling (no run), nulls (4 runs, one model), hiding (4 runs), nights (20 runs); of an AMLSim set also a run
    without repeats, of a world that names wrong referrals one without these.
    """
    tables = {name: read_table(world.folder, name) for name in TABLES}
    found = [ceiling.section(ceiling.ceiling(case)), nulls.section(nulls.nulls(case, tables, detect))]
    if tables["referrals"] is not None:
        found.append(hiding.section(hiding.hiding(case, tables["referrals"], detect)))
        found += _wrong(world, case, tables["referrals"], detect)
    if world.kind == "amlsim" and tables["transfers"] is not None:
        found.append(repeats.section(*repeats.repeats(case, tables["transfers"], detect)))
    chained = nights.nights(case, detect)
    return (*found, *([] if chained is None else [nights.section(chained)]))


def _wrong(world: World, case: Case, referrals: pa.Table, detect: Detect) -> list[Section]:
    errors = read_table(world.folder / "truth", "referral_errors")
    found = None if errors is None else wrong.wrong(case, referrals, errors["referral_id"].to_pylist(), detect)
    return [] if found is None else [wrong.section(found)]
