# Everything a person runs. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROJECTS := shared services/discovery services/enrichment services/delivery services/platform-upload services/scheduler services/console dev
CODE := shared services dev bench deploy tests
ARGS ?=
# Or each of the processes that the tests start compiles all of our own code anew.
unexport PYTHONDONTWRITEBYTECODE
# Most of these tests wait most of the time. Each process of pytest has its own Kafka and Postgres.
SIDE_BY_SIDE := -n 3 --dist loadfile
# What needs the whole pipeline, which takes long to start and is shared (tests/support/spreading.py).
WITH_PIPELINE := tests/integration/cli
# A stage that does not end is cut after so many minutes: it fails with what it has found, and by name, instead of being
# cut without a word by whoever runs this.
within = $(if $(shell command -v timeout),timeout --foreground --signal=INT --kill-after=60 $(1)m) $(2) || \
  { code=$$?; case $$code in 124|137) echo "make test: cut after $(1) min: $(2)";; esac; exit $$code; }

.PHONY: help setup demo test check format lint types imports events unit contract integration e2e browser chaos-small chaos compose-test bench lock schemas api-docs dashboards chart-files clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  Arguments go through ARGS, as in: make demo ARGS=--once    make unit ARGS='-k scoring'"

setup: $(VENV)/.installed ## Make the virtual environment (other targets do this by themselves)

$(VENV)/.installed: requirements-dev.lock $(PROJECTS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.13 …"; exit 1; }
	@echo "Installing into $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(PROJECTS:%=-e %)
	@touch $@

demo: setup ## Run the nightly job on a local Kafka and Postgres, and watch it (ARGS=--once: then stop)
	@$(BIN)/leadstream demo $(ARGS)

test: setup ## Run every check and test
	@$(call within,10,$(MAKE) --no-print-directory check)
	@$(call within,10,$(BIN)/python -m leadstream_dev fetch)
	@$(call within,15,$(BIN)/pytest -n 2 --dist loadfile tests/unit tests/contract)
	@$(call within,30,$(BIN)/pytest $(SIDE_BY_SIDE) tests/integration $(WITH_PIPELINE:%=--ignore=%))
	@$(call within,15,$(BIN)/pytest tests/chaos)
	@$(call within,25,$(BIN)/pytest -n 2 --dist loadfile tests/e2e tests/console $(WITH_PIPELINE))

check: format lint types imports events ## Format, lint, types, import rules, compatibility of the events

events: setup
	@$(BIN)/python -m leadstream_dev.contracts.schemas --check

format: setup
	@$(BIN)/ruff format --check $(CODE)

lint: setup
	@$(BIN)/ruff check $(CODE)

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports

unit: setup ## Unit tests
	@$(BIN)/pytest tests/unit $(ARGS)

contract: setup ## Contract tests: events, schemas, providers
	@$(BIN)/pytest tests/contract $(ARGS)

integration: setup ## Tests against a real Kafka and Postgres
	@$(BIN)/pytest $(SIDE_BY_SIDE) tests/integration $(ARGS)

e2e: setup ## The whole pipeline
	@$(BIN)/pytest tests/e2e $(ARGS)

browser: setup ## The console in a real browser, before the whole pipeline
	@$(BIN)/pytest tests/console $(ARGS)

chaos-small: setup ## Kill and restart things, as CI does
	@$(BIN)/pytest tests/chaos $(ARGS)

chaos: setup ## Kill and restart things, at full size; prints the table of docs/reliability
	@$(BIN)/python -m tests.chaos $(ARGS)

compose-test: setup ## Try docker-compose.yml on a Docker engine (DOCKER_HOST); ARGS=--help for what it can do
	@$(BIN)/python -m tests.compose $(ARGS)

bench: setup ## Run the benchmarks; each prints a table
	@$(BIN)/python -m bench $(ARGS)

schemas: setup ## Write schemas/events from the code; the check of compatibility comes first
	@$(BIN)/python -m leadstream_dev.contracts.schemas --write

api-docs: setup ## Write docs/api, the OpenAPI documents, from the services' routes
	@$(BIN)/python -m leadstream_dev.api_docs --write

dashboards: setup ## Write deploy/grafana/dashboards from the code beside it
	@PYTHONPATH=deploy/grafana $(BIN)/python -m boards --write

chart-files: setup ## Copy into the Helm chart what it has from elsewhere: rules, dashboards, settings
	@$(BIN)/python -m leadstream_dev.chart --write

lock: setup ## Compile the lock files from requirements*.in
	@for name in requirements requirements-dev requirements-sandbox; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url $$name.in -o $$name.lock || exit 1; done

clean: ## Delete what the local stack left behind (not the virtual environment)
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m leadstream_dev clean; fi
