"""From a world's files through ingest, nightly run and export to figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluate_kit import write

from graphfraud import bootstrap
from graphfraud.evaluate import sources
from graphfraud.evaluate.truth import day


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> bootstrap.Evaluated:
    folder = tmp_path_factory.mktemp("evaluated")
    (source,) = sources(write(folder / "world"))
    return bootstrap.evaluate_world(source, folder / "scratch")


def test_a_canonical_world_is_measured_at_its_cut(found: bootstrap.Evaluated) -> None:
    (figures,) = found.figures
    assert figures.as_of == found.world.headline
    assert figures.missing == 0  # every candidate is in the export
    assert figures.referred == 2  # s1 on day 0, w1 on day 2; the only cut is the end of the world
    own = figures.scores["graphfraud"]
    # at the last cut w1 is referred too and r4 has acted; h3 exists
    assert own.all.candidates == 10
    assert own.acted is not None
    assert own.acted.positives == 4
    assert own.all.average_precision is not None
    assert own.all.average_precision > own.all.prevalence  # r1 and r2 are paid by s1 and share its device
    assert found.full == ()


def test_every_cut_is_a_fresh_run(found: bootstrap.Evaluated) -> None:
    assert len(found.figures) == len(found.manifests) == len(found.world.cuts)
    for cut, figures, manifest in zip(found.world.cuts, found.figures, found.manifests, strict=True):
        assert figures.as_of == manifest["as_of"] == cut
        assert manifest["predecessor"] is None


def test_baselines_and_sections_stand_beside_the_figures(found: bootstrap.Evaluated) -> None:
    assert {"degree", "amount", "PageRank, amount"} <= set(found.figures[0].scores)
    keys = {section.key for section in found.figures[0].sections}
    assert {"intervals", "curves", "budgets", "recall", "indicators"} <= keys


def test_a_foreign_world_is_date_only_and_all_its_repeats_arrive(tmp_path: Path) -> None:
    origin = tmp_path / "sim"
    origin.mkdir()
    nodes = "".join(f"{i},{int(i < 10)},10.05,-1\n" for i in range(30))
    (origin / "nodes.csv").write_text("nodeid,isFraud,init_balance,fraudStep\n" + nodes)
    rows = "".join(f"{i},{i + 1},3.50,{1 + i % 5}\n" * 2 for i in range(29))
    (origin / "transactions.csv").write_text("sourceNodeId,targetNodeId,value,time\n" + rows)
    found = bootstrap.evaluate_world(sources(origin)[0], tmp_path / "scratch")
    assert found.figures[0].as_of == day(6)
    with bootstrap.open_workspace(tmp_path / "scratch" / "workspace").runs.open() as run:
        assert run.snapshot.meta.date_only
        assert len(run.snapshot.flows.time) == 58
    assert found.figures[0].rings is None
    assert found.figures[0].scores["graphfraud"].acted is None
