"""The predecessor of a run: the findings of the published run with the greatest as_of below T."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from graphfraud.core.findings import FINDINGS
from graphfraud.core.runs import PublishedRun


@dataclass(frozen=True)
class Previous:
    """What tonight takes over from the predecessor: ring identities, open alerts."""

    run_id: str
    as_of: int
    findings_hash: str
    findings: dict[str, pa.Table]

    @classmethod
    def load(cls, run: PublishedRun) -> Previous:
        """Read every findings table of a published run."""
        tables = {name: run.findings(name) for name in FINDINGS}
        return cls(run.run_id, run.as_of, str(run.manifest["findings_hash"]), tables)
