"""Parts of the documentation that are made from the code. `python tests/docs_kit.py` writes them; a test compares.

In README.md a made part stands between `<!-- made: name -->` and `<!-- end -->`; docs/json.md is made as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from surface_examples import FILE, examples

from graphfraud import settings
from graphfraud.cli.app import ORDER, app
from graphfraud.indicators.library import catalogue
from graphfraud.models import weights
from graphfraud.services import (
    account,
    bulk,
    changes,
    export,
    finbench,
    holds,
    indicators,
    models,
    network,
    outcome,
    query,
    report,
    requests,
    restitution,
    ring,
    risk,
    runs,
    trace,
    trace_export,
    victims,
    worlds,
)
from graphfraud.services.answers import adapter
from graphfraud.services.live import answer as live

ROOT = Path(__file__).parent.parent
README, JSON = ROOT / "README.md", ROOT / "docs" / "json.md"
SCORECARD = ROOT / "docs" / "scorecard.md"

#: command → the class of what it prints with --json
ANSWERS: dict[str, type[Any]] = {
    "init": outcome.InitAnswer,
    "ingest": outcome.IngestAnswer,
    "quarantine list": outcome.QuarantineAnswer,
    "quarantine fix": outcome.FixAnswer,
    "refer": outcome.ReferAnswer,
    "withdraw": outcome.ReferAnswer,
    "nightly": outcome.NightlyAnswer,
    "network": network.NetworkAnswer,
    "ring": ring.RingAnswer,
    "trace": trace.TraceAnswer,
    "trace --live": live.LiveTraceAnswer,
    "trace --out": trace_export.TraceFileAnswer,
    "risk": risk.RiskSheet,
    "victims": victims.VictimsAnswer,
    "victims --next": victims.NextVictimsAnswer,
    "holds": holds.HoldsAnswer,
    "holds --out": holds.HoldsExported,
    "requests": requests.RequestsAnswer,
    "restitution": restitution.RestitutionAnswer,
    "indicators": indicators.IndicatorsAnswer,
    "models": models.ModelsAnswer,
    "query": query.QueryAnswer,
    "query --list": query.CatalogueAnswer,
    "runs": runs.RunsAnswer,
    "runs RUN_ID": runs.ManifestAnswer,
    "changes": changes.ChangesAnswer,
    "check": outcome.CheckAnswer,
    "export": export.ExportAnswer,
    "export neo4j-admin": bulk.BulkAnswer,
    "serve": outcome.ServeAnswer,
    "synthesize": worlds.WorldAnswer,
    "finbench": finbench.FinbenchAnswer,
    "version": outcome.VersionAnswer,
}
PARTS = {account.AccountAnswer: "route /v1/accounts/{id}", report.ReportAnswer: "report of nightly"}


def _commands() -> Iterator[tuple[str, Any]]:
    root = typer.main.get_command(app)
    for name in ORDER:
        command = root.commands[name]  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        for sub, one in inner.items() if inner else [("", command)]:
            yield f"{name} {sub}".strip(), one


def commands() -> Iterator[tuple[str, str, str]]:
    """(name, what it does, examples) of every command."""
    for name, one in _commands():
        shown = (one.epilog or "").removeprefix("Examples:").split()
        yield name, (one.help or "").strip(), " ".join(shown)


def options() -> Iterator[tuple[str, set[str]]]:
    """(name, its options) of every command."""
    for name, one in _commands():
        yield name, {text for parameter in one.params for text in parameter.opts}


def cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(head: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(map(cell, row)) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def settings_part() -> str:
    rows = ((f"`{s}.{n}`", f"`{_plain(d)}`", u, h) for s, n, d, u, h in settings.table())
    return table(("setting", "default", "unit", "meaning"), rows)


def _plain(value: object) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def indicators_part() -> str:
    points = weights().points
    rows = (
        (f"`{i.id}` v{i.version}", i.name_zh, i.definition, i.window, _thresholds(i), _points(points[i.id]))
        for i in catalogue()
    )
    return table(("indicator", "名称", "definition", "window", "thresholds", "points"), rows)


def _points(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def scorecard_part() -> str:
    """Every comparison: weights, consistency ratio, points."""
    found, known = weights(), {i.id: i for i in catalogue()}
    names = ", ".join(f"`{n}` {_share(w)}" for n, w in zip(found.groups.items, found.groups.weights, strict=True))
    out = [f"Groups (consistency ratio {found.groups.ratio:.3f}): {names}.\n"]
    for group in found.within:
        out.append(f"### {group.name}\n\nConsistency ratio {group.ratio:.3f}.\n")
        rows = (
            (f"`{i}`", known[i].name_zh, known[i].layer, known[i].basis, _share(w), _points(found.points[i]))
            for i, w in zip(group.items, group.weights, strict=True)
        )
        out.append(table(("indicator", "名称", "layer", "basis", "weight in the group", "points"), rows) + "\n")
    return "\n".join(out).rstrip()


def _share(weight: float) -> str:
    return f"{100 * weight:.1f} %"


def _thresholds(indicator: Any) -> str:
    return ", ".join(f"{t.name} = {t.default} {t.unit}" for t in indicator.thresholds)


def commands_part() -> str:
    return table(("command", "what it does"), ((f"`{name}`", text) for name, text, _ in commands()))


def json_page() -> str:
    """docs/json.md."""
    out = [HEAD]
    shown: set[str] = set()
    for command, kind in ANSWERS.items():
        out.append(f"## `graphfraud {command} --json`\n\n{_class(kind, shown)}")
    for kind, what in PARTS.items():
        if kind.__name__ not in shown:
            out.append(f"## {what}\n\n{_class(kind, shown)}")
    return "\n".join(out).rstrip() + "\n"


HEAD = """# JSON of the commands and the API

