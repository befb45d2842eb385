"""The detector on simulated worlds: `python -m tests.bench.worlds [--kinds …] [--seeds tuning|fresh|both] [--write]`.

Makes three tuning and three fresh worlds of every kind, evaluates each at day 90 and keeps the figures in --out, a file
a world, so that a stopped bench goes on; prints the table of them, and with --write puts it into docs/synthetic.md.
Presets and detector are chosen on the tuning seeds; fresh seeds are looked at once, when nothing is changed any more.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphfraud import bootstrap, evaluate
from graphfraud.ingest.synthetic import Plan, kinds, preset, synthesize

PAGE = Path(__file__).parents[2] / "docs" / "synthetic.md"
SEEDS = {"tuning": (1, 2, 3), "fresh": (101, 102, 103)}
ACCOUNTS = 20_000
MARKS = ("<!-- figures -->", "<!-- end -->")
Figures = dict[str, Any]


@dataclass(frozen=True)
class AtHeadline(evaluate.Source):
    """A world that is run at its headline cut alone."""

    def prepare(self, folder: Path) -> evaluate.World:
        world = evaluate.Source(self.name, self.kind, self.origin).prepare(folder)
        return replace(world, cuts=(world.headline,))


def figures(folder: Path) -> Figures:
    """The figures of the table for one world. One ingest, one run."""
    (found,) = evaluate.sources(folder)
    with tempfile.TemporaryDirectory(prefix="graphfraud-worlds-") as scratch:
        source = AtHeadline(found.name, found.kind, found.origin)
        (at,) = bootstrap.evaluate_world(source, Path(scratch)).figures
    return headline(at.as_json())


def headline(at: dict[str, Any]) -> Figures:
    """What the table shows of an evaluation at one cut."""
    scores = {s["name"]: s for s in at["scores"]}
    own = scores.pop("graphfraud")
    best = max(scores, key=lambda n: scores[n]["all"]["average_precision"] or 0.0)
    interval = {f["name"]: f["value"] for f in at["sections"]["intervals"]["figures"]}
    second = next(f for f in at["false_positives"] if f["level"] == 2)
    whole = next(s for s in second["strata"] if s["stratum"] == "all")
    return {
        "hidden": own["all"]["positives"],
        "acted": own["acted"]["positives"],
        "referred": at["referred"],
        "ap_all": own["all"]["average_precision"],
        "ap_acted": own["acted"]["average_precision"],
        "p50": interval["P@50"],
        "ring_f1": at["rings"]["f1"],
        "ring_precision": at["rings"]["precision"],
        "raised": whole["raised"],
        "honest": whole["accounts"],
        "recall": second["recall"],
        "best": best,
        "best_ap": scores[best]["all"]["average_precision"],
    }


def measure(kind: str, seed: int, out: Path) -> Figures:
    """A world made, measured and thrown away; its figures are kept."""
    file = out / f"{kind}-{seed}.json"
    if not file.exists():
        folder = out / f"{kind}-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        synthesize(Plan(kind, preset(kind), seed, ACCOUNTS), folder)
        found = figures(folder)
        shutil.rmtree(folder)
        file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"{kind}, seed {seed}: AP {found['ap_all']:.3f} / {found['ap_acted']:.3f}", flush=True)
    kept: Figures = json.loads(file.read_text(encoding="utf-8"))
    return kept


HEAD = (
    "world | hidden, acted (referred) | AP all / acted | P@50 | ring F1 (precision) | honest raised, levels 1–2"
    " | recall there | best baseline, AP all"
)


def line(name: str, f: Figures) -> str:
    """A row of the table."""
    cells = (
        name,
        f"{f['hidden']}, {f['acted']} ({f['referred']})",
        f"{f['ap_all']:.3f} / {f['ap_acted']:.3f}",
        f"{f['p50']:.2f}",
        f"{f['ring_f1']:.3f} ({f['ring_precision'] or 0:.2f})",
        f"{f['raised']} of {f['honest']:,}",
        f"{f['recall']:.2f}",
        f"{f['best_ap']:.3f} ({f['best']})",
    )
    return f"| {' | '.join(cells)} |"


def mean(rows: list[Figures]) -> str:
    """The mean row of a kind's worlds."""

    def of(key: str) -> float:
        return statistics.fmean(r[key] or 0.0 for r in rows)

    cells = (
        f"{of('ap_all'):.3f} / {of('ap_acted'):.3f}",
        f"{of('p50'):.2f}",
        f"{of('ring_f1'):.3f} ({of('ring_precision'):.2f})",
        f"{of('raised'):.1f}",
        f"{of('recall'):.2f}",
        f"{of('best_ap'):.3f}",
    )
    return f"| *mean* |  | {' | '.join(cells)} |"


def table(worlds: dict[str, dict[str, list[tuple[int, Figures]]]]) -> str:
    """Markdown of {kind: {tuning | fresh: [(seed, figures)]}}."""
    lines = [f"| {HEAD} |", "|" + " --- |" * (HEAD.count("|") + 1)]
    for kind, parts in worlds.items():
        for part, rows in parts.items():
            lines += [line(f"{kind}, {part} {seed}", found) for seed, found in rows]
            lines += [mean([found for _, found in rows])] if rows else []
    return "\n".join(lines)


def write(text: str) -> None:
    """Put the table between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(MARKS[0])
    PAGE.write_text(f"{head}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", default=list(kinds()), choices=kinds())
    parser.add_argument("--seeds", default="both", choices=("tuning", "fresh", "both"))
    parser.add_argument("--out", type=Path, default=Path("bench-out/worlds"))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--known", action="store_true", help="only the figures that are there already")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    parts = {name: SEEDS[name] for name in SEEDS if asked.seeds in (name, "both")}
    found: dict[str, dict[str, list[tuple[int, Figures]]]] = {k: {p: [] for p in parts} for k in asked.kinds}
    for place in range(3):  # by turns, so that a stopped bench has something of everything
        for part, seeds in parts.items():
            for kind in asked.kinds:
                seed = seeds[place]
                if not asked.known or (asked.out / f"{kind}-{seed}.json").exists():
                    found[kind][part].append((seed, measure(kind, seed, asked.out)))
    text = table(found)
    print(text)
    if asked.write:
        write(text)


if __name__ == "__main__":
    main()
