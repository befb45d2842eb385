"""The command that imports the files, as a script, and the page that says how to use it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from graphfraud.services.bulk.layout import LINKS, NODES, Links, Nodes

SCRIPT, PAGE = "import.sh", "README.md"
_HEAD = """\
#!/bin/sh
# Imports the files of this folder into a database of a Neo4j server that is stopped. README.md says how.
#
#   sh import.sh                                                    with the neo4j-admin of the PATH
#   sh import.sh /opt/neo4j/bin/neo4j-admin                         with another one
#   sh import.sh java -cp '/opt/neo4j/lib/*' org.neo4j.cli.AdminTool
#   sh import.sh --overwrite-destination …                          in place of what the database holds: that is lost
#
# DATABASE in the environment names the database; default: neo4j.
set -eu
cd "$(dirname "$0")"
overwrite=--overwrite-destination=false
if [ "${1:-}" = --overwrite-destination ]; then
  overwrite=$1=true
  shift
fi
[ $# -gt 0 ] || set -- neo4j-admin
exec "$@" database import full "${DATABASE:-neo4j}" "$overwrite" \\
"""
_PAGE = """\
# Bulk import into Neo4j

Every fact of a workspace of graphfraud, as it was after load {seq}: {nodes:,} nodes and {links:,} relationships, as
docs/graph.md describes them. **Names, numbers and addresses stand here in clear.** The folder can be read by its owner
only; keep it as safe as the store itself, and delete it once it is imported.

1. Stop the server. Give the folder to the user that it runs as (`chown -R neo4j: .`), and be that user for step 2.
2. Import into a database that is new or empty:

       sh import.sh

   or, where there is no `neo4j-admin` in the PATH, by the class path of the server:

       NEO4J_HOME=/opt/neo4j NEO4J_CONF=/opt/neo4j/conf \\
         sh import.sh java -cp '/opt/neo4j/lib/*' org.neo4j.cli.AdminTool

   Where the server has been started before, its database is there already: `sh import.sh --overwrite-destination …`
   replaces it. What it held is lost. The whole command stands in import.sh.
3. Start the server. Make the constraints and indexes, which takes minutes on a large graph:

       export GRAPHFRAUD_NEO4J_URI=bolt://… GRAPHFRAUD_NEO4J_USER=neo4j GRAPHFRAUD_NEO4J_PASSWORD=…
       graphfraud init DIR --store neo4j

   Before that every command refuses and names what is missing. To go on in the workspace that these files are from,
   set `kind = "neo4j"` under `[store]` in its graphfraud.toml first and give its folder as DIR.
4. `graphfraud nightly --workspace DIR` makes the findings; the files hold facts only. Delete this folder.

| file | rows | read as |
|---|---|---|
{files}
"""


@dataclass(frozen=True)
class Counts:
    """Rows of each file, whether a text has a line break, and the last load."""

    rows: dict[str, int]
    multiline: bool
    seq: int


def parts(rows: Collection[str]) -> tuple[list[Nodes], list[Links]]:
    """What is imported from these files."""
    return [n for n in NODES if n.rows in rows], [link for link in LINKS if link.rows in rows]


def header_file(part: Nodes | Links) -> str:
    """Name of the file with the header line."""
    return f"{part.name}.header.csv"


def script(counts: Counts) -> str:
    """import.sh. Files without rows are left out. Line breaks are expected only if there are some: it is slower."""
    nodes, links = parts(counts.rows)
    lines = ["--id-type=string", "--input-encoding=UTF-8", "--report-file=import.report"]
    if counts.multiline:
        lines.append("--multiline-fields=true")
    lines += [f"--nodes={n.labels}={header_file(n)},{n.rows}.csv" for n in nodes]
    lines += [f"--relationships={link.name}={header_file(link)},{link.rows}.csv" for link in links]
    return _HEAD + " \\\n".join(f"  {line}" for line in lines) + "\n"


def page(counts: Counts) -> str:
    """README.md."""
    nodes, links = parts(counts.rows)
    return _PAGE.format(
        seq=counts.seq,
        nodes=sum(counts.rows[n.rows] for n in nodes),
        links=sum(counts.rows[link.rows] for link in links),
        files="\n".join(_lines(counts)),
    )


def _lines(counts: Counts) -> Iterator[str]:
    nodes, links = parts(counts.rows)
    for name, rows in counts.rows.items():
        read = [f"`:{n.labels}`" for n in nodes if n.rows == name]
        read += [f"`{link.name}`" for link in links if link.rows == name]
        yield f"| {name}.csv | {rows:,} | {', '.join(read)} |"
