"""Layers: how many hops the victims' money has made (一级卡, 二级卡, …; domain.md §2).

Layer 1 is the account that received the victim's payment. The money is followed by its LIFO lots, so a layer is
the fewest time-respecting hops that the money itself made, never a mere path. Pooled accounts, merchants,
companies and the cash desk end it. A referral without an identifiable victim payment sets layer 1 at the
referred account, *assumed*, from its reported (or else its referral) time less the setting's cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphfraud.core.clock import DAY
from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import I8, I32, I64, NEVER, Flags, Snapshot
from graphfraud.settings import Settings

#: A payment belongs to a layer when at least this part of it is money of the layer before.
LEAST_PART = 0.1


@nb.njit(cache=True)
def _follow(
    starts: tuple[I64, I32, I8],
    flows: tuple[I64, I32, I64],
    lots: tuple[I64, I32, I32, I64],
    ends: Flags,
    rules: tuple[int, int, float],
) -> tuple[I32, I32, I8]:
    """Breadth first over flows, referral by referral: (referral, flow, layer) reached, each once, fewest hops."""
    first, start, base = starts
    time, payee, amount = flows
    in_ptr, in_order, outflow, part = lots
    deepest, window, least = rules
    layer = np.zeros(time.shape[0], np.int8)
    referral = [np.int32(0) for _ in range(0)]
    reached = [np.int32(0) for _ in range(0)]
    hops = [np.int8(0) for _ in range(0)]
    for r in range(base.shape[0]):
        begin = len(reached)
        for i in range(first[r], first[r + 1]):
            layer[start[i]] = base[r]
            reached.append(start[i])
        head = begin
        while head < len(reached):
            f = reached[head]
            head += 1
            if layer[f] >= deepest or payee[f] < 0 or ends[payee[f]]:
                continue
            for i in range(in_ptr[f], in_ptr[f + 1]):
                g = outflow[in_order[i]]
                carries = part[in_order[i]] >= least * amount[g]
                if carries and layer[g] == 0 and time[g] - time[f] <= window:
                    layer[g] = layer[f] + 1
                    reached.append(g)
        for i in range(begin, len(reached)):
            referral.append(np.int32(r))
            hops.append(layer[reached[i]])
        for i in range(begin, len(reached)):
            layer[reached[i]] = 0
    return np.array(referral, np.int32), np.array(reached, np.int32), np.array(hops, np.int8)


@dataclass(frozen=True)
class Start:
    """Where the following of one referral begins: flows that stand at a layer, and whether that was assumed."""

    flows: I32
    assumed: bool


def start_of(snapshot: Snapshot, referral: int, cut_days: float) -> Start:
    """The victim's payment where it is identified; else the account's outgoing payments from the assumed time on."""
    refs, flows = snapshot.referrals, snapshot.flows
    payment = int(refs.victim_flow[referral])
    if payment >= 0:
        return Start(np.array([payment], np.int32), False)
    account = int(refs.account[referral])
    since = refs.victim_time[referral]
    if since == NEVER:
        since = refs.referred_at[referral] - np.int64(cut_days * DAY)
    mine = snapshot.flows_of(account)
    out = mine[(flows.payer[mine] == account) & (flows.time[mine] >= since)]
    return Start(np.asarray(out, np.int32), True)


def layers(snapshot: Snapshot, settings: Settings) -> pa.Table:
    """Findings table `layers`: per account and case the fewest hops of its money, and the payment that brought it.

    Of equal layers a known payment counts before an assumed one, then the smaller referral and payment.
    Accounts that are pooled, merchants or companies have no layer. O(flows reached · links).
    """
    accounts, flows, refs = snapshot.accounts, snapshot.flows, snapshot.referrals
    starts = [start_of(snapshot, r, settings.risk.referral_cut_days) for r in range(len(refs.id))]
    assumed = np.array([s.assumed for s in starts], bool)
    referral, flow, layer = _followed(snapshot, starts, settings)
    account = flows.payee[flow]
    keep = account >= 0
    keep[keep] = accounts.person[account[keep]]
    everyone = np.arange(len(refs.id), dtype=np.int32)
    rows = {  # every referred account stands at layer 1 itself
        "account": np.concatenate([account[keep], refs.account]),
        "referral": np.concatenate([referral[keep], everyone]),
        "layer": np.concatenate([layer[keep], np.ones(len(everyone), np.int8)]),
        "flow": np.concatenate([flow[keep], np.where(assumed, -1, refs.victim_flow)]),
    }
    return _table(snapshot, assumed, rows)


def _followed(snapshot: Snapshot, starts: list[Start], settings: Settings) -> tuple[I32, I32, I8]:
    flows, lots = snapshot.flows, snapshot.lots
    sizes = np.array([len(s.flows) for s in starts], np.int64)
    found: tuple[I32, I32, I8] = _follow(
        (
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            np.concatenate([np.zeros(0, np.int32), *(s.flows for s in starts)]).astype(np.int32),
            np.array([2 if s.assumed else 1 for s in starts], np.int8),
        ),
        (flows.time, flows.payee, flows.amount),
        (lots.in_ptr, lots.in_order, lots.outflow, lots.amount),
        ~snapshot.accounts.person,
        (settings.levels.max_layers, int(settings.levels.layer_window_days * DAY), LEAST_PART),
    )
    return found


def _table(snapshot: Snapshot, assumed: Flags, rows: dict[str, NDArray[Any]]) -> pa.Table:
    """The best row per account and case."""
    refs, flows = snapshot.referrals, snapshot.flows
    _, case = np.unique(np.array(list(refs.case)), return_inverse=True)
    of_case = case[rows["referral"]] if len(rows["referral"]) else rows["referral"]
    guess = assumed[rows["referral"]]
    order = np.lexsort((rows["flow"], rows["referral"], guess, rows["layer"], of_case, rows["account"]))
    account, of_case = rows["account"][order], of_case[order]
    first = np.ones(len(order), bool)
    first[1:] = (account[1:] != account[:-1]) | (of_case[1:] != of_case[:-1])
    best = order[first]
    flow = rows["flow"][best]
    spec = FINDINGS["layers"]
    return spec.table(
        {
            "account_id": snapshot.accounts.id.take(rows["account"][best]),
            "case_no": refs.case.take(rows["referral"][best]),
            "layer": rows["layer"][best].astype(np.int64),
            "assumed": guess[best],
            "referral_id": refs.id.take(rows["referral"][best]),
            "via_txn": [flows.txn[f] if f >= 0 else None for f in flow.tolist()],
            "time": [int(flows.time[f]) if f >= 0 else None for f in flow.tolist()],
        }
    )
