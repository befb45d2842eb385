"""Routes: parse, call the service the command line calls, send its answer. Nothing is computed here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from graphfraud.core.runs import RunCatalogue
from graphfraud.services import account, holds, network, requests, restitution, ring, risk, runs, trace, victims
from graphfraud.services.changes import ChangesAnswer
from graphfraud.services.changes import find as changes
from graphfraud.services.counterfactual.ask import what_if as counterfactual
from graphfraud.services.neighbourhood import MAX_HOPS, Bounds
from graphfraud.settings import Settings
from graphfraud_api.errors import ErrorAnswer
from graphfraud_api.examples import EXAMPLES
from graphfraud_api.live import LiveRuns

MAX_ID = 128
AccountId = Annotated[str, Path(min_length=1, max_length=MAX_ID, description="account number", examples=["6217…"])]
RingId = Annotated[str, Path(min_length=1, max_length=MAX_ID, description="ring id")]
RunId = Annotated[str | None, Query(max_length=MAX_ID, description="a published run; default: the live one")]

router = APIRouter(
    prefix="/v1",
    responses={
        status: {"model": ErrorAnswer, "description": text}
        for status, text in ((401, "no key"), (404, "unknown id"), (422, "not valid"), (503, "no run can be read"))
    },
)


def _live(request: Request) -> LiveRuns:
    found: LiveRuns = request.app.state.live
    return found


def _catalogue(request: Request) -> RunCatalogue:
    found: RunCatalogue = request.app.state.catalogue
    return found


def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


Live = Annotated[LiveRuns, Depends(_live)]
Set = Annotated[Settings, Depends(_settings)]
Catalogue = Annotated[RunCatalogue, Depends(_catalogue)]


def _example(name: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {"application/json": {"example": EXAMPLES[name]}}}}


@router.get("/accounts/{account_id}", responses=_example("account"))
def get_account(account_id: AccountId, live: Live, run: RunId = None) -> account.AccountAnswer:
    """What the bank knows about an account, masked."""
    with live.read(run) as read:
        return account.account(read, account_id)


def _bounds(
    hops: Annotated[int, Query(ge=1, le=MAX_HOPS)] = 2,
    since: Annotated[int | None, Query(description="UTC microseconds, inclusive")] = None,
    until: Annotated[int | None, Query(description="UTC microseconds, exclusive")] = None,
    min_amount: Annotated[int, Query(ge=0, description="minor units")] = 0,
    max_accounts: Annotated[int, Query(ge=1, le=5000)] = 200,
) -> Bounds:
    return Bounds(hops, since, until, min_amount, max_accounts=max_accounts)


@router.get("/accounts/{account_id}/network", responses=_example("network"))
def get_network(
    account_id: AccountId, live: Live, bounds: Annotated[Bounds, Depends(_bounds)], run: RunId = None
) -> network.NetworkAnswer:
    """Payments and shared identifiers some hops around an account; hubs are reported, not crossed."""
    with live.read(run) as read:
        return network.network(read, account_id, bounds)


@router.get("/accounts/{account_id}/ring", responses=_example("ring"))
def get_account_ring(account_id: AccountId, live: Live, run: RunId = None) -> ring.RingAnswer:
    """The ring an account is in; `ring` is null where it is in none."""
    with live.read(run) as read:
        return ring.ring_of(read, account_id)


def _limits(
    depth: Annotated[int, Query(ge=1, le=trace.MAX_DEPTH, description="longest chain, in payments")] = 6,
    max_hops: Annotated[int, Query(ge=1, le=trace.MAX_HOPS, description="payments followed per start")] = 200,
    min_amount: Annotated[int, Query(ge=0, description="minor units")] = 0,
    window_days: Annotated[
        float, Query(gt=0, le=trace.MAX_DAYS, description="longest wait between two payments")
    ] = 7.0,
    horizon: Annotated[int | None, Query(description="UTC microseconds; later payments are not looked at")] = None,
) -> trace.TraceLimits:
    return trace.TraceLimits(depth, max_hops, min_amount, window_days, horizon)


def _manner(
    limits: Annotated[trace.TraceLimits, Depends(_limits)],
    direction: Annotated[
        Literal["up", "down"] | None,
        Query(description="up: where money came from; down: where it went; default: up for an account, else down"),
    ] = None,
    rule: Annotated[
        Literal["fifo", "lifo", "pro-rata", "libr", "taint-first", "all"],
        Query(description="which money leaves an account first; all: the five rules and the range they span"),
    ] = "lifo",
) -> dict[str, Any]:
    return {"limits": limits, "direction": direction, "rule": rule}


def _window(
    payment: Annotated[str | None, Query(max_length=MAX_ID, description="only the money of this payment")] = None,
    since: Annotated[int | None, Query(description="UTC microseconds, inclusive")] = None,
    until: Annotated[int | None, Query(description="UTC microseconds, exclusive")] = None,
) -> dict[str, Any]:
    return {"txn_id": payment, "since": since, "until": until}


def _start(
    case: Annotated[str | None, Query(max_length=MAX_ID, description="every victim's payment of a case")] = None,
    referral: Annotated[str | None, Query(max_length=MAX_ID, description="the victim's payment of a referral")] = None,
    txn: Annotated[str | None, Query(max_length=MAX_ID, description="a transfer")] = None,
) -> dict[str, Any]:
    return {"case_no": case, "referral_id": referral, "txn_id": txn}


Manner = Annotated[dict[str, Any], Depends(_manner)]
Window = Annotated[dict[str, Any], Depends(_window)]
Start = Annotated[dict[str, Any], Depends(_start)]


@router.get("/accounts/{account_id}/trace", responses=_example("trace"))
def get_trace(
    account_id: AccountId, live: Live, window: Window, manner: Manner, run: RunId = None
) -> trace.TraceAnswer:
    """Where the money that came into an account came from, or where it is now."""
    request = trace.TraceRequest(account_id, **window, **manner)
    with live.read(run) as read:
        return trace.trace(read, request)


@router.get("/trace", responses=_example("trace case"))
def get_trace_of(live: Live, start: Start, manner: Manner, run: RunId = None) -> trace.TraceAnswer:
    """The same of a case, a referral or a transfer: give one of the three."""
    request = trace.TraceRequest(**start, **manner)
    with live.read(run) as read:
        return trace.trace(read, request)


def _plan(
    case_no: Annotated[str, Path(min_length=1, max_length=MAX_ID, description="case number")],
    delay: Annotated[str, Query(max_length=8, description="until a hold takes effect: 0, 30m, 1h, 6h, 2d")] = "1h",
    rule: Annotated[str, Query(max_length=16, description="one of the five rules, or all")] = holds.EVERY,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 20,
) -> holds.HoldRequest:
    return holds.HoldRequest(case_no, holds.parse_delay(delay), rule, limit)


@router.get("/cases/{case_no}/holds", responses=_example("holds"))
def get_holds(
    live: Live, asked: Annotated[holds.HoldRequest, Depends(_plan)], settings: Set, run: RunId = None
) -> holds.HoldsAnswer:
    """Which accounts of a case to hold first. A recommendation: nothing is held by this."""
    with live.read(run) as read:
        return holds.holds(read, asked, settings.holds)


def _sheet(
    account_id: AccountId,
    amount: Annotated[int | None, Query(ge=0, description="frozen, minor units; default: the known balance")] = None,
    earlier: Annotated[int, Query(ge=0, description="covered by earlier freezes, minor units")] = 0,
) -> restitution.RestitutionRequest:
    return restitution.RestitutionRequest(account_id, None, amount, earlier)


@router.get("/accounts/{account_id}/restitution", responses=_example("restitution"))
def get_restitution(
    live: Live, asked: Annotated[restitution.RestitutionRequest, Depends(_sheet)], settings: Set, run: RunId = None
) -> restitution.RestitutionAnswer:
    """Who could get what of an account's frozen money. A proposal: the police decide."""
    with live.read(run) as read:
        return restitution.restitution(read, asked, settings.holds)


