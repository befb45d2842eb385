"""Layers: how many hops the victims' money has made (一级卡, 二级卡, …; domain.md §2).

Layer 1 is the account that received the victim's payment. The money is followed by its LIFO lots, so a layer is
the fewest time-respecting hops that the money itself made, never a mere path. Pooled accounts, merchants,
companies and the cash desk end it. A referral without an identifiable victim payment sets layer 1 at the
referred account, *assumed*, from its reported (or else its referral) time less the setting's cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import pyarrow as pa

from graphfraud.core.clock import DAY
from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import I32, I64, NEVER, Flags, Snapshot
from graphfraud.settings import Settings

#: A payment belongs to a layer when at least this part of it is money of the layer before.
LEAST_PART = 0.1


@nb.njit(cache=True)
def _follow(
    start: I32,
    flows: tuple[I64, I32, I64],
    lots: tuple[I64, I32, I32, I64],
    ends: Flags,
    rules: tuple[int, int, float],
) -> tuple[I32, I32]:
    """Breadth first over flows: (flow, layer) reached from the starting flows, each once, with its fewest hops."""
    time, payee, amount = flows
    in_ptr, in_order, outflow, part = lots
    deepest, window, least = rules
    layer = {np.int32(f): np.int32(1) for f in start}
    queue = [np.int32(f) for f in start]
    head = 0
    while head < len(queue):
        f = queue[head]
        head += 1
        if layer[f] >= deepest or payee[f] < 0 or ends[payee[f]]:
            continue
        for i in range(in_ptr[f], in_ptr[f + 1]):
            link = in_order[i]
            g = outflow[link]
            if time[g] - time[f] <= window and part[link] >= least * amount[g] and g not in layer:
                layer[g] = np.int32(layer[f] + 1)
                queue.append(g)
    found = np.empty(len(queue), np.int32)
    hops = np.empty(len(queue), np.int32)
    for i in range(len(queue)):
        found[i] = queue[i]
        hops[i] = layer[queue[i]]
    return found, hops


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

    Accounts that are pooled, merchants or companies have no layer. O(flows reached · links).
    """
    accounts, flows, refs = snapshot.accounts, snapshot.flows, snapshot.referrals
    best: dict[tuple[int, str], tuple[int, bool, str, int]] = {}
    for referral in range(len(refs.id)):
        case, name = refs.case[referral], refs.id[referral]
        start = start_of(snapshot, referral, settings.risk.referral_cut_days)
        _keep(
            best,
            (int(refs.account[referral]), case),
            (1, start.assumed, name, -1 if start.assumed else int(start.flows[0])),
        )
        found, hops = follow(snapshot, start, settings)
        for flow, layer in zip(found.tolist(), hops.tolist(), strict=True):
            account = int(flows.payee[flow])
            if account >= 0 and accounts.person[account]:
                _keep(best, (account, case), (layer, start.assumed, name, flow))
    rows = [
        {
            "account_id": accounts.id[account], "case_no": case, "layer": layer, "assumed": assumed,
            "referral_id": name, "via_txn": flows.txn[flow] if flow >= 0 else None,
            "time": int(flows.time[flow]) if flow >= 0 else None,
        }
        for (account, case), (layer, assumed, name, flow) in best.items()
    ]  # fmt: skip
    spec = FINDINGS["layers"]
    return spec.sorted(pa.Table.from_pylist(rows, schema=spec.schema))


def follow(snapshot: Snapshot, start: Start, settings: Settings) -> tuple[I32, I32]:
    """Flows that carry on the money of a start, with the layer their receiver stands at."""
    flows, lots = snapshot.flows, snapshot.lots
    deepest = settings.levels.max_layers
    found, hops = _follow(
        start.flows,
        (flows.time, flows.payee, flows.amount),
        (lots.in_ptr, lots.in_order, lots.outflow, lots.amount),
        ~snapshot.accounts.person,
        (deepest - 1 if start.assumed else deepest, int(settings.levels.layer_window_days * DAY), LEAST_PART),
    )
    return found, hops + 1 if start.assumed else hops


def _keep(
    best: dict[tuple[int, str], tuple[int, bool, str, int]], key: tuple[int, str], value: tuple[int, bool, str, int]
) -> None:
    """Fewest hops win; then a known payment before an assumed one, then the smaller referral and flow."""
    if key not in best or value < best[key]:
        best[key] = value
