"""Writing a trace to files: each file is whole or not there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeGuard

from pydantic import Field

from graphfraud.errors import UsageError
from graphfraud.services.answers import Answer
from graphfraud.services.export_files import replacing
from graphfraud.services.export_set import replacing_set
from graphfraud.services.sankey.words import Lang
from graphfraud.services.trace.answer import TraceAnswer
from graphfraud.services.trace_export import sheets, tables
from graphfraud.services.trace_export.picture import picture_of

FORMATS = ("csv", "json", "xlsx", "graphml", "svg", "png")


@dataclass(frozen=True)
class TraceFileAnswer(Answer):
    """What was written where."""

    start_id: Annotated[str, Field(description="what was traced")]
    rule: str
    format: str
    path: Annotated[str, Field(description="the file that was asked; of CSV the hops")]
    files: Annotated[list[str], Field(description="all files that were written; CSV has one a table")]
    hops: int
    lang: Annotated[Lang, Field(description="language of a picture")]
    note: Annotated[str | None, Field(description="why a picture is not as was asked")]


def wanted(out: Path | None, format_: str | None) -> TypeGuard[Path]:
    """Whether a file is asked for. Raises UsageError for a format without a file."""
    if out is None and format_ is not None:
        raise UsageError(f"--format {format_} is of a file: name it with --out, for example --out trace.{format_}")
    return out is not None


def export_trace(answer: TraceAnswer, out: Path, format_: str | None = None, lang: Lang = "en") -> TraceFileAnswer:
    """Write a trace. The format is by the file's ending where none is given. Raises UsageError, InputError."""
    chosen = (format_ or out.suffix.removeprefix(".") or "csv").lower()
    if chosen not in FORMATS:
        raise UsageError(f"{chosen!r} is not a format of a trace; there are {', '.join(FORMATS)} (--format)")
    files, note = [out], None
    if chosen == "csv":
        files = _csv(answer, out)
    else:
        with replacing(out) as part:
            if chosen == "xlsx":
                sheets.write_xlsx(tables.sheets(answer), part, answer.as_of)
            elif chosen == "json":
                part.write_text(json.dumps(answer.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            elif chosen == "graphml":
                from graphfraud.services.trace_export import graph  # networkx takes a while to import

                graph.write_graphml(answer, part)
            else:
                drawn = picture_of(answer, lang).draw(chosen)
                part.write_bytes(drawn.data)
                lang, note = drawn.lang, drawn.note
    return TraceFileAnswer(
        run_id=answer.run_id,
        as_of=answer.as_of,
        start_id=answer.start_id,
        rule=answer.rule,
        format=chosen,
        path=str(out),
        files=[str(file) for file in files],
        hops=len(answer.hops),
        lang=lang,
        note=note,
    )


def _csv(answer: TraceAnswer, out: Path) -> list[Path]:
    """`NAME.csv` has the hops, `NAME.steps.csv` and so on the other tables; the set is replaced all or none.

    Every table has its file, an empty one too: none is left over from an earlier trace.
    """
    made = tables.sheets(answer)
    files = [out if s.name == tables.MAIN else out.with_name(f"{out.stem}.{s.name}.csv") for s in made]
    with replacing_set(files) as parts:
        for sheet, part in zip(made, parts, strict=True):
            sheets.write_csv(sheet, part)
    return files
