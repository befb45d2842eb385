"""ISO 20022 pacs.008: what is read, and what hostile or damaged XML does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ingest_kit import Got, put

from graphfraud.errors import FileRefused
from graphfraud.ingest.pacs008 import minor_units

TX = """
    <CdtTrfTxInf>
      <PmtId><EndToEndId>NOTPROVIDED</EndToEndId><TxId>{tx}</TxId>{uetr}</PmtId>
      <IntrBkSttlmAmt Ccy="{ccy}">{amount}</IntrBkSttlmAmt>
      <IntrBkSttlmDt>2026-01-06</IntrBkSttlmDt>{accepted}
      <Dbtr><Nm>甲</Nm></Dbtr><DbtrAcct><Id><IBAN>CN001</IBAN></Id></DbtrAcct>
      <DbtrAgt><FinInstnId><BICFI>ABOCCNBJ</BICFI></FinInstnId></DbtrAgt>
      <CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>102100099996</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt>
      <Cdtr><Nm>乙</Nm></Cdtr><CdtrAcct><Id><Othr><Id>{payee}</Id></Othr></Id></CdtrAcct>
      <Purp><Cd>SALA</Cd></Purp><RmtInf><Ustrd>一月</Ustrd><Ustrd>工资</Ustrd></RmtInf>
    </CdtTrfTxInf>"""


def tx(**cells: str) -> str:
    ordinary = {"tx": "TX1", "uetr": "", "ccy": "CNY", "amount": "12.30", "accepted": "", "payee": "6222"}
    return TX.format(**{**ordinary, **cells})


def message(*txs: str, version: str = "08", before: str = "", prefix: str = "") -> str:
    text = (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.{version}"><FIToFICstmrCdtTrf><GrpHdr>'
        f"<MsgId>M1</MsgId><CreDtTm>2026-01-05T10:00:00+08:00</CreDtTm></GrpHdr>{''.join(txs)}"
        "</FIToFICstmrCdtTrf></Document>"
    )
    if prefix:
        for name in ("Document", "FIToFICstmrCdtTrf", "CdtTrfTxInf", "PmtId", "TxId", "GrpHdr", "CreDtTm"):
            text = text.replace(f"<{name}", f"<{prefix}:{name}").replace(f"</{name}", f"</{prefix}:{name}")
        text = text.replace("xmlns=", f"xmlns:{prefix}=", 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}{text}'


@pytest.mark.parametrize(("version", "prefix"), [("02", ""), ("08", ""), ("13", ""), ("08", "ns2")])
def test_a_credit_transfer_of_any_version(tmp_path: Path, version: str, prefix: str) -> None:
    got = Got(put(tmp_path, "payments.xml", message(tx(), version=version, prefix=prefix)))
    (row,) = got.tables["transfers"]
    assert (row["txn_id"], row["payer"], row["payee"], row["amount"]) == ("TX1", "CN001", "6222", 1230)
    assert (row["currency"], row["channel"], row["type"], row["remark"]) == ("CNY", "pacs008", "SALA", "一月 工资")
    assert row["time"] == 1767578400_000_000  # 2026-01-05T10:00:00+08:00
    accounts = {a["account_id"]: (a["holder_name"], a["bank"]) for a in got.tables["accounts"]}
    assert accounts == {"CN001": ("甲", "ABOCCNBJ"), "6222": ("乙", "102100099996")}
    assert got.detection.format == "xml"


def test_identity_and_time_in_order_of_preference(tmp_path: Path) -> None:
    uetr = "<UETR>eb6305c9-1f7f-49de-aed0-16487c27b42d</UETR>"
    accepted = "<AccptncDtTm>2026-01-05T10:00:01.5+08:00</AccptncDtTm>"
    got = Got(put(tmp_path, "p.xml", message(tx(uetr=uetr, accepted=accepted), tx(tx="TX2"))))
    first, second = got.tables["transfers"]
    assert (first["txn_id"], first["time"]) == ("eb6305c9-1f7f-49de-aed0-16487c27b42d", 1767578401_500_000)
    assert (second["txn_id"], second["source_row"]) == ("TX2", 2)
    dated = message(tx()).replace("<CreDtTm>2026-01-05T10:00:00+08:00</CreDtTm>", "")
    day = Got(put(tmp_path, "d.xml", dated)).tables["transfers"][0]
    assert (day["time"], day["date_only"]) == (1767628800_000_000, True)


def test_amounts_by_the_places_of_their_currency(tmp_path: Path) -> None:
    cases = {("CNY", "1"): "100", ("CNY", "0.01"): "1", ("JPY", "500"): "500", ("KWD", "1.234"): "1234"}
    assert {k: minor_units(k[1], k[0]) for k in cases} == cases
    bad = [tx(amount=a, tx=f"B{i}") for i, a in enumerate(["1.234", "0.00", "-5", "many", ""])]
    got = Got(put(tmp_path, "p.xml", message(tx(), *bad)))
    assert [(b.line, b.code) for b in got.bad] == [
        *((2, "bad_amount"), (3, "not_positive"), (4, "not_positive"), (5, "bad_amount"), (6, "missing_value"))
    ]


def test_a_transfer_without_account_is_quarantined(tmp_path: Path) -> None:
    got = Got(put(tmp_path, "p.xml", message(tx(), tx(tx="T2", payee=""))))
    assert got.problems == [(2, "CdtrAcct", "", "missing_value")]


BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{"&" + a + ";"} {"&" + a + ";"}">'
        for a, b in zip("abcdefghijklmnop", "bcdefghijklmnopq", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    "before",
    [
        BOMB,
        '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/evil.dtd">',
        '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_and_document_types_are_refused(tmp_path: Path, before: str) -> None:
    started = time.perf_counter()
    with pytest.raises(FileRefused, match=r"DOCTYPE|damaged XML"):
        Got(put(tmp_path, "p.xml", message(tx(tx="&q;" if before is BOMB else "T"), before=before)))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "message_"),
    [
        (message(tx())[:-40], "damaged XML"),
        ("<Document><Other/></Document>", "without a pacs.008"),
        ("<html", "damaged XML"),
    ],
)
def test_damaged_xml_is_refused_whole(tmp_path: Path, text: str, message_: str) -> None:
    with pytest.raises(FileRefused, match=message_):
        Got(put(tmp_path, "p.xml", text))


def test_a_large_message_is_read_as_a_stream(tmp_path: Path) -> None:
    many = [tx(tx=f"T{i}", amount=f"{i}.00") for i in range(1, 3001)]
    got = Got(put(tmp_path, "p.xml", message(*many)))
    assert got.counts.good == 3000
    assert sum(r["amount"] for r in got.tables["transfers"]) == 100 * 3000 * 3001 // 2
