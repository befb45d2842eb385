"""The figures of a bench as a Markdown table, targets beside them."""

from __future__ import annotations

from typing import Any

#: columns of detection beside networkx
DETECTION = ["transfers", "", "s", "AP", "AP acted", "ring F1", "precision", "steps, s"]
#: at 10M transfers on two cores
TARGETS = {"ingest": 60.0, "nightly": 120.0, "peak_mb": 6 * 1024.0, "p99_ms": 1.0}


def markdown(found: dict[str, Any]) -> str:
    """Time and memory of every step and stage, edges per graph, look-ups, and a table of traces a size."""
    from tests.bench import detect_networkx, live, trace  # numba: only when there is something to print

    m, sizes = found["machine"], found["sizes"]
    versions = sizes[-1]["nightly"]["versions"] if sizes else {}
    lines = [
        f"{m['cores']} cores ({m['processor']}), {m['memory_gib']} GiB, {m['system']};"
        f" load before: {m['load_before']}.",
        " · ".join(f"{k} {v}" for k, v in versions.items()),
        "",
        "Seconds / processor seconds / peak MiB (ingest and nightly with start-up). Targets: at 10M transfers on two"
        " cores with nothing else running; where others work beside the bench, processor seconds tell more.",
        "",
        *_table(["", *(f"{s['transfers']:,}" for s in sizes), "target"], _times(sizes)),
        "",
        *_table(["rows and edges", *(f"{s['transfers']:,}" for s in sizes)], _edges(sizes)),
        "",
        *_table(["look-up, ms p50 / p99", *(f"{s['transfers']:,}" for s in sizes), "target"], _look_ups(sizes)),
        "",
        "Detection on the same world beside networkx (PageRank from the referred on payments and identifiers; label"
        " propagation).",
        "",
        *_table(DETECTION, [[f"{s['transfers']:,}", *row] for s in sizes for row in detect_networkx.rows(s["detect"])]),
        "",
        *(trace.markdown(s["trace"]) for s in sizes),
        *(f"{s['transfers']:,} transfers. {live.markdown(s['live'])}" for s in sizes),
    ]
    return "\n".join(lines)


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    rule = ["---", *("---:" for _ in head[1:])]
    return ["| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)]


def _times(sizes: list[dict[str, Any]]) -> list[list[str]]:
    def cell(wall: float, cpu: float | None, peak: float) -> str:
        return f"{wall:.1f} / {'–' if cpu is None else f'{cpu:.1f}'} / {peak:,.0f}"

    def whole(s: dict[str, Any], name: str) -> str:
        return cell(s[name]["wall_s"], s[name]["cpu_s"], s[name]["peak_mb"])

    def part(s: dict[str, Any], name: str) -> str:
        found = next((x for x in s["nightly"]["stages"] if x["stage"] == name), None)
        cpu = s["nightly"]["stage_cpu_s"].get(name)
        return "–" if found is None else cell(found["wall_s"], cpu, found["peak_mb"])

    rows = [["ingest", *(whole(s, "ingest") for s in sizes)]]
    rows[0].append(f"≤ {TARGETS['ingest']:.0f} s")
    names = [stage["stage"] for stage in sizes[-1]["nightly"]["stages"]] if sizes else []
    rows += [[f"· {name}", *(part(s, name) for s in sizes), ""] for name in names]
    target = f"≤ {TARGETS['nightly']:.0f} s, ≤ {TARGETS['peak_mb'] / 1024:.0f} GiB"
    rows.append(["nightly, all", *(whole(s, "nightly") for s in sizes), target])
    return rows


def _edges(sizes: list[dict[str, Any]]) -> list[list[str]]:
    facts = ("accounts", "transfers", "cash", "identifiers", "referrals")
    rows = [[name, *(f"{s['generate']['rows'][name]:,}" for s in sizes)] for name in facts]
    names = list(dict.fromkeys(k for s in sizes for k in s["nightly"]["edges"]))
    rows += [[n, *(f"{s['nightly']['edges'].get(n, 0):,}" for s in sizes)] for n in names]
    rows += [[f"findings: {n}", *(f"{s['nightly']['findings'][n]:,}" for s in sizes)] for n in _found(sizes)]
    return rows


def _found(sizes: list[dict[str, Any]]) -> list[str]:
    return [n for n in ("ring_summary", "alerts", "victims") if sizes and n in sizes[-1]["nightly"]["findings"]]


def _look_ups(sizes: list[dict[str, Any]]) -> list[list[str]]:
    def cell(found: dict[str, float] | None) -> str:
        return "–" if found is None else f"{found['p50_ms']:.3f} / {found['p99_ms']:.3f}"

    target = f"p99 ≤ {TARGETS['p99_ms']:.0f}"
    return [[kind, *(cell(s["look_up"][kind]) for s in sizes), target] for kind in ("account", "ring")]