@router.get("/victims", responses=_example("victims"))
def get_victims(
    live: Live,
    everyone: Annotated[bool, Query(description="with unlikely ones and those who have reported")] = False,
    limit: Annotated[int, Query(ge=0, le=10_000)] = 50,
    run: RunId = None,
) -> victims.VictimsAnswer:
    """Possible victims to call, the most likely and urgent first, masked."""
    with live.read(run) as read:
        return victims.victims(read, limit, everyone)


@router.get("/victims/next", responses=_example("next victims"))
def get_next_victims(
    live: Live, limit: Annotated[int, Query(ge=0, le=10_000)] = 50, run: RunId = None
) -> victims.NextVictimsAnswer:
    """Who may pay next: payers of rings that were at work in the last 72 h, masked."""
    with live.read(run) as read:
        return victims.next_victims(read, limit)


@router.get("/cases/{case_no}/requests", responses=_example("requests"))
def get_requests(
    case_no: Annotated[str, Path(min_length=1, max_length=MAX_ID, description="case number")],
    live: Live,
    run: RunId = None,
) -> requests.RequestsAnswer:
    """Which other bank's statement would explain the most money of a case that is lost sight of."""
    with live.read(run) as read:
        return requests.requests(read, case_no)


@router.get("/accounts/{account_id}/risk", responses=_example("risk"))
def get_risk(
    account_id: AccountId,
    live: Live,
    settings: Set,
    what_if: Annotated[
        bool,
        Query(description="also the fewest facts without which its level would be lower: computed anew, slow, bounded"),
    ] = False,
    run: RunId = None,
) -> risk.RiskAnswer:
    """Score, level, reasons and evidence of an account."""
    with live.read(run) as read:
        without = counterfactual(read, account_id, seconds=settings.serve.what_if_s) if what_if else None
        return risk.risk(read, account_id, without)


@router.get("/rings/{ring_id}", responses=_example("ring"))
def get_ring(ring_id: RingId, live: Live, run: RunId = None) -> ring.RingAnswer:
    """A ring by its id."""
    with live.read(run) as read:
        return ring.ring(read, ring_id)


@router.get("/changes", responses=_example("changes"))
def get_changes(
    catalogue: Catalogue, limit: Annotated[int, Query(ge=1, le=1_000)] = 50, run: RunId = None
) -> ChangesAnswer:
    """What a run changed against the one before, alerts and rings, and the new facts that are likely behind it."""
    return changes.changes(catalogue, run, changes.Bounds(limit))


@router.get("/runs", responses=_example("runs"))
def get_runs(catalogue: Catalogue) -> runs.RunsAnswer:
    """Published runs, oldest first."""
    return runs.runs(catalogue)