Every command prints one of these with `--json`; the API sends the same objects. Keys are only ever added. Times
are ISO 8601 in Asia/Shanghai, scores and shares decimals in [0, 1] with six places, amounts integers in minor
units (fen), spans seconds. What is not known is null.

An error is one object on the error stream, with the exit code of the command: `{"error": {"type": "UnknownId",
"message": "…", "exit_code": 3}}`; the API sends `{"error": {"type", "message"}}` with status 404 for an unknown
id, 422 for a wrong parameter, 401 without the key, 503 where no run can be read.

`evaluate --json` is `{worlds: [{name, kind, notes, headline, cuts: [figures], full}]}`; `headline` is the index of
the cut that is quoted, figures are described in graphfraud/evaluate/evaluation.py, `full` (null without `--full`) and
the figures' `sections` are `{key: data}`, a key a section of docs/evaluation.md.

A trace ends for one of these reasons: held (still there), cash, pooled (a payment company), merchant, other bank
(an account of another bank), opening (the opening balance), unexplained (no known inflow), beyond (later than the
horizon); or because of a limit: waited (longer than the window), small, depth, breadth, busy (an account with too many
payments), restarted (paid on in a payment that is a start itself, and followed from there).
"""


def _class(kind: type[Any], shown: set[str]) -> str:
    schema = adapter(kind).json_schema(mode="serialization")
    parts = [_object(kind.__name__, schema)]
    shown.add(kind.__name__)
    for name, inner in schema.get("$defs", {}).items():
        if name not in shown:
            shown.add(name)
            parts.append(f"### {name}\n\n{_object(name, inner)}")
    return "\n".join(parts)


def _object(name: str, schema: dict[str, Any]) -> str:
    required = ((f"`{field}`", _type(v), v.get("description", "")) for field, v in schema["properties"].items())
    return f"{schema.get('description', name)}\n\n{table(('key', 'type', 'meaning'), required)}\n"


def _type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return value["$ref"].rsplit("/", 1)[-1]
    if "anyOf" in value:
        return " or ".join(_type(v) for v in value["anyOf"])
    if value.get("type") == "array":
        return f"list of {_type(value['items'])}"
    if value.get("type") == "object":
        inner = value.get("additionalProperties")
        return f"object of {_type(inner)}" if isinstance(inner, dict) else "object"
    unit = value.get("unit")
    text = "time" if value.get("format") == "date-time" else value.get("type", "any")
    return f"{text}, {unit}" if unit and text != "time" else text


def _remade(file: Path, made: dict[str, Callable[[], str]]) -> str:
    """A page with its made parts as they should be."""
    text = file.read_text(encoding="utf-8")
    for name, build in made.items():
        pattern = re.compile(rf"(<!-- made: {name} -->\n).*?(<!-- end -->)", re.S)
        if not pattern.search(text):
            raise AssertionError(f"{file.name} has no part {name}")
        text = pattern.sub(lambda m, b=build: f"{m[1]}{b()}\n{m[2]}", text)
    return text


def readme() -> str:
    """README.md with its made parts as they should be."""
    return _remade(README, {"settings": settings_part, "indicators": indicators_part, "commands": commands_part})


def scorecard_page() -> str:
    """docs/scorecard.md with its made part as it should be."""
    return _remade(SCORECARD, {"scorecard": scorecard_part})


if __name__ == "__main__":
    FILE.write_text(json.dumps(examples(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    JSON.write_text(json_page(), encoding="utf-8")
    README.write_text(readme(), encoding="utf-8")
    SCORECARD.write_text(scorecard_page(), encoding="utf-8")
