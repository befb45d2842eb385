"""Files and frames into facts: readers, mapping profiles, validation, quarantine.

`read` takes a file, `frame` a pandas DataFrame. Both give a `Reading`: facts ready for a store, what was detected,
and the rows set aside with their reasons. Nothing is dropped silently: received = good + duplicates + quarantined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from graphfraud.errors import FileRefused
from graphfraud.ingest.reader import Progress, canonical_profile, quiet, read, read_table
from graphfraud.ingest.reading import BadRow, Counts, Detection, Part, Reading
from graphfraud.settings import IngestSettings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BadRow", "Counts", "Detection", "Part", "Progress", "Reading", "frame", "quiet", "read", "read_table"]


def frame(table: str, dataframe: pd.DataFrame, settings: IngestSettings | None = None) -> Reading:
    """Facts of one canonical table from a DataFrame with our columns; rows are numbered from 1.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"time": [1767204378], "payer": ["A"], "payee": ["B"], "amount": [100]})
    >>> with frame("transfers", rows) as reading:
    ...     reading.counts.good
    1

    Raises FileRefused as `read` does.
    """
    profile = canonical_profile(table)
    names = [str(c) for c in dataframe.columns]
    if not len(dataframe):
        raise FileRefused(f"{table}: the DataFrame has no rows; its columns are {', '.join(names) or 'none'}")
    columns = {n: _column(dataframe.iloc[:, i]) for i, n in enumerate(names)}
    return read_table(pa.table(columns), profile, settings or IngestSettings(), f"{table} (DataFrame)")


def _column(series: pd.Series) -> pa.Array:
    """A column as Arrow; one of mixed values by their written form."""
    try:
        return pa.Array.from_pandas(series)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array(
            [None if missing else str(v) for v, missing in zip(series, series.isna(), strict=True)], pa.string()
        )
