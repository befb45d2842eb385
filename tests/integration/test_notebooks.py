"""Notebooks run from start to end, and are kept without output."""

from __future__ import annotations

from pathlib import Path

import nbformat
import neo4j_kit
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def test_the_quickstart_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs("quickstart", tmp_path, monkeypatch)


def test_following_a_case_runs(sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFRAUD_WORKSPACE", str(sample_folder))
    runs("tracing", tmp_path, monkeypatch)


def test_the_tour_of_the_graph_runs(neo4j: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    neo4j_kit.claim(tmp_path)
    runs("neo4j_tour", tmp_path, monkeypatch)
    (run,) = neo4j_kit.query("MATCH (:Live)-[:SHOWS]->(r)<-[:FOUND_IN]-(ring) RETURN r.state, count(ring) > 5")
    assert run == ("whole", True)


def test_the_evaluation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs("evaluation", tmp_path, monkeypatch)


def test_an_indicator_of_ones_own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs("own_indicator", tmp_path, monkeypatch)


def runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a notebook from start to end."""
    path = next(p for p in NOTEBOOKS if p.stem == name)
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel draws into the notebook
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [], "outputs are stripped in git: make notebooks"
            assert cell.execution_count is None
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=str(tmp_path))
    pictures = [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert pictures, "something is drawn as a picture"


def test_each_notebook_is_run() -> None:
    tests = Path(__file__).read_text(encoding="utf-8")
    assert [p.stem for p in NOTEBOOKS if f'runs("{p.stem}"' not in tests] == []
