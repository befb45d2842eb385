"""Names as codes: columns of text that repeat, such as banks, channels and terminals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import UNKNOWN, Codes
from graphfraud.core.text import TextColumn


def encode(values: pa.ChunkedArray) -> tuple[Codes, TextColumn]:
    """Codes of a text column and the names in order of their UTF-8 bytes; null and empty text are UNKNOWN.

    The codes do not depend on the order of the rows. O(rows + names log names).
    """
    encoded = values if pa.types.is_dictionary(values.type) else values.cast(pa.string()).dictionary_encode()
    pieces = encoded.unify_dictionaries().chunks
    found = pieces[0].dictionary.to_pylist() if pieces else []
    names = sorted({name for name in found if name}, key=lambda name: name.encode("utf-8"))
    place = {name: code for code, name in enumerate(names)}
    rank = np.array([*(place.get(name, UNKNOWN) for name in found), UNKNOWN], np.min_scalar_type(-max(len(names), 1)))
    codes = [rank[piece.indices.fill_null(len(found)).to_numpy(zero_copy_only=False)] for piece in pieces]
    return np.concatenate(codes) if codes else rank[:0], TextColumn.of(names)
