"""The account, transfer and medium reads of the LDBC Financial Benchmark, exact in integers.

`load` reads a folder of the benchmark's data, `ask` answers a read by its name; the reads are public functions
that answer an investigator's questions as well, over the network of a run: `of_snapshot`.
"""

from graphfraud.trace.finbench.answer import Answer, Column, Unit
from graphfraud.trace.finbench.building import build, load
from graphfraud.trace.finbench.cases import Case, read_cases
from graphfraud.trace.finbench.links import Hop, Links, Order, Rows, Truncation
from graphfraud.trace.finbench.network import Holders, IntIds, Loans, Media, Network
from graphfraud.trace.finbench.patterns import blocked_siblings, collect_then_withdraw, cycles_of_three
from graphfraud.trace.finbench.reads import READS, ask
from graphfraud.trace.finbench.snapshots import of_snapshot
from graphfraud.trace.finbench.spread import loan_spread
from graphfraud.trace.finbench.sums import blocked_share, in_and_out, loan_ratios, payees, payers, totals
from graphfraud.trace.finbench.tracing import blocked_media, forward_paths, upstream_loans
from graphfraud.trace.finbench.windows import Window

__all__ = [
    "READS",
    "Answer",
    "Case",
    "Column",
    "Holders",
    "Hop",
    "IntIds",
    "Links",
    "Loans",
    "Media",
    "Network",
    "Order",
    "Rows",
    "Truncation",
    "Unit",
    "Window",
    "ask",
    "blocked_media",
    "blocked_share",
    "blocked_siblings",
    "build",
    "collect_then_withdraw",
    "cycles_of_three",
    "forward_paths",
    "in_and_out",
    "load",
    "loan_ratios",
    "loan_spread",
    "of_snapshot",
    "payees",
    "payers",
    "read_cases",
    "totals",
    "upstream_loans",
]
