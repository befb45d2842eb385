"""The Cypher library: headers, and no Cypher anywhere else. Settings of the server keep its password to themselves."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from graphfraud import settings
from graphfraud.errors import StoreError, UnknownId, UsageError
from graphfraud.services.workspace import settings_text
from graphfraud.settings import Neo4jSettings, Settings
from graphfraud.stores.neo4j import library

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "graphfraud").rglob("*.py"), *(ROOT / "api").rglob("*.py")]
CLAUSE = re.compile(
    r"\b(MATCH|MERGE|CREATE|DELETE|UNWIND)\s*[({]|\bUNWIND\s+[$\w]|\b(MATCH|CREATE|MERGE)\s+\(|\bCALL\s*[({]"
    r"|\bRETURN\s+\w|\bSET\s+\w+\.\w|\b(CREATE|DROP) (CONSTRAINT|INDEX)\b"
)
#: there is one of each, or one is asked for
ONE_OF = ("Store", "Run", "Load", "Table")
EXAMPLE = """\
// What it answers,
// in two lines.
//
// parameters:
//   accounts: list<string> -- account ids
//   limit: integer = 200 -- greatest number of rows
// returns: a, b
// use when: always
// cost: nothing
// plan: allows Eager because it is small

MATCH (a) RETURN a;
RETURN 1;
"""


def made(node: ast.AST) -> bool:
    """Whether an expression puts a string together: f-string, +, %, format, join."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Add, ast.Mod))
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "join")


