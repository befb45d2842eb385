# Two commands are enough: `make nightly` and `make test`. Both make .venv first.
PYTHON ?= python3
VENV ?= .venv
DEMO ?= demo
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help install nightly test lint bench notebooks neo4j neo4j-stop ci clean

help:
	@echo "make install    .venv with everything (also done by the others)"
	@echo "make nightly    the sample from files to report, in $(DEMO)/"
	@echo "make test       the whole suite with coverage"
	@echo "make lint       format, lint, types, import contracts"
	@echo "make bench      ingest, nightly, tracing, tracing on Neo4j at 100k, 1M and 10M transfers"
	@echo "make notebooks  run the notebooks, keep them without output"
	@echo "make neo4j      a private Neo4j server under .neo4j/; make neo4j-stop stops it"
	@echo "make clean      remove what the others made (not $(DEMO)/)"

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; ok = (3, 11) <= v[:2] <= (3, 13); \
	sys.exit(None if ok else f"graphfraud needs Python 3.11, 3.12 or 3.13; $(PYTHON) is {v[0]}.{v[1]}. Try: make install PYTHON=python3.12")'
	@echo "installing into $(VENV), once: about two minutes"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

nightly: install
	@test -f $(DEMO)/graphfraud.toml || $(BIN)/graphfraud init $(DEMO) --sample
	@$(BIN)/graphfraud nightly --workspace $(DEMO)

neo4j: install
	@$(BIN)/python tests/neo4j_server.py start

neo4j-stop: install
	@$(BIN)/python tests/neo4j_server.py stop

# Java and Maven are asked for before anything is installed.
test:
	@$(PYTHON) tests/neo4j_server.py check
	@$(MAKE) --no-print-directory install
	$(BIN)/python -m coverage erase
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --cov --cov-report=term:skip-covered $(ARGS)

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m tests.bench.run $(ARGS)

notebooks: install
	$(BIN)/python -m pytest -q tests/integration/test_notebooks.py
	$(BIN)/nbstripout notebooks/*.ipynb

ci:
	.ci/run

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*
	find . -name __pycache__ -not -path './$(VENV)/*' -type d -prune -exec rm -rf {} +
