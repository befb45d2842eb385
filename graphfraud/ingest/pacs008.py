"""ISO 20022 pacs.008 as rows: one a credit transfer, named after the elements. Any version, any namespace prefix.

Read with lxml as a stream: no entities, no document type, no network, no huge text nodes; memory is bounded by one
transfer and a chunk. Amounts are decimal text and become minor units of their currency (ISO 4217) by their digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from lxml import etree

from graphfraud.errors import FileRefused
from graphfraud.ingest.chunks import Chunk

HEADER = (
    *("UETR", "TxId", "EndToEndId", "MsgId", "Time", "IntrBkSttlmDt", "Dbtr", "DbtrAcct", "DbtrAgt"),
    *("Cdtr", "CdtrAcct", "CdtrAgt", "Ccy", "IntrBkSttlmAmt", "MinorUnits", "Purp", "RmtInf"),
)
_ROWS = 50_000
#: ISO 4217 currencies that do not have two decimal places.
_NO_CENTS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def pacs008_chunks(path: Path) -> Iterator[Chunk]:
    """The credit transfers of a message. `lines` are their numbers in the file, from 1.

    Raises FileRefused for XML that is damaged, has a document type, or is no pacs.008.
    """
    rows: list[dict[str, str | None]] = []
    start = 1
    try:
        for row in _transfers(path):
            rows.append(row)
            if len(rows) == _ROWS:
                yield _chunk(rows, start)
                start, rows = start + len(rows), []
    except (etree.XMLSyntaxError, OSError) as exc:
        raise FileRefused(f"{path}: damaged XML ({exc}); nothing of it was loaded") from exc
    if start == 1 and not rows:
        raise FileRefused(f"{path}: XML without a pacs.008 credit transfer (CdtTrfTxInf); nothing was loaded")
    if rows:
        yield _chunk(rows, start)


def _chunk(rows: list[dict[str, str | None]], start: int) -> Chunk:
    table = pa.table({h: pa.array([r[h] for r in rows], pa.string()) for h in HEADER})
    return Chunk(table, np.arange(start, start + len(rows), dtype=np.int64))


def _transfers(path: Path) -> Iterator[dict[str, str | None]]:
    header: dict[str, str | None] = {}
    stream = etree.iterparse(
        str(path), events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    first = True
    for event, element in stream:
        if first:
            _refuse_doctype(path, element)
            first = False
        if event == "start" or not isinstance(element.tag, str):
            continue
        name = etree.QName(element).localname
        if name == "GrpHdr":
            header = {
                "MsgId": _text(element, "MsgId"),
                "CreDtTm": _text(element, "CreDtTm"),
                "IntrBkSttlmDt": _text(element, "IntrBkSttlmDt"),
            }
        elif name == "CdtTrfTxInf":
            yield _row(element, header)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _refuse_doctype(path: Path, element: Any) -> None:
    info = element.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None or info.doctype:
        raise FileRefused(f"{path}: XML with a document type (DOCTYPE) is not accepted; a pacs.008 message has none")


def _row(tx: Any, header: dict[str, str | None]) -> dict[str, str | None]:
    amount, currency = _amount(tx)
    settled = _text(tx, "IntrBkSttlmDt") or header.get("IntrBkSttlmDt")
    return {
        "UETR": _text(tx, "PmtId/UETR"),
        "TxId": _text(tx, "PmtId/TxId"),
        "EndToEndId": _text(tx, "PmtId/EndToEndId"),
        "MsgId": header.get("MsgId"),
        "Time": _text(tx, "AccptncDtTm") or header.get("CreDtTm") or settled,
        "IntrBkSttlmDt": settled,
        "Dbtr": _text(tx, "Dbtr/Nm"),
        "DbtrAcct": _account(tx, "DbtrAcct"),
        "DbtrAgt": _agent(tx, "DbtrAgt"),
        "Cdtr": _text(tx, "Cdtr/Nm"),
        "CdtrAcct": _account(tx, "CdtrAcct"),
        "CdtrAgt": _agent(tx, "CdtrAgt"),
        "Ccy": currency,
        "IntrBkSttlmAmt": amount,
        "MinorUnits": minor_units(amount, currency),
        "Purp": _text(tx, "Purp/Cd") or _text(tx, "Purp/Prtry"),
        "RmtInf": " ".join(t for t in (e.text for e in _find(tx, "RmtInf/Ustrd")) if t) or None,
    }


def minor_units(amount: str | None, currency: str | None) -> str | None:
    """Decimal text as minor units of its currency; other text comes back as it is, to be quarantined."""
    if amount is None:
        return None
    places = 0 if currency in _NO_CENTS else 3 if currency in _THREE else 2
    try:
        scaled = Decimal(amount).scaleb(places)
    except InvalidOperation:
        return amount
    return str(int(scaled)) if scaled.is_finite() and scaled == scaled.to_integral_value() else amount


def _find(element: Any, path: str) -> list[Any]:
    """Elements below by local names, whatever the namespace."""
    found = [element]
    for step in path.split("/"):
        found = [
            c for e in found for c in e if isinstance(c.tag, str) and etree.QName(c).localname == step
        ]  # children only
    return found


def _text(element: Any, path: str) -> str | None:
    found = _find(element, path)
    return (found[0].text or "").strip() or None if found else None


def _account(tx: Any, name: str) -> str | None:
    return _text(tx, f"{name}/Id/IBAN") or _text(tx, f"{name}/Id/Othr/Id")


def _agent(tx: Any, name: str) -> str | None:
    below = f"{name}/FinInstnId"
    return _text(tx, f"{below}/BICFI") or _text(tx, f"{below}/BIC") or _text(tx, f"{below}/ClrSysMmbId/MmbId")


def _amount(tx: Any) -> tuple[str | None, str | None]:
    found = _find(tx, "IntrBkSttlmAmt")
    return ((found[0].text or "").strip() or None, found[0].get("Ccy")) if found else (None, None)
