"""Figures of `graphfraud evaluate … --full --json` as the tables of docs/evaluation.md.

    python -m tests.bench.evaluation FILE.json… [--write]

prints them; with --write they replace what stands between the marks of docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"
OPEN, CLOSE = "<!-- figures -->", "<!-- end -->"
World = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    worlds = [w for file in asked.files for w in json.loads(file.read_text(encoding="utf-8"))["worlds"]]
    text = "\n\n".join(part for part in tables(worlds) if part)
    if not asked.write:
        print(text)
        return
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(OPEN)
    PAGE.write_text(f"{head}{OPEN}\n{text}\n{CLOSE}{rest.partition(CLOSE)[2]}", encoding="utf-8")


def tables(worlds: list[World]) -> Iterator[str]:
    """Every table that has rows, with a line that says what it is."""
    for title, head, rows in TABLES:
        made = table(head, rows(worlds))
        if made:
            yield f"{title}\n\n{made}"


def table(head: str, rows: list[list[str]]) -> str:
    columns = head.split(" | ")
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if rows else ""


def cut(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world["cuts"][world["headline"]]
    return found


def figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".lstrip("0").replace("-0.", "−.").replace("-", "−") or "0"


def share(value: float | None, places: int = 1) -> str:
    return "–" if value is None else f"{value:.{places}%}"


def spread(e: dict[str, Any]) -> str:
    if e["value"] is None:
        return "–"
    return figure(e["value"]) if e["low"] is None else f"{figure(e['value'])} ({figure(e['low'])}–{figure(e['high'])})"


def headlines(worlds: list[World]) -> list[list[str]]:
    rows = []
    for world in worlds:
        for at in world["cuts"]:
            found = {e["name"]: e for e in at["sections"]["intervals"]["figures"]}
            cells = [
                spread(found[n]) if n in found else "–" for n in ("AP all", "AP acted", "P@50", "P@100", "ring F1")
            ]
            precision = (at["rings"] or {}).get("precision")
            rows.append([f"{world['name']}, {at['as_of'][:10]}", *cells, figure(precision)])
    return rows


def margin(e: dict[str, Any] | None) -> list[str]:
    if e is None:
        return ["–", "–"]
    verdict = "" if e["significant"] else ", not significant"
    return [f"{figure(e['value'])} ({e['other']})", spread(e["difference"]) + verdict]


def bests(worlds: list[World]) -> list[list[str]]:
    rows = []
    for world in worlds:
        margins = cut(world)["sections"]["intervals"]["margins"]
        cells = []
        for what in ("AP all", "AP acted"):
            own = [m for m in margins if m["what"] == what]
            cells += margin(max(own, key=lambda m: m["value"]) if own else None)
        rows.append([world["name"], *cells])
    return rows


def null_rows(worlds: list[World]) -> list[list[str]]:
    names = ("gradient boosting, plain features", "permuted seeds", "shuffled times", "no identifiers")
    rows = []
    for world in worlds:
        found = world["full"]["nulls"]
        by = {(m["other"], m["what"]): m["value"] for m in found["margins"]}
        cells = [
            f"{figure(by.get((n, 'AP all')))} / {figure(by.get((n, 'AP acted')))}"
            for n in (*names, "shuffled times, no identifiers")
        ]
        rows.append([world["name"], figure(found["prevalence"]), *cells])
    return rows


def hidden_rows(worlds: list[World]) -> list[list[str]]:
    rows = []
    for world in worlds:
        found = world["full"].get("hiding")
        if found is None:
            continue
        cells = [
            f"{figure(r['ap_all'])} / {figure(r['ap_acted'])}, {figure(r['ring_f1'])} ({r['seeds']} seeds)"
            for r in found["revealed"]
        ]
        u = found["unseen"]
        if u is None:
            rows.append([world["name"], *cells, "–", "–"])
            continue
        cells.append(f"{figure(u['ap_all'])} / {figure(u['ap_acted'])} ({u['rings']} of {u['of_rings']})")
        rows.append([world["name"], *cells, f"{figure(u['full_ap_all'])} / {figure(u['full_ap_acted'])}"])
    return rows


def budget_rows(worlds: list[World]) -> list[list[str]]:
    rows = []
    for world in worlds:
        for r in cut(world)["sections"]["budgets"]["rows"]:
            days = "–" if r["days_mean"] is None else f"{r['referred_later']}, {r['days_mean']:.1f}"
            found = [share(r["precision"]), f"{share(r['recall'])} / {share(r['recall_acted'])}"]
            money = [share(r["value_recall"]), share(r["still_there_recall"])]
            cells = [f"{world['name']}, {r['who']}", f"{r['looked_at']:,}", *found, *money, days]
            rows.append([*cells, f"{r['per_10000']:.1f}"])
    return rows


def group_rows(worlds: list[World]) -> list[list[str]]:
    rows = []
    for world in worlds:
        found = cut(world)["sections"].get("recall", {"layers": [], "roles": []})
        for g in (*found["layers"], *found["roles"]):
            parts = [
                f"{n / g['hidden']:.0%}" if g["hidden"] else "–" for n in (g["raised"][1], g["raised"][2], g["first"])
            ]
            rows.append([f"{world['name']}, {g['group']}", str(g["hidden"]), *parts])
    return rows


def false_rows(worlds: list[World]) -> list[list[str]]:
    rows = []
    for world in worlds:
        cells = []
        for at in cut(world)["false_positives"]:
            whole = next(s for s in at["strata"] if s["stratum"] == "all")
            i = whole["interval"]
            ends = f"{share(i['share'], 2)}, {share(i['low'], 2)}–{share(i['high'], 2)}"
            cells.append(f"{whole['raised']} of {whole['accounts']:,} ({ends}); recall {share(at['recall'])}")
        rows.append([world["name"], *cells])
    return rows


def night_rows(worlds: list[World]) -> list[list[str]]:
    rows = []
    for world in worlds:
        nights = world["full"].get("nights")
        paths = {
            p["path"]: f"{share(p['hidden'], 0)} / {share(p['honest'], 0)}" for p in world["full"]["ceiling"]["paths"]
        }
        kept = (
            ["–", "–"]
            if nights is None
            else [figure(nights["kept"]), f"{figure(nights['f1'])} / {figure(nights['f1_fresh'])}"]
        )
        rows.append(
            [
                world["name"],
                *kept,
                *(paths[n] for n in ("money, forward, 3 transfers", "one identifier", "identifiers")),
            ]
        )
    return rows


def repeat_rows(worlds: list[World]) -> list[list[str]]:
    rows = []
    for world in worlds:
        found = world["full"].get("repeats")
        if found is not None:
            own = next(e for e in found["figures"] if e["name"] == "AP all")
            best = max((m for m in found["margins"] if m["what"] == "AP all"), key=lambda m: m["value"])
            rows.append([world["name"], spread(own), *margin(best)])
    return rows


TABLES: tuple[tuple[str, str, Callable[[list[World]], list[list[str]]]], ...] = (
    (
        "AP, P@k and ring F1 with their 95 % intervals over rings.",
        "world, cut | AP all | AP acted | P@50 | P@100 | ring F1 | ring precision",
        headlines,
    ),
    (
        "The best of the naive baselines at the headline cut, and the difference to it (paired, 95 % over rings).",
        "world | AP all of the best | difference | AP acted of the best | difference",
        bests,
    ),
    (
        "The detector on altered facts, and boosting on plain features: AP all / acted.",
        "world | base rate | boosting | permuted seeds | shuffled times | no identifiers | both",
        null_rows,
    ),
    (
        "A share of the cases known (AP all / acted, ring F1), and rings without any seed (AP all / acted there).",
        "world | 10 % | 25 % | 50 % | rings without a seed | nothing hidden",
        hidden_rows,
    ),
    (
        "AMLSim on first payments alone.",
        "set | AP all | best baseline | difference",
        repeat_rows,
    ),
    (
        "What a day's work finds at the headline cut; value and money still there as shares of all hidden members'.",
        "world, looked at | accounts | precision | recall all / acted | value | still there | later, days | per 10,000",
        budget_rows,
    ),
    (
        "Hidden members found, by layer and by role.",
        "world, group | members | level ≤ 2 | level ≤ 3 | first 500",
        group_rows,
    ),
    (
        "Honest accounts raised, all strata together (95 % Wilson), beside the recall of acted mules.",
        "world | level 1 | levels 1–2 | levels 1–3",
        false_rows,
    ),
    (
        "Ten chained nights, and the ceiling: hidden members reached / honest candidates reached.",
        "world | rings kept | F1 chained / fresh | three transfers | one identifier | identifiers, chained",
        night_rows,
    ),
)


if __name__ == "__main__":
    main()
