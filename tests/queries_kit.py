"""docs/queries.md, made from the headers of cypher/read, and the examples in it, made on the sample.

`python tests/queries_kit.py` writes the catalogue anew; `python tests/queries_kit.py WORKSPACE` the examples too, with
the rows that the queries give in a workspace that holds the sample in Neo4j after its first nightly run.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from docs_kit import table
from rich.console import Console

from graphfraud import bootstrap
from graphfraud.cli.render.query import query as draw
from graphfraud.core.query import Budget
from graphfraud.services import query as service
from graphfraud.services.query import QueryCard, short_type
from graphfraud.services.workspace import Workspace, open_workspace

PAGE = Path(__file__).parent.parent / "docs" / "queries.md"
#: query, --limit, parameters; shown with their output on the sample
EXAMPLES: list[tuple[str, int, dict[str, str]]] = [
    ("ring_overview", 3, {}),
    (
        "money_down",
        200,
        {"account": "6217000001121746", "since": "2026-02-20", "until": "2026-02-22", "min_amount": "20000"}
        | {"keep_percent": "80"},
    ),
    ("bridge_accounts", 3, {"since": "2026-02-01", "min_amount": "100"}),
]
GROUPS = {
    "One account, or some": (
        *("account_sheet", "statement", "counterparties", "payments_between", "common_counterparties"),
        *("neighbourhood", "shortest_path"),
    ),
    "Where money went, where it came from": ("money_down", "money_up", "cycles"),
    "Patterns in a window of time": (
        *("fan_in_out", "fan_out", "pass_through", "structuring", "round_amounts", "night_activity", "first_contact"),
        *("new_accounts", "opened_together", "quiet_accounts", "awakened_accounts", "hubs"),
    ),
    "Identifiers": (
        "accounts_by_identifier",
        "shared_identifiers",
        "shared_device_rings",
        "device_circle",
        "identifier_hubs",
    ),
    "Cases and referrals": ("case_layers", "case_victims", "case_cash", "bridge_accounts", "waiting_referrals"),
    "The live run": (
        *("ring_overview", "ring_members", "ring_evidence", "ring_links", "possible_victims", "next_victims"),
        *("alerts", "run_history"),
    ),
}
HEAD = """# Questions to the graph

The catalogue of `graphfraud query`: one file of Cypher each in cypher/read. This page is made from their headers.

```sh
graphfraud query --list                      # every query; graphfraud query NAME --list for one
graphfraud query money_down --param account=6217000001121746 --param min_amount=5000 --param since=2026-02-20
```

`--limit` is the greatest number of rows (200): more are reported, never dropped in silence. `--timeout` is the
greatest number of seconds (30). `--json` prints what [json.md](json.md) describes. Queries only read, and run beside
an ingest or a nightly run.

**Parameters.** Times are dates (00:00 Asia/Shanghai) or ISO 8601 with a zone; amounts are yuan (`5000`, `49999.50`);
lists are separated by commas. Defaults below are written the same way. In Neo4j Browser the same files take times in
microseconds, amounts in fen, and two parameters more that graphfraud gives: `$seen` ([graph.md](graph.md)) and
`$limit`.

**What counts as a payment.** Failed payments (`success = false`) and reversals are left out, unless a header says
otherwise. A payment that was taken back later still counts: look for its reversal in `statement`. Where both sides'
statements were loaded, a payment stands in the graph twice; the nightly run merges the two, these queries do not.

**Hubs.** Accounts with more than `max_degree` payments stored (whatever their kind or time), pooled accounts and
merchants are shown and not crossed. Identifiers of phones and addresses are masked; `--unmask REASON` shows them, and
the reason is kept in the ledger.
"""


def page(examples: str) -> str:
    """docs/queries.md with these examples."""
    cards = {card.name: card for card in service.catalogue().queries}
    named = [name for names in GROUPS.values() for name in names]
    assert sorted(named) == sorted(cards), f"queries in no group, or in two: {set(named) ^ set(cards)}"
    out = [HEAD, "## Examples\n\nOn the sample, after its first nightly run.\n", examples]
    for group, names in GROUPS.items():
        out.append(f"## {group}\n")
        out += [_card(cards[name]) for name in names]
    return "\n".join(out).rstrip() + "\n"


def _card(card: QueryCard) -> str:
    out = [f"### {card.name}\n", f"{card.purpose}\n"]
    if card.parameters:
        rows = ((f"`{p.name}`", short_type(p.type), _default(p.default), p.meaning) for p in card.parameters)
        out.append(table(("parameter", "type", "default", "meaning"), rows) + "\n")
    columns = ", ".join(c.name if c.type == "text" else f"{c.name} ({c.type})" for c in card.columns)
    out.append(f"Columns: {columns}. Use when {card.use_when}. Cost: {card.cost}.\n")
    return "\n".join(out)


def _default(value: str | None) -> str:
    return "must be given" if value is None else f"`{value}`"


def examples(workspace: Workspace) -> str:
    """The commands of `EXAMPLES` with what they print."""
    out = []
    with bootstrap.open_graph(workspace) as ask:
        for name, limit, given in EXAMPLES:
            answer = service.query(ask, name, given, Budget(limit, 120))
            words = ["graphfraud query", name, *(f"--param {k}={v}" for k, v in given.items())]
            words += [f"--limit {limit}"] if limit != Budget().rows else []
            text = io.StringIO()
            Console(file=text, width=120, highlight=False).print(draw(answer))
            lines = [line.rstrip() for line in text.getvalue().splitlines()]
            out.append("\n".join(["```", f"$ {' '.join(words)}", *lines, "```", ""]))
    return "\n".join(out)


def written() -> str:
    """The examples that stand in the page."""
    found = re.search(r"nightly run\.\n\n(```\n\$.*?```\n)\n## ", PAGE.read_text(encoding="utf-8"), re.S)
    return found[1] if found else ""


def main(arguments: Iterator[str]) -> None:
    folder = next(arguments, None)
    shown = examples(open_workspace(Path(folder))) if folder else written()
    PAGE.write_text(page(shown), encoding="utf-8")


if __name__ == "__main__":
    main(iter(sys.argv[1:]))