def cypher_in(source: str) -> list[int]:
    """Lines with Cypher put together from pieces."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.expr) and made(node):
            texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            found += [node.lineno] * bool(CLAUSE.search(" ".join(texts)))
    return found


def test_no_cypher_is_put_together_from_strings() -> None:
    wrong = [(p.relative_to(ROOT).as_posix(), n) for p in SOURCES for n in cypher_in(p.read_text(encoding="utf-8"))]
    assert len(SOURCES) > 100
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        'f"MATCH (a:{label}) RETURN a"',
        '"MATCH (a:%s) RETURN a" % label',
        '"MERGE (a {id: \'" + value + "\'})"',
        '"UNWIND {} AS x".format(rows)',
        '" ".join(["MATCH (a)", where])',
        'f"CREATE INDEX {name}"',
    ],
)
def test_the_scan_finds_what_it_looks_for(source: str) -> None:
    assert cypher_in(source)


def test_statements_given_to_the_server_come_from_the_library() -> None:
    """In stores/neo4j every `.run(` takes the text of a statement of the library, or the one word that needs none."""
    allowed = {"load(name).text", "load(statement).text", "text", "'RETURN 1'", "statement.text"}
    allowed.add("Query(load(name).text, timeout=self.settings.query_timeout_s)")
    calls = [
        (path.name, ast.unparse(node.args[0]))
        for path in (ROOT / "graphfraud" / "stores" / "neo4j").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run"
    ]
    assert ("session.py", "load(name).text") in calls
    assert [call for call in calls if call[1] not in allowed] == []


def test_every_statement_has_a_header_and_uses_its_parameters() -> None:
    names = [n for under in ("schema", "load", "read", "write") for n in library.names(under)]
    assert len(names) > 60
    for name in names:
        statement = library.load(name)
        used = set(re.findall(r"\$(\w+)", statement.text))
        assert used == {p.name for p in statement.parameters}, name
        assert statement.purpose.endswith((".", ":")), name


def lacking_hints(text: str) -> list[str]:
    """Patterns of a statement that are looked up by key without a hint that names the index."""
    found = []
    for clause in re.split(r"\bMATCH\b", text)[1:]:
        for name, label, keys in re.findall(
            r"[(\[](\w+):(\w+) \{([^{}]*)\}[)\]]", re.split(r"\b(?:CREATE|MERGE)\b", clause)[0]
        ):
            properties = ", ".join(re.findall(r"(\w+): ", keys))
            hint = f"USING INDEX SEEK {name}:{label}({properties})"
            found += [f"{name}:{label}"] * (label not in ONE_OF and hint not in clause)
    return found


def test_rows_are_looked_up_by_an_index_whatever_the_server_thinks_it_holds() -> None:
    """A plan made while the server counts no relationship of a type reads its whole index: once for every row."""
    names = [n for under in ("load", "write") for n in library.names(under)]
    many = {n: library.load(n).text for n in names if "UNWIND" in library.load(n).text}
    assert len(many) > 40
    assert {n: lacking for n, text in many.items() if (lacking := lacking_hints(text))} == {}
    assert lacking_hints("UNWIND $ids AS id\nMATCH (f:Fact {id: id})\nDELETE f") == ["f:Fact"]


def test_every_statement_of_the_store_is_used() -> None:
    code = " ".join(p.read_text(encoding="utf-8") for p in (ROOT / "graphfraud" / "stores" / "neo4j").glob("*.py"))
    names = [n for under in ("load", "write") for n in library.names(under)]
    names += [n for n in library.names("read") if n.startswith("read/store_")]
    made = re.compile(
        r"(load/(transfers|identifiers|facts)_(lookup|clear|delete|lower)|load/\w+_create"
        r"|read/store_(transfers|identifiers|facts)_(times|span|checksum)|read/store_latest_\w+|read/store_expand_\w+"
        r"|write/(assessments|rings|members|evidence|alerts|layers|(next_)?victims|hubs))"
    )
    assert [n for n in names if f'"{n}"' not in code and not made.fullmatch(n)] == []


def test_a_header_is_read() -> None:
    statement = library.parse("read/example", EXAMPLE)
    assert statement.purpose == "What it answers, in two lines."
    assert statement.parameters == (
        library.Parameter("accounts", "list<string>", "account ids"),
        library.Parameter("limit", "integer", "greatest number of rows", "200"),
    )
    assert (statement.returns, statement.use_when, statement.cost) == ("a, b", "always", "nothing")
    assert statement.allows == {"Eager": "it is small"}
    assert statement.statements == ("MATCH (a) RETURN a", "RETURN 1")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("// returns: a, b\n", "", "lacks in its header: returns"),
        ("integer = 200", "number", "unknown type number"),
        ("limit: integer = 200 --", "limit:", "not of the form: limit"),
        ("allows Eager because it is small", "Eager", "not of the form: Eager"),
    ],
)
def test_a_wrong_header_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        library.parse("read/example", EXAMPLE.replace(old, new))


@pytest.mark.parametrize("name", ["read/nothing_like_it", "../pyproject", "read/../schema/0001_graph"])
def test_a_statement_that_is_not_there(name: str) -> None:
    with pytest.raises(UnknownId, match="no Cypher statement"):
        library.load(name)


SECRET = "s3cret-Word"


def test_the_password_is_in_no_text_of_the_settings(tmp_path: Path) -> None:
    environ = {
        "GRAPHFRAUD_NEO4J_URI": "bolt://10.0.0.1:1",
        "GRAPHFRAUD_NEO4J_USER": "123",
        "GRAPHFRAUD_NEO4J_PASSWORD": SECRET,
        "GRAPHFRAUD_NEO4J__BATCH_ROWS": "500",
    }
    found = settings.load(None, environ)
    assert found.neo4j.password.get_secret_value() == SECRET
    assert (found.neo4j.uri, found.neo4j.user, found.neo4j.batch_rows) == ("bolt://10.0.0.1:1", "123", 500)
    for text in (
        repr(found),
        str(found.neo4j),
        found.model_dump_json(),
        str(found.model_dump()),
        "".join(settings_text()),
    ):
        assert SECRET not in text
    assert "password" not in found.model_dump_json()
    assert "password" not in {name for _, name, *_ in settings.table()}


def test_a_password_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "graphfraud.toml"
    file.write_text(f'[neo4j]\npassword = "{SECRET}"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="GRAPHFRAUD_NEO4J_PASSWORD") as told:
        settings.load(file, {})
    assert SECRET not in str(told.value)


def test_defaults_of_the_server() -> None:
    assert Settings().neo4j == Neo4jSettings()
    assert Neo4jSettings().uri == "bolt://127.0.0.1:7687"
