"""Reads of one account's totals: what comes in, what goes out, and ratios of the two."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphfraud.trace.finbench.answer import NO_AMOUNT, Answer, Column, counts, ids, money, ratio, ratios
from graphfraud.trace.finbench.grouping import grouped
from graphfraud.trace.finbench.kernels import distinct
from graphfraud.trace.finbench.links import ALL, LEAST, Found, Hop, Links, Truncation
from graphfraud.trace.finbench.network import Network
from graphfraud.trace.finbench.windows import ALWAYS, Window


def in_and_out(
    network: Network, account_id: Any, threshold: int = LEAST, window: Window = ALWAYS, truncation: Truncation = ALL
) -> Answer:
    """Fast in, fast out: different payers and payees above `threshold` and the ratio in / out: FinBench TCR7.

    One row; the ratio is −1 where nothing goes out. `threshold` in minor units. Raises UnknownId.
    """
    into, out = Hop(network.into, truncation), Hop(network.out, truncation)
    bounds = (network.account(account_id), window.after, window.before, threshold)
    paid, pays = into.between(*bounds), out.between(*bounds)
    columns = {"numSrc": counts([len(distinct(paid.other)[0])]), "numDst": counts([len(distinct(pays.other)[0])])}
    share = ratio(_total(paid), _total(pays))
    return Answer(columns | {"inOutRatio": ratios([share])}, into.left_out + out.left_out)


def loan_ratios(
    network: Network, account_id: Any, threshold: int = LEAST, window: Window = ALWAYS, truncation: Truncation = ALL
) -> Answer:
    """Loan deposits over repayments, over transfers out, and transfers in over out: FinBench TCR9.

    One row; sums of amounts above `threshold`, minor units; −1 where the divisor is 0. Raises UnknownId.
    """
    into, out = Hop(network.into, truncation), Hop(network.out, truncation)
    bounds = (network.account(account_id), window.after, window.before, threshold)
    hops = (Hop(network.loans.received), Hop(network.loans.repaid), into, out)
    deposited, repaid, paid, pays = (_total(hop.between(*bounds)) for hop in hops)
    columns = {"ratioRepay": ratios([ratio(deposited, repaid)]), "ratioDeposit": ratios([ratio(deposited, pays)])}
    return Answer(columns | {"ratioTransfer": ratios([ratio(paid, pays)])}, into.left_out + out.left_out)


def totals(network: Network, account_id: Any, window: Window = ALWAYS) -> Answer:
    """Sum, greatest amount and number of transfers out (edge1) and in (edge2): FinBench TSR2.

    One row; the greatest is −1 where there is none. Raises UnknownId.
    """
    account = network.account(account_id)
    columns: dict[str, Column] = {}
    for name, links in (("Edge1", network.out), ("Edge2", network.into)):
        amount = Hop(links).between(account, window.after, window.before).amount
        columns |= {f"sum{name}Amount": money([int(amount.sum())])}
        columns |= {
            f"max{name}Amount": money([int(amount.max(initial=NO_AMOUNT))]),
            f"num{name}": counts([len(amount)]),
        }
    return Answer(columns)


def blocked_share(network: Network, account_id: Any, threshold: int = LEAST, window: Window = ALWAYS) -> Answer:
    """Transfers in from blocked accounts above `threshold` in the window over all transfers in: FinBench TSR3.

    One row; the divisor is counted without window and threshold; −1 where it is 0. Raises UnknownId.
    """
    account = network.account(account_id)
    found = Hop(network.into).between(account, window.after, window.before, threshold)
    share = ratio(int(network.blocked[found.other].sum()), network.into.degree_of(int(account[0])))
    return Answer({"blockRatio": ratios([share])})


def payees(network: Network, account_id: Any, threshold: int = LEAST, window: Window = ALWAYS) -> Answer:
    """Transfers out above `threshold` per payee: FinBench TSR4. In order of (sumAmount descending, dstId)."""
    return _counterparties(network, network.out, "dstId", (account_id, threshold, window))


def payers(network: Network, account_id: Any, threshold: int = LEAST, window: Window = ALWAYS) -> Answer:
    """Transfers in above `threshold` per payer: FinBench TSR5. In order of (sumAmount descending, srcId)."""
    return _counterparties(network, network.into, "srcId", (account_id, threshold, window))


def _counterparties(network: Network, links: Links, name: str, asked: tuple[Any, int, Window]) -> Answer:
    account_id, threshold, window = asked
    found = Hop(links).between(network.account(account_id), window.after, window.before, threshold)
    sums = grouped(found.other, found.amount)
    order = np.lexsort((sums.key, -sums.total))
    columns = {name: ids(network.accounts.take(sums.key[order])), "numEdges": counts(sums.count[order])}
    return Answer(columns | {"sumAmount": money(sums.total[order])})


def _total(found: Found) -> int:
    return int(found.amount.sum())
