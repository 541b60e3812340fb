# Everything a person or CI does with a clone. `make help` lists it.
# Needed: make, Python 3.10 or later, and on a first run the internet.

PYTHON ?= python3
# a release of docassemble from devserver/releases.py; empty = the newest that a Python here can run
DOCASSEMBLE ?=
# how long `make demo` runs; empty = until Ctrl-C
SECONDS ?=
# how many processes run integration tests side by side: they mostly wait for due times
WORKERS ?= 6
# how long `make torture` kills servers, in seconds
TORTURE_SECONDS ?= 600
# more options for pytest: make unit TESTS="-k crontab"
TESTS ?=
# how thoroughly Hypothesis looks in `make unit`: quick, full with five times as many examples, or thorough with fifty times as many
PROFILE ?= quick

# without compiled files each of the test processes compiles all tests anew
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
# MkDocs and what builds the distributions: they need not go with docassemble's pins
DOCS := .venv-docs
RUN := $(VENV)/bin/python -m
PYTEST_INTEGRATION = $(RUN) pytest -p no:cacheprovider tests/integration --durations=15 --no-loadscope-reorder

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-all unit coverage properties lint types docs dist integration every-release quiet torture bench bench-full update map format clean

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16
	@echo
	@echo "Variables: PYTHON=$(PYTHON) DOCASSEMBLE= SECONDS= TESTS= WORKERS=$(WORKERS) PROFILE=$(PROFILE)"

demo: ## run examples/demo.yml in a throw-away docassemble; SECONDS=60 stops it by itself
	$(PYTHON) -m devserver run --config examples/demo.yml $(if $(DOCASSEMBLE),--docassemble $(DOCASSEMBLE)) $(if $(SECONDS),--seconds $(SECONDS))

test: lint types docs unit integration ## what a change must pass: style, types, documentation, unit and contract tests, and a real docassemble, the newest

test-all: lint types docs dist coverage properties every-release quiet ## all tests, thoroughly, with each docassemble of devserver/releases.py

lint: $(VENV)/made ## check style, formatting, and which room imports which
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(VENV)/bin/lint-imports --no-cache --no-logo

types: $(VENV)/made ## check types
	$(RUN) mypy

docs: $(DOCS)/made ## build the site of the documentation into site/; fails for a link that leads nowhere
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/python -m mkdocs build

dist: $(DOCS)/made ## build what goes to PyPI into dist/, and check it as PyPI does
	rm -rf dist
	$(DOCS)/bin/python -m build --no-isolation --outdir dist .
	rm -rf build *.egg-info # or the package would count as installed
	$(DOCS)/bin/python -m twine check --strict dist/*

# the contract tests among them need PostgreSQL and MariaDB: docs/testing.md
unit: $(VENV)/made ## run the unit and contract tests
	$(RUN) pytest tests/unit tests/contract -n auto --dist worksteal --hypothesis-profile=$(PROFILE) $(TESTS)

# these two run each test of `unit` once: tests take twice as long when lines are counted, and property tests add no lines
coverage: $(VENV)/made ## which lines of the core do the unit tests run? Fails below 95 %
	$(RUN) pytest tests/unit -n auto --dist worksteal -m "not hypothesis" --cov $(TESTS)

properties: $(VENV)/made ## run the contract tests, and the property tests with five times as many examples
	$(RUN) pytest tests/unit tests/contract -n auto --dist worksteal -m "hypothesis or contract" --hypothesis-profile=full $(TESTS)

integration: $(VENV)/made ## run the tests in a real docassemble; DOCASSEMBLE= one of devserver/releases.py
	$(RUN) devserver prepare $(if $(DOCASSEMBLE),--docassemble $(DOCASSEMBLE))
	$(PYTEST_INTEGRATION) -n $(WORKERS) -m "not slow and not quiet" $(if $(DOCASSEMBLE),--docassemble=$(DOCASSEMBLE)) $(TESTS)

every-release: $(VENV)/made ## the same with every docassemble, and the slow ones
	$(RUN) devserver prepare --docassemble all
	$(PYTEST_INTEGRATION) -n $(WORKERS) -m "not quiet" --docassemble=all $(TESTS)

quiet: $(VENV)/made ## run the tests that measure how late something is; the machine must be idle
	$(PYTEST_INTEGRATION) -m quiet $(if $(DOCASSEMBLE),--docassemble=$(DOCASSEMBLE)) $(TESTS)

torture: $(VENV)/made ## kill servers for ten minutes: is each due time run once? TORTURE_SECONDS=60 for a short form
	TORTURE_SECONDS=$(TORTURE_SECONDS) $(RUN) pytest tests/integration/test_torture.py tests/integration/test_outage.py \
	  --log-cli-level=info $(if $(DOCASSEMBLE),--docassemble=$(DOCASSEMBLE)) $(TESTS)

bench: $(VENV)/made ## measure this package beside its peers, for less than five minutes; AGAINST= another checkout
	$(RUN) benchmarks

bench-full: $(VENV)/made ## the same, thoroughly, and write docs/performance.md; FORMER= a checkout of 0.2.2
	$(RUN) benchmarks --full

update: $(VENV)/made ## lock the newest versions, and write what README.md says of docassemble's releases
	$(RUN) devserver.update

map: ## write docs/modules.md from the docstrings of all modules
	$(PYTHON) -m devserver.modules

format: $(VENV)/made ## format the code, and mend what the linter can mend by itself
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

clean: ## remove everything that make has made, the devserver's environments included
	rm -rf $(VENV) $(DOCS) .devserver build dist site *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian splits venv off from Python: where it is missing, the devserver knows how to install it.
$(VENV)/made: requirements/dev.txt
	$(PYTHON) -m venv --clear $(VENV) || \
	  { $(PYTHON) -c "from devserver import debian; debian.provide()" && $(PYTHON) -m venv --clear $(VENV); }
	$(RUN) pip install --quiet --constraint requirements/dev.txt uv
	$(VENV)/bin/uv pip sync --quiet --python $(VENV)/bin/python requirements/dev.txt
	touch $@

$(DOCS)/made: requirements/docs.txt $(VENV)/made
	$(VENV)/bin/uv venv --quiet --clear --python $(VENV)/bin/python $(DOCS)
	$(VENV)/bin/uv pip sync --quiet --python $(DOCS)/bin/python requirements/docs.txt
	touch $@
