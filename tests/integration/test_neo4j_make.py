"""`make neo4j` and what it needs."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import neo4j_server
import pytest
from neo4j import GraphDatabase

ROOT = Path(__file__).parents[2]


def test_a_server_that_stays_until_it_is_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / ".neo4j"
    try:
        assert neo4j_server.start(home) == 0
        told = capsys.readouterr().out
        env = home / "env"
        assert stat.S_IMODE(env.stat().st_mode) == 0o600
        values = dict(line.removeprefix("export ").split("=", 1) for line in env.read_text().splitlines())
        assert list(values) == ["GRAPHFRAUD_NEO4J_URI", "GRAPHFRAUD_NEO4J_USER", "GRAPHFRAUD_NEO4J_PASSWORD"]
        uri, user, password = values.values()
        assert uri.startswith("bolt://127.0.0.1:")
        assert uri in told
        assert "make neo4j-stop" in told
        assert f"source {env}" in told
        assert len(password) >= 20
        assert password not in told
        with GraphDatabase.driver(uri, auth=(user, password)) as driver:
            driver.verify_connectivity()
        assert neo4j_server.start(home) == 0
        assert "running already" in capsys.readouterr().out
    finally:
        neo4j_server.stop(home)
    assert not neo4j_server.answers(int(uri.rpartition(":")[2]))
    assert neo4j_server.stop(home) == 0
    assert "no server of `make neo4j` is running" in capsys.readouterr().out


def check(path: Path) -> subprocess.CompletedProcess[str]:
    """What `make test` asks first, with nothing but `path` to find programs in."""
    return subprocess.run(
        [sys.executable, "-S", ROOT / "tests" / "neo4j_server.py", "check"],
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("lacking", ["java", "mvn"])
def test_what_is_missing_is_named_with_its_package(lacking: str, tmp_path: Path) -> None:
    for name in {"java", "mvn"} - {lacking}:
        (tmp_path / name).symlink_to("/bin/true")
    done = check(tmp_path)
    assert done.returncode == 1
    assert {"java": "Java", "mvn": "Maven"}[lacking] + " not found" in done.stderr.replace("mvn", "Maven")
    assert "apt-get install openjdk-17-jre-headless maven" in done.stderr


@pytest.mark.parametrize(("version", "fits"), [("11.0.2", False), ("17.0.15", True), ("21", True), ("24.0.1", False)])
def test_the_version_of_java_is_looked_at(version: str, fits: bool, tmp_path: Path) -> None:
    (tmp_path / "mvn").symlink_to("/bin/true")
    (tmp_path / "java").write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n", encoding="utf-8")
    (tmp_path / "java").chmod(0o755)
    done = check(tmp_path)
    assert (done.returncode == 0) is fits
    assert fits or f"Java {version.partition('.')[0]} is in use" in done.stderr


def test_make_asks_before_it_installs() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    recipe = lines[lines.index("test:") + 1 :]
    assert recipe[0].strip().endswith("tests/neo4j_server.py check")
