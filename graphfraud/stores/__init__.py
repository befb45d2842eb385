"""Systems of record behind the GraphStore protocol: embedded (one DuckDB file); Neo4j has the same file names."""
