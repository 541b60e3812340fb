# Everything a person or CI does with a clone. `make help` lists it.
# Needed: make, Python 3.10 or later, and on a first run the internet.

PYTHON ?= python3
# which docassemble `make demo` and `make torture` start
DOCASSEMBLE ?= 1.10.5
# how long `make demo` runs; empty = until Ctrl-C
SECONDS ?=
# the versions of docassemble that `make integration` tests with
VERSIONS ?= 1.10.5 1.9.13
# how long `make torture` kills servers, in seconds
TORTURE_SECONDS ?= 600
# more options for pytest: make unit TESTS="-k crontab"
TESTS ?=

VENV := .venv
RUN := $(VENV)/bin/python -m

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test unit lint types integration torture bench bench-full format clean

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16
	@echo
	@echo "Variables: PYTHON=$(PYTHON) DOCASSEMBLE=$(DOCASSEMBLE) VERSIONS=\"$(VERSIONS)\" SECONDS= TESTS="

demo: ## run examples/demo.yml in a throw-away docassemble; SECONDS=60 stops it by itself
	$(PYTHON) -m devserver run --config examples/demo.yml --docassemble $(DOCASSEMBLE) $(if $(SECONDS),--seconds $(SECONDS))

test: lint types unit integration ## run everything below: linters, types, unit, contract and integration tests

lint: $(VENV)/made ## check style and formatting
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types: $(VENV)/made ## check types
	$(RUN) mypy

# the contract tests among them need PostgreSQL and MariaDB: docs/testing.md
unit: $(VENV)/made ## run the unit and contract tests; fails below 95 % coverage of the core
	$(RUN) coverage run -m pytest tests/unit tests/contract $(TESTS)
	$(if $(TESTS),,$(RUN) coverage report)

# the versions side by side: the tests mostly wait for due times
integration: $(VENV)/made ## run the tests in a real docassemble, with each of VERSIONS
	$(VENV)/bin/python -c "from devserver import debian; debian.provide(debian.BROWSER)"
	@mkdir -p .devserver; status=0; pids=; \
	for version in $(VERSIONS); do \
	  $(RUN) pytest -p no:cacheprovider tests/integration --durations=15 --docassemble=$$version $(TESTS) \
	    > .devserver/integration-$$version.log 2>&1 & pids="$$pids $$!"; \
	done; \
	for pid in $$pids; do wait $$pid || status=1; done; \
	for version in $(VERSIONS); do echo "docassemble $$version:"; cat .devserver/integration-$$version.log; done; \
	exit $$status

torture: $(VENV)/made ## kill servers for ten minutes: is each due time run once? TORTURE_SECONDS=60 for a short form
	TORTURE_SECONDS=$(TORTURE_SECONDS) $(RUN) pytest tests/integration/test_torture.py tests/integration/test_outage.py \
	  --log-cli-level=info --docassemble=$(DOCASSEMBLE) $(TESTS)

bench: $(VENV)/made ## measure this package beside its peers, for less than five minutes; docs/performance.md
	$(RUN) benchmarks

bench-full: $(VENV)/made ## the same, thoroughly, and write docs/performance.md; FORMER= a checkout of 0.2.2
	$(RUN) benchmarks --full

format: $(VENV)/made ## format the code, and mend what the linter can mend by itself
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

clean: ## remove everything that make has made, the devserver's environments included
	rm -rf $(VENV) .devserver build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian splits venv off from Python: where it is missing, the devserver knows how to install it.
$(VENV)/made: requirements-dev.txt
	$(PYTHON) -m venv --clear $(VENV) || \
	  { $(PYTHON) -c "from devserver import debian; debian.provide()" && $(PYTHON) -m venv --clear $(VENV); }
	$(RUN) pip install --quiet uv
	$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python -r requirements-dev.txt
	touch $@
