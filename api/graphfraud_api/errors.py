"""Errors as JSON: {"error": {"type", "message"}}, with the status that fits."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from graphfraud.errors import GraphFraudError, InputError, Refused, StoreError, UnknownId, UsageError

#: first match wins
STATUS: tuple[tuple[type[GraphFraudError], int], ...] = (
    (UnknownId, 404),
    (UsageError, 422),
    (InputError, 400),
    (Refused, 409),
    (StoreError, 503),
)


@dataclass(frozen=True)
class ErrorBody:
    """What went wrong, and what to do."""

    type: str
    message: str


@dataclass(frozen=True)
class ErrorAnswer:
    """Body of every answer that is not 200."""

    error: ErrorBody


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(GraphFraudError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)


def _answer(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"type": kind, "message": message}}, status, headers)


async def _ours(request: Request, exc: Exception) -> JSONResponse:
    status = next((s for kind, s in STATUS if isinstance(exc, kind)), 500)
    return _answer(status, type(exc).__name__, str(exc))


async def _invalid(request: Request, exc: Exception) -> JSONResponse:
    problems = exc.errors() if isinstance(exc, RequestValidationError) else []
    text = "; ".join(f"{'.'.join(map(str, p['loc'][1:]))}: {p['msg']}" for p in problems)
    return _answer(422, "UsageError", text)


async def _http(request: Request, exc: Exception) -> JSONResponse:
    status, detail = (exc.status_code, exc.detail) if isinstance(exc, HTTPException) else (500, "")
    kind = {401: "Unauthorised", 404: "NotFound", 405: "MethodNotAllowed"}.get(status, "HttpError")
    headers = dict(exc.headers) if isinstance(exc, HTTPException) and exc.headers else None
    return _answer(status, kind, detail, headers)


async def _fault(request: Request, exc: Exception) -> JSONResponse:
    """A fault of ours: the details are in the server's log, not in the answer."""
    return _answer(500, "Fault", "a fault of graphfraud; the server's log has the details")
