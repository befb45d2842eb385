"""Masks for what identifies a person. Names, id_no, phone and address are masked everywhere; card_no where it is
not the key (contracts.md §1). Device and other identifiers are not masked; a phone or address used as one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STAR = "*"


def _ends(value: str, first: int, last: int) -> str:
    """Keep the ends of a text, but never more than half of it."""
    if len(value) < 2 * (first + last):
        first, last = min(1, len(value) // 3), 0
    middle = len(value) - first - last
    return value[:first] + STAR * max(middle, 1) + (value[len(value) - last :] if last else "")


def mask_name(value: str) -> str:
    """A name: 王小明 → 王**."""
    return _ends(value, 1, 0) if len(value) > 1 else STAR


def mask_phone(value: str) -> str:
    """A phone number: 13812345678 → 13*******78."""
    return _ends(value, 2, 2)


def mask_number(value: str) -> str:
    """An identity document or card number: first 4 and last 4."""
    return _ends(value, 4, 4)


def mask_address(value: str) -> str:
    """An address: the first 3 characters."""
    return _ends(value, 3, 0)


MASKS = {
    "holder_name": mask_name,
    "id_no": mask_number,
    "phone": mask_phone,
    "address": mask_address,
    "card_no": mask_number,
}


def mask_identifier(kind: str, value: str) -> str:
    """The value of a shared identifier: phones and addresses masked, the rest as it is."""
    return MASKS[kind](value) if kind in ("phone", "address") else value


def mask_row(row: Mapping[str, Any], key: str = "account_id") -> dict[str, Any]:
    """A row of account facts, masked; a card number that is the account's own key stays."""
    return {
        name: MASKS[name](value) if name in MASKS and value and not (name == "card_no" and value == row[key]) else value
        for name, value in row.items()
    }
