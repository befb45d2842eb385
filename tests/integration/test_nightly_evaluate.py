"""A world with its truth, from its files to its figures, in a workspace of its own."""

from __future__ import annotations

from pathlib import Path

import evaluate_kit

from graphfraud import bootstrap
from graphfraud.evaluate import sources


def test_a_world_is_ingested_run_and_measured(tmp_path: Path) -> None:
    (source,) = sources(evaluate_kit.write(tmp_path / "world"))
    found = bootstrap.evaluate_world(source, tmp_path / "scratch")
    assert len(found.figures) == len(found.manifests) == len(found.world.cuts)
    for cut, figures, manifest in zip(found.world.cuts, found.figures, found.manifests, strict=True):
        assert figures.as_of == manifest["as_of"] == cut
        assert manifest["predecessor"] is None
        assert figures.missing == 0  # every account of the world is in the export
    assert found.figures[0].referred == 2  # s1 on day 0, w1 on day 2; the only cut is the end of the world
