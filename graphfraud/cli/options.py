"""Options that several commands share, and how their text becomes values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphfraud.cli.lazy import referring
from graphfraud.core.clock import parse_as_of
from graphfraud.errors import UsageError

if TYPE_CHECKING:
    from graphfraud.services.referring import Referral

Folder = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar="GRAPHFRAUD_WORKSPACE", help="the workspace folder", metavar="DIR"),
]
NoFolder = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="taken like by every command; not needed by this one", metavar="DIR"),
]
Json = Annotated[bool, typer.Option("--json", help="print JSON (docs/json.md) instead of text")]
Run = Annotated[str | None, typer.Option("--run", help="a published run; default: the live one", metavar="RUN_ID")]
Unmask = Annotated[
    str | None,
    typer.Option(
        "--unmask", help="show names and numbers unmasked; the reason is kept in the ledger", metavar="REASON"
    ),
]
Lang = Annotated[Literal["en", "zh"], typer.Option("--lang", help="language of reasons")]
Account = Annotated[str, typer.Argument(help="account number", show_default=False)]
HERE = Path()
STORES = ("embedded", "neo4j")


def moment(text: str | None) -> int | None:
    """A time option: UTC µs. Raises UsageError."""
    return None if text is None else parse_as_of(text)


def store(kind: str) -> str:
    """`--store`, checked before anything is written. Raises UsageError."""
    if kind not in STORES:
        raise UsageError(f"there is no store {kind!r}; there are: {', '.join(STORES)}")
    return kind


def fen(yuan: float) -> int:
    """An amount option in yuan: minor units."""
    return round(yuan * 100)


def assignments(texts: list[str]) -> dict[str, str]:
    """`column=value` arguments. Raises UsageError."""
    wrong = [t for t in texts if "=" not in t]
    if wrong or not texts:
        raise UsageError(f"say what is right as column=value, for example amount=100000; {' '.join(wrong)} is not")
    pairs = (text.partition("=") for text in texts)
    return {column.strip(): value for column, _, value in pairs}


def amounts(texts: list[str]) -> dict[str, int]:
    """`name=yuan` options: minor units by name. Raises UsageError."""
    found = {}
    for text in texts:
        name, _, yuan = text.rpartition("=")
        try:
            found[name] = fen(float(yuan))
        except (ValueError, OverflowError) as exc:
            raise UsageError(f"'{text}' is not of the form ACCOUNT=YUAN, for example 6217000001504402=1200.50") from exc
    return found


def referral(account: str, case: str | None, authority: str | None, payment: str | None, at: str | None) -> Referral:
    """A referral given on the command line. Raises UsageError."""
    if not case or not authority:
        raise UsageError(
            f"a referral of account {account} needs --case NO and --authority NAME (there is no file {account})"
        )
    return referring.Referral(account, case, authority, moment(at), payment)


def example(*lines: str) -> str:
    """Text under the help of a command."""
    return "\n\n".join(["Examples:", *(f"  graphfraud {line}" for line in lines)])
