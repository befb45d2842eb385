"""The documentation cannot drift: what is made from the code is compared, what is not is looked for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import docs_kit
import pytest
from docs_kit import ANSWERS, JSON, README, ROOT, SCORECARD, commands, json_page, options, readme, scorecard_page

import graphfraud
from graphfraud import settings
from graphfraud.cli.app import ORDER
from graphfraud.indicators.library import catalogue
from graphfraud.services import export

TEXT = README.read_text(encoding="utf-8")
ANEW = "python tests/docs_kit.py writes it anew"


def test_made_parts_are_up_to_date() -> None:
    assert readme() == TEXT, ANEW
    assert json_page() == JSON.read_text(encoding="utf-8"), ANEW
    assert scorecard_page() == SCORECARD.read_text(encoding="utf-8"), ANEW


def test_every_command_is_documented_and_has_an_example() -> None:
    found = list(commands())
    assert {name.split()[0] for name, *_ in found} == set(ORDER)
    for name, text, example in found:
        assert f"`{name}`" in TEXT
        assert len(text) > 20, name
        assert f"graphfraud {name}" in example, name
        if name not in ("evaluate",):
            assert name in ANSWERS, f"{name} --json is not documented"


def test_every_command_takes_workspace_and_json() -> None:
    for name, taken in options():
        assert "--json" in taken, name
        assert "--workspace" in taken or name == "init", name  # init names its folder


def test_every_setting_and_indicator_is_documented() -> None:
    for section, name, *_ in settings.table():
        assert f"`{section}.{name}`" in TEXT
    assert len(catalogue()) >= 15
    for indicator in catalogue():
        assert f"`{indicator.id}` v{indicator.version}" in TEXT
    for kind in export.KINDS:
        assert kind in TEXT


def test_every_setting_is_used() -> None:
    code = "\n".join(
        p.read_text(encoding="utf-8") for p in (ROOT / "graphfraud").rglob("*.py") if p.name != "settings.py"
    )
    code += "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "graphfraud").rglob("*.sql"))
    unused = [f"{section}.{name}" for section, name, *_ in settings.table() if not re.search(rf"\.{name}\b", code)]
    assert unused == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "adr").glob("0*.md")), ids=lambda p: p.stem)
def test_decisions_follow_the_template(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for heading in ("## Why a decision was needed", "## Decision", "## What it costs, and when to look at it again"):
        assert heading in text
    assert re.search(r"^Date: .* · Status: ", text, re.M)


@pytest.mark.parametrize("path", sorted((ROOT / "graphfraud" / "cli").glob("*.py")), ids=lambda p: p.stem)
def test_commands_are_thin(path: Path) -> None:
    """At most 15 lines in a command, its parameters and docstring aside: parse, call, render."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and any("command" in ast.unparse(d) for d in node.decorator_list):
            body = node.body[1:]
            lines = 1 + (body[-1].end_lineno or 0) - body[0].lineno
            assert lines <= 15, f"{path.name}: {node.name} has {lines} lines"


@pytest.mark.parametrize("path", sorted((ROOT / "api" / "graphfraud_api").glob("*.py")), ids=lambda p: p.stem)
def test_routes_are_thin(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and any("router." in ast.unparse(d) for d in node.decorator_list):
            assert len(node.body) <= 3, f"{path.name}: {node.name}"


def test_the_public_surface_is_there() -> None:
    for name in graphfraud.__all__:
        assert getattr(graphfraud, name) is not None
    assert dir(graphfraud) == sorted(graphfraud.__all__)
    with pytest.raises(AttributeError, match="no public name 'secret'"):
        _ = graphfraud.secret
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert set(re.findall(r"\bgf\.(\w+)", notebook.read_text(encoding="utf-8"))) <= set(graphfraud.__all__)
    assert docs_kit.ROOT == ROOT


def test_the_readme_begins_with_the_two_commands() -> None:
    first = TEXT.split("## ")[0]
    assert "make nightly" in first
    assert "make test" in first
    assert re.search(r"Java 17 .*Maven", first)
    assert "minutes" in first
