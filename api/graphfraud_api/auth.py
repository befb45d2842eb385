"""The API key: header X-API-Key, compared in constant time."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from fastapi import HTTPException, Security
from fastapi.security import APIKeyHeader

from graphfraud.errors import StoreError

SHORTEST = 16
HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="the key in the workspace's key file")


def require(key: str) -> Callable[[str | None], None]:
    """A dependency that lets a request pass only with the key. Raises StoreError for a key that protects nothing."""
    wanted = key.encode()
    if len(wanted) < SHORTEST:
        raise StoreError(f"the API key has fewer than {SHORTEST} characters; delete its file and run `graphfraud init`")

    def check(given: str | None = Security(HEADER)) -> None:
        if given is None or not hmac.compare_digest(given.encode(), wanted):
            raise HTTPException(
                401,
                "X-API-Key is missing or wrong; `graphfraud serve` says where the key is",
                {"WWW-Authenticate": "Key"},
            )

    return check
