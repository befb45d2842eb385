"""`graphfraud evaluate`: every world of a folder, each in a workspace that is thrown away."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import Progress

from graphfraud.cli.desk import Watching
from graphfraud.cli.lazy import bootstrap, evaluate
from graphfraud.cli.night import Stages

if TYPE_CHECKING:
    from graphfraud.bootstrap import Evaluated


@dataclass(frozen=True)
class EvaluationAnswer:
    """The figures of every world."""

    worlds: list[Evaluated]

    def as_json(self) -> dict[str, Any]:
        """{worlds: [{name, kind, headline, notes, cuts: [figures], full}]}; figures as `evaluate.Evaluation.as_json`.

        full: {key: data} of the sections of `--full`, at the headline cut; null without it.
        """
        return {
            "worlds": [
                {"name": w.world.name, "kind": w.world.kind, "notes": list(w.world.notes)}
                | {"headline": w.world.cuts.index(w.world.headline), "cuts": [f.as_json() for f in w.figures]}
                | {"full": evaluate.by_key(w.full) if w.full else None}
                for w in self.worlds
            ]
        }


def evaluate_folder(folder: Path, full: bool, progress: Progress) -> EvaluationAnswer:
    """Measure every world below a folder. Raises InputError where there is none."""
    found = []
    for source in evaluate.sources(folder):
        progress.add_task(f"world {source.name}", total=None)
        with tempfile.TemporaryDirectory(prefix="graphfraud-") as scratch:
            watched = (Stages(progress), Watching(progress))
            found.append(bootstrap.evaluate_world(source, Path(scratch), *watched, full))
    return EvaluationAnswer(found)


def write_page(answer: EvaluationAnswer, out: Path | None) -> None:
    """The report as one HTML file, where one is asked for. Raises InputError where it cannot be written."""
    if out is not None:
        evaluate.write_page(out, [evaluate.chapter(w.world, w.figures, w.full) for w in answer.worlds])
